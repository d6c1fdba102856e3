"""Everything that changes a ticket. Each action opens a transaction, locks the ticket's row, checks, writes,
records history and publishes. Console, API, channels and rules all call these."""

from tickets.actions.delivery import set_delivered_up_to, set_delivery
from tickets.actions.fields import (
    assign_ticket,
    change_priority,
    change_status,
    change_subject,
    change_type,
    move_customer_tickets,
    move_ticket_to_customer,
    move_to_team,
    set_tags,
    snooze_ticket,
    wake_snoozed_tickets,
)
from tickets.actions.merging import can_unmerge, merge_tickets, survivor_of, unmerge_ticket, why_not_merge
from tickets.actions.posting import (
    Inbound,
    open_ticket,
    post_customer_message,
    post_customer_messages,
    post_note,
    post_reply,
    post_system_message,
)
from tickets.actions.rating import rate_ticket
from tickets.actions.reading import mark_read, save_draft
from tickets.actions.values import set_values

__all__ = [
    "Inbound",
    "assign_ticket",
    "can_unmerge",
    "change_priority",
    "change_status",
    "change_subject",
    "change_type",
    "mark_read",
    "merge_tickets",
    "move_customer_tickets",
    "move_ticket_to_customer",
    "move_to_team",
    "open_ticket",
    "post_customer_message",
    "post_customer_messages",
    "post_note",
    "post_reply",
    "post_system_message",
    "rate_ticket",
    "save_draft",
    "set_delivered_up_to",
    "set_delivery",
    "set_tags",
    "set_values",
    "snooze_ticket",
    "survivor_of",
    "unmerge_ticket",
    "wake_snoozed_tickets",
    "why_not_merge",
]
