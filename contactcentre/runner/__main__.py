"""`python -m contactcentre.runner start|stop`."""

from __future__ import annotations

import argparse
import sys

from contactcentre.runner import commands


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m contactcentre.runner", description=__doc__)
    parser.add_argument("command", choices=["start", "stop"])
    return commands.start() if parser.parse_args().command == "start" else commands.stop()


if __name__ == "__main__":
    sys.exit(main())
