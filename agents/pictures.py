"""Pictures of agents, which customers see beside their words. The stored name is random, so it is the public id too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from core.ids import opaque_id
from core.sniffing import INLINE_IMAGES, sniff_content_type
from core.storage import DurableFileStorage

if TYPE_CHECKING:
    from agents.models import Agent

MAX_BYTES = 1024 * 1024
FOLDER = "pictures"


class PictureStorage(DurableFileStorage):
    """The usual files; their address is `agents.views.picture`."""

    def url(self, name: str | None) -> str:
        return reverse("agents:picture", args=[(name or "").removeprefix(f"{FOLDER}/")])


def picture_storage() -> PictureStorage:
    return PictureStorage()


def picture_path(_agent: object, _name: str) -> str:
    """A new picture has a new address, so browsers may keep the old one for ever."""
    return f"{FOLDER}/{opaque_id()}"


def check_picture(file: File[bytes]) -> None:
    """Raise ValidationError unless the bytes are a PNG, JPEG, GIF or WebP image of at most MAX_BYTES."""
    if (file.size or 0) > MAX_BYTES:
        raise ValidationError(_("A picture may be at most %(limit)s.") % {"limit": filesizeformat(MAX_BYTES)})
    head = file.read(8192)
    file.seek(0)
    if sniff_content_type(head) not in INLINE_IMAGES:
        raise ValidationError(_("This is no picture: choose a PNG, JPEG, GIF or WebP file."))


def picture_url(agent: Agent) -> str:
    """Path of the agent's picture on this server, or an empty string."""
    return str(agent.picture.url) if agent.picture else ""
