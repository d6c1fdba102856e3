"""Typed events: facts in the past tense, published by actions, delivered after commit.

An event is a frozen dataclass that carries ids only, so a subscriber always reads the committed truth.
Delivery is a hint in the same process: what *must* happen is a row (see `core.work`), never an event alone.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import transaction

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events."""


E = TypeVar("E", bound=Event)
Subscriber = Callable[[Any], None]

BatchSubscriber = Callable[[Sequence[Any]], None]

_subscribers: defaultdict[type[Event], list[Subscriber]] = defaultdict(list)
_batch_subscribers: defaultdict[type[Event], list[BatchSubscriber]] = defaultdict(list)


def subscribe(
    event_type: type[E],
) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register the decorated function for `event_type`. Import subscriber modules in `AppConfig.ready`."""

    def register(function: Callable[[E], None]) -> Callable[[E], None]:
        if function not in _subscribers[event_type]:
            _subscribers[event_type].append(function)
        return function

    return register


def subscribe_batch(
    event_type: type[E],
) -> Callable[[Callable[[Sequence[E]], None]], Callable[[Sequence[E]], None]]:
    """As `subscribe`, for a function that is given all events of one `publish_all` at once: it can read set by set."""

    def register(function: Callable[[Sequence[E]], None]) -> Callable[[Sequence[E]], None]:
        if function not in _batch_subscribers[event_type]:
            _batch_subscribers[event_type].append(function)
        return function

    return register


def publish(event: Event) -> None:
    """Deliver `event` to its subscribers once the surrounding transaction has committed; never if it rolls back."""
    publish_all([event])


def publish_all(events: Sequence[E]) -> None:
    """As `publish`, for events of one type that happened together."""
    if events:
        transaction.on_commit(lambda: _deliver(events))


def _deliver(events: Sequence[Event]) -> None:
    kind = type(events[0])
    for batch_subscriber in _batch_subscribers[kind]:
        _call(batch_subscriber, events)
    for subscriber in _subscribers[kind]:
        for event in events:
            _call(subscriber, event)


def _call(subscriber: Callable[[Any], None], argument: Any) -> None:
    try:
        subscriber(argument)
    except Exception:
        # The business fact is committed: a failing listener must not turn it into an error for the caller.
        logger.exception("subscriber %s failed for %r", subscriber.__qualname__, argument)
