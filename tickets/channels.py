"""The protocol by which a channel app joins the hub. Adding a channel: docs/subsystems/channels.md."""

from __future__ import annotations

from typing import Protocol

from django.utils.functional import Promise

from tickets.models import Message, Ticket


class Channel(Protocol):
    """One way of talking with customers. Registered once from its app's `AppConfig.ready`."""

    @property
    def key(self) -> str:
        """Stored in `Ticket.channel` and `Message.channel`."""
        ...

    @property
    def label(self) -> str | Promise: ...

    @property
    def icon(self) -> str:
        """Name in the icon set (lucide)."""
        ...

    @property
    def max_characters(self) -> int:
        """Longest text of one outbound message."""
        ...

    def recipient(self, ticket: Ticket) -> str:
        """Where a reply on `ticket` goes, in words for the composer ("Email to mia@example.com"). Raises AppError with
        the reason when no reply can leave (no address, chat blocked ...)."""
        ...

    def still_running(self, ticket: Ticket) -> str:
        """Why `ticket` cannot be closed for good just now, in words ("Its chat is still running"); else empty."""
        ...

    def enqueue(self, message: Message) -> None:
        """Make the public outbound `message` leave. Runs inside the transaction that wrote it, under the ticket's
        lock: write an outbox row and `core.work.wake` a worker; never talk to the outside here."""
        ...


_channels: dict[str, Channel] = {}


def register(channel: Channel) -> None:
    _channels[channel.key] = channel


def get_channel(key: str) -> Channel:
    """The registered channel. KeyError for a key that no app registered: a programming error, not an input."""
    return _channels[key]


def all_channels() -> list[Channel]:
    return list(_channels.values())
