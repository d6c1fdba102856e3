"""Websocket routes of the agent console."""

from __future__ import annotations

from typing import Any

websocket_urls: list[Any] = []
