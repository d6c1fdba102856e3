"""The SMTP and LMTP intake: 250 is answered after the COMMIT of the mail, never before.

aiosmtpd speaks the protocol in one event loop; every look into the database is made by a pool of threads, each with
its own connection. Processing follows the answer in a second pool, of processes in `manage.py smtpd` so that it never
slows the answers; what a crash leaves behind the tick picks up.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import DatabaseError, InterfaceError, close_old_connections

from email_inbox import intake
from email_inbox.mailboxes import mailbox_for
from email_inbox.models import Source
from email_inbox.smtp_data import InPieces

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

TRY_LATER = "451 4.3.0 Your mail could not be stored just now; please try again later"
NO_MAILBOX = "550 5.1.1 There is no mailbox here with that address"
ACCEPTED = "250 2.0.0 Stored; we have it"
THREADS = 4
MOST_RECIPIENTS = 100
# So many mails are with the processing pool; the next ones stand behind it as numbers, and what comes on top of those
# is the tick's, as what a crash leaves behind.
MOST_WAITING = 500
MOST_NUMBERS = 100_000


@dataclass(slots=True)
class Stored:
    """The ledger's ids to process, and the answer for each recipient. What is accepted there is committed."""

    ids: list[int] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)

    def answer_for_all(self) -> str:
        """SMTP's one answer. After a 451 the mail comes again for all, and those who have it see a repetition."""
        found = set(self.answers.values())
        return next((one for one in (TRY_LATER, ACCEPTED) if one in found), NO_MAILBOX)


class Intake:
    """aiosmtpd's handler. The names of the methods are its protocol."""

    def __init__(self, source: Source = Source.SMTP, make_pool: Callable[[], Executor] | None = None) -> None:
        self._source = source
        self._make_pool = make_pool or partial(ThreadPoolExecutor, 2, thread_name_prefix="process")
        self._storing = ThreadPoolExecutor(THREADS, thread_name_prefix="store")
        self._processing = self._make_pool()
        self._waiting = 0
        self._behind: deque[int] = deque(maxlen=MOST_NUMBERS)
        self._is_closing = False

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            known = await self._in_thread(mailbox_for, address)
        except (DatabaseError, InterfaceError):
            logger.warning("a recipient could not be checked: no database")
            return TRY_LATER
        if known is None:
            return NO_MAILBOX
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or envelope.content or b""
        raw = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
        arrival = intake.Envelope(
            envelope.mail_from or "",
            tuple(envelope.rcpt_tos),
            client_address=session.peer[0] if session.peer else "",
            helo=session.host_name or "",
        )
        stored = await self._in_thread(store, raw, arrival, self._source)
        for pk in stored.ids:
            self._process_soon(pk)
        if self._source == Source.LMTP:
            return "\r\n".join(stored.answers[address] for address in envelope.rcpt_tos)
        return stored.answer_for_all()

    async def handle_exception(self, error: Exception) -> str:
        """Nothing of an error's text goes to the other side."""
        logger.error("the SMTP conversation failed", exc_info=error)
        return TRY_LATER

    def close(self) -> None:
        """Finish what has been accepted; at most a few seconds, the rest is the tick's."""
        self._is_closing = True
        self._processing.shutdown(wait=True, cancel_futures=True)
        self._storing.shutdown(wait=True)

    async def _in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._storing, lambda: with_connection(work, *args, **kwargs))

    def _process_soon(self, pk: int) -> None:
        if self._waiting >= MOST_WAITING:
            self._behind.append(pk)
            return
        try:
            future = asyncio.get_running_loop().run_in_executor(self._processing, process_one, pk)
        except BrokenExecutor:  # a process of the pool was killed; the mail is stored, and the tick takes it
            logger.warning("the processing pool was broken and is made anew; mail %s waits for the tick", pk)
            self._processing = self._make_pool()
            return
        self._waiting += 1
        future.add_done_callback(self._processed)

    def _processed(self, future: asyncio.Future[None]) -> None:
        self._waiting -= 1
        if self._behind and not self._is_closing:
            self._process_soon(self._behind.popleft())
        error = None if future.cancelled() else future.exception()
        if isinstance(error, BrokenExecutor):
            logger.warning("a stored mail lost its process and waits for the tick")
        elif error:
            logger.error("processing failed", exc_info=error)


def process_one(pk: int) -> None:
    with_connection(intake.process, pk)


def store(raw: bytes, arrival: intake.Envelope, source: Source) -> Stored:
    """Store the mail once for each mailbox addressed. Raises nothing for a database that is away: it is the answer."""
    stored = Stored()
    by_mailbox: dict[int, list[str]] = {}
    mailboxes = {}
    try:
        for address in arrival.recipients:
            stored.answers[address] = NO_MAILBOX
            if mailbox := mailbox_for(address):
                mailboxes[mailbox.pk] = mailbox
                by_mailbox.setdefault(mailbox.pk, []).append(address)
    except (DatabaseError, InterfaceError):
        logger.warning("a mail was put off: no database")
        return Stored(answers=dict.fromkeys(arrival.recipients, TRY_LATER))
    for pk, addresses in by_mailbox.items():
        answer = ACCEPTED
        try:
            own = replace(arrival, recipients=tuple(addresses))
            stored.ids.append(intake.receive(raw, mailboxes[pk], source, own).pk)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("a mail was put off: the database did not do its part (%s)", type(error).__name__)
            answer = TRY_LATER
        stored.answers |= dict.fromkeys(addresses, answer)
    return stored


def with_connection(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `work` on this thread's connection, replacing one that has died (as a request's beginning and end do)."""
    close_old_connections()
    try:
        return work(*args, **kwargs)
    finally:
        close_old_connections()


class Certificate:
    """A certificate and its key in files, read again when they were renewed. Raises OSError when they cannot be."""

    def __init__(self, chain: str, key: str) -> None:
        self._chain, self._key = chain, key
        self._seen = self._stamp()
        self._context = self._load()

    def __call__(self) -> ssl.SSLContext:
        try:
            stamp = self._stamp()
            if stamp != self._seen:
                self._context, self._seen = self._load(), stamp
        except OSError:  # SSLError is one; half a renewal: the next connection looks again
            logger.warning("the renewed certificate cannot be read; the former one stays in use")
        return self._context

    def _stamp(self) -> tuple[int, int]:
        return Path(self._chain).stat().st_mtime_ns, Path(self._key).stat().st_mtime_ns

    def _load(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self._chain, self._key)
        return context


class PerRecipient(LMTP, InPieces):
    """LMTP: after the content there is one answer for each accepted recipient (RFC 2033, section 4.2)."""

    _answers = 0

    async def smtp_DATA(self, arg: str) -> None:
        try:
            await super().smtp_DATA(arg)
        finally:
            self._answers = 0

    async def push(self, status: Any) -> None:
        """The handler gives as many answers as there are recipients; aiosmtpd's own refusals are said to each."""
        if isinstance(status, str) and status.startswith("354"):
            self._answers = len(self.envelope.rcpt_tos) if self.envelope else 0
        elif isinstance(status, str) and self._answers > 1 and "\r\n" not in status:
            status = "\r\n".join([status] * self._answers)
        await super().push(status)


async def serve(
    handler: object,
    host: str,
    port: int,
    *,
    max_bytes: int,
    ready: Callable[[int], None] | None = None,
    until: asyncio.Event | None = None,
    tls: Callable[[], ssl.SSLContext] | None = None,
    tls_required: bool = False,
) -> None:
    """Serve SMTP until `until` is set (for ever without it). `ready` is told the port once it listens."""

    def conversation() -> SMTP:
        secured = {"tls_context": tls(), "require_starttls": tls_required} if tls else {}
        return _conversation(InPieces, handler, max_bytes, **secured)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(conversation, host, port)
    async with server:
        if ready is not None:
            ready(server.sockets[0].getsockname()[1])
        await (until or asyncio.Event()).wait()


async def serve_lmtp(handler: object, listen: str, *, max_bytes: int, until: asyncio.Event) -> None:
    """Serve LMTP on "host:port" or at the path of a socket, which its group may use, until `until` is set."""

    def conversation() -> SMTP:
        return _conversation(PerRecipient, handler, max_bytes)

    loop = asyncio.get_running_loop()
    if listen.startswith("/"):
        server = await loop.create_unix_server(conversation, listen)
        Path(listen).chmod(0o660)
    else:
        host, _colon, port = listen.rpartition(":")
        server = await loop.create_server(conversation, host.strip("[]") or "127.0.0.1", int(port))
    async with server:
        await until.wait()


def _conversation(kind: type[SMTP], handler: object, max_bytes: int, **options: Any) -> SMTP:
    class Conversation(kind):  # type: ignore[misc, valid-type]
        # Real mail has lines far beyond the 1,000 octets of RFC 5321; refusing them would lose it.
        line_length_limit = max_bytes

    return Conversation(handler, data_size_limit=max_bytes, enable_SMTPUTF8=True, ident="ESMTP", **options)
