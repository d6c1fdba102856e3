"""Beat ticks of the channel. Each is a sweep over due rows: missing one costs seconds, running two is harmless."""

from __future__ import annotations

from celery import shared_task

from email_inbox import delivery, fetching, intake, pending, strangers


@shared_task(name="email_inbox.deliver_due")
def deliver_due() -> int:
    pending.post_due()
    return delivery.deliver_due()


@shared_task(name="email_inbox.process_received")
def process_received() -> int:
    return intake.process_waiting() + strangers.set_apart_the_forgotten()


@shared_task(name="email_inbox.fetch_due")
def fetch_due() -> int:
    return fetching.start_due()


@shared_task(name="email_inbox.process_mail")
def process_mail(pk: int) -> None:
    intake.process(pk)
