"""Times, names and history lines in the reader's words. Pure: values in, words out."""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta

from babel import Locale, UnknownLocaleError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

HUES = 8


def relative(moment: datetime, now: datetime) -> str:
    """ "now", "5 min", "3 h", "Tue", "12 Mar", "12 Mar 2024": how long ago, as short as it can be."""
    seconds = (now - moment).total_seconds()
    if seconds < 60:
        return _("now")
    if seconds < 3600:
        return _("%(n)s min") % {"n": int(seconds // 60)}
    local, today = timezone.localtime(moment), timezone.localtime(now)
    if local.date() == today.date() or seconds < 12 * 3600:
        return _("%(n)s h") % {"n": int(seconds // 3600)}
    if (today.date() - local.date()).days < 7:
        return date_format(local, "D")
    return date_format(local, "j M" if local.year == today.year else "j M Y")


def exact(moment: datetime) -> str:
    """The full date and time in the reader's zone, with the zone's name."""
    local = timezone.localtime(moment)
    return f"{date_format(local, 'l, j F Y, H:i:s')} {local.tzname()}"


def day_label(moment: datetime, now: datetime) -> str:
    """The words on a day separator."""
    day, today = timezone.localtime(moment).date(), timezone.localtime(now).date()
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    return date_format(day, "l, j F" if day.year == today.year else "l, j F Y")


def duration(seconds: float) -> str:
    """ "45 s", "12 min", "3 h 20 min", "2 days": a length of time in at most two units."""
    whole = int(abs(seconds))
    if whole < 60:
        return _("%(n)s s") % {"n": whole}
    if whole < 3600:
        return _("%(n)s min") % {"n": whole // 60}
    if whole < 48 * 3600:
        hours, minutes = whole // 3600, whole % 3600 // 60
        return _("%(h)s h %(m)s min") % {"h": hours, "m": minutes} if minutes else _("%(n)s h") % {"n": hours}
    days = whole // 86400
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def language_name(tag: str) -> str:
    """A BCP 47 tag in the reader's language; the tag as it is when CLDR knows no such language."""
    try:
        named = Locale.parse(tag, sep="-").get_display_name(Locale.parse(get_language() or "en", sep="-"))
    except (UnknownLocaleError, ValueError):
        return tag
    return named[:1].upper() + named[1:] if named else tag


def stopwatch(seconds: float) -> str:
    """ "0:45", "12:03" for times that tick; from an hour on as `duration`."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02}" if whole < 3600 else duration(whole)


def initials(name: str) -> str:
    """One or two letters that stand for a name; scripts without capitals keep their first character."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return "?"
    if len(words) == 1 or not words[-1][0].isascii():
        return words[0][0].upper()
    return (words[0][0] + words[-1][0]).upper()


def hue(name: str) -> int:
    """A colour number from 1 to 8 that stays with the name."""
    return zlib.crc32(name.encode(errors="replace")) % HUES + 1
