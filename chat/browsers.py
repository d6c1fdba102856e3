"""A user agent in words: enough for an agent to say "click on ... at the top right". Never used for decisions."""

from __future__ import annotations

import re

# First match wins: Edge and Opera call themselves Chrome, Chrome calls itself Safari.
_BROWSERS = (
    ("Edge", re.compile(r"Edg(?:e|A|iOS)?/(\d+)")),
    ("Opera", re.compile(r"OPR/(\d+)")),
    ("Samsung Internet", re.compile(r"SamsungBrowser/(\d+)")),
    ("Firefox", re.compile(r"(?:Firefox|FxiOS)/(\d+)")),
    ("Chrome", re.compile(r"(?:HeadlessChrome|Chrome|CriOS)/(\d+)")),
    ("Safari", re.compile(r"Version/(\d+).*Safari/")),
)
_SYSTEMS = (
    ("iPhone", re.compile(r"iPhone")),
    ("iPad", re.compile(r"iPad")),
    ("Android", re.compile(r"Android")),
    ("Windows", re.compile(r"Windows")),
    ("macOS", re.compile(r"Mac OS X")),
    ("ChromeOS", re.compile(r"CrOS")),
    ("Linux", re.compile(r"Linux")),
)


def describe_browser(user_agent: str) -> str:
    """ "Firefox 143, Windows"; empty when nothing is known."""
    browser = next((f"{name} {m[1]}" for name, pattern in _BROWSERS if (m := pattern.search(user_agent))), "")
    system = next((name for name, pattern in _SYSTEMS if pattern.search(user_agent)), "")
    return ", ".join(part for part in (browser, system) if part)
