"""Routing: the cost of a decision with 500 agents and 2,000 waiting contacts, and how fast the queue drains.

`make bench-routing` (`ARGS=--quick`: a fifth of both). Beside it in the same run the bare limit: a transaction that
writes the same three rows (entry, desk, offer) without choosing anybody. All on a PostgreSQL of their own.
"""

from __future__ import annotations


def main() -> None:
    from bench.routing.measure import main as measure

    measure([])
