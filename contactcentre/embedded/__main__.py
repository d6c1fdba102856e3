"""`python -m contactcentre.embedded start|stop|status`: the services alone, in the background."""

from __future__ import annotations

import argparse
import sys

from contactcentre.embedded.data_folder import DataFolder
from contactcentre.embedded.errors import EmbeddedServiceError
from contactcentre.embedded.services import Services, missing_services


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m contactcentre.embedded", description=__doc__)
    parser.add_argument("command", choices=["start", "stop", "status"])
    command = parser.parse_args().command
    try:
        services = Services(DataFolder.from_environment())
        if command == "start":
            services.ensure_running(missing_services())
        elif command == "stop":
            services.stop(["postgres", "redis"])
    except EmbeddedServiceError as error:
        print(error, file=sys.stderr)
        return 1
    report(services)
    return 0


def report(services: Services) -> None:
    """Passwords are not printed: they are in services.json, for its owner to read."""
    state = services.state()
    for kind in ("postgres", "redis"):
        if state.is_alive(kind):
            print(f"{kind:<9} {state.urls[kind].rsplit('@')[-1]}  pid {state.processes[kind].pid}")
        else:
            print(f"{kind:<9} not running")


if __name__ == "__main__":
    sys.exit(main())
