"""Who the visitor says they are.

An email typed into the widget proves nothing: it puts the chat on that customer's timeline, where the agents see that
it is only claimed, and shows the visitor nothing but their own chats (docs/adr/021-claimed-email.md).
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from chat.events import ChatStateChanged
from chat.locking import lock_visitor
from chat.models import ChatSession
from core.errors import Invalid, NotFound
from core.events import publish
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
            session.proof = Proof.CLAIMED
            _join(session, address)
        session.save(update_fields=["visitor_name", "visitor_email", "proof"])
        _fill_name(session)
        ticket = session.ticket
        publish(
            ChatStateChanged(session_id=session.pk, ticket_id=ticket.pk, brand_id=ticket.brand_id, state=session.state)
        )
    return session


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
