"""Small pieces of markup that every fragment uses."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from console import words
from console.availability import away_reasons
from console.history import history_line
from console.selectors.channels import channel_icon as icon_of
from console.selectors.channels import channel_label as label_of
from crm.models import Customer
from crm.selectors import email_of
from tickets.models import Message, Ticket

register = template.Library()

register.simple_tag(history_line)
register.simple_tag(away_reasons)


@register.simple_tag
def avatar(name: object, size: str = "") -> SafeString:
    """The initials of a name in its colour. Decoration: the name itself stands beside it."""
    return format_html(
        '<span class="avatar{}" data-hue="{}" aria-hidden="true">{}</span>',
        f" avatar--{size}" if size else "",
        words.hue(str(name)),
        words.initials(str(name)),
    )


@register.simple_tag
def when(moment: datetime | None) -> SafeString | str:
    """Relative time; exact on hover; kept current by time.js."""
    if moment is None:
        return "–"
    return format_html(
        '<time datetime="{}" title="{}" data-when>{}</time>',
        moment.isoformat(),
        words.exact(moment),
        words.relative(moment, timezone.now()),
    )


@register.simple_tag
def clock(moment: datetime) -> SafeString:
    """Time of day for a line under a day separator; exact on hover."""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        words.exact(moment),
        timezone.localtime(moment).strftime("%H:%M"),
    )


@register.inclusion_tag("console/_wait.html")
def wait_mark(since: datetime, alarm: int) -> dict[str, object]:
    """How long the customer has been waiting for a word, ticking (time.js); it stands out after `alarm` seconds."""
    seconds = (timezone.now() - since).total_seconds()
    return {
        "since": since,
        "alarm": alarm,
        "exact": words.exact(since),
        "text": words.stopwatch(seconds),
        "is_long": seconds >= alarm,
    }


@register.simple_tag
def channel_icon(key: str) -> str:
    return icon_of(key)


@register.simple_tag
def channel_label(key: str) -> str:
    return label_of(key)


@register.filter
def called(customer: Customer) -> str:
    """The name to show: theirs, else their address when the identities are at hand (it never asks the database)."""
    known = "identities" in getattr(customer, "_prefetched_objects_cache", {})
    return customer.name or (email_of(customer) if known else "") or str(customer)


@register.simple_tag
def customer_name(message: Message, ticket: Ticket) -> str:
    """Who of the customers wrote a message: a merged ticket may hold words of two."""
    other = message.customer if message.customer_id != ticket.customer_id else None
    return called(other or ticket.customer)


@register.filter
def is_from_mail(message: Message) -> bool:
    """Whether it came as a mail, whose original is kept (`email_inbox.handling` names it so)."""
    return (message.client_id or "").startswith("mail-")


@register.filter
def day(moment: datetime) -> str:
    return words.day_label(moment, timezone.now())


@register.filter
def priority_icon(priority: int) -> str:
    """The lucide icon of a priority."""
    return {1: "arrow-down", 2: "minus", 3: "arrow-up", 4: "chevrons-up"}.get(priority, "minus")


@register.filter
def status_icon(status: str) -> str:
    """The lucide icon of a status."""
    return {
        "new": "circle-dot",
        "open": "circle",
        "pending": "hourglass",
        "on_hold": "circle-pause",
        "solved": "circle-check",
        "closed": "archive",
    }.get(status, "circle")


@register.filter
def delivery_icon(delivery: str) -> str:
    """The lucide icon of an outbound message's way: one tick for sent, two for arrived or seen."""
    return {"sent": "check", "delivered": "check-check", "seen": "check-check", "failed": "circle-alert"}.get(
        delivery, "clock"
    )


@register.filter
def proof_icon(proof: str) -> str:
    """The lucide icon for how an identity was proved; a mere claim warns."""
    return {
        "claimed": "triangle-alert",
        "sender": "mail-check",
        "device": "monitor-smartphone",
        "signed": "shield-check",
        "agent": "user-check",
    }.get(proof, "badge-check")


@register.filter
def language_name(tag: str) -> str:
    """ "Indonesian" for "id"; the tag itself when it names no language that we know."""
    return words.language_name(tag)
