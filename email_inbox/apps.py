from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EmailInboxConfig(AppConfig):
    name = "email_inbox"
    verbose_name = _("Email")

    def ready(self) -> None:
        from email_inbox.channel import EmailChannel
        from email_inbox.outbox import Letters
        from tickets import channels, letters

        channels.register(EmailChannel())
        letters.register(Letters())
