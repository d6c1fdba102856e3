"""A name server on loopback, so that SPF, DKIM and DMARC are checked by the real libraries over real questions."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset


class _Answer(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        wire, socket = self.request
        query = dns.message.from_wire(wire)
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        records: dict[str, str] = self.server.records  # type: ignore[attr-defined]
        if name not in records:
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif question.rdtype == dns.rdatatype.TXT:
            chunks = [records[name][i : i + 200] for i in range(0, len(records[name]), 200)]
            response.answer.append(
                dns.rrset.from_text(question.name, 60, "IN", "TXT", " ".join(f'"{chunk}"' for chunk in chunks))
            )
        socket.sendto(response.to_wire(), self.client_address)


@contextmanager
def name_server(records: dict[str, str]) -> Iterator[None]:
    """Answer TXT questions from `records` (name to text) and nothing else; everything in this process asks here."""
    server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), _Answer)
    server.records = records  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    before = dns.resolver.default_resolver
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port, resolver.lifetime = ["127.0.0.1"], server.server_address[1], 5
    dns.resolver.default_resolver = resolver
    try:
        yield
    finally:
        dns.resolver.default_resolver = before
        server.shutdown()
        server.server_close()
