from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import TooLarge
from core.text import check_length, clean_line, clean_text, excerpt

anything = st.text(st.characters(codec=None))  # lone surrogates and NUL included


@given(anything)
def test_cleaned_text_is_always_storable_and_cleaning_again_changes_nothing(value: str) -> None:
    cleaned = clean_text(value)
    cleaned.encode("utf-8")
    assert "\x00" not in cleaned
    assert clean_text(cleaned) == cleaned


@given(anything, st.integers(2, 60))
def test_a_line_is_one_line_within_its_limit(value: str, limit: int) -> None:
    line = clean_line(value, limit)
    assert "\n" not in line
    assert len(line) <= limit


def test_direction_overrides_cannot_disguise_a_name() -> None:
    assert clean_line("invoice\u202efdp.exe") == "invoicefdp.exe"


def test_ordinary_writing_survives_in_any_script() -> None:
    for text in ("Ελληνικά, tabs\tand\nlines", "中文，标点", "👩‍👩‍👧 family", "naïve café"):
        assert clean_text(text) == text


def test_an_excerpt_is_short_however_long_the_text() -> None:
    assert len(excerpt("word " * 1_000_000)) <= 140


def test_a_long_text_is_refused_with_its_length_and_the_limit() -> None:
    with pytest.raises(TooLarge, match=r"12 characters, the limit is 10") as refused:
        check_length("x" * 12, 10)
    assert refused.value.status == 413
