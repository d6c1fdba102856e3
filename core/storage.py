"""Files that survive a power cut: written and fsynced before the transaction that names them commits."""

from __future__ import annotations

import os
from typing import Any

from django.core.files.storage import FileSystemStorage

from core.ids import opaque_id


class DurableFileStorage(FileSystemStorage):
    """FileSystemStorage that fsyncs each file and its folder before `save` returns."""

    def _save(self, name: str, content: Any) -> str:
        saved = super()._save(name, content)  # type: ignore[misc]
        path = self.path(saved)
        _fsync(path)
        _fsync(os.path.dirname(path))
        return str(saved)


def random_path(_instance: object, _name: str) -> str:
    """Where an upload is stored: never anything the sender chose. Two levels keep folders small."""
    name = opaque_id()
    return f"attachments/{name[:2]}/{name[2:4]}/{name}"


def _fsync(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
