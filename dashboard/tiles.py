"""What each figure is called, what it means in words, and when it asks for attention."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from agents.models import Availability
from dashboard.selectors import Figures
from tickets.models import Status

CHAT_WAIT_WARN = timedelta(seconds=60)
CHAT_WAIT_BREACH = timedelta(seconds=180)
NBSP = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Tile:
    """`tone` is "", "ok", "warn" or "breach"; it is always said by an icon too, never by colour alone."""

    key: str
    title: str
    icon: str
    value: str
    definition: str
    detail: str = ""
    since: datetime | None = None
    tone: str = ""


def tiles_of(figures: Figures) -> list[Tile]:
    return [
        _chats(figures),
        _agents(figures),
        _at_risk(figures),
        _breached(figures),
        _waiting(figures),
        _unassigned(figures),
        _active(figures),
        _traffic(figures),
        _undelivered(figures),
        _quarantined(figures),
    ]


def _chats(figures: Figures) -> Tile:
    total = figures.all
    return Tile(
        key="chats",
        title=_("Waiting chats"),
        icon="messages-square",
        value=_number(total.chats_waiting),
        since=total.chat_waiting_since,
        detail=_("%(count)s being answered") % {"count": _number(total.chats_active)},
        tone=_chat_tone(total.chat_waiting_since, figures.at),
        definition=_(
            "Visitors who began a chat and whom nobody has accepted yet. The longest wait counts from the start of the "
            "chat. Amber from 1 minute, red from 3."
        ),
    )


def _chat_tone(since: datetime | None, now: datetime) -> str:
    if since is None:
        return "ok"
    wait = now - since
    if wait >= CHAT_WAIT_BREACH:
        return "breach"
    return "warn" if wait >= CHAT_WAIT_WARN else ""


def _agents(figures: Figures) -> Tile:
    online = figures.people_in(Availability.ONLINE)
    others = (Availability.BUSY, Availability.LAST_CALL, Availability.AWAY, Availability.OFFLINE)
    return Tile(
        key="agents",
        title=_("Agents online"),
        icon="headset",
        value=_number(online),
        detail=" · ".join(f"{state.label}{NBSP}{_number(figures.people_in(state))}" for state in others),
        tone="" if online else "warn",
        definition=_("Active agents of your brands by the availability they have set now. Online ones take new work."),
    )


def _at_risk(figures: Figures) -> Tile:
    return Tile(
        key="at-risk",
        title=_("Deadlines at risk"),
        icon="timer",
        value=_number(figures.at_risk),
        detail=_("within 30 minutes"),
        tone="warn" if figures.at_risk else "ok",
        definition=_("Tickets without a first answer whose first-response deadline falls within the next 30 minutes."),
    )


def _breached(figures: Figures) -> Tile:
    return Tile(
        key="breached",
        title=_("Deadlines missed today"),
        icon="alarm-clock-off",
        value=_number(figures.breached_today),
        detail=_("first response"),
        tone="breach" if figures.breached_today else "ok",
        definition=_(
            "First-response deadlines that passed since midnight, in your time zone, before an agent had answered. "
            "A late answer does not take one away."
        ),
    )


def _waiting(figures: Figures) -> Tile:
    total = figures.all
    return Tile(
        key="waiting",
        title=_("Customers waiting"),
        icon="hourglass",
        value=_number(total.waiting),
        since=total.waiting_since,
        definition=_(
            "Tickets that are not solved or closed in which the customer has spoken last. The longest wait counts from "
            "their first message that is still unanswered."
        ),
    )


def _unassigned(figures: Figures) -> Tile:
    return Tile(
        key="unassigned",
        title=_("Unassigned"),
        icon="user-x",
        value=_number(figures.all.unassigned),
        detail=_("tickets of nobody"),
        definition=_("Tickets that are not solved or closed and have no assignee, over every channel."),
    )


def _active(figures: Figures) -> Tile:
    total = figures.all
    parts = [f"{Status(status).label}{NBSP}{_number(count)}" for status, count in total.by_status.items()]
    return Tile(
        key="active",
        title=_("Tickets to be solved"),
        icon="inbox",
        value=_number(total.active),
        detail=" · ".join(parts),
        definition=_("Tickets that are new, open, waiting on the customer or on hold; snoozed ones included."),
    )


def _traffic(figures: Figures) -> Tile:
    return Tile(
        key="traffic",
        title=_("Messages today"),
        icon="arrow-down-up",
        value=_number(figures.received_today + figures.sent_today),
        detail=_("%(received)s in · %(sent)s out")
        % {"received": _number(figures.received_today), "sent": _number(figures.sent_today)},
        definition=_(
            "Messages from customers (in) and public answers (out) since midnight in your time zone, over every "
            "channel. Notes are not counted."
        ),
    )


def _undelivered(figures: Figures) -> Tile:
    return Tile(
        key="undelivered",
        title=_("Not delivered"),
        icon="mail-warning",
        value=_number(figures.undelivered),
        detail=_("answers"),
        tone="breach" if figures.undelivered else "ok",
        definition=_("Answers that could not be delivered, on tickets that are not solved or closed."),
    )


def _quarantined(figures: Figures) -> Tile:
    return Tile(
        key="quarantined",
        title=_("Held-back mails"),
        icon="shield-alert",
        value=_number(figures.quarantined),
        detail=_("need a look"),
        tone="warn" if figures.quarantined else "ok",
        definition=_(
            "Received mails that are kept in quarantine or could not be processed. Each is listed in the mail ledger "
            "with its reason."
        ),
    )


def _number(count: int) -> str:
    """At most seven characters, so that a tile never breaks: 12,345 then 123k."""
    return f"{count:,}" if count < 100_000 else f"{count // 1000:,}k"
