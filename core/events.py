"""Typed events: facts in the past tense, published by actions, delivered after commit.

An event is a frozen dataclass that carries ids only, so a subscriber always reads the committed truth.
Delivery is a hint in the same process: what *must* happen is a row (see `core.work`), never an event alone.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import transaction

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events."""


E = TypeVar("E", bound=Event)
Subscriber = Callable[[Any], None]

_subscribers: defaultdict[type[Event], list[Subscriber]] = defaultdict(list)


def subscribe(
    event_type: type[E],
) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register the decorated function for `event_type`. Import subscriber modules in `AppConfig.ready`."""

    def register(function: Callable[[E], None]) -> Callable[[E], None]:
        if function not in _subscribers[event_type]:
            _subscribers[event_type].append(function)
        return function

    return register


def publish(event: Event) -> None:
    """Deliver `event` to its subscribers once the surrounding transaction has committed; never if it rolls back."""
    transaction.on_commit(lambda: _deliver(event))


def _deliver(event: Event) -> None:
    for subscriber in _subscribers[type(event)]:
        try:
            subscriber(event)
        except Exception:
            # The business fact is committed: a failing listener must not turn it into an error for the caller.
            logger.exception("subscriber %s failed for %r", subscriber.__qualname__, event)
