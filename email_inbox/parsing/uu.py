"""Files written into plain text between `begin` and `end` lines, as mails did before MIME."""

from __future__ import annotations

import re

from email_inbox.parsing.transfer import decode_uu

_BEGIN = re.compile(r"begin [0-7]{3,4} ([^\n]{1,255})\n")
_MOST = 50


def take_out_files(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text with each such file replaced by its name in brackets, and the files as (name, content)."""
    if "begin " not in text:
        return text, []
    kept: list[str] = []
    files: list[tuple[str, bytes]] = []
    position = 0
    while len(files) < _MOST and (begin := _BEGIN.search(text, position)):
        end = text.find("\nend", begin.end() - 1)
        if end < 0:
            break
        content = decode_uu(text[begin.end() : end].encode("latin-1", "replace"))
        at_line_start = begin.start() == 0 or text[begin.start() - 1] == "\n"
        if at_line_start and content:
            kept += [text[position : begin.start()], f"[{begin[1].strip()}]"]
            files.append((begin[1].strip(), content))
            position = end + len("\nend")
        else:
            kept.append(text[position : begin.end()])
            position = begin.end()
    return "".join([*kept, text[position:]]), files
