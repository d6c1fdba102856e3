"""The content of a mail, read in the pieces in which it comes.

aiosmtpd reads it line by line: a mail with a file of 150 kB is 3,500 lines, each a turn of the event loop.
"""

from __future__ import annotations

import asyncio

from aiosmtpd.smtp import SMTP, syntax

END = b"\r\n.\r\n"
"""RFC 5321 4.1.1.4. Nothing else ends a mail: a server that also takes bare LFs lets mails be smuggled in."""
_LINE_END = END[:2]


class InPieces(SMTP):
    """SMTP as aiosmtpd speaks it, DATA apart: the content is searched for its end as a whole."""

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        if self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
            return
        if arg:
            await self.push("501 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        try:
            content = await self._read_content()
        except asyncio.CancelledError:  # the connection was lost: so aiosmtpd ends its coroutine
            self._writer.close()
            raise
        status = "552 Error: Too much mail data"
        if content is not None:
            self.envelope.content = self.envelope.original_content = content
            status = await self._call_handler_hook("DATA")
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push(status)

    async def _read_content(self) -> bytes | None:
        """What was sent, without the dots that were put before dots (RFC 5321 4.5.2); None when it is too much."""
        limit = self.data_size_limit or 0
        read = bytearray(_LINE_END)  # as if a line had ended before: a first line may be the end, or begin with a dot
        while 0 < (matched := _end_begun(read)) < len(END):
            read += await self._reader.readexactly(1)
        is_too_much = False
        while matched < len(END):
            try:
                read += await self._reader.readuntil(END)
                break
            except asyncio.LimitOverrunError as error:
                is_too_much = True
                await self._reader.read(error.consumed)  # to the end all the same: the answer is awaited only then
        if is_too_much or len(read) - len(END) > limit > 0:
            return None
        return bytes(read[: -len(END) + len(_LINE_END)].replace(_LINE_END + b".", _LINE_END)[len(_LINE_END) :])


def _end_begun(read: bytearray) -> int:
    """How many bytes of END `read` ends with."""
    return next(count for count in range(len(END), -1, -1) if read.endswith(END[:count]))
