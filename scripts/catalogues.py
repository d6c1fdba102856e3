"""The translations: locale/<language>/LC_MESSAGES/django.po, by Babel, so that no gettext tools need be installed.

catalogues.py update    collect every translatable sentence of the code into the catalogues
catalogues.py check     fail when a sentence is missing, untranslated, doubtful or has lost a placeholder
catalogues.py compile   make the .mo files that Django reads, where they are older than their source
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

PROJECT = Path(__file__).resolve().parent.parent
LANGUAGES = ("el", "id", "zh_Hans")
NOT_FOR_PEOPLE = {"tests", "bench", "scripts", "deploy", "locale", "migrations", "node_modules", ".venv", ".data"}
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
# What Django's `templatize` makes of the template tags: calls among crosses.
_STRING = r"u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
_CALL = re.compile(rf"\b(gettext|ngettext|pgettext|npgettext|_)\(({_STRING}(?:\s*,\s*{_STRING})*)")
# Dates in the header would change with every update and say what the history says already.
_NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)

Found = tuple[str | tuple[str, str], str | None]
"""Sentence (or singular and plural) and its context."""


def catalogue(language: str) -> Path:
    return PROJECT / "locale" / language / "LC_MESSAGES" / "django.po"


def sentences() -> set[Found]:
    """Everything translatable in the code and the templates."""
    found: set[Found] = set()
    for path in _files(".py"):
        with path.open("rb") as file:
            for _line, message, _comments, context in extract("python", file, KEYWORDS):
                found.add((message if isinstance(message, str) else (message[0], message[1]), context))
    for path in _files(".html", ".txt", below="templates"):
        found.update(_in_template(path.read_text(encoding="utf-8")))
    return {one for one in found if one[0] and one[0] != ("", "")}


def _files(*suffixes: str, below: str = "") -> Iterator[Path]:
    """The product's files with these endings, only those under a folder named `below` when given."""
    for folder, folders, names in os.walk(PROJECT):
        folders[:] = sorted(name for name in folders if name not in NOT_FOR_PEOPLE and not name.startswith("."))
        inside = Path(folder)
        for name in sorted(names):
            if name.endswith(suffixes) and (not below or below in inside.parts):
                yield inside / name


def _in_template(source: str) -> Iterator[Found]:
    for call in _CALL.finditer(templatize(source)):
        words = [str(ast.literal_eval(word)) for word in re.findall(_STRING, call[2])]
        if call[1] == "ngettext":
            yield (words[0], words[1]), None
        elif call[1] == "pgettext":
            yield words[1], words[0]
        elif call[1] == "npgettext":
            yield (words[1], words[2]), words[0]
        else:
            yield words[0], None


def read(language: str) -> Catalog:
    path = catalogue(language)
    if not path.exists():
        return _empty(language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _empty(language: str) -> Catalog:
    return Catalog(
        locale=language,
        project="contact centre",
        version="1",
        msgid_bugs_address="-",
        last_translator="-",
        language_team=language,
        header_comment="#",
        creation_date=_NO_DATE,
        revision_date=_NO_DATE,
        fuzzy=False,
    )


def update(language: str) -> int:
    """Write the catalogue anew with today's sentences, keeping what was translated; return how many are open."""
    before, now = read(language), _empty(language)
    for sentence, context in sorted(sentences(), key=str):
        old = before.get(_first(sentence), context)
        kept = old.string if old and isinstance(old.id, str) == isinstance(sentence, str) else ""
        now.add(sentence, kept, context=context)
    path = catalogue(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, now, width=0, sort_output=True, no_location=True)
    return sum(1 for message in _real(now) if not _is_translated(message))


def problems(language: str) -> list[str]:
    """What keeps the catalogue from being complete and safe to use."""
    held, wanted = read(language), sentences()
    found = []
    for sentence, context in wanted:
        message = held.get(_first(sentence), context)
        if message is None:
            found.append(f"not in the catalogue (make messages): {_first(sentence)!r}")
        elif not _is_translated(message):
            found.append(f"not translated: {_first(sentence)!r}")
    ids = {(_first(sentence), context) for sentence, context in wanted}
    for message in _real(held):
        if (_first(message.id), message.context) not in ids:
            found.append(f"not in the code any more (make messages): {_first(message.id)!r}")
        if message.fuzzy:
            found.append(f"marked as doubtful: {_first(message.id)!r}")
        found += [f"{error}: {_first(message.id)!r}" for error in message.check(held)]
        found += _lost_places(message)
    return sorted(set(found))


def _lost_places(message: Message) -> list[str]:
    """Named places such as %(name)s and {name}, which the code fills in: all of them, and no others."""
    source = message.id if isinstance(message.id, str) else message.id[-1]
    strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
    return [
        f"places differ: {_first(message.id)!r}"
        for string in strings
        if string and _places(string) != _places(source) and isinstance(message.id, str)
    ]


def _places(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)[sd]|\{\w+\}|%[sd]", text))


def _real(held: Catalog) -> Iterable[Message]:
    return (message for message in held if message.id)


def _first(sentence: str | tuple[str, ...] | list[str]) -> str:
    return sentence if isinstance(sentence, str) else sentence[0]


def _is_translated(message: Message) -> bool:
    strings = [message.string] if isinstance(message.string, str) else message.string
    return all(strings or ("",))


def compile_all() -> int:
    """Make the .mo files that are older than their sources; return how many were made."""
    made = 0
    for language in LANGUAGES:
        source = catalogue(language)
        target = source.with_suffix(".mo")
        if not source.exists() or (target.exists() and target.stat().st_mtime >= source.stat().st_mtime):
            continue
        # Beside it first: a process that starts in this moment must not read half a file.
        fresh = target.with_suffix(f".{os.getpid()}")
        with fresh.open("wb") as file:
            write_mo(file, read(language))
        fresh.replace(target)
        made += 1
    return made


def main(task: str) -> int:
    if task == "compile":
        compile_all()
        return 0
    if task == "update":
        for language in LANGUAGES:
            print(f"{language}: {update(language)} to translate")
        return 0
    found = [f"{language}: {problem}" for language in LANGUAGES for problem in problems(language)]
    print("\n".join(found) or f"catalogues: complete in {', '.join(LANGUAGES)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "check"))
