from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.db import transaction

from core import events
from core.events import Event, publish, subscribe


@dataclass(frozen=True, slots=True, kw_only=True)
class KettleBoiled(Event):
    kettle_id: int


@pytest.fixture
def heard() -> list[KettleBoiled]:
    received: list[KettleBoiled] = []
    events._subscribers.pop(KettleBoiled, None)
    subscribe(KettleBoiled)(received.append)
    return received


@pytest.mark.django_db(transaction=True)
def test_an_event_is_heard_only_after_the_commit(heard: list[KettleBoiled]) -> None:
    with transaction.atomic():
        publish(KettleBoiled(kettle_id=1))
        assert heard == []
    assert heard == [KettleBoiled(kettle_id=1)]


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_event_is_never_heard(heard: list[KettleBoiled]) -> None:
    with transaction.atomic():
        publish(KettleBoiled(kettle_id=1))
        transaction.set_rollback(True)
    assert heard == []


@pytest.mark.django_db(transaction=True)
def test_a_failing_listener_neither_stops_the_others_nor_the_caller(heard: list[KettleBoiled]) -> None:
    def broken(event: KettleBoiled) -> None:
        raise RuntimeError("listener is broken")

    events._subscribers[KettleBoiled].insert(0, broken)
    publish(KettleBoiled(kettle_id=2))
    assert heard == [KettleBoiled(kettle_id=2)]
