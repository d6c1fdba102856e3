"""After commit: tell an agent's own pages that the cards on their desk may have changed."""

from __future__ import annotations

from console.groups import agent_group
from core.events import subscribe
from core.live import push
from tickets.routing.events import ContactGiven, OfferClosed, OfferMade


@subscribe(OfferMade)
def offer_made(event: OfferMade) -> None:
    hint_desk(event.agent_id, event.ticket_id)


@subscribe(OfferClosed)
def offer_closed(event: OfferClosed) -> None:
    hint_desk(event.agent_id, event.ticket_id)


@subscribe(ContactGiven)
def contact_given(event: ContactGiven) -> None:
    hint_desk(event.agent_id, event.ticket_id)


def hint_desk(agent_id: int, ticket_id: int) -> None:
    push(agent_group(agent_id), {"type": "hint", "event": "desk", "ticket": ticket_id, "seq": 0})
