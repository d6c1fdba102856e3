"""Who the visitor says they are.

An email typed into the widget proves nothing: it puts the chat on that customer's timeline, where the agents see that
it is only claimed, and shows the visitor nothing but their own chats (docs/adr/021-claimed-email.md).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.actions.transitions import to_ended
from chat.events import ChatStateChanged
from chat.identity import SignedIdentity, read_identity
from chat.locking import lock_session, lock_visitor
from chat.models import ChatSession, EndedBy, KnownVisitor, State, Widget
from chat.selectors import known_visitor
from core.errors import Invalid, NotFound
from core.events import publish
from core.ids import secret_token
from core.secrets import Secret
from core.text import clean_line
from crm.actions import (
    absorb_customer,
    add_identity,
    check_email,
    find_customer,
    find_or_create_customer,
    surviving,
    update_customer,
)
from crm.models import Customer, Identity, IdentityKind, Proof
from tickets.actions import move_customer_tickets, move_ticket_to_customer


def identify_visitor(session_id: int, *, name: str = "", email: str = "") -> ChatSession:
    """Note the name and email that the visitor gave and lie the chat on the right customer's timeline.

    A name never replaces a known one. Raises Invalid for what is no email address, NotFound.
    """
    address = check_email(email) if email else ""
    with transaction.atomic():
        session = _locked(session_id)
        session.visitor_name = clean_line(name) or session.visitor_name
        if address:
            session.visitor_email = clean_line(email, 320)
        # Whom the site vouches for stays who they are, whatever is typed: the address is only one to write to.
        if address and session.proof != Proof.SIGNED:
            session.proof = Proof.CLAIMED
            _join(session, address)
        session.save(update_fields=["visitor_name", "visitor_email", "proof"])
        _fill_name(session)
        ticket = session.ticket
        publish(
            ChatStateChanged(session_id=session.pk, ticket_id=ticket.pk, brand_id=ticket.brand_id, state=session.state)
        )
    return session


def recognise_visitor(widget: Widget, visitor_hash: str, token: str, *, now: datetime | None = None) -> KnownVisitor:
    """Believe the site about who uses this browser, until its signature runs out.

    The browser's running chat moves to that customer. Raises BadIdentity. Publishes ChatStateChanged for the chat.
    """
    now = now or timezone.now()
    signed = read_identity(widget, token, now=now)
    with transaction.atomic():
        lock_visitor(visitor_hash)
        customer = _signed_customer(widget, signed)
        known, _created = KnownVisitor.objects.update_or_create(
            widget=widget,
            visitor_hash=visitor_hash,
            defaults={
                "customer": customer,
                "external_id": signed.subject,
                "expires_at": signed.expires_at,
                "known_at": now,
            },
        )
        running = ChatSession.objects.filter(widget=widget, visitor_hash=visitor_hash).exclude(state=State.ENDED)
        for session in running.select_related("ticket__customer", "widget"):
            if session.proof == Proof.SIGNED and surviving(session.ticket.customer) != customer:
                # The browser has changed hands: a chat under one name does not go on under another.
                to_ended(lock_session(session.pk), None, EndedBy.SYSTEM, now)
            else:
                vouch_for(session, now=now)
    return known


def renew_identity_secret(widget: Widget) -> str:
    """Give the widget a new secret and return it, this once: what was signed with the old one is void from now on.

    Running chats go on: they are of browsers that we recognise.
    """
    now = timezone.now()
    secret = secret_token()
    with transaction.atomic():
        widget.identity_secret = Secret.of(secret)
        widget.save(update_fields=["identity_secret"])
        widget.known_visitors.filter(expires_at__gt=now).update(expires_at=now)
    return secret


def forget_visitor(widget: Widget, visitor_hash: str, *, now: datetime | None = None) -> None:
    """The visitor logged out of the site: whoever uses this browser next is nobody we know.

    A running chat under the name for which the site vouched ends; neither it nor any earlier one opens here any more.
    """
    with transaction.atomic():
        lock_visitor(visitor_hash)
        forgotten, _rows = KnownVisitor.objects.filter(widget=widget, visitor_hash=visitor_hash).delete()
        if not forgotten:
            return
        running = ChatSession.objects.filter(widget=widget, visitor_hash=visitor_hash, proof=Proof.SIGNED)
        for session in running.exclude(state=State.ENDED):
            to_ended(lock_session(session.pk), None, EndedBy.SYSTEM, now or timezone.now())
        Identity.objects.filter(kind=IdentityKind.VISITOR, value=visitor_hash).delete()


def vouch_for(session: ChatSession, *, now: datetime) -> bool:
    """Put the chat on the timeline of the customer for whom the site vouches. False when it vouches for nobody.

    Call inside a transaction with the visitor's lock.
    """
    known = known_visitor(session.widget, session.visitor_hash, now=now)
    if known is None:
        return False
    customer = surviving(known.customer)
    visitor = surviving(session.ticket.customer)
    if visitor.pk != customer.pk:
        if _is_anonymous(visitor):
            move_customer_tickets(visitor, customer)
            absorb_customer(visitor, customer)
        else:
            move_ticket_to_customer(None, session.ticket_id, customer)
    session.proof = Proof.SIGNED
    session.visitor_name = customer.name or session.visitor_name
    session.save(update_fields=["proof", "visitor_name"])
    ticket = session.ticket
    publish(ChatStateChanged(session_id=session.pk, ticket_id=ticket.pk, brand_id=ticket.brand_id, state=session.state))
    return True


def _signed_customer(widget: Widget, signed: SignedIdentity) -> Customer:
    """The customer with the site's own id, which counts within the brand. A verified address may find an older record;
    one that is not verified is noted as a claim where nobody has it, and never opens anything."""
    value = f"{widget.brand.slug}:{signed.subject}"
    customer = find_customer(IdentityKind.EXTERNAL, value)
    if customer is None and signed.email and signed.email_verified:
        customer = find_customer(IdentityKind.EMAIL, signed.email)
        if customer is not None:
            add_identity(customer, IdentityKind.EXTERNAL, value, proof=Proof.SIGNED, display=signed.subject)
    customer = customer or find_or_create_customer(
        IdentityKind.EXTERNAL, value, name=signed.name, proof=Proof.SIGNED, display=signed.subject
    )
    if signed.name and not customer.name:
        customer = update_customer(customer.pk, name=signed.name)
    if signed.email:
        _add_if_free(customer, IdentityKind.EMAIL, signed.email, signed.email_verified)
    if signed.phone:
        _add_if_free(customer, IdentityKind.PHONE, signed.phone, False)
    return customer


def _add_if_free(customer: Customer, kind: str, value: str, is_verified: bool) -> None:
    owner = find_customer(kind, value)
    if owner is None:
        add_identity(customer, kind, value, proof=Proof.SIGNED if is_verified else Proof.CLAIMED, display=value)
    elif owner.pk == customer.pk and is_verified:
        find_or_create_customer(kind, value, proof=Proof.SIGNED)


def _locked(session_id: int) -> ChatSession:
    """The session with its visitor's lock: one change of identity at a time."""
    session = ChatSession.objects.filter(pk=session_id).first()
    if session is None:
        raise NotFound()
    lock_visitor(session.visitor_hash)
    return ChatSession.objects.select_related("ticket__customer__merged_into", "widget", "accepted_by").get(
        pk=session_id
    )


def _join(session: ChatSession, address: str) -> None:
    visitor = surviving(session.ticket.customer)
    owner = find_customer(IdentityKind.EMAIL, address)
    if owner is None and _is_anonymous(visitor):
        owner = _give(visitor, address, session.visitor_email)
    elif owner is None:
        # Another person at the same browser: the record with the earlier address is not theirs.
        owner = find_or_create_customer(IdentityKind.EMAIL, address, display=session.visitor_email)
    if owner.pk == visitor.pk:
        return
    if _is_anonymous(visitor):
        move_customer_tickets(visitor, owner)
        absorb_customer(visitor, owner)
    else:
        move_ticket_to_customer(None, session.ticket_id, owner)
        Identity.objects.filter(kind=IdentityKind.VISITOR, value=session.visitor_hash).update(customer=owner)
    session.ticket.customer = owner


def _give(visitor: Customer, address: str, display: str) -> Customer:
    """The visitor's record gets the address, unless a mail from it came in at this moment and made its own."""
    try:
        with transaction.atomic():
            add_identity(visitor, IdentityKind.EMAIL, address, proof=Proof.CLAIMED, display=display)
    except Invalid as error:
        owner = find_customer(IdentityKind.EMAIL, address)
        if owner is None:
            raise Invalid(_("The email address could not be kept. Try again.")) from error
        return owner
    return visitor


def _is_anonymous(customer: Customer) -> bool:
    """Known by nothing but browsers: safe to be found out to be somebody else."""
    return not customer.identities.exclude(kind=IdentityKind.VISITOR).exists()


def _fill_name(session: ChatSession) -> None:
    customer = session.ticket.customer
    if session.visitor_name and not customer.name:
        update_customer(customer.pk, name=session.visitor_name)
