"""Writes the cases of this folder: `NAME.eml` beside `NAME.json`, what must come of it.

Kept as code because bytes that are broken on purpose survive neither editors nor line-end conversion. Run it after a
change: `python -m tests.data.emails.make`. Keys of an expectation are checked one by one in
tests/email_inbox/test_corpus.py; what a case does not name is not looked at.
"""

from __future__ import annotations

import base64
import binascii
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HEAD = b"From: Mia Chen <mia@example.com>\r\nTo: support@example.com\r\nDate: Tue, 03 Nov 2026 10:00:00 +0100\r\n"
_cases: dict[str, tuple[bytes, dict[str, Any]]] = {}


def case(name: str, raw: bytes, /, **expected: Any) -> None:
    assert name not in _cases, name
    _cases[name] = (raw, expected)


def mail(fields: bytes, body: bytes, *, subject: bytes = b"A question") -> bytes:
    return HEAD + b"Subject: " + subject + b"\r\nMIME-Version: 1.0\r\n" + fields + b"\r\n" + body


def text(body: bytes, charset: bytes = b"utf-8", encoding: bytes = b"8bit") -> bytes:
    return mail(
        b"Content-Type: text/plain; charset=" + charset + b"\r\nContent-Transfer-Encoding: " + encoding + b"\r\n", body
    )


def multipart(kind: bytes, *parts: bytes, extra: bytes = b"") -> bytes:
    inner = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts)
    return mail(b"Content-Type: multipart/" + kind + b'; boundary="edge"' + extra + b"\r\n", inner + b"--edge--\r\n")


def part(fields: bytes, body: bytes) -> bytes:
    return fields + b"\r\n\r\n" + body


PLAIN = part(b"Content-Type: text/plain; charset=utf-8", b"The plain words")
HTML = part(b"Content-Type: text/html; charset=utf-8", b"<p>The <b>rich</b> words</p>")


def plain_cases() -> None:
    case("plain", text(b"Where is my parcel?\r\n"), text="Where is my parcel?", sender="mia@example.com", html="")
    case("plain-lf", text(b"Line one\r\nLine two\r\n").replace(b"\r\n", b"\n"), text="Line one\nLine two")
    case("plain-bare-cr", text(b"Line one\rLine two\r"), text="Line one\nLine two")
    case("plain-quoted-printable", text(b"Gr=C3=BC=\r\n=C3=9Fe", encoding=b"quoted-printable"), text="Grüße")
    case("plain-base64", text(base64.b64encode("Καλημέρα".encode()), encoding=b"base64"), text="Καλημέρα")
    case("base64-with-noise", text(b"SGVs!bG8g d29y\r\n*bGQ", encoding=b"base64"), text="Hello world")
    case("base64-in-pieces", text(b"SGVsbG8g==\r\nd29ybGQ=\r\n", encoding=b"base64"), text="Hello world")
    case("base64-padding-inside", text(b"SGVsbG8=d", encoding=b"base64"), text="Hello")
    case("unknown-encoding", text(b"As it is", encoding=b"x-secret"), text="As it is")
    case("no-content-type", HEAD + b"Subject: x\r\n\r\nStill words", text="Still words")
    case("bad-content-type", mail(b"Content-Type: text\r\n", b"Still words"), text="Still words")
    case("nul-bytes", text(b"a\x00b\x07c"), text="abc")
    case("no-body", HEAD + b"Subject: nothing more\r\n", text="", subject="nothing more")
    case("only-body", b"No header at all,\njust words.\n", sender=None, text="No header at all,\njust words.")
    case("empty", b"", sender=None, text="")
    case("blank", b"\r\n\r\n \r\n", sender=None, text="")
    case("mbox-line", b"From mia Tue Nov  3 10:00:00 2026\n" + text(b"In a box"), text="In a box")
    case("byte-order-mark", b"\xef\xbb\xbf" + text(b"Marked"), text="Marked", sender="mia@example.com")
    case("flowing-quote", text(b"Yes.\r\n\r\nOn Tue, Ana wrote:\r\n> Is it?\r\n"), text_contains="> Is it?")
    uu = b"begin 644 notes.txt\n" + binascii.b2a_uu(b"uu content") + b"`\nend\n"
    case(
        "uuencode-in-text", text(b"See below\n" + uu + b"Bye"), files=[["notes.txt", "uu content"]], text_contains="Bye"
    )


def charset_cases() -> None:
    for name, charset, words in (
        ("gb18030", b"gb2312", "你好，包裹在哪里"),
        ("iso-2022-jp", b"iso-2022-jp", "荷物はどこですか"),
        ("shift-jis", b"x-sjis", "荷物はどこですか"),
        ("euc-kr", b"ks_c_5601-1987", "소포는 어디에 있나요"),
        ("koi8-r", b"koi8-r", "Где моя посылка"),
        ("windows-1253", b"windows-1253", "Πού είναι το δέμα"),
        ("utf-7", b"utf-7", "Grüße aus Köln"),
        ("utf-16", b"utf-16", "Grüße aus Köln"),
    ):
        codec = {"ks_c_5601-1987": "cp949", "x-sjis": "shift_jis"}.get(charset.decode(), charset.decode())
        content = base64.b64encode(words.encode(codec))
        case(f"charset-{name}", text(content, charset, b"base64"), text=words)
    case("charset-lie-utf8", text("Grüße und Küsse".encode("latin-1"), b"utf-8"), text_contains="Gr")
    case("charset-lie-latin1", text("Grüße — Ωμέγα".encode(), b"iso-8859-1"), text="Grüße — Ωμέγα")
    case("charset-lie-ascii", text("Grüße".encode(), b"us-ascii"), text="Grüße")
    case("charset-unknown", text("Grüße".encode(), b"klingon"), text="Grüße")
    case("charset-not-text", text(b"abc", b"base64"), text="abc")
    case("charset-windows-quotes", text(b"\x93Hello\x94 \x96 \x80 5", b"iso-8859-1"), text="“Hello” – € 5")


def header_cases() -> None:
    def headers(*lines: bytes) -> bytes:
        return b"\r\n".join(lines) + b"\r\n\r\nWords\r\n"

    encoded = "=?utf-8?B?" + base64.b64encode("Привет".encode()).decode() + "?="
    case("subject-words", headers(b"From: a@example.com", b"Subject: " + encoded.encode()), subject="Привет")
    split = base64.b64encode("ü".encode()[:1]), base64.b64encode("ü".encode()[1:])
    words = b"=?utf-8?B?" + split[0] + b"?=\r\n =?utf-8?B?" + split[1] + b"?="
    case("subject-padding-inside", text(b"x").replace(b"A question", b"=?utf-8?B?SGk=9?="), subject="Hi")
    case("subject-split-character", headers(b"From: a@example.com", b"Subject: " + words), subject="ü")
    case(
        "subject-q-spaces",
        headers(b"From: a@b.example", b"Subject: =?utf-8?Q?caf=C3=A9 au_lait?="),
        subject="café au lait",
    )
    case("subject-raw-utf8", headers(b"From: a@b.example", "Subject: Grüße 包裹".encode()), subject="Grüße 包裹")
    case("subject-raw-latin1", headers(b"From: a@b.example", b"Subject: Gr\xfc\xdfe"), subject="Grüße")
    case(
        "subject-injection",
        headers(b"From: a@b.example", b"Subject: =?utf-8?Q?a=0D=0ABcc:_x@y.example?="),
        subject="a Bcc: x@y.example",
    )
    case("subject-missing", headers(b"From: a@b.example"), subject="")
    case(
        "subject-blank-fold",
        b"From: a@b.example\r\nSubject: one\r\n \r\nX-More: y\r\n\r\nWords",
        subject="one",
        text="Words",
    )
    case("from-spaced", headers(b"From  : Mia <mia(at home)@example.com>"), sender="mia@example.com")
    folded = b"From: a@b.example\r\nSubject: one\r\n \r\n\t=?utf-8?Q?tw=C3=B6?=\r\nTo: x@y.example\r\n\r\nWords"
    case("subject-blank-fold-and-word", folded, subject="one twö", text="Words")
    case(
        "from-encoded-name",
        headers(b"From: =?iso-8859-1?Q?J=F8rn?= <jorn@example.com>"),
        sender="jorn@example.com",
        name="Jørn",
    )
    case("from-address-as-name", headers(b'From: "ceo@bank.example" <crook@example.net>'), sender="crook@example.net")
    case("from-unquoted-at", headers(b"From: ceo@bank.example <crook@example.net>"), sender="crook@example.net")
    case("from-comma-in-name", headers(b"From: Chen, Mia <mia@example.com>"), sender="mia@example.com")
    case("from-two", headers(b"From: a@example.com, b@example.com"), sender="a@example.com")
    case("from-missing-reply-to", headers(b"Reply-To: r@example.com", b"Sender: s@example.com"), sender="r@example.com")
    case(
        "from-broken-return-path",
        headers(b"From: nobody at home", b"Return-Path: <p@example.com>"),
        sender="p@example.com",
    )
    case("from-sender-only", headers(b"Sender: s@example.com"), sender="s@example.com")
    case("from-none", headers(b"Subject: who am I"), sender=None)
    case("from-group", headers(b"From: Team: a@example.com, b@example.com;"), sender="a@example.com")
    case("from-unicode", headers("From: jörg@exämple.example".encode()), sender="jörg@exämple.example")
    case("from-stray-byte", headers(b"From: mia@exam\xd4ple.example", b"Sender: s@example.com"), sender="s@example.com")
    case("from-raw-latin1-name", headers(b"From: J\xfcrgen <j@example.com>"), sender="j@example.com", name="Jürgen")
    case(
        "to-stray-byte",
        headers(b"From: a@b.example", b"To: <x@\xd4b.example>, \xd4@b.example, Y \xd4 <y@b.example>"),
        addressed=["y@b.example"],
    )
    case(
        "mailing-list",
        headers(b"From: a@b.example", b"To: list@b.example", b"List-Id: Talk <talk.b.example>", b"Precedence: list"),
        machine=True,
        automatic=False,
    )
    case("from-nested-comments", headers(b"From: " + b"(" * 3000 + b"a@example.com"), text="Words")
    case("date-broken", headers(b"From: a@b.example", b"Date: the day after tomorrow"), sent=None)
    case("date-impossible", headers(b"From: a@b.example", b"Date: Tue, 31 Feb 2026 99:99:99 +9999"), sent=None)
    case(
        "junk-line-in-header",
        headers(b"From: a@b.example", b"this is no field", b"Subject: after it"),
        subject="after it",
        text="Words",
    )
    case(
        "references",
        headers(b"From: a@b.example", b"In-Reply-To: <2@x>", b"References: <1@x>\r\n\t<2@x>"),
        references=["2@x", "1@x"],
    )


def part_cases() -> None:
    case(
        "alternative",
        multipart(b"alternative", PLAIN, HTML),
        text="The plain words",
        html_contains="<b>rich</b>",
        files=[],
    )
    case(
        "html-only",
        mail(b"Content-Type: text/html\r\n", b"<p>One</p><p>Two &amp; three</p>"),
        text="One\n\nTwo & three",
    )
    evil = (
        b"<p onclick=x()>Hi<script>alert(1)</script><img src=http://spy.example/x.gif><a href='javascript:x'>l</a></p>"
    )
    case(
        "html-evil",
        mail(b"Content-Type: text/html\r\n", evil),
        html_lacks=["script", "onclick", "javascript", ' src="http'],
        text_contains="Hi",
    )
    case(
        "html-remote-image",
        mail(b"Content-Type: text/html\r\n", evil),
        html_contains='data-remote-src="http://spy.example/x.gif"',
    )
    pdf = part(
        b'Content-Type: application/pdf; name="r.pdf"\r\nContent-Transfer-Encoding: base64', base64.b64encode(b"%PDF-1")
    )
    case("mixed", multipart(b"mixed", PLAIN, pdf), text="The plain words", files=[["r.pdf", "%PDF-1"]])
    case(
        "mixed-two-texts",
        multipart(b"mixed", PLAIN, pdf, part(b"Content-Type: text/plain", b"A footer")),
        text="The plain words\n\nA footer",
    )
    case("mixed-no-end", multipart(b"mixed", PLAIN, pdf).removesuffix(b"--edge--\r\n"), files=[["r.pdf", "%PDF-1"]])
    case("mixed-no-boundary", mail(b"Content-Type: multipart/mixed\r\n", b"Just words"), text="Just words")
    case(
        "mixed-wrong-boundary",
        mail(b"Content-Type: multipart/mixed; boundary=no\r\n", b"Just words"),
        text="Just words",
    )
    similar = mail(b'Content-Type: multipart/mixed; boundary="a"\r\n', b"--a\r\n\r\none\r\n--ab\r\ntwo\r\n--a--\r\n")
    case("similar-boundaries", similar, text="one\n--ab\ntwo")
    inline = part(
        b"Content-Type: image/png\r\nContent-ID: <logo@x>\r\nContent-Transfer-Encoding: base64", base64.b64encode(PNG)
    )
    pictured = part(b"Content-Type: text/html", b'<p>See <img src="cid:logo@x"></p>')
    case("related-inline", multipart(b"related", pictured, inline), inline=["logo@x"], html_contains="cid:logo@x")
    nested = part(b"Content-Type: message/rfc822", text(b"Forwarded words"))
    case("nested-mail", multipart(b"mixed", PLAIN, nested), file_names=["A question.eml"], text="The plain words")
    calendar = part(b"Content-Type: text/calendar; method=REQUEST", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR")
    case(
        "calendar", multipart(b"alternative", PLAIN, HTML, calendar), file_names=["part-1.ics"], text="The plain words"
    )
    signature = part(b"Content-Type: application/pgp-signature; name=signature.asc", b"-----BEGIN PGP SIGNATURE-----")
    case("signed", multipart(b"signed", PLAIN, signature), file_names=["signature.asc"], text="The plain words")
    locked = part(b"Content-Type: application/octet-stream; name=encrypted.asc", b"-----BEGIN PGP MESSAGE-----")
    version = part(b"Content-Type: application/pgp-encrypted", b"Version: 1")
    case("encrypted", multipart(b"encrypted", version, locked), file_names=["part-1.bin", "encrypted.asc"])
    tnef = part(
        b"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64", b"eJ8+Ig=="
    )
    case("winmail", multipart(b"mixed", PLAIN, tnef), file_names=["winmail.dat"])
    star = part(
        b"Content-Type: text/csv\r\nContent-Disposition: attachment; filename*0*=utf-8''r%C3%A9; filename*1=sum.csv",
        b"a,b",
    )
    case("name-rfc2231", multipart(b"mixed", PLAIN, star), files=[["résum.csv", "a,b"]])
    word = part(b'Content-Type: text/csv; name="=?utf-8?Q?r=C3=A9sum=C3=A9.csv?="', b"a,b")
    case("name-encoded-word", multipart(b"mixed", PLAIN, word), files=[["résumé.csv", "a,b"]])
    path = part(b'Content-Type: text/csv\r\nContent-Disposition: attachment; filename="../../etc/passwd"', b"a,b")
    case("name-path", multipart(b"mixed", PLAIN, path), file_names=["../../etc/passwd"])
    digest = multipart(b"digest", part(b"", text(b"First of them")))
    case("digest", digest, file_names=["A question.eml"])


def machine_cases() -> None:
    away = b"Auto-Submitted: auto-replied\r\nContent-Type: text/plain\r\n"
    case("auto-reply", mail(away, b"I am away"), automatic=True)
    case("auto-generated", mail(b"Auto-Submitted: auto-generated\r\n", b"Order 17 has arrived"), automatic=False)
    status = b"Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; mia@example.com\r\nAction: %s\r\n"
    status += b"Status: %s\r\nDiagnostic-Code: smtp; %s\r\n"
    human = part(b"Content-Type: text/plain", b"Your mail did not arrive.")
    for name, action, code, said, failed in (
        ("bounce", b"failed", b"5.1.1", b"550 No such user", True),
        ("delayed", b"delayed", b"4.4.1", b"Connection timed out", False),
    ):
        report = part(b"Content-Type: message/delivery-status", status % (action, code, said))
        raw = multipart(b"report", human, report, extra=b"; report-type=delivery-status")
        case(
            f"report-{name}",
            raw,
            report={"failed": failed, "recipient": "mia@example.com", "reason": f"{code.decode()} {said.decode()}"},
        )
    moved = part(
        b"Content-Type: message/delivery-status",
        b"Reporting-MTA: dns; mx.example\r\n\r\nOriginal-Recipient: rfc822;mia@example.com\r\n"
        b"Final-Recipient: rfc822; mia@elsewhere.example\r\nAction: failed\r\nStatus: 5.1.1",
    )
    case(
        "report-forwarded-address",
        multipart(b"report", part(b"Content-Type: text/plain", b"No"), moved, extra=b"; report-type=delivery-status"),
        report={"failed": True, "recipient": "mia@example.com"},
    )
    qmail = b"From: MAILER-DAEMON@mx.example\r\nReturn-Path: <>\r\nSubject: failure notice\r\n\r\nHi. I gave up.\r\n"
    case("report-qmail", qmail, report={"failed": True})


def main() -> None:
    for write in (plain_cases, charset_cases, header_cases, part_cases, machine_cases):
        write()
    for old in [*HERE.glob("*.eml"), *HERE.glob("*.json")]:
        old.unlink()
    for name, (raw, expected) in _cases.items():
        (HERE / f"{name}.eml").write_bytes(raw)
        (HERE / f"{name}.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
