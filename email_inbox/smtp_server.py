"""The SMTP intake: 250 is answered after the COMMIT of the mail, never before.

aiosmtpd speaks the protocol in one event loop; every look into the database is made by a pool of threads, each with
its own connection. Processing follows the answer in a second pool; what a crash leaves behind the tick picks up.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import ParamSpec, TypeVar

from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import DatabaseError, InterfaceError, close_old_connections

from email_inbox import intake
from email_inbox.mailboxes import mailbox_for
from email_inbox.models import InboundEmail, Mailbox, Source

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

TRY_LATER = "451 4.3.0 Your mail could not be stored just now; please try again later"
NO_MAILBOX = "550 5.1.1 There is no mailbox here with that address"
ACCEPTED = "250 2.0.0 Stored; we have it"
THREADS = 4
MOST_RECIPIENTS = 100
# More than this many mails waiting to be processed: the tick takes what comes on top.
MOST_WAITING = 500


class Intake:
    """aiosmtpd's handler. The names of the methods are its protocol."""

    def __init__(self) -> None:
        self._storing = ThreadPoolExecutor(THREADS, thread_name_prefix="store")
        self._processing = ThreadPoolExecutor(2, thread_name_prefix="process")
        self._waiting = 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            known = await self._in_thread(mailbox_for, address)
        except (DatabaseError, InterfaceError):
            logger.warning("a recipient could not be checked: no database", exc_info=True)
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
        try:
            stored = await self._in_thread(store, raw, arrival)
        except (DatabaseError, InterfaceError):
            logger.warning("a mail was put off: no database", exc_info=True)
            return TRY_LATER
        if not stored:
            return NO_MAILBOX
        for pk in stored:
            self._process_soon(pk)
        return ACCEPTED

    async def handle_exception(self, error: Exception) -> str:
        """Nothing of an error's text goes to the other side."""
        logger.error("the SMTP conversation failed", exc_info=error)
        return TRY_LATER

    def close(self) -> None:
        """Finish what has been accepted; at most a few seconds, the rest is the tick's."""
        self._processing.shutdown(wait=True, cancel_futures=True)
        self._storing.shutdown(wait=True)

    async def _in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._storing, lambda: with_connection(work, *args, **kwargs))

    def _process_soon(self, pk: int) -> None:
        if self._waiting >= MOST_WAITING:
            return
        self._waiting += 1
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._processing, lambda: with_connection(intake.process, pk))
        future.add_done_callback(self._processed)

    def _processed(self, future: asyncio.Future[InboundEmail | None]) -> None:
        self._waiting -= 1
        if not future.cancelled() and (error := future.exception()):
            logger.error("processing failed", exc_info=error)


def store(raw: bytes, arrival: intake.Envelope) -> list[int]:
    """Store the mail once for each mailbox addressed; return the ids to process. All are committed on return."""
    by_mailbox: dict[int, tuple[Mailbox, list[str]]] = {}
    for address in arrival.recipients:
        if mailbox := mailbox_for(address):
            by_mailbox.setdefault(mailbox.pk, (mailbox, []))[1].append(address)
    ids = []
    for mailbox, addresses in by_mailbox.values():
        own = replace(arrival, recipients=tuple(addresses))
        ids.append(intake.receive(raw, mailbox, Source.SMTP, own).pk)
    return ids


def with_connection(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `work` on this thread's connection, replacing one that has died (as a request's beginning and end do)."""
    close_old_connections()
    try:
        return work(*args, **kwargs)
    finally:
        close_old_connections()


async def serve(
    handler: object,
    host: str,
    port: int,
    *,
    max_bytes: int,
    ready: Callable[[int], None] | None = None,
    until: asyncio.Event | None = None,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serve SMTP until `until` is set (for ever without it). `ready` is told the port once it listens."""

    class Conversation(SMTP):
        # Real mail has lines far beyond the 1,000 octets of RFC 5321; refusing them would lose it.
        line_length_limit = max_bytes

    def conversation() -> SMTP:
        return Conversation(handler, data_size_limit=max_bytes, enable_SMTPUTF8=True, ident="ESMTP", tls_context=tls)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(conversation, host, port)
    async with server:
        if ready is not None:
            ready(server.sockets[0].getsockname()[1])
        await (until or asyncio.Event()).wait()
