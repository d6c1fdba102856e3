"""What can go wrong with an embedded service, in words for the person at the keyboard."""

from __future__ import annotations

from pathlib import Path

LOG_TAIL_LINES = 15


class EmbeddedServiceError(Exception):
    """Its text says what happened and how to mend it: print it, no traceback needed."""

    @classmethod
    def with_log(cls, what: str, log: Path) -> EmbeddedServiceError:
        tail = log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:] if log.exists() else []
        return cls("\n".join([f"{what}. The end of {log}:", *(f"  {line}" for line in tail)]))
