"""What answers were good for: no visitor counts twice, and a chat within the hour means it did not help."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from agents.models import Agent, Brand
from knowledge.actions import record_chat_began, record_helped, record_shown, record_used
from knowledge.models import Answer, AnswerUse
from knowledge.selectors import Deflection, deflection

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
ZOE = hashlib.sha256(b"zoe").hexdigest()
BEN = hashlib.sha256(b"ben").hexdigest()


def counters(answer: Answer) -> tuple[int, int, int, int]:
    answer.refresh_from_db()
    return answer.shown, answer.helped, answer.not_helped, answer.used


def test_a_visitor_counts_once_a_day(returns: Answer) -> None:
    for _ in range(3):
        record_shown(returns, ZOE, now=NOON)
    record_shown(returns, BEN, now=NOON)
    assert counters(returns) == (2, 0, 0, 0)
    record_shown(returns, ZOE, now=NOON + timedelta(days=1))
    assert counters(returns) == (3, 0, 0, 0)


def test_a_second_verdict_takes_the_place_of_the_first(returns: Answer) -> None:
    for helped in (True, True, False, False):
        record_helped(returns, ZOE, helped, now=NOON)
    assert counters(returns) == (0, 0, 1, 0)
    record_helped(returns, BEN, True, now=NOON)
    assert counters(returns) == (0, 1, 1, 0)
    assert returns.helped_percent == 50


def test_nobody_said_is_not_zero_percent(returns: Answer) -> None:
    assert returns.helped_percent is None


def test_every_use_by_an_agent_counts(returns: Answer, ana: Agent) -> None:
    record_used(returns, ana, now=NOON)
    record_used(returns, ana, now=NOON)
    assert counters(returns) == (0, 0, 0, 2)
    assert AnswerUse.objects.filter(agent=ana).count() == 2


def test_a_chat_within_the_hour_was_not_deflected(returns: Answer, brand: Brand) -> None:
    def figures(at: datetime) -> Deflection:
        return deflection([brand], NOON - timedelta(days=1), now=at)

    record_shown(returns, ZOE, now=NOON)
    record_helped(returns, ZOE, True, now=NOON)
    record_helped(returns, BEN, True, now=NOON)
    assert figures(NOON + timedelta(minutes=59)) == Deflection(shown=1, helped=2, not_helped=0, deflected=0)
    assert record_chat_began(ZOE, now=NOON + timedelta(minutes=59)) == 1
    assert record_chat_began(BEN, now=NOON + timedelta(minutes=61)) == 0
    assert figures(NOON + timedelta(minutes=61)) == Deflection(shown=1, helped=2, not_helped=0, deflected=1)


def test_figures_are_of_the_brands_that_are_asked_for(returns: Answer, other_brand: Brand) -> None:
    record_shown(returns, ZOE, now=NOON)
    assert deflection([other_brand], NOON, now=NOON) == Deflection(0, 0, 0, 0)
