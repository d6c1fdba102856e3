"""Fetching a picture that a mail points to, in the agent's stead: its sender learns our address and nothing else.

Fetched only when an agent asks. A mail could name any address, our own network's too, so every name is resolved here,
every address must be a public one, and the connection goes to just that address: a name that changes between the
check and the connection changes nothing (server-side request forgery, CWE-918).
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast
from urllib.parse import urljoin, urlsplit

import urllib3
from django.utils.translation import gettext as _

from core.errors import AppError
from core.sniffing import INLINE_IMAGES, sniff_content_type

MAX_BYTES = 5 * 1024 * 1024
SECONDS = 8.0
MOST_REDIRECTS = 3
USER_AGENT = "Mozilla/5.0 (compatible; image proxy)"
_PORTS = {"http": 80, "https": 443}
_REDIRECTS = (301, 302, 303, 307, 308)

MayConnect = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class RemoteImage:
    content: bytes
    content_type: str
    """One of `core.sniffing.INLINE_IMAGES`, by the bytes."""


class NoImage(AppError):
    code = "no_image"
    status = 502
    message = _("The picture could not be loaded.")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet: not private, local, multicast, or mapped to such a one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return found.is_global and not found.is_multicast and (inner is None or inner.is_global)


def fetch_image(url: str, *, may_connect: MayConnect = is_public) -> RemoteImage:
    """The picture at `url`, at most MAX_BYTES, following at most MOST_REDIRECTS. Raises NoImage for everything else."""
    for _hop in range(MOST_REDIRECTS + 1):
        response = _open(url, may_connect)
        try:
            if response.status in _REDIRECTS:
                url = urljoin(url, response.headers.get("Location", ""))
                continue
            return _read(response)
        finally:
            response.release_conn()
            response.close()
    raise NoImage


def _open(url: str, may_connect: MayConnect) -> urllib3.HTTPResponse:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise NoImage from error
    if parts.scheme not in _PORTS or not host:
        raise NoImage
    address = _resolve(host, port, may_connect)
    target = parts.path or "/"
    path = f"{target}?{parts.query}" if parts.query else target
    timeout = urllib3.Timeout(total=SECONDS)
    pool: urllib3.HTTPConnectionPool
    if parts.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address, port, timeout=timeout, assert_hostname=host, server_hostname=host, cert_reqs="CERT_REQUIRED"
        )
    else:
        pool = urllib3.HTTPConnectionPool(address, port, timeout=timeout)
    headers = {"Host": parts.netloc.rpartition("@")[2], "User-Agent": USER_AGENT, "Accept": "image/*"}
    try:
        answer = pool.urlopen("GET", path, headers=headers, redirect=False, retries=False, preload_content=False)
        return cast(urllib3.HTTPResponse, answer)  # typed as its base, which reads whole pieces only
    except (urllib3.exceptions.HTTPError, OSError, UnicodeError, ValueError) as error:
        raise NoImage from error


def _resolve(host: str, port: int, may_connect: MayConnect) -> str:
    """One address of `host`. Raises NoImage when any of its addresses is not to be connected to."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise NoImage from error
    if not found or not all(may_connect(address) for address in found):
        raise NoImage
    return sorted(found, key=lambda address: (":" in address, address))[0]


def _read(response: urllib3.HTTPResponse) -> RemoteImage:
    if response.status != 200:
        raise NoImage
    content, until = b"", time.monotonic() + SECONDS
    try:
        # Piece by piece: a server that drips would otherwise hold the request for as long as it likes.
        while len(content) <= MAX_BYTES and (piece := response.read1(64 * 1024, decode_content=False)):
            content += piece
            if time.monotonic() > until:
                raise NoImage
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise NoImage from error
    content_type = sniff_content_type(content)
    if len(content) > MAX_BYTES or content_type not in INLINE_IMAGES:
        raise NoImage
    return RemoteImage(content, content_type)
