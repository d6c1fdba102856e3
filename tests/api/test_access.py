"""Who is asking, and what the API says when that or the request itself is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
import redis
from django.core.cache import cache
from django.test import Client

from agents.models import Agent, Brand
from tests.api.conftest import Api
from tickets.models import Ticket


def test_without_a_sign_in_nothing_but_the_schema_answers(db: None) -> None:
    anonymous = Api(None)
    for path in ("tickets/", "tickets/1/", "customers/", "me/"):
        assert anonymous.get(path)[0] == 401
    assert Client().get("/api/v1/schema/").status_code == 200


def test_a_token_ends_with_the_agents_time_here(api: Api, ana: Agent) -> None:
    assert api.get("me/")[0] == 200
    ana.is_active = False
    ana.save(update_fields=["is_active"])
    status, body = api.get("me/")
    assert status == 401
    assert body["error"]["code"] == "authentication_failed"


def test_me_says_who_and_for_whom(api: Api, ana: Agent, brand: Brand) -> None:
    _status, body = api.get("me/")
    assert (body["id"], body["email"], body["role"]) == (ana.pk, ana.email, "agent")
    assert body["brands"] == [{"id": brand.pk, "name": "Acme"}]
    assert "password" not in body


def test_availability_is_read_and_set(api: Api, ana: Agent) -> None:
    assert api.get("me/availability/") == (200, {"state": "offline", "reason": "", "started_at": None})
    status, body = api.send("put", "me/availability/", {"state": "away", "reason": "Lunch"})
    assert (status, body["state"], body["reason"]) == (200, "away", "Lunch")
    assert api.get("me/availability/")[1] == body
    assert api.send("put", "me/availability/", {"state": "asleep"})[0] == 400


def test_an_agent_makes_and_removes_their_own_token_in_the_browser(as_ana: Client, ana: Agent) -> None:
    first = as_ana.post("/api/v1/me/token/").json()["token"]
    second = as_ana.post("/api/v1/me/token/").json()["token"]
    assert _me(first) == 401
    assert _me(second) == 200
    assert as_ana.delete("/api/v1/me/token/").status_code == 204
    assert _me(second) == 401


def test_a_token_cannot_make_another_token(api: Api) -> None:
    assert api.post("me/token/")[0] == 403


def test_a_session_needs_the_csrf_token_to_write(ana: Agent) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    answer = client.put("/api/v1/me/availability/", {"state": "online"}, content_type="application/json")
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "permission_denied"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"kind": "note", "text": "a"',
        b"\xff\xfe",
        b'{"kind": "note", "text": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"kind": "note", "text": NaN}',
        b"[" * 100_000,
        b'{"kind": ' + b"9" * 5_000 + b"}",
    ],
)
def test_what_is_not_json_is_a_400_in_the_usual_shape(api: Api, ticket: Ticket, body: bytes) -> None:
    answer = _post_raw(api, f"tickets/{ticket.pk}/messages/", body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "parse_error"


def test_a_body_past_the_limit_is_a_413(api: Api, ticket: Ticket) -> None:
    body = json.dumps({"kind": "note", "text": "x" * 3_000_000}).encode()
    assert _post_raw(api, f"tickets/{ticket.pk}/messages/", body).status_code == 413


def test_another_kind_of_body_is_a_415(api: Api) -> None:
    answer = _post_raw(api, "tickets/", b"<xml/>", content_type="application/xml")
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("path", ["nothing/", "tickets", "tickets/1/secrets/", "", "%0a"])
def test_an_address_that_is_none_is_told_in_json(api: Api, path: str) -> None:
    status, body = api.get(path)
    assert (status, body["error"]["code"]) == (404, "not_found")


def test_too_many_requests_are_told_when_to_come_back(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.throttling.AgentRate.rate", "2/min", raising=False)
    assert [api.get("me/")[0] for _ in range(3)] == [200, 200, 429]


def test_the_api_answers_while_redis_is_away(api: Api, settings: Any) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:9/0"}
    }
    with pytest.raises(redis.RedisError):
        cache.get("away")
    assert api.get("me/")[0] == 200


def _me(token: str) -> int:
    return Client().get("/api/v1/me/", headers={"Authorization": f"Token {token}"}).status_code


def _post_raw(api: Api, path: str, body: bytes, content_type: str = "application/json") -> Any:
    return api._client.post(f"/api/v1/{path}", body, content_type=content_type, headers=api._headers)
