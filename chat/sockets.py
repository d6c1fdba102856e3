"""Websocket routes of the chat widget."""

from __future__ import annotations

from typing import Any

from django.urls import path

from chat.consumers import WidgetConsumer

websocket_urls: list[Any] = [path("ws/widget/", WidgetConsumer.as_asgi())]
