"""Beat ticks of the hub. Each is a sweep over due rows: missing one costs seconds, running two at once is harmless."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from tickets import routing, sla
from tickets.actions import wake_snoozed_tickets
from tickets.handing_back import free_tickets_of_the_departed, hand_back_written
from tickets.routing.written import sweep_written


@shared_task(name="tickets.sweep_sla_timers")
def sweep_sla_timers() -> int:
    return sla.sweep(timezone.now())


@shared_task(name="tickets.sweep_routing")
def sweep_routing() -> int:
    now = timezone.now()
    return hand_back_written(now) + sweep_written(now) + routing.sweep(now)


@shared_task(name="tickets.free_of_departed")
def free_of_departed() -> int:
    return free_tickets_of_the_departed(timezone.now())


@shared_task(name="tickets.wake_snoozed")
def wake_snoozed() -> int:
    return wake_snoozed_tickets(timezone.now())
