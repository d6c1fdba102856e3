"""`python -m bench [TARGET ...]`: run the named targets, or list them all."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from types import ModuleType

import bench


def targets() -> dict[str, ModuleType]:
    names = (module.name for module in pkgutil.iter_modules(bench.__path__) if not module.name.startswith("_"))
    return {name: importlib.import_module(f"bench.{name}") for name in names}


def main(wanted: list[str]) -> int:
    known = targets()
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"No such target: {', '.join(unknown)}. There are: {', '.join(known) or 'none yet'}.", file=sys.stderr)
        return 1
    if not wanted:
        _list(known)
        return 0
    for name in wanted:
        known[name].main()
    return 0


def _list(known: dict[str, ModuleType]) -> None:
    if not known:
        print("There is nothing to measure yet. A target is a module in bench/ with a main(); see bench/__init__.py.")
    for name, module in known.items():
        print(f"{name:<16} {(module.__doc__ or '').strip().splitlines()[0]}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
