"""How Chromium is started, for tests and screenshots alike: nothing of it may call home."""

from __future__ import annotations

CHROMIUM_FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]

# What a page may log while its network or its server is away: which of them depends on where a request just was.
NETWORK_LOST = ("net::ERR_", "WebSocket", "Failed to fetch")
