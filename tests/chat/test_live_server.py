"""A real server process, real sockets, and what happens when parts of it die."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from agents.models import Agent
from chat.models import Widget
from tests.chat.conftest import wait_for
from tests.chat.visitors import Visitor
from tests.live import LiveApp, free_port, new_live_app
from tickets.actions import post_note, post_reply
from tickets.content import NewMessage
from tickets.models import Message, Ticket


def call(app: LiveApp, visitor: Visitor, path: str, **body: Any) -> Any:
    """POST to the real server."""
    request = Request(
        f"{app.url}/widget/api/{path}?key={visitor.key}",
        json.dumps(body).encode(),
        visitor.headers | {"Content-Type": "application/json"},
    )
    with urlopen(request, timeout=10) as answer:
        return json.load(answer)


def look(app: LiveApp, visitor: Visitor, after: int = 0) -> Any:
    url = f"{app.url}/widget/api/messages?key={visitor.key}&session={visitor.session}&after={after}"
    with urlopen(Request(url, headers=visitor.headers), timeout=10) as answer:
        return json.load(answer)


def started(app: LiveApp) -> Visitor:
    visitor = Visitor()
    visitor.session = call(app, visitor, "start", id="start-0001", text="Hello")["session"]
    return visitor


@contextmanager
def open_socket(app: LiveApp, visitor: Visitor, last_seq: int = 0) -> Generator[tuple[ClientConnection, Any]]:
    """A socket past `hello`, and the `ready` frame."""
    url = f"{app.url.replace('http', 'ws')}/ws/widget/"
    with connect(url, origin=Origin(visitor.origin), max_size=None) as client:
        client.send(json.dumps(visitor.hello(last_seq)))
        yield client, frame_of(client, "ready")


def close_of(client: ClientConnection) -> int:
    """The code with which the server closes; frames before it are passed over."""
    try:
        while True:
            client.recv(timeout=15)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0


def frame_of(client: ClientConnection, kind: str) -> Any:
    while True:
        frame = json.loads(client.recv(timeout=10))
        if frame["type"] == kind:
            return frame


def test_a_note_never_leaves_the_house_and_the_reply_does(widget: Widget, live_web: LiveApp, ana: Agent) -> None:
    visitor = started(live_web)
    with open_socket(live_web, visitor) as (client, _ready):
        ticket_id = Ticket.objects.get().pk
        post_note(ana, ticket_id, NewMessage("SECRET"))
        post_reply(ana, ticket_id, NewMessage("Hello, I am Ana"))
        frames = [json.loads(client.recv(timeout=10))]
        while frames[-1]["type"] != "message":
            frames.append(json.loads(client.recv(timeout=10)))
        client.send('{"type": "sync", "last_seq": 0}')
        frames.append(frame_of(client, "ready"))
    assert "SECRET" not in json.dumps(frames)
    assert [m["text"] for m in frames[-1]["messages"]] == ["Hello", "Hello, I am Ana"]


def test_words_without_an_ack_are_sent_again_after_the_server_was_killed(widget: Widget, live_web: LiveApp) -> None:
    visitor = started(live_web)
    with open_socket(live_web, visitor) as (client, ready):
        for number in range(5):
            client.send(json.dumps({"type": "send", "id": f"message-{number}", "text": str(number)}))
        live_web.kill("web")
        assert close_of(client) == 0
    live_web.start("web")
    wait_for(live_web)
    with open_socket(live_web, visitor, last_seq=ready["messages"][-1]["seq"]) as (client, ready):
        for number in range(5):
            client.send(json.dumps({"type": "send", "id": f"message-{number}", "text": str(number)}))
            assert frame_of(client, "ack")["id"] == f"message-{number}"
    texts = list(Message.objects.order_by("seq").values_list("text", flat=True))
    assert sorted(texts) == ["0", "1", "2", "3", "4", "Hello"]


def test_a_megabyte_on_a_real_socket_closes_it_and_the_server_lives(widget: Widget, live_web: LiveApp) -> None:
    visitor = started(live_web)
    with open_socket(live_web, visitor) as (client, _ready):
        client.send("x" * (1024 * 1024 + 1))
        assert close_of(client) == 1009
    assert look(live_web, visitor)["messages"][0]["text"] == "Hello"


@pytest.fixture
def web_without_redis(transactional_db: None, tmp_path: Path, settings: Any) -> Generator[LiveApp]:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    app = new_live_app(tmp_path)
    app.start("web")
    try:
        wait_for(app)
        yield app
    finally:
        app.stop_all()


def test_without_redis_words_are_committed_and_fetched_over_http(
    widget: Widget, web_without_redis: LiveApp, ana: Agent
) -> None:
    visitor = started(web_without_redis)
    ack = call(web_without_redis, visitor, "messages", session=visitor.session, id="message-2", text="still here")
    assert ack["seq"] == 2
    post_reply(ana, Ticket.objects.get().pk, NewMessage("So are we"))
    assert [message["text"] for message in look(web_without_redis, visitor, after=2)["messages"]] == ["So are we"]


def test_without_redis_a_socket_says_that_it_hears_late_and_hears_all(
    widget: Widget, web_without_redis: LiveApp, ana: Agent
) -> None:
    visitor = started(web_without_redis)
    with open_socket(web_without_redis, visitor) as (client, ready):
        assert ready["live"] is False
        client.send(json.dumps({"type": "send", "id": "message-2", "text": "still here"}))
        assert frame_of(client, "ack")["seq"] == 2
        post_reply(ana, Ticket.objects.get().pk, NewMessage("So are we"))
        assert [message["text"] for message in frame_of(client, "ready")["messages"]] == ["So are we"]


@pytest.mark.slow
def test_who_connects_and_says_nothing_is_shown_the_door(widget: Widget, live_web: LiveApp) -> None:
    with connect(f"{live_web.url.replace('http', 'ws')}/ws/widget/") as client:
        assert close_of(client) == 4408
