from __future__ import annotations

import zoneinfo

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


def check_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is an IANA time zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("%(name)s is not a known time zone."), params={"name": name})


class Weekday(models.IntegerChoices):
    """As ISO 8601 and `date.isoweekday` count."""

    MONDAY = 1, _("Monday")
    TUESDAY = 2, _("Tuesday")
    WEDNESDAY = 3, _("Wednesday")
    THURSDAY = 4, _("Thursday")
    FRIDAY = 5, _("Friday")
    SATURDAY = 6, _("Saturday")
    SUNDAY = 7, _("Sunday")


class Calendar(models.Model):
    """When somebody is there: weekly opening windows in one time zone, and days that differ (`agents.hours`)."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[check_time_zone])

    class Meta:
        ordering = ["name"]
        verbose_name = _("business hours")
        verbose_name_plural = _("business hours")

    def __str__(self) -> str:
        return self.name


class OpeningWindow(models.Model):
    """Open on this weekday from `opens` until `closes` by the wall clock; midnight as the end is 00:00.

    Hours across midnight are two windows: until 00:00, and from 00:00 of the next day.
    """

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="windows")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"), help_text=_("00:00 is the end of the day."))

    class Meta:
        ordering = ["weekday", "opens"]
        verbose_name = _("opening window")
        verbose_name_plural = _("opening windows")
        constraints = [
            models.CheckConstraint(condition=Q(weekday__range=(1, 7)), name="window_weekday_known"),
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")) | Q(closes="00:00"),
                name="window_closes_after_it_opens",
                violation_error_message=_("The end must be after the start. Past midnight: add a second window."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"


class CalendarException(models.Model):
    """A date on which the weekly windows do not hold: closed all day, or open for other hours."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="exceptions")
    day = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=100, blank=True)
    opens = models.TimeField(_("opens"), null=True, blank=True, help_text=_("Empty: closed all day."))
    closes = models.TimeField(_("closes"), null=True, blank=True)

    class Meta:
        ordering = ["day"]
        verbose_name = _("exceptional day")
        verbose_name_plural = _("exceptional days")
        constraints = [
            models.UniqueConstraint(fields=["calendar", "day"], name="one_exception_per_day"),
            models.CheckConstraint(
                condition=Q(opens__isnull=True, closes__isnull=True)
                | (Q(opens__isnull=False, closes__isnull=False) & (Q(closes__gt=F("opens")) | Q(closes="00:00"))),
                name="exception_hours_make_sense",
                violation_error_message=_("Give both times, the end after the start, or neither (closed)."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}".strip()
