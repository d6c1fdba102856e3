from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from rest_framework.authtoken.models import Token

from agents.models import Agent, Brand
from crm.models import Customer
from tests import factories
from tickets import channels
from tickets.models import Message, Ticket


class Pigeons:
    """A channel of this test's own: the hub and the API need none of the real ones."""

    key = "pigeon"
    label = "Pigeon"
    icon = "bird"
    max_characters = 5_000

    def recipient(self, ticket: Ticket) -> str:
        return "A pigeon to Mia"

    def still_running(self, ticket: Ticket) -> str:
        return ""

    def enqueue(self, message: Message) -> None:
        return None


class Api:
    """A client with a token that speaks JSON: `api.get("tickets/")` -> (status, body)."""

    def __init__(self, agent: Agent | None) -> None:
        self._client = Client(raise_request_exception=True)
        self._headers = {"Authorization": f"Token {Token.objects.create(user=agent).key}"} if agent else {}

    def get(self, path: str, **query: Any) -> tuple[int, Any]:
        return self._answer(self._client.get(f"/api/v1/{path}", query, headers=self._headers))

    def send(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        send = getattr(self._client, method)
        return self._answer(send(f"/api/v1/{path}", body, content_type="application/json", headers=self._headers))

    def post(self, path: str, **body: Any) -> tuple[int, Any]:
        return self.send("post", path, body)

    def patch(self, path: str, **body: Any) -> tuple[int, Any]:
        return self.send("patch", path, body)

    def post_files(self, path: str, **form: Any) -> tuple[int, Any]:
        return self._answer(self._client.post(f"/api/v1/{path}", form, headers=self._headers))

    @staticmethod
    def _answer(response: Any) -> tuple[int, Any]:
        return response.status_code, response.json() if response.content else None


@pytest.fixture(autouse=True)
def _pigeons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(channels._channels, "pigeon", Pigeons())


@pytest.fixture
def api(ana: Agent) -> Api:
    return Api(ana)


@pytest.fixture
def ticket(mia: Customer, brand: Brand) -> Ticket:
    return factories.ticket(mia, brand, channel="pigeon")


@pytest.fixture
def foreign_ticket(other_brand: Brand) -> Ticket:
    noah = factories.customer("Noah", email="noah@example.com")
    return factories.ticket(noah, other_brand, channel="pigeon", subject="A rival's secret")
