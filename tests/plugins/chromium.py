"""The Chromium that browser tests and screenshots use."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

HOW_TO_MEND = """\
No Chromium was found. Either of these mends it:
  make test                                  (installs one when it can)
  apt-get install chromium                   (Debian, Ubuntu)
  .venv/bin/python -m playwright install chromium
  CHROMIUM=/path/to/chromium make test       (one that you have)"""


class ChromiumMissing(Exception):
    """Never skipped over: a browser test that cannot run fails and says how to mend it."""


def chromium_path() -> str:
    """`CHROMIUM`, else one on the PATH, else Playwright's own download. Raises `ChromiumMissing`."""
    if named := os.environ.get("CHROMIUM"):
        if found := shutil.which(named):
            return found
        raise ChromiumMissing(f"CHROMIUM={named} is no program that can be run.\n{HOW_TO_MEND}")
    for name in NAMES:
        if found := shutil.which(name):
            return found
    return _playwrights_own()


def _playwrights_own() -> str:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if not Path(path).exists():
        raise ChromiumMissing(HOW_TO_MEND)
    return path


def main() -> int:
    try:
        print(chromium_path())
    except ChromiumMissing as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
