"""Telling what somebody wrote from what their mail program quoted below it. Pure: text in, two texts out."""

from __future__ import annotations

import re

# "On Tue, 3 Mar 2026 at 10:12, Ana wrote:" in the languages seen most, "-----Original Message-----", Outlook's header.
_INTRODUCTION = re.compile(
    r"^(?:"
    r"(?:On|Am|Le|El|Il|Op|Pada|Στις|W dniu)\b.{5,200}"
    r"(?:wrote|schrieb|écrit|escribió|scritto|schreef|menulis|έγραψε|napisał)\s?.{0,60}:"
    r"|在.{5,200}写道[::]"
    r"|-{3,}\s?(?:Original Message|Ursprüngliche Nachricht|Message d'origine|Forwarded message)\s?-{3,}"
    r"|_{20,}"
    r")\s*$",
    re.IGNORECASE,
)
_OUTLOOK = re.compile(r"^(?:From|Von|De|Da|Από)\s?:\s.+", re.IGNORECASE)
_OUTLOOK_NEXT = re.compile(r"^(?:Sent|Gesendet|Envoyé|Enviado|Inviato|Date|Datum|To|An)\s?:\s", re.IGNORECASE)
_LONGEST = 20_000


def split_quote(text: str) -> tuple[str, str]:
    """(fresh words, quoted rest). The rest is empty when nothing is quoted or everything would be."""
    lines = text.split("\n")
    start = _quote_start(lines[:_LONGEST])
    fresh = "\n".join(lines[:start]).rstrip()
    return (fresh, "\n".join(lines[start:]).strip("\n")) if fresh and start < len(lines) else (text, "")


def _quote_start(lines: list[str]) -> int:
    for number, line in enumerate(lines):
        if len(line) > 400:
            continue
        if _INTRODUCTION.match(line.strip()) or _is_outlook(lines, number):
            return number
        if line.startswith(">") and all(not rest.strip() or rest.startswith(">") for rest in lines[number:]):
            return number
        if number + 1 < len(lines) and _INTRODUCTION.match(f"{line.strip()} {lines[number + 1].strip()}"[:400]):
            return number  # the introduction was wrapped by the sender's program
    return len(lines)


def _is_outlook(lines: list[str], number: int) -> bool:
    return bool(
        _OUTLOOK.match(lines[number])
        and number + 1 < len(lines)
        and any(_OUTLOOK_NEXT.match(line) for line in lines[number + 1 : number + 3])
    )
