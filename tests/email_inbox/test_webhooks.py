"""Posts of mail providers, as they document them, with their own signatures."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client

from agents.models import Brand
from email_inbox import intake
from email_inbox.models import InboundEmail, Mailbox, Source, WebhookEvent
from tests.email_inbox.mails import mail
from tickets.models import Message

pytestmark = pytest.mark.django_db

KEY = "key-0123456789abcdef"
MAILGUN = "/mail/webhooks/mailgun/"
POSTMARK = "/mail/webhooks/postmark/"


@pytest.fixture(autouse=True)
def providers(settings: Any, mailbox: Mailbox) -> None:
    settings.ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": KEY}


@pytest.fixture
def postmark(settings: Any) -> dict[str, str]:
    settings.ANYMAIL = {"WEBHOOK_SECRET": "postmark:a-long-password"}
    return {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(b"postmark:a-long-password").decode()}


def signed(token: str = "t" * 50, **fields: Any) -> dict[str, Any]:
    """https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http"""
    timestamp = "1795400000"
    signature = hmac.new(KEY.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {
        "recipient": "support@example.com",
        "sender": "mia@example.com",
        "from": "Mia Chen <mia@example.com>",
        "subject": "My parcel",
        "timestamp": timestamp,
        "token": token,
        "signature": signature,
        **fields,
    }


def parsed(**fields: Any) -> dict[str, Any]:
    headers = [
        ["From", "Mia Chen <mia@example.com>"],
        ["To", "support@example.com"],
        ["Subject", "My parcel"],
        ["Message-Id", "<parcel@mail.example>"],
        ["Date", "Tue, 03 Nov 2026 10:00:00 +0100"],
    ]
    return signed(**{"message-headers": json.dumps(headers), "body-plain": "Where is it? ✓", **fields})


def postmark_payload(**fields: Any) -> dict[str, Any]:
    """https://postmarkapp.com/developer/webhooks/inbound-webhook"""
    return {
        "FromName": "Mia Chen",
        "MessageStream": "inbound",
        "From": "mia@example.com",
        "FromFull": {"Email": "mia@example.com", "Name": "Mia Chen", "MailboxHash": ""},
        "To": "support@example.com",
        "ToFull": [{"Email": "support@example.com", "Name": "", "MailboxHash": ""}],
        "Cc": "",
        "CcFull": [],
        "Bcc": "",
        "BccFull": [],
        "OriginalRecipient": "support@example.com",
        "Subject": "My parcel",
        "MessageID": "22c74902-a0c1-4511-804f-341342852c90",
        "ReplyTo": "",
        "MailboxHash": "",
        "Date": "Tue, 3 Nov 2026 10:00:00 +0100",
        "TextBody": "Where is my parcel?",
        "HtmlBody": "",
        "StrippedTextReply": "",
        "Tag": "",
        "Headers": [
            {"Name": "Return-Path", "Value": "<mia@example.com>"},
            {"Name": "Message-ID", "Value": "<parcel@mail.example>"},
        ],
        "Attachments": [
            {
                "Name": "photo.png",
                "Content": base64.b64encode(b"\x89PNG\r\n\x1a\n").decode(),
                "ContentType": "image/png",
                "ContentLength": 8,
                "ContentID": "",
            }
        ],
        **fields,
    }


def post_json(client: Client, payload: object, **headers: str) -> Any:
    return client.post(POSTMARK, json.dumps(payload), content_type="application/json", **headers)  # type: ignore[arg-type]


def test_mailguns_original_is_stored_byte_for_byte(client: Client) -> None:
    raw = mail("Grüße").replace("Grüße".encode(), "Grüße".encode("latin-1"))
    boundary = "xYzZY"
    body = b""
    for name, content in {**{name: value.encode() for name, value in signed().items()}, "body-mime": raw}.items():
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + content + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    answer = client.post(MAILGUN, body, content_type=f"multipart/form-data; boundary={boundary}")
    assert answer.status_code == 200
    inbound = InboundEmail.objects.get()
    assert inbound.original == raw
    assert (inbound.source, inbound.envelope_from) == (Source.WEBHOOK, "mia@example.com")


def test_mailguns_parts_become_a_message_with_its_files(client: Client) -> None:
    photo = SimpleUploadedFile("photo.png", b"\x89PNG\r\n\x1a\n", "image/png")
    answer = client.post(MAILGUN, parsed(**{"attachment-count": "1", "attachment-1": photo}))
    assert answer.status_code == 200
    inbound = InboundEmail.objects.get()
    assert "parcel@mail.example" in inbound.header_id
    intake.process(inbound.pk)
    message = Message.objects.get()
    assert message.text == "Where is it? ✓"
    assert message.attachments.get().name == "photo.png"


def test_mailguns_form_without_files_is_read_too(client: Client) -> None:
    answer = client.post(MAILGUN, urlencode(parsed()), content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    assert InboundEmail.objects.get().subject == "My parcel"


@pytest.mark.parametrize("changed", [{"signature": "0" * 64}, {"token": "another"}, {"timestamp": "1795400001"}])
def test_a_post_that_mailgun_did_not_sign_is_refused(client: Client, changed: dict[str, str]) -> None:
    assert client.post(MAILGUN, parsed() | changed).status_code == 401
    assert client.post(MAILGUN, {"subject": "unsigned"}).status_code == 401
    assert not InboundEmail.objects.exists()


def test_the_same_post_again_is_one_arrival(client: Client) -> None:
    assert [client.post(MAILGUN, parsed()).status_code for _time in range(2)] == [200, 200]
    assert InboundEmail.objects.count() == WebhookEvent.objects.count() == 1


def test_the_same_mail_in_a_new_post_is_one_mail(client: Client) -> None:
    for token in ("a" * 50, "b" * 50):
        client.post(MAILGUN, {**signed(token), "body-mime": mail(message_id="<one@mail.example>").decode()})
    assert InboundEmail.objects.filter(duplicate_of__isnull=True).count() == 1


def test_the_same_parts_in_a_new_post_are_one_mail(client: Client) -> None:
    for token in ("a" * 50, "b" * 50):
        photo = SimpleUploadedFile("photo.png", b"\x89PNG\r\n\x1a\n", "image/png")
        client.post(MAILGUN, {**parsed(**{"attachment-count": "1", "attachment-1": photo}), **signed(token)})
    assert WebhookEvent.objects.count() == InboundEmail.objects.count() == 2
    assert InboundEmail.objects.filter(duplicate_of__isnull=True).count() == 1


@pytest.mark.parametrize("address", ["nobody@example.com", ""])
def test_an_unknown_mailbox_ends_mailguns_tries(client: Client, address: str) -> None:
    headers = json.dumps([["From", "mia@example.com"], ["To", "nobody@example.com"]])
    fields = {**parsed(), "recipient": address, "message-headers": headers}
    assert client.post(MAILGUN, fields).status_code == 406
    assert not WebhookEvent.objects.exists()


def test_a_mail_to_two_mailboxes_is_one_message_in_each(client: Client, brand: Brand) -> None:
    Mailbox.objects.create(address="orders@example.com", brand=brand)
    client.post(MAILGUN, parsed(recipient="support@example.com, orders@example.com"))
    assert InboundEmail.objects.values("mailbox").distinct().count() == 2


def test_a_mail_larger_than_forms_may_be_is_taken(client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000
    assert client.post(MAILGUN, parsed(**{"body-plain": "x" * 50_000})).status_code == 200
    settings.EMAIL_MAX_BYTES = 20_000
    assert client.post(MAILGUN, parsed(**{"body-plain": "x" * 50_000})).status_code == 413


def test_postmarks_post_becomes_a_message_with_its_files(client: Client, postmark: dict[str, str]) -> None:
    answer = post_json(client, postmark_payload(), **postmark)
    assert answer.status_code == 200
    inbound = InboundEmail.objects.get()
    assert inbound.envelope_from == "mia@example.com"
    assert WebhookEvent.objects.get().event_id == "22c74902-a0c1-4511-804f-341342852c90"
    intake.process(inbound.pk)
    message = Message.objects.get()
    assert message.text == "Where is my parcel?"
    assert message.attachments.get().name == "photo.png"


def test_postmarks_original_is_preferred(client: Client, postmark: dict[str, str]) -> None:
    raw = mail("The original")
    post_json(client, postmark_payload(RawEmail=raw.decode()), **postmark)
    assert InboundEmail.objects.get().original == raw


def test_a_post_without_postmarks_password_is_refused_so_that_it_is_tried_again(
    client: Client, postmark: dict[str, str]
) -> None:
    wrong = {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(b"postmark:guess").decode()}
    assert [post_json(client, postmark_payload(), **headers).status_code for headers in ({}, wrong)] == [401, 401]
    assert not InboundEmail.objects.exists()


def test_an_unknown_mailbox_ends_postmarks_tries(client: Client, postmark: dict[str, str]) -> None:
    payload = postmark_payload(OriginalRecipient="x@inbound.example", ToFull=[])
    assert post_json(client, payload, **postmark).status_code == 403


def test_mail_forwarded_to_the_providers_address_finds_its_mailbox(client: Client, postmark: dict[str, str]) -> None:
    payload = postmark_payload(OriginalRecipient="hash@inbound.postmarkapp.com")
    assert post_json(client, payload, **postmark).status_code == 200
    assert InboundEmail.objects.get().mailbox.address == "support@example.com"


@pytest.mark.parametrize("payload", [b"", b"[]", b"{}", b"\xff", b'{"Headers": [1]}', b'{"RecordType": "Bounce"}'])
def test_what_is_no_mail_is_refused_and_says_nothing_of_the_inside(
    client: Client, postmark: dict[str, str], payload: bytes
) -> None:
    answer = client.post(POSTMARK, payload, content_type="application/json", **postmark)  # type: ignore[arg-type]
    assert answer.status_code in (400, 403)
    assert b"Traceback" not in answer.content
    assert not InboundEmail.objects.exists()


def test_a_provider_without_a_secret_has_no_door(client: Client) -> None:
    assert client.post(POSTMARK, {}).status_code == 404
    assert client.post("/mail/webhooks/nobody/", {}).status_code == 404
    assert client.get(MAILGUN).status_code == 405


@pytest.mark.django_db(transaction=True)
def test_without_a_database_the_provider_is_asked_to_come_back(client: Client) -> None:
    """In a thread, whose connection is new: it finds no database."""
    connections["default"].settings_dict["CONN_MAX_AGE"] = 0
    working = connections.settings["default"]["PORT"]
    connections.settings["default"]["PORT"] = "1"
    answers: list[int] = []
    try:
        thread = threading.Thread(target=lambda: answers.append(client.post(MAILGUN, parsed()).status_code))
        thread.start()
        thread.join(20)
    finally:
        connections.settings["default"]["PORT"] = working
    assert answers == [503]
    assert not InboundEmail.objects.exists()
