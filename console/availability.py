"""What an agent may choose in the availability menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from agents.models import Availability, AwayReason

DEFAULT_REASONS = (_("Break"), _("Lunch"), _("Meeting"), _("Training"), _("No answer"))
"""Names that the first migration of reasons wrote, or the routing writes (`agents.models.NO_ANSWER`): known to the
catalogues, so they are shown translated."""


def away_reasons() -> list[AwayReason]:
    """In the order of the menu."""
    return list(AwayReason.objects.filter(is_active=True))


def parse_choice(choice: str) -> tuple[str, str]:
    """("away", "Lunch") from the form's "away:Lunch"; an unknown reason is dropped, an unknown state is kept for the
    action to refuse."""
    state, _colon, name = choice.partition(":")
    if state != Availability.AWAY or "\0" in name:
        return state, ""
    return state, AwayReason.objects.filter(name__iexact=name).values_list("name", flat=True).first() or ""
