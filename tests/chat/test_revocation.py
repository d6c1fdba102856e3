"""Who may no longer listen is silent at once and out within five seconds; what a lost push did not bring is found."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
import pytest_asyncio
from channels.routing import URLRouter

from agents.models import Agent
from chat import watch
from chat.actions import end_chat
from chat.actions.agents import Got, mark_agents_got
from chat.models import ChatSession, Widget
from chat.sockets import websocket_urls
from chat.threads import in_database
from core import live
from core.secrets import Secret
from tests.chat.socket import Socket
from tests.chat.test_signed import SECRET, token
from tests.chat.visitors import SHOP, Visitor
from tickets.actions import assign_ticket, post_reply
from tickets.content import NewMessage
from tickets.models import Message, Ticket

pytestmark = pytest.mark.usefixtures("_own_threads")

Connect = Callable[..., Any]
AT_MOST_SECONDS = 5.0


@pytest.fixture
def started(visitor: Visitor) -> Visitor:
    visitor.start("Hello")
    return visitor


@pytest_asyncio.fixture
async def line(started: Visitor) -> AsyncGenerator[Socket]:
    """A socket past `hello`."""
    headers = [(b"host", b"testserver"), (b"origin", SHOP.encode())]
    socket = Socket(URLRouter(websocket_urls), "/ws/widget/", headers)
    await socket.connect()
    await socket.send(started.hello())
    assert (await socket.receive())["type"] == "ready"
    yield socket
    await socket.disconnect()


async def closed_with(socket: Socket) -> tuple[int, list[Any]]:
    """The close code and the frames before it; fails when it takes longer than the protocol promises."""
    frames: list[Any] = []
    begin = time.monotonic()
    while time.monotonic() - begin < AT_MOST_SECONDS:
        output = await socket._wire.receive_output(AT_MOST_SECONDS)
        if output["type"] == "websocket.close":
            return int(output["code"]), frames
        frames.append(output["text"])
    raise AssertionError(f"still open: {frames}")


async def frame_of(socket: Socket, kind: str) -> Any:
    for _attempt in range(10):
        frame = await socket.receive()
        if frame["type"] == kind:
            return frame
    raise AssertionError(f"no {kind} frame")


async def test_a_widget_that_is_switched_off_closes_its_sockets(line: Socket) -> None:
    await in_database(lambda: Widget.objects.update(is_active=False))()
    code, frames = await closed_with(line)
    assert code == watch.CLOSE_REVOKED
    assert '"not_found"' in frames[-1]


async def test_a_domain_that_is_taken_from_the_list_closes_its_sockets(line: Socket) -> None:
    await in_database(lambda: Widget.objects.update(allowed_domains=["elsewhere.example.com"]))()
    code, frames = await closed_with(line)
    assert code == watch.CLOSE_REVOKED
    assert '"origin"' in frames[-1]


async def test_a_chat_that_was_deleted_closes_its_sockets(line: Socket) -> None:
    await in_database(lambda: ChatSession.objects.all().delete())()
    assert (await closed_with(line))[0] == watch.CLOSE_REVOKED


async def test_a_chat_that_ended_says_so_and_closes_its_sockets(line: Socket, ana: Agent) -> None:
    await in_database(lambda: end_chat(ChatSession.objects.get(), ana))()
    code, frames = await closed_with(line)
    assert code == watch.CLOSE_OVER
    assert '"ended"' in frames[0]


async def test_after_the_end_words_over_the_socket_take_the_chat_up_again(line: Socket, ana: Agent) -> None:
    await in_database(lambda: end_chat(ChatSession.objects.get(), ana))()
    await line.send({"type": "send", "id": "message-2", "text": "One more thing"})
    assert (await frame_of(line, "ack"))["seq"] == 2
    await asyncio.sleep(2.5 * watch.LOOK_SECONDS)
    await line.send({"type": "ping"})
    assert await frame_of(line, "pong")


async def test_a_message_whose_push_was_lost_comes_within_seconds(
    line: Socket, ana: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_paused_until", time.monotonic() + 60)  # as while Redis is away
    await in_database(lambda: post_reply(ana, Ticket.objects.get().pk, NewMessage("Lost on the way")))()
    ready = await frame_of(line, "ready")
    assert [message["text"] for message in ready["messages"]] == ["Lost on the way"]


async def test_replies_that_the_browser_holds_are_delivered(line: Socket, ana: Agent) -> None:
    reply = await in_database(lambda: post_reply(ana, Ticket.objects.get().pk, NewMessage("Hello, I am Ana")))()
    message = await frame_of(line, "message")
    for seq in (message["seq"], message["seq"], 2**31 - 1):
        await line.send({"type": "got", "seq": seq})
    await asyncio.sleep(1)
    assert await in_database(lambda: Message.objects.get(pk=reply.pk).delivery)() == "delivered"
    await line.send({"type": "seen", "seq": message["seq"]})
    await line.send({"type": "got", "seq": message["seq"]})
    await asyncio.sleep(1)
    assert await in_database(lambda: Message.objects.get(pk=reply.pk).delivery)() == "seen"


async def test_words_that_the_console_of_their_agent_holds_are_delivered(line: Socket, ana: Agent, leo: Agent) -> None:
    ticket = await in_database(Ticket.objects.get)()
    await in_database(assign_ticket)(ana, ticket.pk, ana)
    await in_database(
        lambda: ChatSession.objects.update(state="active", accepted_by=ana, accepted_at=ticket.created_at)
    )()
    await in_database(mark_agents_got)([Got(leo.pk, ticket.pk, 1)])
    await in_database(mark_agents_got)([Got(ana.pk, ticket.pk, 1), Got(ana.pk, ticket.pk, 99)])
    assert await frame_of(line, "delivered") == {"type": "delivered", "seq": 1}
    assert await in_database(lambda: ChatSession.objects.get().agent_got_seq)() == 1


@pytest.fixture
def vouched(widget: Widget) -> Visitor:
    """A chat of somebody for whom the site vouches."""
    Widget.objects.update(identity_secret=Secret.of(SECRET))
    visitor = Visitor()
    assert visitor.start("Words of Mia", jwt=token()).json()["proof"] == "signed"
    return visitor


@pytest.mark.parametrize("next_one", [{"forget": True}, {"sub": "43"}])
async def test_the_next_person_in_a_browser_gets_no_chat_of_the_last_over_the_socket(
    vouched: Visitor, next_one: dict[str, Any]
) -> None:
    headers = [(b"host", b"testserver"), (b"origin", SHOP.encode())]
    still_open = Socket(URLRouter(websocket_urls), "/ws/widget/", headers)
    await still_open.connect()
    await still_open.send(vouched.hello())
    assert [one["text"] for one in (await still_open.receive())["messages"]] == ["Words of Mia"]

    change = next_one if "forget" in next_one else {"jwt": token(**next_one)}
    assert (await in_database(vouched.post)("identify", change)).status_code == 200
    await still_open.send({"type": "send", "id": "next-0001", "text": "Words of the next"})
    assert (await frame_of(still_open, "error"))["code"] == "not_found"
    assert (await closed_with(still_open))[0] == watch.CLOSE_REVOKED

    another = Socket(URLRouter(websocket_urls), "/ws/widget/", headers)
    await another.connect()
    await another.send(vouched.hello())
    assert (await another.receive())["code"] == "not_found"
    await another.disconnect()
    texts = await in_database(lambda: list(Message.objects.values_list("text", flat=True)))()
    assert texts == ["Words of Mia"]


async def test_the_same_person_goes_on_over_the_socket(vouched: Visitor) -> None:
    headers = [(b"host", b"testserver"), (b"origin", SHOP.encode())]
    socket = Socket(URLRouter(websocket_urls), "/ws/widget/", headers)
    await in_database(vouched.post)("identify", {"jwt": token()})
    await socket.connect()
    await socket.send(vouched.hello())
    assert (await socket.receive())["type"] == "ready"
    await socket.send({"type": "send", "id": "message-2", "text": "One more thing"})
    assert (await frame_of(socket, "ack"))["seq"] == 2
    await socket.disconnect()
