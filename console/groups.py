"""The socket groups of the console. Only ids travel in them, never content: how it looks is fetched over HTTP."""

from __future__ import annotations

import hashlib


def brand_group(brand_id: int) -> str:
    """Everybody who may see the brand's conversations."""
    return f"brand.{brand_id}"


def agent_group(agent_id: int) -> str:
    """All sockets of one agent."""
    return f"agent.{agent_id}"


def session_mark(session_key: str) -> str:
    """Recognises a session without naming it: the key is a bearer secret and does not belong into Redis messages."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:16]
