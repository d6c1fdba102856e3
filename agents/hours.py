"""Business hours as pure functions: is somebody there now, and when is the next time.

Windows are wall-clock times of the calendar's zone, so opening at nine stays nine over a change of the clocks. A wall
time that the spring change skips counts as the moment of the change; one that autumn repeats counts from the first.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from agents.models import Brand, Calendar, Team

LOOK_AHEAD_DAYS = 400
"""A calendar that does not open within this has no next opening."""

Window = tuple[time, time]
"""Opens and closes, wall clock; 00:00 as the second is the end of the day."""


@dataclass(frozen=True, slots=True)
class Hours:
    """A calendar's rows as values.

    Attributes:
        weekly: windows by ISO weekday (1 is Monday).
        exceptions: windows of the days that differ; an empty tuple is a closed day.
    """

    zone: zoneinfo.ZoneInfo
    weekly: Mapping[int, Sequence[Window]]
    exceptions: Mapping[date, Sequence[Window]]

    def spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The opening spans of a local day as [from, until) in UTC, in order. Empty ones are left out."""
        windows = self.exceptions.get(day)
        for opens, closes in sorted(self.weekly.get(day.isoweekday(), ()) if windows is None else windows):
            start, end = self._at(day, opens), self._at(day, closes)
            if closes == time.min:
                end = self._at(day + timedelta(days=1), time.min)
            if start < end:
                yield start, end

    def is_open(self, at: datetime) -> bool:
        return any(start <= at < end for start, end in self._spans_from(at, days=2))

    def next_opening(self, at: datetime) -> datetime | None:
        """The first open moment from `at` on, in UTC; None when there is none within LOOK_AHEAD_DAYS."""
        for start, end in self._spans_from(at, days=LOOK_AHEAD_DAYS):
            if at < end:
                return max(start, at.astimezone(UTC))
        return None

    def _spans_from(self, at: datetime, *, days: int) -> Iterator[tuple[datetime, datetime]]:
        # From yesterday: where midnight is skipped, a window that ends with the day ends in the next one.
        first = at.astimezone(self.zone).date() - timedelta(days=1)
        for offset in range(days):
            yield from self.spans(first + timedelta(days=offset))

    def _at(self, day: date, clock: time) -> datetime:
        # A skipped wall time has a fold=0 offset from before the change: read so, it falls just after the change.
        return datetime.combine(day, clock, tzinfo=self.zone).astimezone(UTC)


def hours_of(calendar: Calendar) -> Hours:
    """Read a calendar: two queries, none when its windows and exceptions were prefetched."""
    weekly: dict[int, list[Window]] = {}
    for window in calendar.windows.all():
        weekly.setdefault(window.weekday, []).append((window.opens, window.closes))
    exceptions: dict[date, Sequence[Window]] = {}
    for one in calendar.exceptions.all():
        exceptions[one.day] = ((one.opens, one.closes),) if one.opens is not None and one.closes is not None else ()
    return Hours(zoneinfo.ZoneInfo(calendar.time_zone), weekly, exceptions)


def calendar_of(brand: Brand, team: Team | None = None) -> Calendar | None:
    """The team's calendar, else the brand's; None is open always."""
    return (team.calendar if team else None) or brand.calendar


def is_open(calendar: Calendar | None, at: datetime) -> bool:
    """Whether `at` lies within the hours. Without a calendar it is always open."""
    return calendar is None or hours_of(calendar).is_open(at)


def next_opening(calendar: Calendar | None, at: datetime) -> datetime | None:
    """The first moment from `at` on at which it is open, in UTC: `at` itself when it is open now.

    None for a calendar without any opening in the next LOOK_AHEAD_DAYS.
    """
    return at.astimezone(UTC) if calendar is None else hours_of(calendar).next_opening(at)
