"""Every mail of the corpus says what it must, whole, cut, with flipped bits and with other line ends."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from email_inbox.parsing import ParsedMail, fingerprint, parse, summarise
from tests.email_inbox.corpus import NAMES, expectation, raw_mail


def _seen(parsed: ParsedMail) -> dict[str, Any]:
    return {
        "text": parsed.text,
        "html": parsed.html,
        "sender": parsed.sender.address if parsed.sender else None,
        "name": parsed.sender.name if parsed.sender else None,
        "subject": parsed.summary.subject,
        "sent": parsed.summary.sent_at,
        "references": list(parsed.references),
        "files": [[file.name, file.content.decode("utf-8", "replace").strip()] for file in parsed.attachments],
        "file_names": [file.name for file in parsed.attachments],
        "inline": [file.content_id for file in parsed.attachments if file.is_inline],
        "addressed": list(parsed.addressed),
        "automatic": parsed.is_automatic_reply,
        "machine": parsed.is_from_machine,
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_is_understood_as_expected(name: str) -> None:
    parsed, expected = parse(raw_mail(name)), expectation(name)
    report, lacks = expected.pop("report", {}), expected.pop("html_lacks", [])
    seen = _seen(parsed)
    for key, value in expected.items():
        if key.endswith("_contains"):
            assert value in seen[key.removesuffix("_contains")], key
        else:
            assert seen[key] == value, key
    for word in lacks:
        assert word not in parsed.html
    for key, value in report.items():
        assert parsed.report is not None
        assert getattr(parsed.report, key) == value


def test_the_corpus_is_large_enough() -> None:
    assert len(NAMES) >= 80


@pytest.mark.parametrize("name", NAMES)
def test_line_ends_change_neither_the_mail_nor_its_fingerprint(name: str) -> None:
    raw = raw_mail(name)
    unix = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"\r" in raw.replace(b"\r\n", b""):
        pytest.xfail("bare CRs inside words change with the conversion") if name == "utf-16" else None
    assert fingerprint(unix) == fingerprint(unix.replace(b"\n", b"\r\n")) == fingerprint(raw)
    assert parse(unix).text == parse(unix.replace(b"\n", b"\r\n")).text


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(NAMES), share=st.floats(0, 1))
def test_a_mail_cut_anywhere_is_still_parsed(name: str, share: float) -> None:
    raw = raw_mail(name)
    _parses(raw[: int(len(raw) * share)])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(NAMES), flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 7)), max_size=12))
def test_a_mail_with_flipped_bits_is_still_parsed(name: str, flips: list[tuple[float, int]]) -> None:
    raw = bytearray(raw_mail(name))
    for share, bit in flips if raw else []:
        raw[int(len(raw) * share)] ^= 1 << bit
    _parses(bytes(raw))


@settings(max_examples=200, deadline=None)
@given(raw=st.binary(max_size=3000))
def test_any_bytes_are_parsed(raw: bytes) -> None:
    _parses(raw)


def _parses(raw: bytes) -> None:
    parsed = parse(raw)
    summarise(raw)
    fingerprint(raw)
    assert "\x00" not in parsed.text
    parsed.text.encode("utf-8")  # no lone surrogates, which PostgreSQL refuses
    parsed.html.encode("utf-8")


HEAD = b"From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"


def _parts(count: int) -> bytes:
    part = b'--b\r\nContent-Type: application/octet-stream; name="f"\r\n\r\nx\r\n'
    return HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + part * count + b"--b--\r\n"


def _nested(depth: int) -> bytes:
    levels = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (i, i) for i in range(depth))
    return HEAD + levels + b"Content-Type: text/plain\r\n\r\ndeep words\r\n"


def _html(source: bytes) -> bytes:
    return HEAD + b"Content-Type: text/html\r\n\r\n" + source


HOSTILE = {
    "10,000 parts": _parts(10_000),
    "5,000 levels": _nested(5_000),
    "40 MB of headers": b"X-A: " + b"a" * 900 + b"\r\n" + (b"X-A: " + b"a" * 900 + b"\r\n") * 44_000,
    "20 MB in one line": HEAD + b"\r\n" + b"x" * 20_000_000,
    "open encoded words": b"Subject: " + b"=?utf-8?Q?a" * 500_000 + b"\r\n\r\nx",
    "comments 30,000 deep": b"From: " + b"(" * 30_000 + b"a@b.example\r\n\r\nx",
    "100,000 open divs": _html(b"<div>" * 100_000),
    "fonts times paragraphs": _html(b"".join(b"<font color=%d>" % i for i in range(3_000)) + b"<p>x" * 3_000),
    "a million ampersands": _html(b"&" * 999_999),
    "a million angle brackets": _html(b"<" * 999_999),
    "uu begins without end": HEAD + b"\r\n" + b"begin 644 x\n" * 200_000,
    "carriage returns": HEAD + b"\r\n" + b"\r" * 2_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_costs_less_than_two_seconds(name: str) -> None:
    started = time.process_time()
    _parses(HOSTILE[name])
    assert time.process_time() - started < 2


def test_the_parts_beyond_the_limit_stay_with_the_attached_original() -> None:
    parsed = parse(_parts(300))
    assert len(parsed.attachments) == 100
    assert parsed.attachments[-1].name == "original.eml"
    assert parsed.attachments[-1].content == _parts(300)
    assert parse(_nested(45)).text == "deep words"


def test_html_that_is_too_hostile_is_kept_as_a_file_and_shown_as_text() -> None:
    parsed = parse(_html(b"<div>" * 100_000 + b"Words that count"))
    assert "Words that count" in parsed.text
    assert [file.name for file in parsed.attachments] == ["message.html"]
