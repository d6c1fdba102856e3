"""Starts the servers, has them loaded one after the other, and prints the table."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import psutil

from contactcentre.embedded.data_folder import DataFolder
from contactcentre.embedded.ports import free_port, is_free
from contactcentre.embedded.services import Services
from contactcentre.runner.environment import Ports, local_environment
from contactcentre.runner.programs import programs

START_SECONDS = 60
FULL = {"sockets": (200, 1000, 2000), "rates": (100, 300), "seconds": 15, "in_flight": 200, "chats": 2000}
QUICK = {"sockets": (1000,), "rates": (100,), "seconds": 8, "in_flight": 200, "chats": 1000}
GOAL_SHARE, GOAL_P99_MS = 0.60, 250


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="make bench-chat", description="Chat throughput beside a bare relay.")
    parser.add_argument(
        "--quick", action="store_true", help="1,000 widgets at 100 messages/s and the most; < 2 minutes"
    )
    parser.add_argument("--no-relay", action="store_true", help="the product alone")
    options = parser.parse_args(arguments)
    plan = QUICK if options.quick else FULL
    data = DataFolder(DataFolder.from_environment().root / "bench-chat")
    data.create()
    services = Services(data)
    services.ensure_running(["postgres", "redis"])
    try:
        _measure(data, services.environment(), plan, with_relay=not options.no_relay)
    finally:
        services.stop(["postgres", "redis"])


def _measure(data: DataFolder, addresses: dict[str, str], plan: dict[str, Any], *, with_relay: bool) -> None:
    print(f"{os.cpu_count()} cores, load average before: {os.getloadavg()[0]:.2f}", flush=True)
    ports = Ports(free_port(), free_port(), free_port())
    environment = os.environ | local_environment(data, ports) | addresses | {"LOG_LEVEL": "WARNING"}
    product = json.loads(_run(environment, "bench.chat.seed", str(plan["chats"])))
    web = next(program.command for program in programs(data, ports) if program.name == "web")
    with _server(web, environment, data, ports.PORT) as pids:
        ours = list(_load(environment, ports.PORT, pids, product, _steps(plan)))
    bare = []
    if with_relay:
        _run(environment, "bench.chat.relay")
        command = ["bench.chat.relay:application" if part == "contactcentre.asgi:application" else part for part in web]
        with _server(command, environment, data, ports.PORT) as pids:
            bare = list(_load(environment, ports.PORT, pids, None, _steps(plan)))
    _verdict(ours, bare)


def _steps(plan: dict[str, Any]) -> list[list[Any]]:
    """The most comes last: what it leaves behind must not disturb the times."""
    steps: list[list[Any]] = []
    for sockets in plan["sockets"]:
        steps.append(["open", sockets])
        steps += [["rate", rate, plan["seconds"]] for rate in plan["rates"]]
    return [*steps, ["saturate", plan["in_flight"], plan["seconds"]]]


def _run(environment: dict[str, str], module: str, *arguments: str) -> str:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


@contextmanager
def _server(command: list[str], environment: dict[str, str], data: DataFolder, port: int) -> Generator[list[int]]:
    """Its processes' ids, once it answers. What it prints goes to log/bench-web.log."""
    with (data.logs / "bench-web.log").open("ab") as log:
        server = psutil.Popen(command, env=environment, start_new_session=True, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_SECONDS
        while is_free(port) or len(_serving(server)) < 2:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the server did not start")
            time.sleep(0.2)
        _wait_for_application(port)
        yield _serving(server)
    finally:
        server.terminate()
        server.wait(20)


def _serving(server: psutil.Popen) -> list[int]:
    """uvicorn's workers, without its parent and the resource tracker of Python's multiprocessing."""
    return [child.pid for child in server.children() if "spawn_main" in " ".join(child.cmdline())]


def _wait_for_application(port: int) -> None:
    """The port is bound before the workers have loaded: a request that is answered, whatever with, tells."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=30)
            break
        except urllib.error.HTTPError:
            break
        except OSError:
            time.sleep(0.2)
    time.sleep(4)  # the second worker


def _load(
    environment: dict[str, str], port: int, pids: list[int], product: dict[str, Any] | None, steps: list[list[Any]]
) -> Iterator[dict[str, Any]]:
    """Run the load, print a line per step as it ends, and hand the figures on."""
    name = "product" if product else "bare relay"
    plan = json.dumps({"port": port, "pids": pids, "product": product, "steps": steps})
    command = [sys.executable, "-m", "bench.chat.load"]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as load:
        assert load.stdin is not None
        assert load.stdout is not None
        load.stdin.write(plan)
        load.stdin.close()
        for line in load.stdout:
            figures = json.loads(line)
            print(f"{name:<11} {_words(figures)}", flush=True)
            yield figures
    if load.returncode:
        raise RuntimeError(f"the load of the {name} failed")


def _words(figures: dict[str, Any]) -> str:
    step, *numbers = figures["step"]
    generator, servers = figures["cores"]
    tail = f"cores: servers {servers}, load {generator}" + (
        f"; errors {figures['errors']}" if figures["errors"] else ""
    )
    held = f"{figures['held']:>5} sockets"
    if step == "open":
        size = figures["bytes_per_socket"] / 1024
        return f"{held}  opened {figures['opened']} in {figures['seconds']:.1f} s, {size:.0f} KiB each; {tail}"
    if step == "saturate":
        return f"{held}  at most {figures['per_second']:.0f} messages/s ({numbers[0]} under way); {tail}"
    missing = figures["sent"] - figures["through"]
    agent, ack = ("/".join(f"{ms:.0f}" for ms in figures[name]) for name in ("agent_ms", "ack_ms"))
    lost = f"; {missing} NOT THROUGH" if missing else ""
    return f"{held}  {numbers[0]:>3} messages/s: agent p50/95/99 {agent} ms, ack {ack} ms{lost}; {tail}"


def _verdict(ours: list[dict[str, Any]], bare: list[dict[str, Any]]) -> None:
    most = ours[-1]["per_second"]
    if bare:
        share = most / bare[-1]["per_second"]
        print(f"throughput: {share:.0%} of the bare relay's (goal: at least {GOAL_SHARE:.0%})")
    worst = [f["agent_ms"][2] for f in ours if f["step"][:2] == ["rate", 100] and f["held"] == 1000]
    for p99 in worst:
        print(f"p99 at 100 messages/s with 1,000 widgets: {p99:.0f} ms (goal: at most {GOAL_P99_MS} ms)")
