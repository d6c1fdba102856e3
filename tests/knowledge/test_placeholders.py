from __future__ import annotations

import pytest

from agents.models import Agent, Brand
from core.errors import Invalid
from knowledge.placeholders import fill
from tests.knowledge.conftest import write


@pytest.mark.parametrize(
    ("text", "first_name", "expected"),
    [
        ("Hello {{customer.first_name}}, this is {{ agent.name }}.", "Mia", "Hello Mia, this is Ana."),
        ("Hello {{customer.first_name}}, this is {{agent.name}}.", "", "Hello, this is Ana."),
        ("{{customer.first_name}}\n{{agent.name}}", "", "\nAna"),
        ("{{customer.password}} {{}} {single} {{customer.first_name", "Mia", None),
        ("{{customer.first_name}}", "{{agent.name}}", "{{agent.name}}"),
    ],
)
def test_placeholders_are_filled(text: str, first_name: str, expected: str | None) -> None:
    assert fill(text, first_name=first_name, agent_name="Ana") == (text if expected is None else expected)


def test_unknown_placeholders_are_refused(leo: Agent, brand: Brand) -> None:
    with pytest.raises(Invalid) as raised:
        write(leo, "Hello?", "Dear {{customer.salary}}", brand=brand, public=False)
    assert raised.value.code == "unknown_placeholder"
    assert "{{customer.salary}}" in str(raised.value.message)


def test_customers_never_read_a_placeholder(leo: Agent, brand: Brand) -> None:
    with pytest.raises(Invalid) as raised:
        write(leo, "Hello?", "Dear {{customer.first_name}}", brand=brand)
    assert raised.value.code == "public_placeholder"
    assert write(leo, "Hello?", "Dear {{customer.first_name}}", brand=brand, public=False).pk
