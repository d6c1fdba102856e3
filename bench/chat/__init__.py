"""Live chat: sockets, KiB each, messages/s, ms from visitor to agent; beside a bare relay.

`make bench-chat` (`ARGS=--quick` takes less than two minutes). Both servers run as `make run` runs the web: two uvicorn
processes, on the same PostgreSQL and Redis, which belong to the measurement alone. The load comes from a process of its
own on the same machine. What is measured and how: bench/chat/load.py; the bare relay: bench/chat/relay.py.
"""

from __future__ import annotations


def main() -> None:
    from bench.chat.measure import main as measure

    measure([])
