"""What became of our messages on their way to the customer."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection, transaction

from core.events import publish, publish_all
from core.text import clean_line
from tickets.events import DeliveryChanged
from tickets.history import record
from tickets.locking import lock_ticket
from tickets.models import Delivery, Direction, EventKind, Message

BEFORE: dict[str, tuple[str, ...]] = {
    Delivery.DELIVERED: (Delivery.QUEUED, Delivery.SENDING, Delivery.SENT),
    Delivery.SEEN: (Delivery.QUEUED, Delivery.SENDING, Delivery.SENT, Delivery.DELIVERED),
}
"""From where a message may come to this state: never backwards, and what failed stays failed."""


def set_delivery(message: Message, delivery: str, *, error: str = "") -> None:
    """Note what became of an outbound message. A failure is a line in the history. Publishes DeliveryChanged."""
    with transaction.atomic():
        ticket = lock_ticket(message.ticket_id)
        changed = Message.objects.filter(pk=message.pk).exclude(delivery=delivery)
        if not changed.update(delivery=delivery, delivery_error=clean_line(error, 500)):
            return
        if delivery == Delivery.FAILED:
            record(
                ticket,
                EventKind.DELIVERY,
                None,
                seq=message.seq,
                error=clean_line(error, 300),
            )
        publish(
            DeliveryChanged(
                ticket_id=ticket.pk,
                brand_id=ticket.brand_id,
                message_id=message.pk,
                delivery=delivery,
            )
        )


def set_delivered_up_to(seqs: Mapping[int, int], delivery: str, *, channel: str) -> None:
    """Our messages of `channel` up to a number, per ticket, have come this far: DELIVERED or SEEN. One statement.
    Publishes DeliveryChanged for each message that had not."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Rows are locked in one order; the numbers of a ticket only grow, so that its own lock is not needed.
        cursor.execute(
            "WITH reached AS (SELECT m.id FROM tickets_message m"
            " JOIN unnest(%s::bigint[], %s::bigint[]) AS n (ticket_id, seq)"
            " ON m.ticket_id = n.ticket_id AND m.seq <= n.seq"
            " WHERE m.channel = %s AND m.direction = %s AND m.delivery = ANY(%s) ORDER BY m.id FOR NO KEY UPDATE OF m)"
            " UPDATE tickets_message m SET delivery = %s, delivery_error = '' FROM reached, tickets_ticket t"
            " WHERE m.id = reached.id AND t.id = m.ticket_id RETURNING m.id, m.ticket_id, t.brand_id",
            [list(seqs), list(seqs.values()), channel, Direction.OUTBOUND, list(BEFORE[delivery]), delivery],
        )
        changed = [
            DeliveryChanged(ticket_id=ticket_id, brand_id=brand_id, message_id=pk, delivery=delivery)
            for pk, ticket_id, brand_id in sorted(cursor.fetchall())
        ]
        publish_all(changed)
