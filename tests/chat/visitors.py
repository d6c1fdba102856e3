"""A visitor's browser, as far as the protocol goes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.test import Client

from chat.actions import NewChat, start_chat
from chat.models import ChatSession, Widget
from chat.tokens import hash_token
from core.ids import secret_token
from tickets.content import NewMessage

SHOP = "https://shop.example.com"


@dataclass
class Visitor:
    """Speaks HTTP to the widget's API, from a page at `origin`."""

    key: str = "demo"
    origin: str = SHOP
    token: str = field(default_factory=secret_token)
    session: str = ""

    def start(self, text: str = "Hello", *, id: str = "start-0001", **fields: Any) -> Any:
        answer = self.post("start", {"id": id, "text": text} | fields)
        if answer.status_code == 201:
            self.session = answer.json()["session"]
        return answer

    def say(self, text: str, *, id: str) -> Any:
        return self.post("messages", {"session": self.session, "id": id, "text": text})

    def read(self, after: int = 0) -> list[str]:
        return [message["text"] for message in self.look(after).json()["messages"]]

    def look(self, after: int = 0) -> Any:
        return self.get("messages", {"session": self.session, "after": after})

    def post(self, path: str, body: Any) -> Any:
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        return Client().post(f"/widget/api/{path}?key={self.key}", raw, "application/json", headers=self.headers)

    def send_files(self, *files: Any, id: str, text: str = "") -> Any:
        form = {"session": self.session, "id": id, "text": text, "files": list(files)}
        return Client().post(f"/widget/api/messages?key={self.key}", form, headers=self.headers)

    def get(self, path: str, query: dict[str, Any]) -> Any:
        return Client().get(f"/widget/api/{path}", query | {"key": self.key}, headers=self.headers)

    def hello(self, last_seq: int = 0, **fields: Any) -> dict[str, Any]:
        return {
            "type": "hello",
            "v": 1,
            "key": self.key,
            "token": self.token,
            "session": self.session,
            "last_seq": last_seq,
        } | fields

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Origin": self.origin, "Accept": "application/json"}


def chat(widget: Widget, text: str = "Hello", *, token: str = "", **fields: Any) -> ChatSession:
    """A started chat, without the trip over HTTP."""
    message = NewMessage(text, client_id=fields.pop("client_id", "start-0001"))
    return start_chat(widget, NewChat(hash_token(token or secret_token()), message, **fields))


def chat_at(widget: Widget, now: datetime, text: str = "Hello", *, token: str = "", **fields: Any) -> ChatSession:
    """As `chat`, started at `now`."""
    message = NewMessage(text, client_id=fields.pop("client_id", "start-0001"))
    return start_chat(widget, NewChat(hash_token(token or secret_token()), message, **fields), now=now)
