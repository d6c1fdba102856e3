"""Channels as the console shows them; a ticket outlives the app of its channel, so an unknown key has a face too."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.errors import AppError
from tickets.channels import Channel, all_channels
from tickets.models import Ticket

ICONS = {"email": "mail", "chat": "message-circle"}


@dataclass(frozen=True, slots=True)
class ReplyTarget:
    """Where a reply on a ticket goes, in words, and why it cannot when `reason` is set."""

    words: str
    max_characters: int
    reason: str = ""


def _find(key: str) -> Channel | None:
    return next((channel for channel in all_channels() if channel.key == key), None)


def channel_icon(key: str) -> str:
    """A lucide icon name."""
    channel = _find(key)
    return channel.icon if channel else ICONS.get(key, "message-square-text")


def channel_label(key: str) -> str:
    channel = _find(key)
    return str(channel.label) if channel else key.capitalize()


def reply_target(ticket: Ticket) -> ReplyTarget:
    channel = _find(ticket.channel)
    if channel is None:
        words = channel_label(ticket.channel)
        return ReplyTarget(words, 0, _("This channel is not connected, so no reply can leave."))
    try:
        return ReplyTarget(channel.recipient(ticket), channel.max_characters)
    except AppError as error:
        return ReplyTarget(str(channel.label), channel.max_characters, str(error.message))
