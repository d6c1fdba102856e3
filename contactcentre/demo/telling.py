"""Telling the stories: from words to rows, through the product's own actions."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from agents.models import Team
from chat.actions import NewChat, end_chat, start_chat
from chat.actions.starting import Surroundings
from chat.models import Widget
from chat.selectors import session_of
from contactcentre.demo.answers import write_answers
from contactcentre.demo.crowd import crowd
from contactcentre.demo.mails import order_confirmation, without_sender
from contactcentre.demo.people import Cast, make_cast
from contactcentre.demo.queues import make_queues
from contactcentre.demo.stories import AGENT, NOTE, STORIES, Line, Story
from contactcentre.demo.widget import make_widget
from crm.actions import find_or_create_customer, normalise_email, update_customer
from crm.models import IdentityKind, Proof
from email_inbox.intake import process, receive
from email_inbox.models import Mailbox
from tickets.actions import (
    assign_ticket,
    change_priority,
    change_status,
    change_type,
    mark_read,
    move_to_team,
    open_ticket,
    post_customer_message,
    post_note,
    post_reply,
    set_tags,
)
from tickets.content import NewMessage
from tickets.models import Status, Ticket

LOG_INS = ("admin@example.com", "supervisor@example.com", "agent@example.com", "agent2@example.com")
SURROUNDINGS = Surroundings(
    page_url="https://shop.example.com/tents/fjell-3",
    page_title="Fjell 3 · Acme Outdoor",
    referrer="https://www.example.com/search?q=light+tent",
    user_agent="Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36",
    time_zone="Europe/Berlin",
    language="en",
)


def tell_everything(*, crowd_size: int = 0) -> int:
    """People, a mailbox, a widget and all stories into an empty database; return the number of conversations."""
    now = timezone.now()
    with transaction.atomic():
        cast = make_cast()
        mailbox = Mailbox.objects.create(address="support@example.com", name="Acme Outdoor", brand=cast.outdoor)
        make_queues(cast)
        widget = make_widget(cast)
        write_answers(cast, now)
        stories = [*STORIES, *crowd(crowd_size)]
        for story in sorted(stories, key=lambda story: -story.hours_ago):
            _tell(story, cast, widget, now)
    for raw in (order_confirmation(), without_sender()):
        process(receive(raw, mailbox, "demo").pk)
    return len(stories) + 1


def _tell(story: Story, cast: Cast, widget: Widget, now: datetime) -> None:
    moment = now - timedelta(hours=story.hours_ago)
    first, *rest = story.lines
    ticket = _open_chat(story, first, widget, moment) if story.channel == "chat" else _open(story, first, cast, moment)
    _prepare(ticket, story, cast, moment)
    for line in rest:
        moment = min(moment + timedelta(minutes=line.minutes), now)
        _say(ticket, line, story, cast, moment)
    _settle(ticket, story, cast, moment)


def _open(story: Story, first: Line, cast: Cast, moment: datetime) -> Ticket:
    customer = find_or_create_customer(
        IdentityKind.EMAIL, normalise_email(story.email), name=story.name, proof=Proof.SENDER, display=story.email
    )
    if story.about:
        update_customer(customer.pk, about=story.about)
    ticket, _message = open_ticket(
        customer=customer,
        brand=cast.outdoor,
        channel="email",
        subject=story.subject,
        message=NewMessage(first.text),
        now=moment,
    )
    return ticket


def _open_chat(story: Story, first: Line, widget: Widget, moment: datetime) -> Ticket:
    visitor = hashlib.sha256(secrets.token_bytes(32)).hexdigest()
    words = NewMessage(first.text, client_id=secrets.token_hex(8))
    new = NewChat(visitor, words, name=story.name, email=story.email, surroundings=SURROUNDINGS)
    return start_chat(widget, new, now=moment).ticket


def _prepare(ticket: Ticket, story: Story, cast: Cast, moment: datetime) -> None:
    team: Team | None = {"support": cast.support, "returns": cast.returns}.get(story.team)
    if team is not None:
        move_to_team(None, ticket.pk, team, now=moment)
    if story.agent:
        agent = cast.agents[story.agent]
        assign_ticket(agent, ticket.pk, agent, now=moment)
    change_priority(None, ticket.pk, story.priority, now=moment)
    change_type(None, ticket.pk, story.type, now=moment)
    set_tags(None, ticket.pk, story.tags, now=moment)


def _say(ticket: Ticket, line: Line, story: Story, cast: Cast, moment: datetime) -> None:
    agent = cast.agents[story.agent or "agent"]
    if line.who == NOTE:
        post_note(agent, ticket.pk, NewMessage(line.text), now=moment)
    elif line.who == AGENT:
        post_reply(agent, ticket.pk, NewMessage(line.text), now=moment)
    else:
        ticket.refresh_from_db(fields=["customer"])
        post_customer_message(
            ticket.pk, customer=ticket.customer, channel=ticket.channel, message=NewMessage(line.text), now=moment
        )


def _settle(ticket: Ticket, story: Story, cast: Cast, moment: datetime) -> None:
    if not story.status:
        return
    agent = cast.agents[story.agent or "agent"]
    if ticket.channel == "chat" and story.status == Status.SOLVED:
        end_chat(session_of(ticket), agent, now=moment)
    change_status(agent, ticket.pk, story.status, now=moment)
    ticket.refresh_from_db()
    mark_read(agent, ticket, ticket.last_seq)
