"""What makes words findable in four languages. Pure: text in, text out.

PostgreSQL stems English, Indonesian and Greek but takes a whole Chinese sentence for one word, and its trigrams know
ASCII letters only (builtin C.UTF-8). So runs of Chinese are cut into overlapping pairs, and a Latin spelling of Greek
serves typing errors and those who write Greek with Latin letters.
"""

from __future__ import annotations

import re
import unicodedata

from knowledge.models import Language

TEXT_SEARCH = {
    Language.ENGLISH: "english",
    Language.INDONESIAN: "indonesian",
    Language.GREEK: "greek",
    Language.CHINESE: "simple",
}
"""PostgreSQL's text search configuration of each language."""

MOST_WORDS = 12
SHORTEST_FOR_TYPOS = 4
_WORD = re.compile(r"\w+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_GREEK = {
    **dict(zip("αβγδεζηικλμνξοπρσςτυφχω", "avgdeziiklmnxoprsstyfxo", strict=True)),
    "θ": "th",
    "ψ": "ps",
}


def spread(text: str) -> str:
    """The text with every run of Chinese as overlapping pairs of characters: 如何退货 -> 如何 何退 退货."""
    return _HAN.sub(lambda run: f" {' '.join(_pairs(run.group()))} ", text)


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


def latinise(text: str) -> str:
    """Small Latin letters without accents: "Πώς κάνω επιστροφή;" -> "pos kano epistrofi;"."""
    plain = "".join(sign for sign in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(sign))
    return "".join(_GREEK.get(sign, sign) for sign in plain)


def prefix_query(query: str) -> str:
    """A raw tsquery that finds any of the words or words that begin so; empty when there is no word.

    Chinese pairs are whole words. The result holds letters, digits, `:*` and `|` only.
    """
    words = _WORD.findall(spread(query.lower()))[:MOST_WORDS]
    return " | ".join(word if _HAN.match(word) and len(word) > 1 else f"{word}:*" for word in words)


def typo_words(query: str) -> list[str]:
    """The words of a query that are long enough for trigrams to mean something, in Latin letters."""
    words = _WORD.findall(latinise(query))[:MOST_WORDS]
    return [word for word in words if len(word) >= SHORTEST_FOR_TYPOS and word.isascii()]
