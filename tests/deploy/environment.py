"""Which environment variables there are, read from the files themselves."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / ".env.example"
READ = re.compile(r"""(?:env(?:\.\w+)?|_required)\(\s*"([A-Z_]+)\"""")
ASSIGNED = re.compile(r"^(?:# )?([A-Z_]+)=", re.MULTILINE)


def settings_variables() -> set[str]:
    found = set(READ.findall((ROOT / "contactcentre/settings.py").read_text()))
    assert len(found) > 10, "the pattern no longer fits how the settings read the environment"
    return found


def example_variables() -> set[str]:
    return set(ASSIGNED.findall(EXAMPLE.read_text()))
