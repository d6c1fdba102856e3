"""Talking IMAP to one account (RFC 3501, 4315, 6851). Knows no ledger; every failure becomes a `NotFetched` in words.

A watchdog closes the connection at the end of its time, so a server that gives a byte now and then holds nobody.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from imaplib import IMAP4
from typing import Any

from django.utils.translation import gettext as _
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError, ProtocolError
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.tls import IMAP4_TLS

from core.secrets import SecretUnreadable
from core.text import clean_line
from email_inbox.accounts import Refused, access_token, forget_access_token
from email_inbox.models import AfterFetch, Auth, MailAccount, Security
from email_inbox.models.servers import is_loopback

ANSWER_SECONDS = 20.0
LISTED_AT_ONCE = 500  # their numbers fit into one command line of 8,000 octets (RFC 7162, section 4)
NUMBERED_AT_ONCE = 1000  # ... and so many positions
MOVE = b"MOVE"
UIDPLUS = b"UIDPLUS"


class NotFetched(Exception):
    """Why an account could not be asked, in words for the administrator.

    `connection_lost`: nothing more can be said over this connection.
    """

    def __init__(self, reason: str, *, connection_lost: bool = True) -> None:
        self.reason = clean_line(reason, 500)
        self.connection_lost = connection_lost
        super().__init__(self.reason)


@dataclass(frozen=True, slots=True)
class Listed:
    uid: int
    size: int


class Folder:
    """A selected folder."""

    def __init__(self, client: IMAPClient, uidvalidity: int, count: int) -> None:
        self._client = client
        self.uidvalidity = uidvalidity
        self._count = count

    def after(self, uid: int) -> list[Listed]:
        """The next mails by number after `uid`, at most LISTED_AT_ONCE; none when there is nothing new."""
        first = self._first_position_after(uid)
        return self.sizes(self._uids_at(first, min(first + LISTED_AT_ONCE - 1, self._count)))

    def all_uids(self) -> set[int]:
        found: set[int] = set()
        for first in range(1, self._count + 1, NUMBERED_AT_ONCE):
            found.update(self._uids_at(first, min(first + NUMBERED_AT_ONCE - 1, self._count)))
        return found

    def sizes(self, uids: Sequence[int]) -> list[Listed]:
        """At most LISTED_AT_ONCE. Those that are gone meanwhile are missing."""
        with words():
            answer = self._client.fetch(uids, ["RFC822.SIZE"])
        return [Listed(uid, data[b"RFC822.SIZE"]) for uid, data in sorted(answer.items()) if b"RFC822.SIZE" in data]

    def contents(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The mails byte for byte, without marking them read. One that is gone or withheld is missing."""
        return self._bodies(uids, "BODY.PEEK[]", b"BODY[]")

    def header_of(self, uid: int) -> bytes:
        return self._bodies([uid], "BODY.PEEK[HEADER]", b"BODY[HEADER]").get(uid, b"")

    def tidy(self, uids: Sequence[int], what: str, move_to: str) -> None:
        """Do on the server what the account wants done with fetched mails. To repeat it does no harm."""
        with words():
            if what == AfterFetch.SEEN:
                self._client.add_flags(uids, [b"\\Seen"], silent=True)
            elif what == AfterFetch.DELETE:
                self._delete(uids)
            elif what == AfterFetch.MOVE and self._client.has_capability(MOVE):
                self._client.move(uids, move_to)
            elif what == AfterFetch.MOVE:
                self._client.copy(uids, move_to)
                self._delete(uids)

    def _delete(self, uids: Sequence[int]) -> None:
        """Without UIDPLUS they stay marked: a plain EXPUNGE would remove what others have marked as well."""
        self._client.add_flags(uids, [b"\\Deleted"], silent=True)
        if self._client.has_capability(UIDPLUS):
            self._client.uid_expunge(uids)

    def _bodies(self, uids: Sequence[int], wanted: str, name: bytes) -> dict[int, bytes]:
        with words():
            answer = self._client.fetch(uids, [wanted])
        return {uid: data[name] for uid, data in answer.items() if isinstance(data.get(name), bytes)}

    def _first_position_after(self, uid: int) -> int:
        """By bisection: numbers rise with the position, and have gaps of any size."""
        if not uid:
            return 1
        low, high = 1, self._count + 1
        probe = self._count  # mostly there is nothing new, or little
        while low < high:
            if max(self._uids_at(probe, probe), default=uid + 1) <= uid:
                low = probe + 1
            else:
                high = probe
            probe = (low + high) // 2
        return low

    def _uids_at(self, first: int, last: int) -> list[int]:
        """The numbers of the mails at these positions, which count from 1.

        Not by UID SEARCH, which would be shorter: some servers take its positions for numbers.
        """
        self._client.use_uid = False
        try:
            with words():
                answer = self._client.fetch(range(first, last + 1), ["UID"])
        finally:
            self._client.use_uid = True
        return sorted(data[b"UID"] for data in answer.values() if b"UID" in data)


class Session:
    """A signed-in connection. `select` may be called again: it is how new mail is seen."""

    def __init__(self, client: IMAPClient, account: MailAccount) -> None:
        self._client = client
        self._account = account

    def select(self) -> Folder:
        with words(_("There is no folder “%s” in this account.") % self._account.folder):
            found = self._client.select_folder(
                self._account.folder, readonly=self._account.after_fetch == AfterFetch.NOTHING
            )
        return Folder(self._client, int(found[b"UIDVALIDITY"]), int(found[b"EXISTS"]))


@contextmanager
def open_session(account: MailAccount, *, seconds: float) -> Iterator[Session]:
    """Connect and sign in; after `seconds` the connection is closed whatever is going on. Raises NotFetched."""
    watched: list[IMAP4] = []
    watchdog = threading.Timer(seconds, _cut, [watched])
    watchdog.daemon = True
    watchdog.start()
    try:
        with words():
            client = _connect(account, watched)
            _secure(client, account)
            _sign_in(client, account)
        yield Session(client, account)
        with suppress(IMAPClientError, OSError):
            client.logout()
    finally:
        watchdog.cancel()
        for one in watched:
            with suppress(OSError, AttributeError):
                one.shutdown()


def _cut(watched: list[IMAP4]) -> None:
    for connection in watched:
        with suppress(OSError, AttributeError):  # AttributeError: no socket yet, and connecting has an end of its own
            connection.sock.shutdown(socket.SHUT_RDWR)


class _Watched(IMAPClient):  # type: ignore[misc]  # untyped
    """Makes its connection known before the first word: the greeting may be what never ends."""

    def __init__(self, watched: list[IMAP4], *args: Any, **options: Any) -> None:
        self._watched = watched
        super().__init__(*args, **options)

    def _create_IMAP4(self) -> IMAP4:
        kind: type[IMAP4] = IMAP4_TLS if self.ssl else IMAP4WithTimeout
        options = [self.ssl_context] if self.ssl else []
        watched = self._watched

        class Connection(kind):  # type: ignore[misc, valid-type]
            def _create_socket(self, timeout: float | None = None) -> socket.socket:
                watched.append(self)
                made: socket.socket = super()._create_socket(timeout)
                return made

        return Connection(self.host, self.port, *options, ANSWER_SECONDS)


def _connect(account: MailAccount, watched: list[IMAP4]) -> IMAPClient:
    if account.security == Security.NONE and not is_loopback(account.host):
        raise NotFetched(_("Without encryption only a server on this machine may be asked."))
    is_tls = account.security == Security.TLS
    context = ssl.create_default_context() if is_tls else None
    return _Watched(watched, account.host, account.port, ssl=is_tls, ssl_context=context, timeout=ANSWER_SECONDS)


def _secure(client: IMAPClient, account: MailAccount) -> None:
    if account.security == Security.STARTTLS:
        client.starttls(ssl.create_default_context())


def _sign_in(client: IMAPClient, account: MailAccount) -> None:
    if account.auth == Auth.OAUTH2:
        _sign_in_with_token(client, account)
        return
    password = account.password.reveal()
    if (account.user + password).isascii():
        client.login(account.user, password)
    else:  # LOGIN knows ASCII alone
        client.plain_login(account.user, password)


def _sign_in_with_token(client: IMAPClient, account: MailAccount) -> None:
    try:
        client.oauth2_login(account.user, access_token(account))
    except LoginError:
        forget_access_token(account)
        raise


@contextmanager
def words(refused: str = "") -> Iterator[None]:
    """Every way in which the other side fails, as NotFetched; `refused` says what its NO means here."""
    try:
        yield
    except LoginError as error:
        said = _("The server refused the user name or the password: %s") % _said(error)
        raise NotFetched(said) from None
    except (Refused, SecretUnreadable) as error:
        raise NotFetched(str(error)) from None
    except ssl.SSLCertVerificationError as error:
        raise NotFetched(_("The server's certificate is not accepted: %s") % error.verify_message) from None
    except ssl.SSLError as error:
        raise NotFetched(_("No encrypted connection could be made: %s") % (error.reason or "TLS")) from None
    except socket.gaierror:
        raise NotFetched(_("There is no server with this name.")) from None
    except TimeoutError:
        raise NotFetched(_("The server did not answer in time.")) from None
    except ConnectionRefusedError:
        raise NotFetched(_("Nothing answers at this server and port.")) from None
    except (OSError, IMAPClient.AbortError, ProtocolError):
        raise NotFetched(_("The connection to the server was lost.")) from None
    except IMAPClientError as error:
        said = refused or _("The server refused: %s") % _said(error)
        raise NotFetched(said, connection_lost=False) from None
    except (KeyError, ValueError, TypeError, IndexError, AssertionError) as error:  # answers that are no IMAP
        raise NotFetched(_("The server's answer makes no sense (%s).") % type(error).__name__) from None


def _said(error: Exception) -> str:
    """The server's words. Servers do not repeat passwords; the client's own command is not part of them."""
    return clean_line(str(error).removeprefix("b").strip("'\""), 200)
