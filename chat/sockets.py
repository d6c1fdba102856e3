"""Websocket routes of the chat widget."""

from __future__ import annotations

from typing import Any

from django.urls import path

from chat.consumers import WidgetSocket

application: Any = WidgetSocket.serve  # Channels' router takes any ASGI application, Django's types do not say so
websocket_urls: list[Any] = [path("ws/widget/", application)]
