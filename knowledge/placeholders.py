"""What agents' ready answers may leave open: {{customer.first_name}} and {{agent.name}}, nothing else."""

from __future__ import annotations

import re

CUSTOMER_FIRST_NAME = "customer.first_name"
AGENT_NAME = "agent.name"
NAMES = (CUSTOMER_FIRST_NAME, AGENT_NAME)

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_LEFT_ALONE = re.compile(r"[ \t]*\{\{\s*([^{}]*?)\s*\}\}")


def names_in(text: str) -> list[str]:
    """The placeholders of a text, known or not, in order."""
    return _PLACEHOLDER.findall(text)


def fill(text: str, *, first_name: str, agent_name: str) -> str:
    """The text with its placeholders filled. An unknown first name takes the space before it along:
    "Hello {{customer.first_name}}," becomes "Hello,". Other names in braces stay as they are.
    """
    values = {CUSTOMER_FIRST_NAME: first_name, AGENT_NAME: agent_name}

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in values:
            return found.group()
        space = found.group()[: found.group().index("{")]
        return space + values[name] if values[name] else ""

    return _LEFT_ALONE.sub(value, text)
