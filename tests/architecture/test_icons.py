"""Every icon that a page may ask for exists: an unknown name is an error only when that very piece is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZipFile

import lucide
from django.conf import settings

from console.selectors.ticket_views import STANDARD_VIEWS
from console.templatetags.console_tags import delivery_icon, priority_icon, proof_icon, status_icon
from crm.models import Proof
from tickets.channels import all_channels
from tickets.models import Delivery, Priority, Status

_LITERAL = re.compile(r"""\{%\s*lucide\s+["']([^"']+)["']""")


def known() -> set[str]:
    with ZipFile(Path(lucide.__file__).parent / "lucide.zip") as archive:
        return {name.removesuffix(".svg") for name in archive.namelist()}


def templates() -> Iterable[Path]:
    for folder in settings.BASE_DIR.iterdir():
        if folder.is_dir() and folder.name not in ("node_modules", ".venv", ".data", ".git"):
            yield from folder.rglob("*.html")


def test_icons_named_in_templates_exist() -> None:
    used = {(name, path.name) for path in templates() for name in _LITERAL.findall(path.read_text())}
    assert len(used) > 50
    assert sorted(one for one in used if one[0] not in known()) == []


def test_icons_named_in_code_exist() -> None:
    used = {view.icon for view in STANDARD_VIEWS} | {channel.icon for channel in all_channels()}
    used |= {status_icon(one) for one in Status.values} | {priority_icon(one) for one in Priority.values}
    used |= {delivery_icon(one) for one in Delivery.values} | {proof_icon(one) for one in Proof.values}
    assert used - known() == set()
