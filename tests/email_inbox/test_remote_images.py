"""Remote images: nothing is fetched before an agent asks, and then by us, from public addresses alone."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from django.test import Client

from agents.models import Agent
from email_inbox.remote_images import MAX_BYTES, NoImage, fetch_image, is_public
from tests.email_inbox.conftest import Deliver
from tests.email_inbox.mails import mail
from tickets.models import Message

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 50
HTML = '<p>Hello</p><img src="http://spy.example/x.gif?who=mia"><img src="https://spy.example/2.png">'


@dataclass
class Site:
    address: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)


class _Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        site: Site = self.server.site  # type: ignore[attr-defined]
        site.asked.append((self.path, dict(self.headers.items())))
        _ANSWERS[self.path.partition("?")[0]](self)

    def log_message(self, *args: object) -> None:
        """Not on the test's output."""

    def give(self, content: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _drip(answer: _Answer) -> None:
    answer.send_response(200)
    answer.end_headers()
    for _ in range(200):
        answer.wfile.write(b"\x89")
        time.sleep(0.1)


_ANSWERS: dict[str, Callable[[_Answer], None]] = {
    "/a.png": lambda answer: answer.give(PNG),
    "/to-a": lambda answer: answer.give(b"", 302, Location="/a.png"),
    "/to-file": lambda answer: answer.give(b"", 302, Location="file:///etc/passwd"),
    "/round": lambda answer: answer.give(b"", 302, Location="/round"),
    "/page": lambda answer: answer.give(b"<html>secret</html>", Content_Type="image/png"),
    "/svg": lambda answer: answer.give(b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "/missing": lambda answer: answer.give(b"", 404),
    "/huge": lambda answer: answer.give(PNG + b"\0" * MAX_BYTES),
    "/drip": _drip,
}


@pytest.fixture
def site() -> Iterator[Site]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    server.daemon_threads = True
    server.site = Site(f"http://127.0.0.1:{server.server_address[1]}")  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield server.site  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


def anywhere(_address: str) -> bool:
    return True


def test_a_picture_is_fetched_without_a_word_about_who_asks(site: Site) -> None:
    found = fetch_image(f"{site.address}/a.png?x=1", may_connect=anywhere)
    assert (found.content, found.content_type) == (PNG, "image/png")
    path, headers = site.asked[0]
    assert path == "/a.png?x=1"
    assert {"Cookie", "Referer", "X-Forwarded-For", "Authorization"}.isdisjoint(headers)


def test_a_redirection_is_followed(site: Site) -> None:
    assert fetch_image(f"{site.address}/to-a", may_connect=anywhere).content == PNG


@pytest.mark.parametrize("path", ["/to-file", "/round", "/page", "/svg", "/missing", "/huge"])
def test_what_is_no_picture_is_refused(site: Site, path: str) -> None:
    with pytest.raises(NoImage):
        fetch_image(site.address + path, may_connect=anywhere)


def test_a_server_that_drips_is_left(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("email_inbox.remote_images.SECONDS", 0.5)
    began = time.monotonic()
    with pytest.raises(NoImage):
        fetch_image(f"{site.address}/drip", may_connect=anywhere)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "::1"),
        *("fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "224.0.0.1", "ff02::1", "x"),
    ],
)
def test_inner_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


def test_open_addresses_are_public() -> None:
    assert is_public("93.184.215.14")
    assert is_public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")


@pytest.mark.parametrize(
    "url", ["{site}/a.png", "http://localhost/a.png", "ftp://x/a", "http://", "http://[", "", "//x"]
)
def test_our_own_network_is_never_asked(site: Site, url: str) -> None:
    with pytest.raises(NoImage):
        fetch_image(url.format(site=site.address))
    assert site.asked == []


@pytest.mark.django_db
class TestPage:
    @pytest.fixture
    def message(self, deliver: Deliver) -> Message:
        row = deliver(mail(HTML, content_type="text/html"))
        assert row.message is not None
        return row.message

    def test_images_are_notes_until_the_agent_asks(self, message: Message, as_ana: Client) -> None:
        address = f"/mail/messages/{message.public_id}/body"
        page = as_ana.get(address).content.decode()
        assert "Show 2 images of other servers" in page
        assert 'src="http' not in page.replace("data-remote-src", "")
        shown = as_ana.get(address + "?images=1").content.decode()
        assert shown.count(f'src="/mail/messages/{message.public_id}/image?u=') == 2
        assert "spy.example" not in shown
        assert "other servers" not in shown

    def test_only_addresses_of_this_mail_are_fetched(self, message: Message, as_ana: Client, deliver: Deliver) -> None:
        other = deliver(mail(HTML, content_type="text/html", sender="noah@example.com")).message
        assert other is not None
        page = as_ana.get(f"/mail/messages/{other.public_id}/body?images=1").content.decode()
        signed = page.split("/image?u=")[1].split('"')[0]
        assert as_ana.get(f"/mail/messages/{message.public_id}/image?u={signed}").status_code == 404
        for forged in ("", "http://127.0.0.1/", signed[:-2] + "xx"):
            assert as_ana.get(f"/mail/messages/{message.public_id}/image", {"u": forged}).status_code == 404

    def test_strangers_get_nothing(self, message: Message, client: Client, otto: Agent) -> None:
        client.force_login(otto)
        assert client.get(f"/mail/messages/{message.public_id}/image?u=x").status_code == 404
