"""Fails when /widget.js, loader and panel together, is larger than its promise: 15 kB (15,000 bytes) gzip."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcentre.settings")
os.environ.setdefault("DEBUG", "1")

from chat.bundle import widget_bundle

LIMIT = 15_000


def main() -> int:
    size = len(widget_bundle().zipped)
    print(f"widget.js: {size:,} of {LIMIT:,} bytes gzip")
    if size <= LIMIT:
        return 0
    print("Too large: every site that shows the chat loads this. Take something out.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
