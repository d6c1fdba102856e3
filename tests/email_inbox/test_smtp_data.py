"""The end of a mail is found wherever the pieces begin and end, and nothing else is taken for it."""

from __future__ import annotations

import asyncio

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from hypothesis import given, settings
from hypothesis import strategies as st

from email_inbox.smtp_data import InPieces

LIMIT = 2_000


class _Keeper:
    def __init__(self) -> None:
        self.kept: list[bytes] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.kept.append(envelope.original_content or b"")
        return "250 kept"


async def _talk(pieces: list[bytes]) -> tuple[list[bytes], list[str]]:
    """Send the pieces one after the other; what was kept, and the codes of all answers."""
    keeper = _Keeper()

    def conversation() -> SMTP:
        class Conversation(InPieces):
            line_length_limit = LIMIT

        return Conversation(keeper, data_size_limit=LIMIT)

    server = await asyncio.get_running_loop().create_server(conversation, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        said = await asyncio.wait_for(reader.read(), 20)
        writer.close()
    return keeper.kept, [line[:3].decode() for line in said.splitlines()]


def _sent(*contents: bytes, step: int = 0) -> tuple[list[bytes], list[str]]:
    """Each content as it goes over the line, one connection for all, with QUIT pipelined behind the last."""
    pieces = [b"HELO there\r\n"]
    for content in contents:
        pieces += [b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"]
        pieces += [content[at : at + step] for at in range(0, len(content), step)] if step else [content]
    return asyncio.run(_talk([*pieces, b"QUIT\r\n"]))


@pytest.mark.parametrize("step", [0, 1, 2, 3])
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"A\r\n.\r\n", b"A\r\n"),
        (b"words\r\n.\r\n", b"words\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"..hidden\r\n...\r\n.\r\n", b".hidden\r\n..\r\n"),
        (b".x\r\n.\r\n", b"x\r\n"),
        (b"\r\r\n.\r\n", b"\r\r\n"),
        (b"a\r\n\r\n.\r\n", b"a\r\n\r\n"),
        (b"a\n.\nb\r.\rc\n.\r\nd\r\n.\r\n", b"a\n.\nb\r.\rc\n.\r\nd\r\n"),
        (b"\x00\xff\r\n.\r\n", b"\x00\xff\r\n"),
    ],
)
def test_the_end_is_found_and_dots_are_taken_away(sent: bytes, kept: bytes, step: int) -> None:
    found, codes = _sent(sent, step=step)
    assert found == [kept]
    assert codes == ["220", "250", "250", "250", "354", "250", "221"]


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(st.sampled_from([b"", b".", b"..", b"\r", b"\n", b"\r.", b"\n.", b"a", b".\r", b".\n."]), max_size=9)
)
def test_whatever_is_written_arrives_as_it_was(lines: list[bytes]) -> None:
    content = b"".join(line + b"\r\n" for line in lines)
    stuffed = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]
    assert _sent(stuffed + b".\r\n")[0] == [content]


@pytest.mark.parametrize("content", [b"x" * 10_000 + b"\r\n.\r\n", b"line\r\n" * 1_000 + b".\r\n"])
def test_too_much_is_refused_at_its_end_and_the_next_mail_is_taken(content: bytes) -> None:
    found, codes = _sent(content, b"small\r\n.\r\n", step=700)
    assert found == [b"small\r\n"]
    assert codes == ["220", "250", "250", "250", "354", "552", "250", "250", "354", "250", "221"]


def test_a_connection_that_ends_within_a_mail_leaves_nothing() -> None:
    async def cut() -> list[bytes]:
        keeper = _Keeper()
        server = await asyncio.get_running_loop().create_server(lambda: InPieces(keeper), "127.0.0.1", 0)
        async with server:
            _reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
            writer.write(b"HELO a\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nhalf a mail\r\n")
            await writer.drain()
            writer.close()
            await writer.wait_closed()
            await asyncio.sleep(0.1)
        return keeper.kept

    assert asyncio.run(cut()) == []
