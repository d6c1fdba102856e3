"""The reasons for being away that an agent may choose from."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agents.models import Availability


@dataclass(frozen=True, slots=True)
class AwayReason:
    key: str
    label: str | Promise


AWAY_REASONS = (
    AwayReason("break", _("Break")),
    AwayReason("lunch", _("Lunch")),
    AwayReason("meeting", _("Meeting")),
    AwayReason("training", _("Training")),
)


def parse_choice(choice: str) -> tuple[str, str]:
    """("away", "Lunch") from the form's "away:lunch"; an unknown reason is dropped, an unknown state is kept for the
    action to refuse."""
    state, _colon, key = choice.partition(":")
    if state != Availability.AWAY:
        return state, ""
    return state, next((str(reason.label) for reason in AWAY_REASONS if reason.key == key), "")
