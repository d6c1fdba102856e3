"""Where everything that a local run keeps lies on disk."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class DataFolder:
    """`DATA_DIR`, by default `.data` next to `manage.py`. Deleting it while nothing runs starts afresh."""

    root: Path

    @classmethod
    def from_environment(cls) -> DataFolder:
        return cls(Path(os.environ.get("DATA_DIR") or PROJECT / ".data").expanduser().absolute())

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def redis(self) -> Path:
        return self.root / "redis"

    @property
    def logs(self) -> Path:
        return self.root / "log"

    @property
    def run(self) -> Path:
        """State of what runs now: addresses, process ids, passwords. Readable by its owner alone."""
        return self.root / "run"

    def create(self) -> None:
        for folder in (self.root, self.redis, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        self.run.mkdir(mode=0o700, exist_ok=True)
