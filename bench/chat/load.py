"""The visitors and the agent of the measurement, in one process of their own.

`python -m bench.chat.load` reads a plan as JSON from stdin and prints one JSON line per step:
{"port", "pids", "product": {key, cookie, visitors} or null for the bare relay,
 "steps": [["open", sockets] | ["rate", messages/s, seconds] | ["saturate", in flight, seconds]]}

Visitors behave as the widget does: a ping every 8 s, every fourth with `sync`. A message counts as through when the
visitor has its ack and the agent's socket its hint (the bare relay has no acks: when the agent's socket has it).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import random
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import psutil
import uvloop

from bench.chat.wire import Wire, open_wire

BEAT_SECONDS = 8.0
SYNC_EVERY = 4
OPENING_AT_ONCE = 40
WARM_UP_SECONDS = 2.0
STRAGGLER_SECONDS = 5.0
SETTLE_SECONDS = 20.0
WORDS = "I still wait for my parcel, could you please have a look where it is? Number {}"


@dataclass(slots=True)
class Visitor:
    number: int
    ticket: int = 0
    wire: Wire | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    last_seq: int = 1
    beats: int = field(default_factory=lambda: random.randrange(SYNC_EVERY))


@dataclass(slots=True)
class Sent:
    """A message on its way; times are seconds of the monotonic clock, 0: not yet."""

    visitor: Visitor
    at: float
    acked: float = 0.0
    hinted: float = 0.0


class Load:
    """All sockets, and what is known of every message under way."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.port: int = plan["port"]
        self.product: dict[str, Any] | None = plan["product"]
        self.processes = [psutil.Process(pid) for pid in plan["pids"]]
        self.visitors: list[Visitor] = []
        self.numbers = itertools.count(1)
        self.under_way: dict[int, Sent] = {}
        self.by_seq: dict[tuple[int, int], Sent] = {}
        self.early: dict[tuple[int, int], float] = {}
        self.errors = 0
        self.through: Callable[[Sent], None] = lambda _sent: None

    async def open_agent(self) -> None:
        if self.product:
            self.agent = await open_wire(self.port, "/ws/console/", self.hint, Cookie=self.product["cookie"])
            self.agent.send('{"type": "ping"}')
        else:
            self.agent = await open_wire(self.port, "/agent", self.relayed)
        await asyncio.sleep(1)

    async def open_visitors(self, number: int) -> None:
        gate = asyncio.Semaphore(OPENING_AT_ONCE)

        async def open_one(visitor: Visitor) -> None:
            async with gate:
                await self._open(visitor)

        new = [Visitor(n) for n in range(len(self.visitors), number)]
        await asyncio.gather(*(open_one(visitor) for visitor in new))
        self.visitors += new

    async def _open(self, visitor: Visitor) -> None:
        if self.product is None:
            visitor.wire = await open_wire(self.port, "/visitor", lambda _data: None)
            return
        row = self.product["visitors"][visitor.number]
        visitor.ticket = row["ticket"]
        visitor.wire = await open_wire(self.port, "/ws/widget/", lambda data: self.heard(visitor, data))
        hello = {"type": "hello", "v": 1, "key": self.product["key"], "token": row["token"], "session": row["session"]}
        visitor.wire.send(json.dumps(hello | {"last_seq": 0}))
        await asyncio.wait_for(visitor.ready.wait(), 60)

    def send(self, visitor: Visitor) -> None:
        number = next(self.numbers)
        assert visitor.wire is not None
        self.under_way[number] = Sent(visitor, time.monotonic())
        text = WORDS.format(number)
        frame = {"type": "send", "id": f"bench-{number:08}", "text": text} if self.product else {"n": number, "t": text}
        visitor.wire.send(json.dumps(frame))

    def heard(self, visitor: Visitor, data: bytes) -> None:
        if data.startswith(b'{"type": "message"') or data.startswith(b'{"type":"message"'):
            return
        frame = json.loads(data)
        if frame["type"] == "ack":
            self._acked(visitor, frame)
        elif frame["type"] == "ready":
            visitor.last_seq = max([visitor.last_seq, *(message["seq"] for message in frame["messages"])])
            visitor.ready.set()
        elif frame["type"] == "error":
            self.errors += 1

    def _acked(self, visitor: Visitor, frame: dict[str, Any]) -> None:
        sent = self.under_way.pop(int(frame["id"].removeprefix("bench-")), None)
        if sent is None:
            return
        sent.acked = time.monotonic()
        visitor.last_seq = max(visitor.last_seq, frame["seq"])
        key = (visitor.ticket, frame["seq"])
        if hinted := self.early.pop(key, 0.0):
            sent.hinted = hinted
            self.through(sent)
        else:
            self.by_seq[key] = sent

    def hint(self, data: bytes) -> None:
        frame = json.loads(data)
        if frame.get("event") != "message":
            return
        key = (frame["ticket"], frame["seq"])
        if sent := self.by_seq.pop(key, None):
            sent.hinted = time.monotonic()
            self.through(sent)
        else:
            self.early[key] = time.monotonic()

    def relayed(self, data: bytes) -> None:
        if sent := self.under_way.pop(json.loads(data)["n"], None):
            sent.acked = sent.hinted = time.monotonic()
            self.through(sent)

    async def beat(self) -> None:
        """What open widgets do all the time, spread evenly."""
        at = 0
        while True:
            await asyncio.sleep(0.1)
            for _visitor in range(math.ceil(len(self.visitors) * 0.1 / BEAT_SECONDS)):
                at = (at + 1) % len(self.visitors)
                visitor = self.visitors[at]
                visitor.beats += 1
                sync = {"type": "sync", "last_seq": visitor.last_seq}
                if visitor.wire is not None:
                    visitor.wire.send(json.dumps({"type": "ping"} if visitor.beats % SYNC_EVERY else sync))

    async def settle(self) -> None:
        """Wait for what the step left behind, so that the next is not measured by it."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while (self.under_way or self.by_seq) and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        self.under_way.clear()
        self.by_seq.clear()
        self.early.clear()

    def memory(self) -> int:
        return sum(process.memory_info().rss for process in self.processes)

    def open_sockets(self) -> int:
        return sum(1 for visitor in self.visitors if visitor.wire is not None and visitor.wire.is_open)


async def rate(load: Load, per_second: float, seconds: float) -> dict[str, Any]:
    """Send at an even pace, whatever comes back: what a visitor feels when the house is this busy."""
    done: list[Sent] = []
    order = random.sample(load.visitors, len(load.visitors))
    begin, count = time.monotonic(), 0
    load.through = lambda sent: done.append(sent) if sent.at >= begin else None  # not what the step before left behind
    while (now := time.monotonic()) - begin < seconds:
        while count < (now - begin) * per_second:
            load.send(order[count % len(order)])
            count += 1
        await asyncio.sleep(0.002)
    deadline = time.monotonic() + STRAGGLER_SECONDS
    while len(done) < count and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    agent = [1000 * (sent.hinted - sent.at) for sent in done]
    ack = [1000 * (sent.acked - sent.at) for sent in done]
    return {"sent": count, "through": len(done), "agent_ms": _percentiles(agent), "ack_ms": _percentiles(ack)}


async def saturate(load: Load, in_flight: int, seconds: float) -> dict[str, Any]:
    """Keep a fixed number of messages under way: as many a second as come through. Each visitor's turn comes round."""
    idle = deque(random.sample(load.visitors, len(load.visitors)))
    done = 0

    def next_one(sent: Sent) -> None:
        nonlocal done
        done += 1
        idle.append(sent.visitor)
        load.send(idle.popleft())

    load.through = next_one
    for _message in range(in_flight):
        load.send(idle.popleft())
    await asyncio.sleep(WARM_UP_SECONDS)
    before, begin = done, time.monotonic()
    await asyncio.sleep(seconds)
    per_second = (done - before) / (time.monotonic() - begin)
    load.through = lambda _sent: None
    return {"per_second": per_second}


async def open_step(load: Load, number: int) -> dict[str, Any]:
    held, before, begin = len(load.visitors), load.memory(), time.monotonic()
    await load.open_visitors(number)
    seconds = time.monotonic() - begin
    await asyncio.sleep(1)
    grown = (load.memory() - before) / max(1, number - held)
    return {"sockets": load.open_sockets(), "seconds": seconds, "bytes_per_socket": grown, "opened": number - held}


STEPS: dict[str, Callable[..., Awaitable[dict[str, Any]]]] = {"open": open_step, "rate": rate, "saturate": saturate}


async def run(plan: dict[str, Any]) -> None:
    load = Load(plan)
    await load.open_agent()
    beat: asyncio.Task[None] | None = None
    for name, *arguments in plan["steps"]:
        cpu, begin = _cpu(load), time.monotonic()
        result = await STEPS[name](load, *arguments)
        spent, seconds = _cpu(load), time.monotonic() - begin
        await load.settle()
        if load.product and beat is None:
            beat = asyncio.create_task(load.beat())
        used = [round((after - before) / seconds, 2) for before, after in zip(cpu, spent, strict=True)]
        figures = {"step": [name, *arguments], "held": load.open_sockets(), "errors": load.errors, "cores": used}
        print(json.dumps(figures | result), flush=True)


def _cpu(load: Load) -> list[float]:
    """Seconds of processor time so far: the generator's, all the servers' together."""
    own = time.process_time()
    return [own, sum(sum(process.cpu_times()[:2]) for process in load.processes)]


def _percentiles(values: list[float]) -> list[float]:
    """p50, p95, p99."""
    ordered = sorted(values) or [math.nan]
    return [round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1) for share in (0.5, 0.95, 0.99)]


if __name__ == "__main__":
    uvloop.run(run(json.load(sys.stdin)))
