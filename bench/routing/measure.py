"""Starts PostgreSQL, has the decisions timed in a process that knows Django, and prints them beside the goals."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from contactcentre.embedded.data_folder import DataFolder
from contactcentre.embedded.ports import free_port
from contactcentre.embedded.services import Services
from contactcentre.runner.environment import Ports, local_environment

AGENTS, WAITING, FREED = 500, 2000, 200
GOAL_MS, GOAL_RATE = 20, 50


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="make bench-routing", description="What a routing decision costs.")
    parser.add_argument("--quick", action="store_true", help="a fifth of the agents and contacts")
    share = 5 if parser.parse_args(arguments).quick else 1
    data = DataFolder(DataFolder.from_environment().root / "bench-routing")
    data.create()
    services = Services(data)
    services.ensure_running(["postgres", "redis"])
    ports = Ports(free_port(), free_port(), free_port())
    environment = os.environ | local_environment(data, ports) | services.environment() | {"LOG_LEVEL": "ERROR"}
    agents, waiting, freed = AGENTS // share, WAITING // share, FREED // share
    print(f"{os.cpu_count()} cores, load average before: {os.getloadavg()[0]:.2f}", flush=True)
    print(f"{agents} agents of 5 teams, {waiting} waiting contacts, every seventh asks for a language", flush=True)
    try:
        _run(environment, agents, waiting, freed)
    finally:
        services.stop(["postgres", "redis"])
    print(f"goals: at most {GOAL_MS} ms (p95), at least {GOAL_RATE} decisions/s")


def _run(environment: dict[str, str], agents: int, waiting: int, freed: int) -> None:
    command = [sys.executable, "-m", "bench.routing.decisions", str(agents), str(waiting), str(freed)]
    done = subprocess.run(
        command, env=environment, cwd=Path(__file__).parent.parent.parent, stdout=subprocess.PIPE, check=True
    )
    for line in done.stdout.splitlines():
        one = json.loads(line)
        p50, p95, p99 = one["percentiles_ms"]
        print(
            f"{one['name']:<34}{one['count']:>6} decisions{one['rate']:>8.0f}/s"
            f"   p50/95/99 {p50:.1f}/{p95:.1f}/{p99:.1f} ms"
        )
