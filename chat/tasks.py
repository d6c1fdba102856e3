"""Beat ticks of the chat. Each is a sweep over due rows: missing one costs seconds, running two at once is harmless."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from chat.actions.silence import sweep_silent as sweep


@shared_task(name="chat.sweep_silent")
def sweep_silent() -> int:
    return sweep(timezone.now())
