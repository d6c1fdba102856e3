"""A line of a ticket's history in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from console.selectors.channels import channel_label
from console.words import exact
from core.text import clean_line
from tickets.models import ActorKind, EventKind, Priority, Status, TicketEvent, TicketType


def history_line(event: TicketEvent) -> str:
    """ "Ana changed the status from Open to Solved". Unknown kinds still say what kind of thing happened."""
    write = _LINES.get(EventKind(event.kind))
    values = {"who": who(event)}
    return write(event.data, values) if write else f"{values['who']}: {event.get_kind_display()}"


def who(event: TicketEvent) -> str:
    if event.actor_kind == ActorKind.AGENT and event.agent:
        return event.agent.name
    return _("The customer") if event.actor_kind == ActorKind.CUSTOMER else _("The system")


def _opened(data: dict[str, Any], values: dict[str, str]) -> str:
    channel = channel_label(str(data.get("channel", "")))
    return _("%(who)s opened the conversation (%(channel)s)") % (values | {"channel": channel})


def _status(data: dict[str, Any], values: dict[str, str]) -> str:
    return _("%(who)s changed the status from %(old)s to %(new)s") % (
        values | {"old": _label(Status, data.get("from")), "new": _label(Status, data.get("to"))}
    )


def _assignee(data: dict[str, Any], values: dict[str, str]) -> str:
    old, new = _value(data, "from"), _value(data, "to")
    if not new:
        return _("%(who)s took the conversation from %(old)s: nobody has it now") % (values | {"old": old})
    if new == values["who"]:
        return _("%(who)s took the conversation") % values
    return _("%(who)s gave the conversation to %(new)s") % (values | {"new": new})


def _team(data: dict[str, Any], values: dict[str, str]) -> str:
    new = _value(data, "to")
    if not new:
        return _("%(who)s took the conversation out of %(old)s") % (values | {"old": _value(data, "from")})
    return _("%(who)s moved the conversation to %(new)s") % (values | {"new": new})


def _priority(data: dict[str, Any], values: dict[str, str]) -> str:
    return _("%(who)s changed the priority from %(old)s to %(new)s") % (
        values | {"old": _label(Priority, data.get("from")), "new": _label(Priority, data.get("to"))}
    )


def _type(data: dict[str, Any], values: dict[str, str]) -> str:
    return _("%(who)s changed the type from %(old)s to %(new)s") % (
        values | {"old": _label(TicketType, data.get("from")), "new": _label(TicketType, data.get("to"))}
    )


def _subject(data: dict[str, Any], values: dict[str, str]) -> str:
    return _("%(who)s changed the subject from “%(old)s”") % (values | {"old": _value(data, "from")})


def _tags(data: dict[str, Any], values: dict[str, str]) -> str:
    before, after = set(data.get("from") or []), set(data.get("to") or [])
    added, removed = ", ".join(sorted(after - before)), ", ".join(sorted(before - after))
    if added and removed:
        return _("%(who)s added the tags %(added)s and removed %(removed)s") % (
            values | {"added": added, "removed": removed}
        )
    if added:
        return _("%(who)s added the tags %(added)s") % (values | {"added": added})
    return _("%(who)s removed the tags %(removed)s") % (values | {"removed": removed})


def _snooze(data: dict[str, Any], values: dict[str, str]) -> str:
    until = data.get("to")
    if not until:
        return _("The conversation is back from its snooze")
    return _("%(who)s snoozed the conversation until %(until)s") % (
        values | {"until": exact(datetime.fromisoformat(str(until)))}
    )


def _customer(data: dict[str, Any], values: dict[str, str]) -> str:
    return _("The conversation now belongs to %(new)s (before: %(old)s)") % {
        "old": _value(data, "from"),
        "new": _value(data, "to"),
    }


def _delivery(data: dict[str, Any], values: dict[str, str]) -> str:
    if data.get("what") == "acknowledged":
        return _("%(address)s was told automatically that the mail is here") % {"address": _value(data, "address")}
    return _("A reply was not delivered: %(error)s") % {"error": _value(data, "error") or _("no reason was given")}


def _stranger(data: dict[str, Any], values: dict[str, str]) -> str:
    lines = {
        "held": _("%(address)s, who has no part in this conversation, wrote with its reference: their mail waits"),
        "attached": _("%(who)s put the mail of %(address)s into this conversation"),
        "added": _("%(who)s let %(address)s into this conversation"),
        "separated": _("%(who)s made the mail of %(address)s a conversation of its own: #%(made)s"),
    }
    line = lines.get(
        _value(data, "what"), _("%(address)s wrote with the reference of #%(other)s, in which they have no part")
    )
    return line % (values | {name: _value(data, name) for name in ("address", "other", "made")})


def _participant(data: dict[str, Any], values: dict[str, str]) -> str:
    lines = {
        "cc": _("%(who)s added %(address)s: they get a copy of every answer"),
        "forward": _("%(who)s forwarded this conversation to %(address)s"),
        "removed": _("%(who)s removed %(address)s from this conversation"),
    }
    return lines.get(_value(data, "what"), _("%(who)s changed who takes part")) % (
        values | {"address": _value(data, "address")}
    )


def _link(data: dict[str, Any], values: dict[str, str]) -> str:
    lines = {
        "merged": _("%(who)s merged this into #%(other)s, where it goes on"),
        "absorbed": _("%(who)s merged #%(other)s into this"),
        "unmerged": _("%(who)s took the merge into #%(other)s back"),
        "released": _("%(who)s took #%(other)s out of this again"),
        "follows": _("This follows up on #%(other)s, which was finished"),
        "followed": _("An answer came after this was finished: it goes on in #%(other)s"),
    }
    line = lines.get(_value(data, "what"), _("Belongs together with #%(other)s"))
    return line % (values | {"other": _value(data, "other")})


def _field(data: dict[str, Any], values: dict[str, str]) -> str:
    named = values | {"label": _value(data, "label"), "old": _value(data, "from"), "new": _value(data, "to")}
    if not named["new"]:
        return _("%(who)s emptied %(label)s (before: %(old)s)") % named
    if not named["old"]:
        return _("%(who)s set %(label)s to %(new)s") % named
    return _("%(who)s changed %(label)s from %(old)s to %(new)s") % named


def _sla(data: dict[str, Any], values: dict[str, str]) -> str:
    return _("The first response was due: the deadline has passed")


def _rating(data: dict[str, Any], values: dict[str, str]) -> str:
    old, score = data.get("from"), clean_line(str(data.get("to", "")), 10)
    if old:
        return _("%(who)s changed the rating to %(score)s of 5") % (values | {"score": score})
    return _("%(who)s rated the service %(score)s of 5") % (values | {"score": score})


def _chat(data: dict[str, Any], values: dict[str, str]) -> str:
    if data.get("what"):
        return _colleagues(data, values)
    lines = {
        "active": _("%(who)s accepted the chat"),
        "ended": _("%(who)s ended the chat"),
        "waiting": _("%(who)s took up the chat again: it is waiting"),
        "outcome": _("%(who)s noted how it came out: %(outcome)s"),
    }
    if _value(data, "from") == "active" and _value(data, "to") == "waiting":
        return _("The chat went back into the line")
    line = lines.get(_value(data, "to"), _("%(who)s changed the chat"))
    return line % (values | {"outcome": _value(data, "outcome")})


def _routing(data: dict[str, Any], values: dict[str, str]) -> str:
    lines = {
        "offered": _("Offered to %(agent)s"),
        "given": _("Given to %(agent)s"),
        "declined": _("%(who)s declined"),
        "timed_out": _("%(agent)s did not answer in time"),
        "overflow": _("Waited too long: %(team)s helps"),
        "handed_back": _("%(agent)s was not there any more: it waits again"),
    }
    if _value(data, "what") == "declined" and _value(data, "reason"):
        return _("%(who)s declined: “%(reason)s”") % (values | {"reason": _value(data, "reason")})
    line = lines.get(_value(data, "what"), _("The routing moved this contact"))
    return line % (values | {name: _value(data, name) for name in ("agent", "team")})


def _colleagues(data: dict[str, Any], values: dict[str, str]) -> str:
    lines = {
        "transfer_asked": _("%(who)s asked %(name)s to take the chat over"),
        "transfer_accepted": _("%(who)s took the chat over from %(name)s"),
        "transfer_declined": _("%(who)s declined to take the chat over: it stays where it is"),
        "transfer_taken_back": _("%(who)s keeps the chat: nobody is asked to take it over any more"),
        "transfer_expired": _("Nobody took the chat over in time: it stays where it is"),
        "invited": _("%(who)s invited %(name)s into the chat"),
        "left": _("%(who)s left the chat to its agent"),
        "blocked": _("%(who)s blocked this visitor: %(reason)s")
        if data.get("reason")
        else _("%(who)s blocked this visitor"),
        "unblocked": _("%(who)s let this visitor in again"),
    }
    named = {name: _value(data, name) for name in ("name", "reason")}
    return lines.get(_value(data, "what"), _("%(who)s changed the chat")) % (values | named)


def _label(choices: Any, value: Any) -> str:
    return str(choices(value).label) if value in choices.values else clean_line(str(value), 60)


def _value(data: dict[str, Any], key: str) -> str:
    return clean_line(str(data.get(key) or ""), 200)


_LINES = {
    EventKind.OPENED: _opened,
    EventKind.STATUS: _status,
    EventKind.ASSIGNEE: _assignee,
    EventKind.TEAM: _team,
    EventKind.PRIORITY: _priority,
    EventKind.TYPE: _type,
    EventKind.SUBJECT: _subject,
    EventKind.TAGS: _tags,
    EventKind.SNOOZE: _snooze,
    EventKind.CUSTOMER: _customer,
    EventKind.CHAT: _chat,
    EventKind.DELIVERY: _delivery,
    EventKind.RATING: _rating,
    EventKind.SLA: _sla,
    EventKind.STRANGER: _stranger,
    EventKind.PARTICIPANT: _participant,
    EventKind.LINK: _link,
    EventKind.FIELD: _field,
    EventKind.ROUTING: _routing,
}
