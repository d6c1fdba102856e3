"""A real IMAP server (pymap) as a process of its own: `ImapServer` starts it, `python -m` runs it.

    python -m tests.email_inbox.imap_server PORT FOLDER=COUNT ... [--cert FILE --key FILE]

Each folder begins with COUNT mails, put there without the cost of as many APPENDs. Nothing outlives the process, so a
server that is started again has other UIDVALIDITYs.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from imapclient import IMAPClient
from pymap.backend.dict import Config, DictBackend
from pymap.imap import IMAPService
from pymap.parsing.message import AppendMessage

from tests.email_inbox.mails import mail
from tests.live import free_port

USER, PASSWORD = "support@example.com", "a mailbox's password"
ROOT = Path(__file__).resolve().parents[2]


class ImapServer:
    def __init__(self, *, port: int = 0, certificate: tuple[str, str] | None = None, **folders: int) -> None:
        self.port = port or free_port()
        self._options = [f"--cert={certificate[0]}", f"--key={certificate[1]}"] if certificate else []
        self._folders = folders or {"INBOX": 0}

    def start(self) -> ImapServer:
        words = [f"{name}={count}" for name, count in self._folders.items()]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.email_inbox.imap_server", *self._options, str(self.port), *words],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"]},
        )
        deadline = time.monotonic() + 30
        while not self._listens():
            assert self._process.poll() is None, "the IMAP server ended"
            assert time.monotonic() < deadline, "the IMAP server did not start"
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        self._process.kill()
        self._process.wait(10)

    def append(self, *mails: bytes, folder: str = "INBOX") -> None:
        with self.client() as client:
            for raw in mails:
                client.append(folder, raw)

    def flags(self, folder: str = "INBOX") -> dict[int, tuple[bytes, ...]]:
        with self.client() as client:
            client.select_folder(folder, readonly=True)
            return dict(client.get_flags(client.search(["ALL"])))

    def client(self) -> Any:
        client = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=20)
        client.login(USER, PASSWORD)
        return client

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=0.5).close()
        except OSError:
            return False
        return True


def numbered(number: int) -> bytes:
    return mail(f"Question {number}", subject=f"Question {number}", message_id=f"<question-{number}@mail.example>")


async def _serve(args: Any) -> None:
    backend, config = await DictBackend.init(args)
    config.apply_context()
    await _fill(backend, config, args.folders)
    async with AsyncExitStack() as stack:
        await backend.start(stack)
        await IMAPService(backend, config).start(stack)
        await asyncio.Event().wait()


async def _fill(backend: DictBackend, config: Config, folders: list[str]) -> None:
    async with backend.login.demo_user_identity.new_session() as session:
        for name, _equals, count in (word.partition("=") for word in folders):
            if name != "INBOX":
                await session.mailbox_set.add_mailbox(name)
            box = await session.mailbox_set.get_mailbox(name)
            for number in range(int(count)):
                await box.append(AppendMessage(numbered(number), datetime.now(UTC), frozenset()))


def _arguments() -> Any:
    parser = ArgumentParser()
    parser.add_argument("port")
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--cert")
    parser.add_argument("--key")
    args = parser.parse_args()
    vars(args).update(
        host=["127.0.0.1"],
        debug=False,
        tls=bool(args.cert),
        passlib_cfg=None,
        proxy_protocol=None,
        inherited_sockets=None,
        demo_data=False,
        demo_user=USER,
        demo_password=PASSWORD,
    )
    return args


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
