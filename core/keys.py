"""The keys under which secrets lie in the database: from the environment, never from the database itself.

No Django models here: the settings check the keys while they load.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet


def split_keys(value: str) -> list[str]:
    """The keys of a comma-separated setting, newest first. Raises ValueError, without the value, when one is no key."""
    keys = [key.strip() for key in value.split(",") if key.strip()]
    for number, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            raise ValueError(f"key {number} is not 32 random bytes in URL-safe base 64") from None
    return keys


def local_key(path: Path) -> str:
    """The key of this machine's trial data, made at the first use; all processes that begin at once get the same."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # readable for its owner alone
    with os.fdopen(handle, "wb") as file:
        file.write(Fernet.generate_key())
    try:
        os.link(name, path)  # whole or not at all, and only for the first
    except FileExistsError:
        pass
    finally:
        os.unlink(name)
    return path.read_text().strip()
