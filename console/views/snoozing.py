"""Moments to snooze until, in the reader's own time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Invalid

MORNING = time(9)


@dataclass(frozen=True, slots=True)
class SnoozePreset:
    key: str
    label: str
    until: datetime


def snooze_presets(now: datetime) -> list[SnoozePreset]:
    local = timezone.localtime(now)
    monday = (7 - local.weekday()) or 7
    return [
        SnoozePreset("hours3", _("In 3 hours"), now + timedelta(hours=3)),
        SnoozePreset("tomorrow", _("Tomorrow at 9:00"), _morning(local, 1)),
        SnoozePreset("monday", _("Monday at 9:00"), _morning(local, monday)),
        SnoozePreset("week", _("In a week"), _morning(local, 7)),
    ]


def snooze_until(key: str, now: datetime) -> datetime | None:
    """None for "wake", else the preset's moment. Raises Invalid for an unknown key."""
    if key == "wake":
        return None
    for preset in snooze_presets(now):
        if preset.key == key:
            return preset.until
    raise Invalid(_("Choose one of the moments in the list."))


def _morning(local: datetime, days: int) -> datetime:
    day = (local + timedelta(days=days)).date()
    return timezone.make_aware(datetime.combine(day, MORNING))
