"""What agents type becomes HTML that says the same."""

from __future__ import annotations

import time

import pytest
from django.core.mail import EmailMultiAlternatives

from agents.models import Agent
from email_inbox.composing import compose
from email_inbox.markdown import MARKDOWN_CHARACTERS, markdown_to_html
from email_inbox.models import OutboundEmail
from tests.email_inbox.conftest import Deliver
from tests.email_inbox.mails import mail
from tickets.actions import post_reply
from tickets.content import NewMessage


def html(text: str) -> str:
    made = markdown_to_html(text)
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("It is **on its way**", "It is <strong>on its way</strong>"),
        ("one\ntwo", "one<br>\ntwo"),
        ("* a\n* b", "<li>a</li>\n<li>b</li>"),
        ("3. third", 'start="3"'),
        ("> quoted", "<blockquote style="),
        ("`a < b`", ">a &lt; b</code>"),
        ("```sh\nrm x\n```", ">rm x\n</pre>"),
        ("| a |\n| - |\n| 1 |", ">1</td>"),
        ("[the guide](https://acme.example/g)", '<a href="https://acme.example/g"'),
        ("See https://acme.example/a_b_c?d=1&e=2.", '<a href="https://acme.example/a_b_c?d=1&amp;e=2"'),
    ],
)
def test_markdown_becomes_html(typed: str, shown: str) -> None:
    assert shown in html(typed)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (r"\\server\share\*.txt", r"\\server\share\*.txt"),
        ("snake_case_name", "snake_case_name"),
        ("&copy; <b>x</b>", "&amp;copy; &lt;b&gt;x&lt;/b&gt;"),
        ("    indented", ">indented</p>"),
        ("Ana\n---\nAcme", ">Ana</p>"),
        ("#5 is done", ">#5 is done</p>"),
        ("[l](javascript:alert(1))", "[l](javascript:alert(1))"),
        ("<script>alert(1)</script>", "&lt;script&gt;"),
    ],
)
def test_what_is_no_markdown_stands_as_it_was_typed(typed: str, shown: str) -> None:
    assert shown in html(typed)


def test_no_picture_is_fetched_by_a_mail_of_ours() -> None:
    assert "<img" not in html("![x](https://tracker.example/x.png)")


@pytest.mark.parametrize("piece", ["[", "*", "`", "> ", "|", "http://", "<", "![", "_a_"])
def test_hostile_words_cost_little(piece: str) -> None:
    typed = piece * (MARKDOWN_CHARACTERS // len(piece))
    began = time.process_time()
    markdown_to_html(typed)
    assert time.process_time() - began < 15  # 0.7 s on an idle machine
    assert markdown_to_html(typed * 6) is None


@pytest.mark.django_db
def test_a_mail_has_the_words_as_typed_and_as_html(deliver: Deliver, ana: Agent) -> None:
    ticket = deliver(mail()).ticket
    assert ticket is not None
    post_reply(ana, ticket.pk, NewMessage("It is **here**:\n- your parcel"))
    letter = compose(OutboundEmail.objects.get())
    assert isinstance(letter, EmailMultiAlternatives)
    assert str(letter.body).startswith("It is **here**:\n- your parcel\n")
    rich = str(letter.alternatives[0][0])
    assert "<strong>here</strong>" in rich
    assert "<li>your parcel</li>" in rich
