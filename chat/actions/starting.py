"""A visitor's first words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.actions.blocking import check_not_blocked, note_address
from chat.actions.identity import identify_visitor, vouch_for
from chat.actions.queueing import find_line, stand_in_line
from chat.actions.talking import check_words, say
from chat.events import ChatStarted
from chat.form import Filled, check_terms, read_form, terms_mark
from chat.frames import CHANNEL
from chat.locking import lock_visitor
from chat.models import ChatSession, State, Widget
from chat.selectors import chats_of_browser
from core.errors import NotFound
from core.events import publish
from core.text import clean_line
from crm.actions import find_or_create_customer, record_consent
from crm.models import Customer, IdentityKind, Proof
from knowledge.actions import record_chat_began
from tickets.actions import open_ticket
from tickets.content import NewMessage


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where the visitor is, as their browser says: shown to the agent, believed by nobody."""

    page_url: str = ""
    page_title: str = ""
    referrer: str = ""
    user_agent: str = ""
    time_zone: str = ""
    language: str = ""

    def cleaned(self) -> Surroundings:
        return Surroundings(
            page_url=clean_line(self.page_url, 2000),
            page_title=clean_line(self.page_title, 300),
            referrer=clean_line(self.referrer, 2000),
            user_agent=clean_line(self.user_agent, 400),
            time_zone=clean_line(self.time_zone, 64),
            language=clean_line(self.language, 16),
        )


@dataclass(frozen=True, slots=True)
class NewChat:
    """What the widget sends to start. `message.client_id` is the browser's id of this start: repeating it is safe."""

    visitor_hash: str
    message: NewMessage
    name: str = ""
    email: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    department: str = ""
    phone: str = ""
    address: str = ""
    """The browser's network address; kept hashed and for some days (`chat.actions.blocking`)."""
    terms: str = ""
    invitation: str = ""
    surroundings: Surroundings = field(default_factory=Surroundings)


def start_chat(widget: Widget, new: NewChat, *, now: datetime | None = None) -> ChatSession:
    """The visitor's chat with these first words in it, in one transaction.

    A repeated start returns the chat it made; a start while another chat of this visitor is open (a second tab) adds
    its words to that one. Raises Invalid (no words), FormError naming the question that is not answered, TooLarge,
    QueueFull, VisitorBlocked. Publishes ChatStarted.
    """
    now = now or timezone.now()
    message = check_words(new.message)
    check_not_blocked(widget, new.visitor_hash, email=new.email, address=new.address, now=now)
    with transaction.atomic():
        lock_visitor(new.visitor_hash)
        session = _earlier(widget, new.visitor_hash, message) or _open(widget, new.visitor_hash)
        if session is None:
            filled = read_new(widget, new, leaving=False)
            session = _begin(widget, new, filled, message, now)
            _note_who(session, filled.name, filled.email, now)
            session = _fresh(session)
            stand_in_line(session, now=now)
        else:
            say(session.pk, message, now=now)
            _note_who(session, new.name, new.email, now)
    return _fresh(session)


def read_new(widget: Widget, new: NewChat, *, leaving: bool) -> Filled:
    """The form, checked. Raises FormError."""
    check_terms(widget, new.terms)
    return read_form(widget, new.answers, name=new.name, email=new.email, department=new.department, leaving=leaving)


def _note_who(session: ChatSession, name: str, email: str, now: datetime) -> None:
    """What the visitor said about themselves, unless their site vouches for somebody already."""
    if vouch_for(session, now=now):
        return
    if name or email:
        identify_visitor(session.pk, name=name, email=email)


def _earlier(widget: Widget, visitor_hash: str, message: NewMessage) -> ChatSession | None:
    """The chat in which these very words already stand: the answer to the first attempt was lost.

    Raises NotFound when they are somebody's who has used this browser before and logged out.
    """
    said = ChatSession.objects.filter(visitor_hash=visitor_hash, ticket__messages__client_id=message.client_id)
    session = said.filter(chats_of_browser(widget, visitor_hash)).first()
    if session is None and said.exists():
        raise NotFound()
    return session


def _known_by(visitor_hash: str) -> Proof:
    """Who once only claimed to be somebody is no more than that in their next chats."""
    last = ChatSession.objects.filter(visitor_hash=visitor_hash).order_by("-started_at", "-pk").first()
    return Proof.CLAIMED if last is not None and last.proof == Proof.CLAIMED else Proof.DEVICE


def _open(widget: Widget, visitor_hash: str) -> ChatSession | None:
    return ChatSession.objects.filter(widget=widget, visitor_hash=visitor_hash).exclude(state=State.ENDED).first()


def _begin(widget: Widget, new: NewChat, filled: Filled, message: NewMessage, now: datetime) -> ChatSession:
    around = new.surroundings.cleaned()
    team = find_line(widget.brand, filled.department, now=now)
    customer = find_or_create_customer(IdentityKind.VISITOR, new.visitor_hash, proof=Proof.DEVICE, display=_("Widget"))
    ticket, first = open_ticket(
        customer=customer,
        brand=widget.brand,
        channel=CHANNEL,
        subject=clean_line(filled.topic or message.text, 80) or _("Chat"),
        message=message,
        team=team,
        language=around.language,
        now=now,
    )
    session = ChatSession.objects.create(
        ticket=ticket,
        widget=widget,
        visitor_hash=new.visitor_hash,
        proof=_known_by(new.visitor_hash),
        start_id=first.client_id or first.public_id,
        page_url=around.page_url,
        page_title=around.page_title,
        referrer=around.referrer,
        user_agent=around.user_agent,
        time_zone=around.time_zone,
        language=around.language,
        answers=filled.answers,
        invitation=widget.invitations.filter(public_id=clean_line(new.invitation, 16)).first(),
        started_at=now,
        queued_at=now,
    )
    note_address(session, new.address, now=now)
    keep_consent(widget, customer, f"widget:{session.public_id}", around.page_url, now)
    record_chat_began(new.visitor_hash, now=now)
    publish(ChatStarted(session_id=session.pk, ticket_id=ticket.pk, brand_id=ticket.brand_id))
    return session


def keep_consent(widget: Widget, customer: Customer, source: str, page: str, now: datetime) -> None:
    """The tick that `check_terms` has found, with the very words that stood beside it."""
    if widget.terms_text:
        record_consent(
            customer,
            kind="terms",
            version=terms_mark(widget),
            text=f"{widget.terms_text} {widget.terms_url}".strip(),
            source=source,
            proof={"page": page, "widget": widget.public_key},
            now=now,
        )


def _fresh(session: ChatSession) -> ChatSession:
    return ChatSession.objects.select_related(
        "ticket__brand", "ticket__customer", "ticket__team", "accepted_by", "widget"
    ).get(pk=session.pk)
