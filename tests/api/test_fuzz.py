"""Whatever is sent, the API answers with a reason and never with a 500."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.conftest import Api
from tickets.models import Ticket

# Full Unicode with controls and lone surrogates, and what programs like to stumble over.
TEXT = st.one_of(
    st.text(st.characters(), max_size=40),
    st.sampled_from(["", "\x00", "\ud800", "me", "none", "0", "-1", "9" * 30, "reply", "note", "2026-02-30T25:00:00Z"]),
)
SCALAR = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(10**18, 10**40), st.floats(allow_nan=False), TEXT
)
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
)
NAMES = (
    *("subject", "status", "priority", "type", "assignee", "team", "tags", "snoozed_until", "email", "name", "brand"),
    *("text", "kind", "client_id", "attachments", "about", "state", "reason"),
)
BODY = st.one_of(st.dictionaries(st.sampled_from(NAMES) | TEXT, VALUE, max_size=6), VALUE)
QUERY_NAMES = (*("cursor", "limit", "after", "status", "assignee", "team", "brand", "channel", "tag", "customer", "q"),)
WRITES = (
    *(("post", "tickets/"), ("patch", "tickets/{pk}/"), ("post", "tickets/{pk}/messages/")),
    *(("patch", "customers/{customer}/"), ("put", "me/availability/")),
)
READS = (
    *("tickets/", "tickets/{pk}/messages/", "tickets/{pk}/events/", "customers/", "customers/{customer}/tickets/"),
)
QUIET = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


def _path(template: str, ticket: Ticket) -> str:
    return template.format(pk=ticket.pk, customer=ticket.customer.public_id)


def _check(status: int, body: Any) -> None:
    assert status < 500
    if status >= 400:
        assert body["error"]["code"]
        assert body["error"]["message"]


@QUIET
@given(write=st.sampled_from(WRITES), body=BODY)
def test_no_body_breaks_it(api: Api, ticket: Ticket, write: tuple[str, str], body: Any) -> None:
    method, path = write
    _check(*api.send(method, _path(path, ticket), json.dumps(body)))


@QUIET
@given(read=st.sampled_from(READS), query=st.dictionaries(st.sampled_from(QUERY_NAMES) | TEXT, TEXT, max_size=4))
def test_no_query_breaks_it(api: Api, ticket: Ticket, read: str, query: dict[str, str]) -> None:
    encoded = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in query.items())
    _check(*api.get(f"{_path(read, ticket)}?{encoded}"))


@QUIET
@given(read=st.sampled_from(("tickets/{}/", "tickets/{}/messages/", "customers/{}/", "attachments/{}/")), key=TEXT)
def test_no_id_breaks_it(api: Api, ticket: Ticket, read: str, key: str) -> None:
    _check(*api.get(read.format(_quoted(key))))


def _quoted(value: str) -> str:
    return quote(value.encode(errors="surrogatepass"), safe="")
