"""Where the answer ends and what it quotes begins. Nothing is removed: readers fold it."""

from __future__ import annotations

import re

_ATTRIBUTION = re.compile(
    r"^[ \t]*(?:On|Am|Le|El|Il|Op|Em|Den|Pada|Στις|在|W dniu) .{4,200}"
    r"(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|skrev|menulis|έγραψε|写道|napisał\(?a?\)?)"
    r"[ \t]*[:：]?[ \t]*$"
)
_FORWARDED = re.compile(
    r"^[ \t]*(?:-{2,}|_{5,})[ \t]*(?:Original Message|Original-Nachricht|Ursprüngliche Nachricht|Message d'origine|"
    r"Mensaje original|Messaggio originale|Pesan Asli|原始邮件|Forwarded message)?[ \t]*(?:-{2,})?[ \t]*$",
    re.IGNORECASE,
)
_OUTLOOK_FROM = re.compile(r"^[ \t]*\*?(?:From|Von|De|Da|Van|Od|Dari|Από|发件人)\s?[:：]\*? .{1,300}$")
_OUTLOOK_NEXT = re.compile(
    r"^[ \t]*\*?(?:Sent|Date|Gesendet|Datum|Envoyé|Enviado|Inviato|To|Tanggal|发送时间)\s?[:：]\*? "
)


def split_quote(text: str) -> tuple[str, str]:
    """`text` as (fresh words, quoted rest); joined they are `text` again.

    Only a quote that reaches to the end is split off: an answer between quoted lines stays readable as it is.
    """
    lines = text.splitlines(keepends=True)
    begin = _quote_line(lines)
    return "".join(lines[:begin]), "".join(lines[begin:])


def _quote_line(lines: list[str]) -> int:
    for index, line in enumerate(lines):
        if _FORWARDED.match(line.rstrip("\n")) and _is_header_block(lines, index + 1):
            return index
        if _OUTLOOK_FROM.match(line.rstrip("\n")) and _is_header_block(lines, index):
            return index
    return _trailing_quote(lines)


def _is_header_block(lines: list[str], index: int) -> bool:
    nearby = [line.rstrip("\n") for line in lines[index : index + 6] if line.strip()]
    return any(map(_OUTLOOK_FROM.match, nearby[:2])) and any(map(_OUTLOOK_NEXT.match, nearby[1:]))


def _trailing_quote(lines: list[str]) -> int:
    """Where the run of `>` lines begins that lasts to the end, with the line above that says who wrote it."""
    begin = len(lines)
    while begin and (not lines[begin - 1].strip() or lines[begin - 1].lstrip().startswith(">")):
        begin -= 1
    if not any(line.lstrip().startswith(">") for line in lines[begin:]):
        return len(lines)
    for back in (1, 2):
        if begin >= back and _ATTRIBUTION.match(" ".join(line.strip() for line in lines[begin - back : begin])):
            return begin - back
    return begin
