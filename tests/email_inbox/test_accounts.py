"""Setting up accounts, and signing in with OAuth 2 against a token service and an IMAP server that speak for real."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from agents.models import Agent
from core.secrets import Secret
from core.work import claim
from email_inbox.accounts import Refused, access_token, begin_anew
from email_inbox.fetching import LEASE, active_accounts, fetch
from email_inbox.models import AfterFetch, Auth, MailAccount, Mailbox, Security

pytestmark = pytest.mark.django_db


class TokenService:
    """A provider's token endpoint: keeps what it was sent, answers what it is told to."""

    def __init__(self) -> None:
        self.asked: list[dict[str, list[str]]] = []
        self.status, self.answer = 200, {"access_token": "first-token", "expires_in": 3600}
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.asked.append(parse_qs(body.decode()))
                self.send_response(service.status)
                self.end_headers()
                self.wfile.write(json.dumps(service.answer).encode())

            def log_message(self, *words: Any) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}/token"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def tokens() -> Iterator[TokenService]:
    service = TokenService()
    yield service
    service.stop()


@pytest.fixture
def account(mailbox: Mailbox, tokens: TokenService) -> MailAccount:
    made: MailAccount = MailAccount.objects.create(
        mailbox=mailbox,
        host="127.0.0.1",
        port=1,
        security=Security.NONE,
        user="support@example.com",
        auth=Auth.OAUTH2,
        client_id="the-client",
        client_secret=Secret.of("the-client-secret"),
        refresh_token=Secret.of("refresh-one"),
        token_endpoint=tokens.address,
    )
    return made


def test_a_token_is_renewed_once_and_kept_until_it_runs_out(account: MailAccount, tokens: TokenService) -> None:
    now = timezone.now()
    assert access_token(account, now=now) == "first-token"
    assert access_token(MailAccount.objects.get(), now=now) == "first-token"
    assert len(tokens.asked) == 1
    assert tokens.asked[0]["refresh_token"] == ["refresh-one"]
    assert tokens.asked[0]["client_secret"] == ["the-client-secret"]
    tokens.answer = {"access_token": "second-token", "expires_in": "3600"}
    assert access_token(account, now=now + timedelta(seconds=3590)) == "second-token"


def test_a_new_refresh_token_replaces_the_old_one(account: MailAccount, tokens: TokenService) -> None:
    tokens.answer["refresh_token"] = "refresh-two"
    access_token(account)
    assert MailAccount.objects.get().refresh_token.reveal() == "refresh-two"


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (400, {"error": "invalid_grant"}, "Connect the account again"),
        (401, {"error": "invalid_client"}, "refused: invalid_client"),
        (500, {}, "refused: 500"),
        (302, {}, "refused: 302"),
        (200, {}, "gave no access token"),
        (200, [1], "gave no access token"),
    ],
)
def test_what_the_token_service_refuses_is_said_in_words(
    account: MailAccount, tokens: TokenService, status: int, answer: Any, said: str
) -> None:
    tokens.status, tokens.answer = status, answer
    with pytest.raises(Refused, match=said):
        access_token(account)


def test_secrets_go_to_https_alone(account: MailAccount, tokens: TokenService) -> None:
    account.token_endpoint = "http://login.example.com/token"
    with pytest.raises(Refused, match="https"):
        access_token(account)
    with pytest.raises(ValidationError):
        account.full_clean()


def test_a_refused_token_is_forgotten_and_the_next_look_takes_a_new_one(
    account: MailAccount, tokens: TokenService
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        said: list[bytes] = []
        threading.Thread(target=_refusing_imap, args=[server, said], daemon=True).start()
        MailAccount.objects.update(port=server.getsockname()[1])
        (claimed,) = claim(active_accounts(), limit=1, lease=LEASE, now=timezone.now())
        fetch(claimed)
    found = MailAccount.objects.get()
    assert said, found.last_error
    sent = base64.b64decode(said[0])
    assert sent == b"user=support@example.com\x01auth=Bearer first-token\x01\x01"
    assert found.last_error.startswith("The server refused the user name or the password")
    assert "first-token" not in found.last_error
    assert not found.access_token


def _refusing_imap(server: socket.socket, said: list[bytes]) -> None:
    """Speaks as much IMAP as an XOAUTH2 sign-in needs, and refuses the token as Google and Microsoft do."""
    peer, _address = server.accept()
    with peer, peer.makefile("rwb", buffering=0) as stream:
        stream.write(b"* OK ready\r\n")
        for line in iter(stream.readline, b""):
            tag, command, *words = line.split()
            if command == b"CAPABILITY":
                stream.write(b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n" + tag + b" OK done\r\n")
            elif command == b"AUTHENTICATE":
                if len(words) == 1:
                    stream.write(b"+ \r\n")
                said.append(words[1] if len(words) > 1 else stream.readline().strip())
                stream.write(b"+ " + base64.b64encode(b'{"status":"400"}') + b"\r\n")
                stream.readline()
                stream.write(tag + b" NO AUTHENTICATE failed\r\n")
            else:
                stream.write(tag + b" OK done\r\n")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"security": Security.NONE, "host": "imap.example.com"}, "security"),
        ({"after_fetch": AfterFetch.MOVE, "move_to": ""}, "move_to"),
        ({"after_fetch": AfterFetch.MOVE, "move_to": "INBOX"}, "move_to"),
        ({"auth": Auth.PASSWORD, "password": Secret()}, "password"),
        ({"refresh_token": Secret()}, "__all__"),
        ({"port": 70_000}, "port"),
    ],
)
def test_settings_that_cannot_work_are_refused(account: MailAccount, changes: dict[str, Any], field: str) -> None:
    for name, value in changes.items():
        setattr(account, name, value)
    with pytest.raises(ValidationError) as refused:
        account.full_clean()
    assert field in refused.value.message_dict


def test_only_the_secrets_of_the_chosen_way_are_kept(account: MailAccount) -> None:
    account.auth, account.password = Auth.PASSWORD, Secret.of("words")
    account.full_clean()
    assert not account.refresh_token
    assert not account.client_secret


def test_another_server_means_other_mails_and_a_look_at_once(account: MailAccount) -> None:
    account.uidvalidity, account.last_uid, account.attempts = 7, 100, 9
    begin_anew(account, ["password"])
    assert (account.attempts, account.last_uid) == (0, 100)
    begin_anew(account, ["host"])
    assert (account.uidvalidity, account.last_uid) == (0, 0)


def test_the_administration_sets_an_account_up_and_never_shows_its_secrets(
    client: Client, ada: Agent, mailbox: Mailbox
) -> None:
    client.force_login(ada)
    form = {
        "mailbox": mailbox.pk,
        "host": "IMAP.example.com",
        "port": "993",
        "security": "tls",
        "user": "support@example.com",
        "auth": "password",
        "password": "the-app-password",
        "folder": "INBOX",
        "after_fetch": "seen",
        "is_active": "on",
    }
    answer = client.post("/admin/email_inbox/mailaccount/add/", form)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    account = MailAccount.objects.get()
    assert (account.host, account.password.reveal()) == ("imap.example.com", "the-app-password")
    MailAccount.objects.update(last_error="The server did not answer in time.", attempts=3)
    page = client.get(f"/admin/email_inbox/mailaccount/{account.pk}/change/").content.decode()
    assert "the-app-password" not in page
    assert account.password.token not in page
    assert "The server did not answer in time." in page
    form["password"] = ""
    client.post(f"/admin/email_inbox/mailaccount/{account.pk}/change/", form)
    kept = MailAccount.objects.get()
    assert kept.password.reveal() == "the-app-password"
    assert (kept.attempts, kept.last_error) == (0, "")


def test_fetch_mail_names_a_mailbox_that_has_no_account(mailbox: Mailbox) -> None:
    with pytest.raises(CommandError, match="no active IMAP account"):
        call_command("fetch_mail", mailbox="support@example.com")


def test_supervisors_see_which_account_brings_no_mail(client: Client, leo: Agent, account: MailAccount) -> None:
    client.force_login(leo)
    assert "mail-trouble" not in client.get("/mail/").content.decode()
    MailAccount.objects.update(alarm="Mails on the server that could not be fetched: 2", server_count=9, our_count=7)
    page = client.get("/mail/").content.decode()
    assert "could not be fetched: 2" in page
    assert "9 on the server, 7 of them here" in page
    MailAccount.objects.update(is_active=False)
    assert "mail-trouble" not in client.get("/mail/").content.decode()
