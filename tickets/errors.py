from __future__ import annotations

from django.utils.translation import gettext as _

from core.errors import Conflict
from tickets.models import Ticket


class Merged(Conflict):
    """The conversation goes on in another one; nothing is said or changed here any more."""

    code = "merged"

    def __init__(self, ticket: Ticket) -> None:
        numbers = {"number": ticket.pk, "other": ticket.merged_into_id}
        super().__init__(_("#%(number)s was merged into #%(other)s: go on there.") % numbers)
