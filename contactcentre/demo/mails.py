"""Two raw mails for the intake itself: one with everything in it, one that cannot be given to anybody."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from django.utils import timezone

# 64x64 pixels, a green field with a broken pole across it.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAABOUlEQVR42tXX22nEMBCF4b+wVJIi8pznVJeyNhAIYdeWZWku54CM"
    "LWlm4MPYkvj+fHtq718fRo1XgJfhGGBkOAW4GEYAC8MFQN/Az2Vt4Pfma+DvydTA/46jgae+nYHXIS8Dh6NGBs4mXAwM5iwMjKf1"
    "DVxGiBuYCVI2MBkna2A+VNPArWhBA3cT1Aws5EgZWEvTMbCcKWJgJ1nBwGZ+u4H9Er0GQqo0Gogq1GUgsFaLgdhy9QbCKxYbyHit"
    "lQaSvq0yA3k/uBoDqatMgYHspT7bQMF+K9VAzaY3z0DZySPJQOXxL8NQCsgwVAPCDQ2AWEMPINDQBogydAJCDM2AfUM/YNMgAdgx"
    "qACWDUKANYMWYMEgB7hrUATcMogC5g26gEmDNGDGoA64NBgAxgYPwMBgAzgzOAEODQ9NhiTgoGMA7AAAAABJRU5ErkJggg=="
)
HTML = """\
<html><body style="font-family: sans-serif">
<p>Dear Acme team,</p>
<p>the <b>left pole</b> of the tent broke on the first evening, see the photo. The receipt is attached.
What should I do with the broken one?</p>
<p><img src="cid:photo" alt="the broken pole" width="64" height="64">
<img src="https://tracker.example.com/pixel.gif" width="1" height="1" alt=""></p>
<ul><li>Order 47901</li><li>Bought on 2 September</li></ul>
<p>Greetings from Tromsø<br>Bjørn Ødegård</p>
<script>alert("this never runs")</script>
</body></html>
"""


def order_confirmation() -> bytes:
    """HTML with an inline picture, a tracking pixel, a script and an attachment, from a name beyond ASCII."""
    mail = EmailMessage()
    mail["From"] = "Bjørn Ødegård <bjorn.odegard@example.no>"
    mail["To"] = "Acme Outdoor <support@example.com>"
    mail["Subject"] = "Broken tent pole, order 47901"
    mail["Date"] = format_datetime(timezone.now())
    mail["Message-ID"] = make_msgid(domain="example.no")
    mail.set_content("Dear Acme team,\n\nthe left pole of the tent broke on the first evening.\n\nBjørn Ødegård")
    mail.add_alternative(HTML, subtype="html")
    page = mail.get_payload()[1]  # type: ignore[index]
    page.add_related(PICTURE, "image", "png", cid="<photo>", filename="pole.png")  # type: ignore[union-attr]
    mail.add_attachment("Receipt 47901\nFjell 3   389.00 EUR\n", filename="receipt-47901.txt")
    return mail.as_bytes()


def without_sender() -> bytes:
    """Nobody to answer: ends in quarantine, where a supervisor sees why."""
    return b"To: support@example.com\r\nSubject: printer test page\r\n\r\nscanner 3, second floor\r\n"
