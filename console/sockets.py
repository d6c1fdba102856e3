"""Websocket routes of the agent console."""

from __future__ import annotations

from typing import Any

from django.urls import path

from console.consumers import ConsoleConsumer

websocket_urls: list[Any] = [path("ws/console/", ConsoleConsumer.as_asgi())]
