"""When nobody is there: the form becomes a ticket that is answered by email, or a place in line is kept."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.actions.blocking import check_not_blocked
from chat.actions.identity import identify_visitor
from chat.actions.starting import NewChat, keep_consent, read_new
from chat.actions.talking import check_words
from chat.errors import ChatEnded, FormError
from chat.form import Filled, is_phone
from chat.locking import lock_session, lock_visitor
from chat.models import ChatSession, LeftMessage, Widget
from chat.queue import Line, turned_away
from core.errors import Invalid
from core.text import clean_line
from crm.actions import check_email, find_or_create_customer
from crm.models import IdentityKind, Proof
from knowledge.actions import record_chat_began
from tickets.actions import open_ticket, set_tags
from tickets.letters import can_send
from tickets.models import FullRule

EMAIL_CHANNEL = "email"
CALLBACK_TAG = "callback"


def leave_message(widget: Widget, new: NewChat, *, now: datetime | None = None) -> LeftMessage:
    """Open an email ticket with what the visitor wrote. The same form again (visitor and id) returns the first.

    The address is a claim (ADR 021): the answer goes there, and nothing of that customer's is shown to the visitor.
    Who leaves a telephone number asks to be called: the ticket is tagged so. In a full line whose rule is the call
    back, the number is needed. Raises Invalid when the brand cannot send mail, FormError naming the question, TooLarge,
    VisitorBlocked.
    """
    now = now or timezone.now()
    message = check_words(new.message)
    check_not_blocked(widget, new.visitor_hash, email=new.email, address=new.address, now=now)
    if not new.phone and not can_send(widget.brand):
        raise Invalid(_("Messages cannot be left here at the moment."), code="no_mailbox")
    with transaction.atomic():
        lock_visitor(new.visitor_hash)
        first = LeftMessage.objects.filter(visitor_hash=new.visitor_hash, start_id=message.client_id).first()
        return first or _leave(widget, new, now)


def _leave(widget: Widget, new: NewChat, now: datetime) -> LeftMessage:
    filled, message, around = read_new(widget, new, leaving=True), check_words(new.message), new.surroundings.cleaned()
    phone = _number(widget, new, filled, now)
    answers = filled.answers + ([{"key": "phone", "label": _("Telephone"), "value": phone}] if phone else [])
    customer = find_or_create_customer(
        IdentityKind.EMAIL, check_email(filled.email), name=filled.name, proof=Proof.CLAIMED, display=filled.email
    )
    ticket, _first = open_ticket(
        customer=customer,
        brand=widget.brand,
        channel=EMAIL_CHANNEL,
        subject=clean_line(filled.topic or message.text, 80) or _("Message from the web site"),
        message=message,
        team=filled.department,
        language=around.language,
        now=now,
    )
    left = LeftMessage.objects.create(
        widget=widget,
        visitor_hash=new.visitor_hash,
        start_id=message.client_id or ticket.public_id,
        ticket=ticket,
        email=filled.email,
        phone=phone,
        page_url=around.page_url,
        answers=answers,
        left_at=now,
    )
    if phone:
        set_tags(None, ticket.pk, [CALLBACK_TAG], now=now)
    keep_consent(widget, customer, f"form:{ticket.public_id}", around.page_url, now)
    record_chat_began(new.visitor_hash, now=now)
    return left


def _number(widget: Widget, new: NewChat, filled: Filled, now: datetime) -> str:
    """The number to call back; empty when nobody asked to be called. Raises FormError."""
    phone = clean_line(new.phone, 40)
    if phone and not is_phone(phone):
        raise FormError(_("Please write a telephone number."), code="bad_phone", field="phone")
    if not phone:
        team = filled.department
        full = turned_away(Line(widget.brand_id, team.pk if team else None), now=now)
        if full is not None and full.rule == FullRule.CALLBACK:
            raise FormError(_("Please leave a number that we can call."), code="answer_missing", field="phone")
    return phone


def keep_place(session_id: int, email: str) -> ChatSession:
    """The visitor goes and keeps the place in line: what is answered while they are away comes by email too.

    Raises Invalid for what is no email address or when the brand cannot send mail, ChatEnded.
    """
    check_email(email)
    with transaction.atomic():
        session = identify_visitor(session_id, email=email)
        locked = lock_session(session.pk)
        if not locked.is_open:
            raise ChatEnded
        if not can_send(locked.widget.brand):
            raise Invalid(_("Answers cannot be sent by email here at the moment."), code="no_mailbox")
        locked.reply_by_email = True
        locked.save(update_fields=["reply_by_email"])
    return locked
