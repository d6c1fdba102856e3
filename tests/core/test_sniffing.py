from __future__ import annotations

import pytest

from core.sniffing import is_program, sniff_content_type

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"\x00" * 20


@pytest.mark.parametrize(
    ("content", "claimed", "name", "expected"),
    [
        (PNG, "text/html", "cat.html", "image/png"),
        (b"<script>alert(1)</script>", "image/png", "cat.png", "application/octet-stream"),
        (b"%PDF-1.4\n1 0 obj", "", "invoice.txt", "application/pdf"),
        (b"plain words", "text/plain; charset=utf-8", "notes.txt", "text/plain"),
        (b"", "", "", "application/octet-stream"),
        (b"<svg xmlns='x' onload='alert(1)'>", "image/svg+xml", "a.svg", "application/octet-stream"),
    ],
)
def test_the_bytes_decide_what_a_file_is(content: bytes, claimed: str, name: str, expected: str) -> None:
    assert sniff_content_type(content, claimed=claimed, name=name) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"MZ\x90\x00\x03\x00\x00\x00\x04\x00", True),
        (b"MZ is the postcode of Mainz, is it not?" * 3, False),
        (b"#!/usr/bin/env python3\n", True),
        (b"#! /bin/sh\n", True),
        (b"#!important: read this first", False),
        (b"", False),
    ],
)
def test_words_that_begin_as_a_program_does_are_words(content: bytes, expected: bool) -> None:
    assert is_program(content) is expected
