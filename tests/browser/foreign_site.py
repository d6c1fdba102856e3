"""A web site on another host whose only connection with us is the script tag."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class ForeignSite:
    policy = "default-src * data:"
    style = ""

    def __init__(self, page: str) -> None:
        self.page = page
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server.server_port}/"

    @contextmanager
    def serving(self) -> Generator[None]:
        Thread(target=self.server.serve_forever, daemon=True).start()
        yield
        self.server.shutdown()
        self.server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                is_style = self.path == "/style.css"
                self.send_response(200)
                self.send_header("Content-Type", "text/css" if is_style else "text/html")
                self.send_header("Content-Security-Policy", site.policy)
                self.end_headers()
                self.wfile.write((site.style if is_style else site.page).encode())

            def log_message(self, *_args: object) -> None:
                """Keeps the test's output quiet."""

        return Handler
