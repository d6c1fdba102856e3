from django.apps import AppConfig


class EmailInboxConfig(AppConfig):
    name = "email_inbox"
