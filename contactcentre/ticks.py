"""What is done again and again without anybody asking: the nets below the events."""

from __future__ import annotations

from typing import Any

# Task to period in seconds.
_PERIODS = {
    "email_inbox.deliver_due": 3.0,
    "email_inbox.process_received": 10.0,
    "email_inbox.fetch_due": 15.0,
    "tickets.sweep_sla_timers": 5.0,
    "tickets.sweep_routing": 1.0,
    "tickets.wake_snoozed": 15.0,
    "tickets.free_of_departed": 60.0,
    "chat.sweep_routing": 3.0,
    "chat.mail_unread": 10.0,
    "chat.sweep_silent": 15.0,
    "chat.forget_addresses": 3600.0,
}


def beat_schedule() -> dict[str, dict[str, Any]]:
    """For Celery beat. A tick that waited longer than its period in the queue is worthless, as the next one does the
    same work; two seconds are the least that a busy worker is given."""
    return {
        task: {"task": task, "schedule": period, "options": {"expires": max(period, 2)}}
        for task, period in _PERIODS.items()
    }
