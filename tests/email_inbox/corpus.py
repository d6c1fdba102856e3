"""The product's own mails, tests/data/emails: each with what must come of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "data" / "emails"
NAMES = sorted(path.stem for path in FOLDER.glob("*.eml"))


def raw_mail(name: str) -> bytes:
    return (FOLDER / f"{name}.eml").read_bytes()


def expectation(name: str) -> dict[str, Any]:
    expected: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return expected
