"""Keeping a mail byte for byte."""

from __future__ import annotations

import io
import struct

from django.db import connection

# PostgreSQL, COPY, "Binary Format": signature, flags, no extension; then per row the number of its fields, each with
# its length before it; -1 ends.
_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
_FIELDS, _ID, _LENGTH, _END = struct.Struct("!h"), struct.Struct("!iq"), struct.Struct("!i"), struct.pack("!h", -1)


def keep_original(email_id: int, raw: bytes) -> None:
    """Write the `RawEmail` of a mail, in the caller's transaction. Raises DatabaseError.

    By COPY: in an INSERT the bytes travel as a literal of twice their size, which the server has to read as SQL.
    """
    row = _FIELDS.pack(2) + _ID.pack(8, email_id) + _LENGTH.pack(len(raw))
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(
            "COPY email_inbox_rawemail (email_id, content) FROM STDIN (FORMAT binary)",
            io.BytesIO(b"".join((_HEADER, row, raw, _END))),
            1 << 18,
        )
