"""Who may open what: one table of method x address x person -> status, and no address outside of it.

A new URL fails `test_every_address_is_in_the_table` until it has a row here or a reason in PUBLIC.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from agents.models import Agent, Brand
from chat.models import ChatSession, Widget
from crm.models import Customer
from email_inbox.models import BlockedSender, InboundEmail, Mailbox, PendingReply, RawEmail
from email_inbox.outgoing import new_key
from knowledge.actions import AnswerWords, save_answer
from tests import factories
from tickets.actions import post_note
from tickets.content import NewAttachment, NewMessage
from tickets.models import Ticket

PEOPLE = ("anonymous", "ana", "otto", "leo", "ada")
"""Nobody signed in; an agent of the brand; an agent of another brand; a supervisor of the brand; an administrator."""

PUBLIC = {
    "home": "sends everybody on to the console, which asks for the sign-in",
    "healthz": "for load balancers; says nothing but ok",
    "readyz": "for load balancers; three words and yes or no",
    "metrics": "asks for METRICS_TOKEN outside of development (tests/health)",
    "email_inbox:webhook": "asks for the provider's signature or password (tests/email_inbox)",
    "chat:script": "the widget's script, on other people's sites",
    "chat:demo": "the sample shop",
    "chat:config": "asks for the widget's key and site (tests/chat)",
    "chat:start": "asks for the widget's key and site (tests/chat)",
    "chat:messages": "asks for the visitor's token (tests/chat)",
    "chat:leave": "asks for the widget's key and site (tests/chat)",
    "chat:keep": "asks for the visitor's token (tests/chat)",
    "chat:history": "asks for the visitor's token (tests/chat)",
    "chat:seen": "asks for the visitor's token (tests/chat)",
    "chat:end": "asks for the visitor's token (tests/chat)",
    "chat:identify": "asks for the visitor's token (tests/chat)",
    "agents:picture": "pictures are public, nobody else's data (tests/agents)",
    "chat:rate": "asks for the visitor's token (tests/chat)",
    "chat:transcript": "asks for the visitor's token (tests/chat)",
    "chat:answers": "asks for the widget's key and site (tests/chat)",
    "chat:answer": "asks for the visitor's token (tests/chat)",
    "chat:answer_helped": "asks for the visitor's token (tests/chat)",
    "chat:attachment": "asks for the visitor's token (tests/chat)",
    "api:schema": "the description of the API holds nobody's data",
    "api:missing": "answers 404 to everybody",
}

OWNED_BY_ALLAUTH = ("account_", "mfa_")
"""Sign-in pages and one's own account. django-allauth guards them; none takes somebody else's id."""

LOGIN = -1
"""Sent to the log-in page; 302 is any other page, after work was done."""
ALL = (LOGIN, 200, 200, 200, 200)
OF_BRAND = (LOGIN, 200, 404, 200, 200)


@dataclass(frozen=True)
class Row:
    name: str
    path: str
    expected: tuple[int, int, int, int, int]
    method: str = "get"
    body: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


def _api(name: str, path: str, /, *expected: int, method: str = "get", **body: Any) -> Row:
    return Row(f"api:{name}", f"/api/v1/{path}", expected, method, tuple(body.items()))  # type: ignore[arg-type]


def _post(name: str, path: str, /, *expected: int, **body: Any) -> Row:
    return Row(name, path, expected, "post", tuple(body.items()))  # type: ignore[arg-type]


ARTICLE = {
    "question": "Why?",
    "text": "So.",
    "language": "en",
    "state": "draft",
    "version": "1",
    "brand": "{brand}",
}

TABLE = [
    # The console: every agent, for the brands they work for.
    Row("console:home", "/console/", (LOGIN, 302, 302, 302, 302)),
    Row("console:view", "/console/views/all/", ALL),
    Row("console:live", "/console/live/", ALL),
    Row("console:customers", "/console/customers/", ALL),
    Row("console:ticket", "/console/tickets/{ticket}/", OF_BRAND),
    Row("console:since", "/console/tickets/{ticket}/since/", OF_BRAND),
    Row("console:earlier", "/console/tickets/{ticket}/earlier/", OF_BRAND),
    Row("console:attachment", "/console/attachments/{attachment}/", OF_BRAND),
    Row("console:customer", "/console/customers/{customer}/", OF_BRAND),
    _post("console:bulk", "/console/bulk/", LOGIN, 302, 302, 302, 302, ticket="{ticket}", change="status:open"),
    _post("console:read", "/console/tickets/{ticket}/read/", LOGIN, 204, 404, 204, 204, seq="1"),
    _post("console:reply", "/console/tickets/{ticket}/reply/", LOGIN, 302, 404, 302, 302, text="Hello"),
    _post("console:note", "/console/tickets/{ticket}/note/", LOGIN, 302, 404, 302, 302, text="Hello"),
    _post("console:draft", "/console/tickets/{ticket}/draft/", LOGIN, 204, 404, 204, 204, kind="note", text="Hel"),
    _post("console:change", "/console/tickets/{ticket}/change/status/", LOGIN, 302, 404, 302, 302, value="open"),
    Row("console:chats_live", "/console/chats/live/", ALL),
    _post("console:accept_next_chat", "/console/chats/accept/", LOGIN, 302, 404, 302, 302),
    _post("console:accept_chat", "/console/chats/{chat}/accept/", LOGIN, 302, 404, 302, 302),
    _post("console:end_chat", "/console/chats/{chat}/end/", LOGIN, 302, 404, 302, 302),
    Row("console:chat_more", "/console/chats/{chat}/more/", (LOGIN, 302, 404, 302, 302)),
    _post("console:transfer_chat", "/console/chats/{chat}/transfer/", LOGIN, 409, 404, 409, 409, do="accept"),
    _post("console:invite_colleague", "/console/chats/{chat}/invite/", LOGIN, 302, 404, 302, 302, do="leave"),
    _post("console:block_visitor", "/console/chats/{chat}/block/", LOGIN, 302, 404, 302, 302, lasts="day"),
    _post("console:typing", "/console/chats/{chat}/typing/", LOGIN, 204, 404, 204, 204),
    Row("console:desk", "/console/desk/", (LOGIN, 302, 302, 302, 302)),
    _post("console:accept_offer", "/console/offers/{chat}/accept/", LOGIN, 409, 404, 409, 409),
    _post("console:decline_offer", "/console/offers/{chat}/decline/", LOGIN, 409, 404, 409, 409),
    Row("console:why", "/console/tickets/{chat}/why/1/", (LOGIN, 302, 404, 302, 302)),
    Row("console:wrap_up", "/console/tickets/{chat}/wrap-up/", (LOGIN, 302, 404, 302, 302)),
    _post("console:wrap_up", "/console/tickets/{chat}/wrap-up/", LOGIN, 409, 404, 409, 409),
    _post(
        "console:follow_up_by_email",
        "/console/chats/{chat}/by-email/",
        LOGIN,
        302,
        404,
        302,
        302,
        email="zoe@example.com",
    ),
    _post("console:finish_wrap_up", "/console/tickets/{chat}/wrap-up/done/", LOGIN, 302, 404, 302, 302),
    _post("console:customer_profile", "/console/customers/{customer}/profile/", LOGIN, 302, 404, 302, 302, name="Mia"),
    _post(
        "console:decide_held", "/console/tickets/{ticket}/held/{held}/", LOGIN, 302, 404, 302, 302, decision="attach"
    ),
    _post(
        "console:change_waiting", "/console/tickets/{ticket}/waiting/{waiting}/", LOGIN, 302, 404, 302, 302, do="back"
    ),
    _post(
        "console:remove_person",
        "/console/tickets/{ticket}/people/remove/",
        LOGIN,
        302,
        404,
        302,
        302,
        address="a@x.example",
    ),
    Row("console:forward", "/console/tickets/{ticket}/forward/1/", OF_BRAND),
    _post(
        "console:forward",
        "/console/tickets/{ticket}/forward/1/",
        LOGIN,
        302,
        404,
        302,
        302,
        to="a@x.example",
        text="Hi",
    ),
    Row("console:new_mail", "/console/mail/new/", ALL),
    _post(
        *("console:new_mail", "/console/mail/new/", LOGIN, 302, 422, 302, 302),
        **{"mailbox": "{mailbox}", "to": "a@x.example", "subject": "Hi", "text": "Hi", "key": "{key}"},
    ),
    Row("console:values", "/console/tickets/{ticket}/values/", (LOGIN, 302, 404, 302, 302)),
    _post("console:values", "/console/tickets/{ticket}/values/", LOGIN, 302, 404, 302, 302),
    Row("console:merge", "/console/tickets/{ticket}/merge/", (LOGIN, 302, 404, 302, 302)),
    _post("console:merge", "/console/tickets/{ticket}/merge/", LOGIN, 422, 404, 422, 422),
    _post("console:unmerge", "/console/tickets/{ticket}/unmerge/", LOGIN, 409, 404, 409, 409),
    Row("console:absorbed", "/console/tickets/{ticket}/absorbed/{ticket}/", (LOGIN, 302, 404, 302, 302)),
    Row("console:ready_answers", "/console/tickets/{ticket}/answers/", OF_BRAND),
    _post("console:use_answer", "/console/tickets/{ticket}/answers/{article}/", LOGIN, 200, 404, 200, 200),
    # Help articles: every agent of the brand reads them, supervisors write them.
    Row("console:articles", "/console/articles/", ALL),
    Row("console:article", "/console/articles/{article}/", OF_BRAND),
    _post("console:article", "/console/articles/{article}/", LOGIN, 403, 404, 302, 302, **ARTICLE),
    Row("console:new_article", "/console/articles/new/", (LOGIN, 403, 403, 200, 200)),
    _post("console:new_article", "/console/articles/new/", LOGIN, 403, 403, 302, 302, **ARTICLE),
    _post("console:retire_article", "/console/articles/{article}/retire/", LOGIN, 403, 404, 302, 302),
    _post("console:restore_article", "/console/articles/{article}/restore/", LOGIN, 403, 404, 302, 302),
    Row("console:availability", "/console/availability/", (LOGIN, 302, 302, 302, 302)),
    _post("console:availability", "/console/availability/", LOGIN, 302, 302, 302, 302, state="online"),
    # The dashboard: supervisors and administrators.
    Row("dashboard:home", "/dashboard/", (LOGIN, 403, 403, 200, 200)),
    Row("dashboard:figures", "/dashboard/figures/", (LOGIN, 403, 403, 200, 200)),
    # The mail ledger: supervisors and administrators, for their brands.
    Row("email_inbox:ledger", "/mail/", (LOGIN, 403, 403, 200, 200)),
    Row("email_inbox:mail", "/mail/{mail}/", (LOGIN, 403, 403, 200, 200)),
    Row("email_inbox:original", "/mail/{mail}/original", (LOGIN, 403, 403, 200, 200)),
    _post("email_inbox:retry", "/mail/{mail}/retry", LOGIN, 403, 403, 302, 302),
    _post("email_inbox:accept", "/mail/{mail}/accept", LOGIN, 403, 403, 302, 302),
    _post("email_inbox:block", "/mail/{mail}/block", LOGIN, 403, 403, 302, 302, kind="address"),
    Row("email_inbox:blocked", "/mail/blocked/", (LOGIN, 403, 403, 200, 200)),
    _post("email_inbox:unblock", "/mail/blocked/{block}/unblock", LOGIN, 403, 403, 302, 302),
    Row("email_inbox:remote_image", "/mail/messages/{message}/image", (LOGIN, 404, 404, 404, 404)),
    Row("email_inbox:message_original", "/mail/messages/{message}/original", (LOGIN, 404, 404, 404, 404)),
    Row("email_inbox:message_body", "/mail/messages/{message}/body", OF_BRAND),
    # The demo's sink of mails: development only, anybody signed in.
    Row("mail_sink:list", "/demo/mail/", ALL),
    _post("mail_sink:write", "/demo/mail/new", LOGIN, 302, 302, 302, 302),
    Row("mail_sink:mail", "/demo/mail/0/", (LOGIN, 404, 404, 404, 404)),
    Row("mail_sink:html", "/demo/mail/0/html", (LOGIN, 404, 404, 404, 404)),
    _post("mail_sink:answer", "/demo/mail/0/answer", LOGIN, 404, 404, 404, 404),
    # The API: as the console; 401 instead of a log-in page.
    _api("tickets", "tickets/", 401, 200, 200, 200, 200),
    _api(
        *("tickets", "tickets/", 401, 201, 400, 201, 201),
        method="post",
        **{"email": "a@example.com", "brand": "{brand}", "subject": "Hi", "text": "Hi"},
    ),
    _api("ticket", "tickets/{ticket}/", 401, 200, 404, 200, 200),
    _api("ticket", "tickets/{ticket}/", 401, 200, 404, 200, 200, method="patch", status="open"),
    _api("messages", "tickets/{ticket}/messages/", 401, 200, 404, 200, 200),
    _api("messages", "tickets/{ticket}/messages/", 401, 201, 404, 201, 201, method="post", kind="note", text="Hi"),
    _api("messages", "tickets/{ticket}/messages/", 401, 201, 404, 201, 201, method="post", kind="reply", text="Hi"),
    _api("events", "tickets/{ticket}/events/", 401, 200, 404, 200, 200),
    _api("attachment", "attachments/{attachment}/", 401, 200, 404, 200, 200),
    _api("customers", "customers/", 401, 200, 200, 200, 200),
    _api("customer", "customers/{customer}/", 401, 200, 404, 200, 200),
    _api("customer", "customers/{customer}/", 401, 200, 404, 200, 200, method="patch", name="Mia"),
    _api("customer-tickets", "customers/{customer}/tickets/", 401, 200, 404, 200, 200),
    _api("me", "me/", 401, 200, 200, 200, 200),
    _api("availability", "me/availability/", 401, 200, 200, 200, 200),
    _api("availability", "me/availability/", 401, 200, 200, 200, 200, method="put", state="online"),
    _api("token", "me/token/", 403, 201, 201, 201, 201, method="post"),
    _api("token", "me/token/", 403, 204, 204, 204, 204, method="delete"),
]


def _addresses(resolver: URLResolver, prefix: str = "", namespace: str = "") -> Iterator[tuple[str, str]]:
    """(name with namespace, pattern) of every URL the project answers."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _addresses(entry, prefix + str(entry.pattern), inner)
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}", prefix + str(entry.pattern)


ADDRESSES = list(_addresses(get_resolver()))


@dataclass(frozen=True)
class World:
    clients: dict[str, Client]
    ids: dict[str, str]


@pytest.fixture
def world(ana: Agent, otto: Agent, leo: Agent, ada: Agent, mia: Customer, brand: Brand) -> World:
    mailbox = Mailbox.objects.create(address="support@example.com", brand=brand)
    ticket = factories.ticket(mia, brand)
    note = post_note(ana, ticket.pk, NewMessage("See file", attachments=(NewAttachment("a.txt", b"a"),)))
    chat = factories.ticket(mia, brand, channel="chat")
    widget = Widget.objects.create(brand=brand, name="Shop")
    ChatSession.objects.create(ticket=chat, widget=widget, visitor_hash="0" * 64, start_id="1")
    mail = InboundEmail.objects.create(
        mailbox=mailbox,
        source="smtp",
        fingerprint="0",
        sha256="0" * 64,
        size=1,
        state="quarantined",
        from_address="noah@example.com",
    )
    held = InboundEmail.objects.create(
        mailbox=mailbox,
        source="smtp",
        fingerprint="1",
        sha256="1" * 64,
        size=1,
        state="held",
        from_address="noah@example.com",
        ticket=ticket,
    )
    waiting = PendingReply.objects.create(ticket=ticket, agent=ana, text="Soon", client_id="1", due_at=timezone.now())
    RawEmail.objects.create(email=held, content=b"From: noah@example.com\nSubject: Hi\n\nHello")
    RawEmail.objects.create(email=mail, content=b"From: noah@example.com\nSubject: Hi\n\nHello")
    article = save_answer(leo, AnswerWords("How?", "Like this.", brand=brand, state="published"))
    clients = {name: Client() for name in PEOPLE}
    for name, agent in (("ana", ana), ("otto", otto), ("leo", leo), ("ada", ada)):
        clients[name].force_login(agent)
    ids = {
        "brand": str(brand.pk),
        "ticket": str(ticket.pk),
        "chat": str(chat.pk),
        "message": note.public_id,
        "attachment": note.attachments.get().public_id,
        "customer": mia.public_id,
        "mail": str(mail.pk),
        "held": str(held.pk),
        "mailbox": str(mailbox.pk),
        "key": new_key(),
        "waiting": str(waiting.pk),
        "article": article.public_id,
        "block": str(BlockedSender.objects.create(brand=brand, kind="domain", value="spam.example").pk),
    }
    return World(clients, ids)


def _status(client: Client, row: Row, ids: dict[str, str]) -> int:
    """What the person is told. Whatever they did is undone, so that the next one meets the same world."""
    body = {name: value.format(**ids) if isinstance(value, str) else value for name, value in row.body}
    is_api = row.path.startswith("/api/")
    options: dict[str, Any] = {"content_type": "application/json"} if is_api and row.method != "get" else {}
    with transaction.atomic():
        response = getattr(client, row.method)(row.path.format(**ids), body or None, **options)
        transaction.set_rollback(True)
    turned_away = response.status_code == 302 and response["Location"].startswith("/accounts/login/")
    return LOGIN if turned_away else int(response.status_code)


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_each_person_may_do_what_the_table_says(world: World, row: Row) -> None:
    told = tuple(_status(world.clients[person], row, world.ids) for person in PEOPLE)
    assert dict(zip(PEOPLE, told, strict=True)) == dict(zip(PEOPLE, row.expected, strict=True))


def test_a_change_of_many_leaves_the_tickets_of_other_brands_alone(world: World) -> None:
    chosen = {"ticket": world.ids["ticket"], "change": "status:solved"}
    world.clients["otto"].post("/console/bulk/", chosen)
    assert Ticket.objects.get(pk=world.ids["ticket"]).status == "new"
    world.clients["ana"].post("/console/bulk/", chosen)
    assert Ticket.objects.get(pk=world.ids["ticket"]).status == "solved"


def test_every_address_is_in_the_table() -> None:
    known = {row.name for row in TABLE} | PUBLIC.keys()
    forgotten = [
        f"{name} ({pattern})"
        for name, pattern in ADDRESSES
        if name not in known and not name.startswith(("admin:", *OWNED_BY_ALLAUTH))
    ]
    assert forgotten == []


def test_the_table_names_no_address_that_is_gone() -> None:
    existing = {name for name, _pattern in ADDRESSES}
    assert ({row.name for row in TABLE} | PUBLIC.keys()) - existing == set()


def _concrete(pattern: str) -> str | None:
    """The address of an admin pattern, for row 0; None for the ones that are no page."""
    for placeholder in ("<path:object_id>", "<id>", "<int:content_type_id>", "<path:object_id>"):
        pattern = pattern.replace(placeholder, "0")
    return None if any(sign in pattern for sign in "(<^$") else f"/{pattern}"


ADMIN = [
    path
    for name, pattern in ADDRESSES
    if name.startswith("admin:") and name not in ("admin:login", "admin:jsi18n") and (path := _concrete(pattern))
]


def test_the_whole_admin_is_closed_to_all_but_administrators(world: World) -> None:
    assert len(ADMIN) > 60
    for path in ADMIN:
        row = Row("admin", path, (LOGIN, 403, 403, 403, 0))
        told = tuple(_status(world.clients[person], row, world.ids) for person in PEOPLE[:-1])
        assert (path, told) == (path, row.expected[:-1])


@pytest.mark.parametrize("path", ["/accounts/signup/"])
def test_nobody_signs_themselves_up(db: None, path: str) -> None:
    answer = Client().post(
        path, {"email": "me@example.com", "password1": "a long secret", "password2": "a long secret"}
    )
    assert answer.status_code in (200, 403)
    assert not Agent.objects.filter(email="me@example.com").exists()
