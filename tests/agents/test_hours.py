"""Business hours over time zones, changes of the clocks and days that differ."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.hours import Hours, calendar_of, is_open, next_opening
from agents.models import Brand, Calendar, CalendarException, OpeningWindow, Team
from tests import factories

pytestmark = pytest.mark.django_db


def office(zone: str = "Europe/Athens", days: range = range(1, 6), **windows: str) -> Calendar:
    """Nine to five, Monday to Friday, unless told otherwise."""
    calendar = Calendar.objects.create(name=f"Office {zone} {days} {windows}", time_zone=zone)
    for day in days:
        for opens, closes in (windows or {"09:00": "17:00"}).items():
            OpeningWindow.objects.create(
                calendar=calendar, weekday=day, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes)
            )
    return calendar


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


def test_opening_is_the_first_moment_and_closing_is_over() -> None:
    calendar = office("UTC")
    assert is_open(calendar, at("2026-11-23T09:00:00+00:00"))
    assert not is_open(calendar, at("2026-11-23T08:59:59+00:00"))
    assert is_open(calendar, at("2026-11-23T16:59:59+00:00"))
    assert not is_open(calendar, at("2026-11-23T17:00:00+00:00"))


def test_without_a_calendar_it_is_always_open() -> None:
    now = at("2026-11-23T03:00:00+00:00")
    assert is_open(None, now)
    assert next_opening(None, now) == now


def test_nine_stays_nine_when_the_clocks_change() -> None:
    calendar = office("Europe/Athens", range(1, 8))
    assert next_opening(calendar, at("2026-03-28T20:00:00+00:00")) == at("2026-03-29T06:00:00+00:00")
    assert next_opening(calendar, at("2026-03-27T20:00:00+00:00")) == at("2026-03-28T07:00:00+00:00")


def test_a_window_whose_start_the_clocks_skip_begins_with_the_change() -> None:
    # Athens goes from 03:00 to 04:00 on 2026-03-29, at 01:00 UTC.
    calendar = office("Europe/Athens", range(7, 8), **{"03:30": "06:00"})
    assert next_opening(calendar, at("2026-03-28T00:00:00+00:00")) == at("2026-03-29T01:30:00+00:00")
    assert is_open(calendar, at("2026-03-29T02:59:00+00:00"))
    assert not is_open(calendar, at("2026-03-29T03:00:00+00:00"))


def test_a_window_that_the_change_swallows_whole_is_no_opening() -> None:
    calendar = office("America/Havana", range(7, 8), **{"00:00": "01:00"})
    # Havana skips 00:00 to 01:00 on 2026-03-08.
    assert next_opening(calendar, at("2026-03-08T03:00:00+00:00")) == at("2026-03-15T04:00:00+00:00")


def test_half_hour_zones_count_their_half_hours() -> None:
    calendar = office("Asia/Kathmandu", range(1, 8))
    assert next_opening(calendar, at("2026-11-23T00:00:00+00:00")) == at("2026-11-23T03:15:00+00:00")


def test_hours_past_midnight_are_two_windows_without_a_gap() -> None:
    calendar = office("UTC", range(1, 8), **{"00:00": "02:00", "20:00": "00:00"})
    assert is_open(calendar, at("2026-11-23T23:59:59+00:00"))
    assert is_open(calendar, at("2026-11-24T00:00:00+00:00"))
    assert not is_open(calendar, at("2026-11-24T02:00:00+00:00"))


def test_a_holiday_is_closed_and_a_special_day_has_its_own_hours() -> None:
    calendar = office("UTC")
    CalendarException.objects.create(calendar=calendar, day=date(2026, 11, 23), name="Holiday")
    CalendarException.objects.create(calendar=calendar, day=date(2026, 11, 24), opens=time(12), closes=time(13))
    assert not is_open(calendar, at("2026-11-23T10:00:00+00:00"))
    assert next_opening(calendar, at("2026-11-23T10:00:00+00:00")) == at("2026-11-24T12:00:00+00:00")


def test_a_calendar_without_windows_never_opens() -> None:
    assert next_opening(Calendar.objects.create(name="Never"), at("2026-11-23T10:00:00+00:00")) is None


def test_a_team_without_hours_of_its_own_keeps_the_brands(brand: Brand) -> None:
    team: Team = factories.team("Sales", brand)
    assert calendar_of(brand, team) is None
    brand.calendar = office("UTC")
    assert calendar_of(brand, team) == brand.calendar
    team.calendar = office("Asia/Tokyo")
    assert calendar_of(brand, team) == team.calendar


OFFICE = Hours(
    ZoneInfo("Europe/Athens"),
    weekly={day: ((time(2), time(4)), (time(9), time(13)), (time(15), time(0))) for day in range(1, 7)},
    exceptions={date(2026, 12, 25): (), date(2026, 12, 24): ((time(9), time(12)),)},
)


@given(minutes=st.integers(min_value=0, max_value=2 * 366 * 24 * 60))
def test_the_next_opening_is_open_and_nothing_before_it_is(minutes: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    found = OFFICE.next_opening(now)
    assert found is not None
    assert found >= now
    assert OFFICE.is_open(found)
    assert (found == now) == OFFICE.is_open(now)
    if found > now:
        assert not OFFICE.is_open(found - timedelta(seconds=1))
