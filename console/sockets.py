"""Websocket routes of the agent console. Only here a cookie says who somebody is."""

from __future__ import annotations

from typing import Any

from channels.auth import AuthMiddlewareStack
from django.urls import path

from console.consumers import ConsoleSocket

websocket_urls: list[Any] = [path("ws/console/", AuthMiddlewareStack(ConsoleSocket.serve))]
