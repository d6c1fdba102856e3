"""Beat ticks of the chat. Each is a sweep over due rows: missing one costs seconds, running two at once is harmless."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from chat import announcing, dispatching
from chat.actions import blocking, fallback, silence


@shared_task(name="chat.sweep_silent")
def sweep_silent() -> int:
    return silence.sweep_silent(timezone.now())


@shared_task(name="chat.mail_unread")
def mail_unread() -> int:
    return fallback.mail_unread(timezone.now())


@shared_task(name="chat.sweep_routing")
def sweep_routing() -> int:
    return dispatching.sweep(timezone.now())


@shared_task(name="chat.forget_addresses")
def forget_addresses() -> int:
    return blocking.forget_addresses(timezone.now())


@shared_task(name=announcing.TELL)
def tell_lines(brand_id: int) -> int:
    """Not a tick: asked for when a line moved."""
    return announcing.tell_lines(brand_id)
