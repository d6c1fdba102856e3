"""Websocket routes of the chat widget."""

from __future__ import annotations

from typing import Any

websocket_urls: list[Any] = []
