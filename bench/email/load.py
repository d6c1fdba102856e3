"""A process of its own that sends: reads a plan as JSON, prints figures as JSON.

{"port": 2525, "kind": "plain", "count": 500, "run": "a", "connections": 8}     as fast as it goes
{"port": 2525, "kind": "plain", "count": 200, "run": "b", "rate": 10}           so many a second
"""

from __future__ import annotations

import json
import smtplib
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.email.mails import TO, make


def main() -> None:
    plan = json.loads(sys.stdin.read())
    mails = make(plan["kind"], plan["count"], plan["run"])
    print(json.dumps(_at_rate(plan, mails) if "rate" in plan else _at_once(plan, mails)))


def _at_once(plan: dict[str, Any], mails: list[bytes]) -> dict[str, Any]:
    connections = plan["connections"]
    shares = [mails[number::connections] for number in range(connections)]
    began = time.monotonic()
    with ThreadPoolExecutor(connections) as pool:
        sent = sum(pool.map(lambda share: _send(plan["port"], share), shares))
    return {"sent": sent, "seconds": time.monotonic() - began}


def _send(port: int, mails: list[bytes]) -> int:
    """Many mails over one connection, as a relay does."""
    with smtplib.SMTP("127.0.0.1", port, timeout=120) as client:
        for raw in mails:
            client.sendmail("relay@customers.example", [TO], raw)
    return len(mails)


def _at_rate(plan: dict[str, Any], mails: list[bytes]) -> dict[str, Any]:
    """Wall-clock time at which each was handed over, by its number."""
    began, times = time.time(), []
    with ThreadPoolExecutor(8) as pool:
        for number, raw in enumerate(mails):
            time.sleep(max(0.0, began + number / plan["rate"] - time.time()))
            times.append(time.time())
            pool.submit(_send, plan["port"], [raw])
    return {"times": times}


if __name__ == "__main__":
    main()
