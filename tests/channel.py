"""A channel for tests of the hub alone: replies go nowhere, but through the same protocol as any other channel's."""

from __future__ import annotations

from core.errors import Conflict
from tickets.models import Message, Ticket


class NotebookChannel:
    key = "notebook"
    label = "Notebook"
    icon = "notebook"
    max_characters = 1000

    def __init__(self) -> None:
        self.enqueued: list[Message] = []
        self.blocked = False
        self.running = ""

    def recipient(self, ticket: Ticket) -> str:
        if self.blocked:
            raise Conflict("The notebook is full.")
        return f"Notebook of {ticket.customer}"

    def still_running(self, ticket: Ticket) -> str:
        return self.running

    def enqueue(self, message: Message) -> None:
        self.enqueued.append(message)
