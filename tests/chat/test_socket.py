"""The protocol, frame by frame, against the consumer itself."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
import pytest_asyncio
from channels.routing import URLRouter

from agents.models import Agent
from chat.actions import agent_typing, end_chat, mark_agent_seen
from chat.models import ChatSession, State, Widget
from chat.sockets import websocket_urls
from chat.threads import in_database
from tests.chat.socket import Socket
from tests.chat.visitors import SHOP, Visitor
from tickets.actions import post_note, post_reply
from tickets.content import NewMessage
from tickets.models import Message, Ticket

pytestmark = pytest.mark.usefixtures("_own_threads")

Connect = Callable[..., Any]


@pytest.fixture
def started(visitor: Visitor) -> Visitor:
    visitor.start("Hello")
    return visitor


@pytest_asyncio.fixture
async def connect() -> AsyncGenerator[Connect]:
    sockets: list[Socket] = []

    async def open_socket(origin: str = SHOP) -> Socket:
        headers = [(b"host", b"testserver")] + ([(b"origin", origin.encode())] if origin else [])
        socket = Socket(URLRouter(websocket_urls), "/ws/widget/", headers)
        sockets.append(socket)
        await socket.connect()
        return socket

    yield open_socket
    for socket in sockets:
        await socket.disconnect()


async def hello(socket: Socket, visitor: Visitor, **fields: Any) -> Any:
    await socket.send(visitor.hello(**fields))
    return await socket.receive()


async def frame_of(socket: Socket, kind: str) -> Any:
    for _attempt in range(10):
        frame = await socket.receive()
        if frame["type"] == kind:
            return frame
    raise AssertionError(f"no {kind} frame")


async def reply(agent: Agent, text: str) -> Message:
    return await in_database(lambda: post_reply(agent, Ticket.objects.get().pk, NewMessage(text)))()


async def test_hello_brings_what_was_missed(connect: Connect, started: Visitor, ana: Agent) -> None:
    await reply(ana, "Hello, I am Ana")
    ready = await hello(await connect(), started, last_seq=1)
    assert (ready["type"], ready["v"], ready["state"], ready["agent"]["name"]) == ("ready", 1, "active", "Ana")
    assert [message["text"] for message in ready["messages"]] == ["Hello, I am Ana"]


async def test_words_are_acknowledged_after_commit_and_shown_in_the_other_tab(
    connect: Connect, started: Visitor
) -> None:
    one, two = await connect(), await connect()
    await hello(one, started)
    await hello(two, started)
    await one.send({"type": "send", "id": "message-2", "text": "It is blue"})
    ack = await frame_of(one, "ack")
    assert (ack["id"], ack["seq"], ack["prev"]) == ("message-2", 2, 1)
    assert await in_database(Message.objects.filter(seq=2, text="It is blue").exists)()
    shown = await frame_of(two, "message")
    assert (shown["seq"], shown["id"], shown["author"]["kind"]) == (2, "message-2", "visitor")


async def test_the_same_id_again_is_the_same_message(connect: Connect, started: Visitor) -> None:
    socket = await connect()
    await hello(socket, started)
    for _attempt in range(3):
        await socket.send({"type": "send", "id": "message-2", "text": "once"})
        assert (await frame_of(socket, "ack"))["seq"] == 2
    assert await in_database(Message.objects.count)() == 2


async def test_private_note_never_reaches_the_widget(connect: Connect, started: Visitor, ana: Agent) -> None:
    socket = await connect()
    await hello(socket, started)
    await in_database(lambda: post_note(ana, Ticket.objects.get().pk, NewMessage("SECRET")))()
    await reply(ana, "Hello")
    frames: list[Any] = []
    while not frames or frames[-1]["type"] != "message":
        frames.append(await socket.receive())
    assert (frames[-1]["seq"], frames[-1]["prev"], frames[-1]["text"]) == (3, 1, "Hello")
    assert "SECRET" not in json.dumps(frames)
    await socket.send({"type": "ping"})
    assert "SECRET" not in json.dumps(await frame_of(socket, "pong"))


async def test_typing_and_seen_of_the_agent(connect: Connect, started: Visitor, ana: Agent) -> None:
    socket = await connect()
    await hello(socket, started)
    ticket_id = await in_database(lambda: Ticket.objects.get().pk)()
    await in_database(agent_typing)(ticket_id, ana)
    assert await frame_of(socket, "typing") == {"type": "typing", "on": True, "name": "Ana"}
    await in_database(mark_agent_seen)(ticket_id, 1)
    assert await frame_of(socket, "seen") == {"type": "seen", "seq": 1}


async def test_a_typing_hint_overtaken_by_its_words_is_dropped(connect: Connect, started: Visitor, ana: Agent) -> None:
    socket = await connect()
    await hello(socket, started)
    ticket_id = await in_database(lambda: Ticket.objects.get().pk)()
    await in_database(post_reply)(ana, ticket_id, NewMessage("Hello"))
    await in_database(agent_typing)(ticket_id, ana)
    await socket.send({"type": "ping"})
    frames: list[Any] = []
    while not frames or frames[-1]["type"] != "pong":
        frames.append(await socket.receive())
    assert "typing" not in [frame["type"] for frame in frames]


async def test_the_end_is_told_to_the_widget(connect: Connect, started: Visitor, ana: Agent) -> None:
    socket = await connect()
    await hello(socket, started)
    await in_database(lambda: end_chat(ChatSession.objects.get(), ana))()
    state = await frame_of(socket, "state")
    assert (state["state"], state["ended_by"]) == ("ended", "agent")


async def test_the_visitor_ends_and_is_seen_to_have_read(connect: Connect, started: Visitor, ana: Agent) -> None:
    socket = await connect()
    await hello(socket, started)
    posted = await reply(ana, "Hello")
    await frame_of(socket, "message")
    await socket.send({"type": "seen", "seq": 2})
    await socket.send({"type": "end"})
    assert (await frame_of(socket, "state"))["state"] in (State.ACTIVE, State.ENDED)
    await socket.send({"type": "ping"})
    await frame_of(socket, "pong")
    assert await in_database(lambda: Message.objects.get(pk=posted.pk).delivery)() == "seen"
    assert await in_database(lambda: ChatSession.objects.get().state)() == State.ENDED


async def test_a_sync_brings_what_a_lost_push_did_not(connect: Connect, started: Visitor, ana: Agent) -> None:
    socket = await connect()
    await hello(socket, started)
    await reply(ana, "Hello")
    await socket.send({"type": "sync", "last_seq": 1})
    ready = await frame_of(socket, "ready")
    assert [message["seq"] for message in ready["messages"]] == [2]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"token": "x" * 30}, "token"),
        ({"token": "0123456789abcdefghijklmnopqrstuv"}, "not_found"),
        ({"session": "nothing"}, "not_found"),
        ({"session": "\x00"}, "not_found"),
        ({"key": "nothing"}, "not_found"),
        ({"key": 7}, "bad_frame"),
        ({"v": 2}, "version"),
    ],
)
async def test_a_wrong_hello_is_refused_and_the_socket_closed(
    connect: Connect, started: Visitor, changes: dict[str, Any], code: str
) -> None:
    socket = await connect()
    assert (await hello(socket, started, **changes))["code"] == code
    assert await socket.closed_with() == 4403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
async def test_a_foreign_site_gets_nothing(connect: Connect, started: Visitor, origin: str) -> None:
    socket = await connect(origin)
    assert (await hello(socket, started))["code"] == "origin"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("{", "bad_frame"),
        ("7", "bad_frame"),
        ('{"type": []}', "bad_frame"),
        ('{"type": "launch"}', "bad_frame"),
        ('{"type": "seen", "seq": -1}', "bad_frame"),
        ('{"type": "seen", "seq": 1e400}', "bad_frame"),
        ('{"type": "send", "id": "message-2", "text": 7}', "bad_frame"),
        ('{"type": "send", "text": "x"}', "bad_frame"),
        ('{"type": "send", "id": "message-2", "text": "\\u0000"}', "empty"),
        ('{"type": "send", "id": "message-2", "text": "' + "x" * 10_001 + '"}', "too_long"),
        ('{"type": "send", "id": "message-2", "text": "' + "x" * 70_000 + '"}', "too_large"),
    ],
)
async def test_bad_frames_are_answered_and_the_socket_lives_on(
    connect: Connect, started: Visitor, raw: str, code: str
) -> None:
    socket = await connect()
    await hello(socket, started)
    await socket.send_raw(raw)
    refused = await frame_of(socket, "error")
    assert refused["code"] == code
    assert refused["message"]
    await socket.send({"type": "ping"})
    assert await frame_of(socket, "pong")


async def test_an_error_names_the_message_it_is_about(connect: Connect, started: Visitor) -> None:
    socket = await connect()
    await hello(socket, started)
    await socket.send({"type": "send", "id": "message-2", "text": "x" * 10_001})
    assert (await frame_of(socket, "error"))["id"] == "message-2"


async def test_half_a_surrogate_pair_is_never_sent_back(connect: Connect, started: Visitor) -> None:
    """It cannot be encoded: sending it would end the task that writes to this socket."""
    socket = await connect()
    await hello(socket, started)
    await socket.send_raw('{"type": "launch", "id": "\\ud800"}')
    assert (await frame_of(socket, "error"))["id"] == "\ufffd"
    await socket.send_raw('{"type": "send", "id": "message-2", "text": "cut \\ud83d"}')
    assert (await frame_of(socket, "ack"))["id"] == "message-2"


async def test_a_megabyte_closes_the_socket(connect: Connect, started: Visitor) -> None:
    socket = await connect()
    await hello(socket, started)
    await socket.send_raw("x" * (1024 * 1024 + 1))
    assert await socket.closed_with() == 1009


async def test_nothing_is_done_before_hello(connect: Connect, started: Visitor) -> None:
    socket = await connect()
    await socket.send({"type": "send", "id": "message-2", "text": "x"})
    assert (await frame_of(socket, "error"))["code"] == "hello_first"


async def test_a_widget_that_was_switched_off_falls_silent(connect: Connect, started: Visitor) -> None:
    socket = await connect()
    await hello(socket, started)
    await in_database(lambda: Widget.objects.update(is_active=False))()
    await socket.send({"type": "send", "id": "message-2", "text": "x"})
    assert (await frame_of(socket, "error"))["code"] == "not_found"


async def test_a_flood_is_slowed_down_with_the_time_to_wait(connect: Connect, started: Visitor) -> None:
    socket = await connect()
    await hello(socket, started)
    for number in range(35):
        await socket.send({"type": "send", "id": f"message-{number}", "text": "x"})
    refused = await _first_error(socket)
    assert refused["code"] == "slow_down"
    assert refused["retry_after"] > 0


async def _first_error(socket: Socket) -> Any:
    for _frame in range(120):
        frame = await socket.receive()
        if frame["type"] == "error":
            return frame
    raise AssertionError("nothing was refused")
