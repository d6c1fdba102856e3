from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChatConfig(AppConfig):
    name = "chat"
    verbose_name = _("Chat")

    def ready(self) -> None:
        from chat import subscribers  # noqa: F401 - registers itself on import
        from chat.channel import ChatChannel
        from tickets.channels import register

        register(ChatChannel())
