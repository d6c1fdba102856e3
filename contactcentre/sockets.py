"""Every websocket address. Each consumer checks the Origin itself: the widget's is another site by design."""

from __future__ import annotations

from typing import Any

from chat.sockets import websocket_urls as chat_urls
from console.sockets import websocket_urls as console_urls

websocket_urls: list[Any] = [*console_urls, *chat_urls]
