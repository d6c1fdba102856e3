from __future__ import annotations

from typing import Any

import pytest

from agents.models import Agent, Brand
from knowledge.actions import AnswerWords, save_answer
from knowledge.models import Answer, AnswerState


def write(agent: Agent, question: str, text: str = "Like this.", **fields: Any) -> Answer:
    """A published answer, unless `fields` say otherwise."""
    group = fields.pop("group", "")
    return save_answer(
        agent, AnswerWords(question=question, text=text, **({"state": AnswerState.PUBLISHED} | fields)), group=group
    )


@pytest.fixture
def returns(leo: Agent, brand: Brand) -> Answer:
    return write(leo, "How do I return my boots?", "Send them back within 30 days.", keywords="refund", brand=brand)
