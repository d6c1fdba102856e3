"""The supervisors' ledger, mails in their frame, and the demo's other side."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from agents.models import Agent, Brand, Role
from email_inbox.models import InboundEmail, InboundState, Mailbox, SinkMail, Verdict
from email_inbox.rendering import body_html
from email_inbox.sink import keep
from tests import factories
from tests.email_inbox.conftest import Deliver
from tests.email_inbox.corpus import raw_mail
from tests.email_inbox.mails import mail
from tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db

LEDGER = reverse("email_inbox:ledger")


@pytest.fixture
def quarantined(deliver: Deliver) -> InboundEmail:
    return deliver(raw_mail("auto-reply"))


def _client(agent: Agent) -> Client:
    client = Client()
    client.force_login(agent)
    return client


class TestLedger:
    def test_a_supervisor_sees_every_mail_with_its_reason(
        self, as_leo: Client, deliver: Deliver, quarantined: InboundEmail
    ) -> None:
        deliver(mail(subject="A plain one"))
        page = as_leo.get(LEDGER).content.decode()
        assert "A plain one" in page
        assert quarantined.reason in page

    @pytest.mark.parametrize("verdict", Verdict.values)
    def test_every_origin_has_a_face(self, verdict: str, as_leo: Client, quarantined: InboundEmail) -> None:
        InboundEmail.objects.update(verdict=verdict)
        assert as_leo.get(LEDGER).status_code == 200
        assert as_leo.get(reverse("email_inbox:mail", args=[quarantined.pk])).status_code == 200

    def test_states_and_words_narrow_the_list(
        self, as_leo: Client, deliver: Deliver, quarantined: InboundEmail
    ) -> None:
        deliver(mail(subject="A plain one"))
        assert "A plain one" not in as_leo.get(LEDGER, {"state": "quarantined"}).content.decode()
        assert "A plain one" in as_leo.get(LEDGER, {"q": "PLAIN one"}).content.decode()
        assert as_leo.get(LEDGER, {"state": "no such", "page": "-1", "q": "%'"}).status_code == 200

    @pytest.mark.parametrize(
        ("method", "name"), [("get", "mail"), ("get", "original"), ("post", "retry"), ("post", "accept")]
    )
    def test_agents_and_other_brands_have_no_door(
        self, method: str, name: str, as_ana: Client, quarantined: InboundEmail, other_brand: Brand
    ) -> None:
        rival = factories.agent("Rita", role=Role.SUPERVISOR, brands=[other_brand])
        url = reverse(f"email_inbox:{name}", args=[quarantined.pk])
        assert getattr(as_ana, method)(url).status_code == 403
        assert getattr(_client(rival), method)(url).status_code == 404
        assert getattr(Client(), method)(url).status_code == 302
        quarantined.refresh_from_db()
        assert quarantined.state == InboundState.QUARANTINED

    def test_the_other_brands_list_is_empty(self, quarantined: InboundEmail, other_brand: Brand) -> None:
        rival = factories.agent("Rita", role=Role.SUPERVISOR, brands=[other_brand])
        assert quarantined.reason not in _client(rival).get(LEDGER).content.decode()

    def test_the_original_is_shown_as_text_and_downloaded_byte_for_byte(self, as_leo: Client, deliver: Deliver) -> None:
        inbound = deliver(raw_mail("html-evil"))
        page = as_leo.get(reverse("email_inbox:mail", args=[inbound.pk])).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
        download = as_leo.get(reverse("email_inbox:original", args=[inbound.pk]))
        assert download.content == raw_mail("html-evil")
        assert download["X-Content-Type-Options"] == "nosniff"
        assert download["Content-Disposition"].startswith("attachment")

    def test_a_supervisor_makes_a_ticket_of_a_quarantined_mail(self, as_leo: Client, quarantined: InboundEmail) -> None:
        as_leo.post(reverse("email_inbox:accept", args=[quarantined.pk]))
        quarantined.refresh_from_db()
        assert quarantined.state == InboundState.PROCESSED
        assert Ticket.objects.get(inbound_emails=quarantined).messages.get().text == "I am away"
        again = as_leo.post(reverse("email_inbox:accept", args=[quarantined.pk]))
        assert again.status_code == 409
        assert Ticket.objects.count() == 1

    def test_a_mail_without_sender_cannot_become_a_ticket(self, as_leo: Client, deliver: Deliver) -> None:
        inbound = deliver(raw_mail("from-none"))
        assert as_leo.post(reverse("email_inbox:accept", args=[inbound.pk])).status_code == 422

    def test_one_click_processes_a_failed_mail_again(self, as_leo: Client, deliver: Deliver) -> None:
        inbound = deliver(mail())
        Message.objects.all().delete()
        InboundEmail.objects.update(state=InboundState.FAILED, ticket=None, message=None)
        as_leo.post(reverse("email_inbox:retry", args=[inbound.pk]))
        inbound.refresh_from_db()
        assert inbound.state == InboundState.PROCESSED

    def test_the_list_costs_the_same_however_long_it_is(
        self, as_leo: Client, deliver: Deliver, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(12):
            deliver(mail(subject=f"Mail {number}"))
        with django_assert_max_num_queries(30):
            as_leo.get(LEDGER)


class TestBodies:
    def test_a_mail_is_its_own_document_that_fetches_nothing(self, as_ana: Client, deliver: Deliver) -> None:
        inbound = deliver(raw_mail("html-evil"))
        assert inbound.message is not None
        url = reverse("email_inbox:message_body", args=[inbound.message.public_id])
        answer = as_ana.get(url)
        page = answer.content.decode()
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert "script-src" not in answer["Content-Security-Policy"]
        assert "<script" not in page
        assert ' src="http' not in page
        assert 'data-remote-src="http://spy.example/x.gif"' in page

    def test_nobody_else_can_read_it(self, as_otto: Client, deliver: Deliver) -> None:
        inbound = deliver(raw_mail("alternative"))
        assert inbound.message is not None
        url = reverse("email_inbox:message_body", args=[inbound.message.public_id])
        assert as_otto.get(url).status_code == 404
        assert Client().get(url).status_code == 302

    def test_whoever_may_read_it_has_the_original_and_the_plain_words(
        self, as_ana: Client, as_otto: Client, deliver: Deliver
    ) -> None:
        raw = raw_mail("alternative")
        inbound = deliver(raw)
        assert inbound.message is not None
        url = reverse("email_inbox:message_original", args=[inbound.message.public_id])
        answer = as_ana.get(url)
        assert (answer.content, answer["Content-Type"]) == (raw, "application/octet-stream")
        assert answer["Content-Disposition"].startswith("attachment")
        assert as_otto.get(url).status_code == 404
        page = as_ana.get(f"/console/tickets/{inbound.ticket_id}/").content.decode()
        assert url in page
        assert "As plain text" in page

    @pytest.mark.parametrize(
        ("verdict", "words"),
        [
            (Verdict.FORGED, "Probably forged"),
            (Verdict.UNVERIFIED, "Sender not verified"),
            (Verdict.VERIFIED, "Sender verified"),
        ],
    )
    def test_the_conversation_says_whether_the_sender_is_who_they_say(
        self, verdict: str, words: str, as_ana: Client, deliver: Deliver
    ) -> None:
        inbound = deliver(mail())
        page = as_ana.get(f"/console/tickets/{inbound.ticket_id}/").content.decode()
        assert words not in page
        InboundEmail.objects.filter(pk=inbound.pk).update(verdict=verdict)
        assert words in as_ana.get(f"/console/tickets/{inbound.ticket_id}/").content.decode()

    def test_inline_images_are_shown_from_our_own_store(self, as_ana: Client, deliver: Deliver) -> None:
        inbound = deliver(raw_mail("related-inline"))
        assert inbound.message is not None
        page = as_ana.get(reverse("email_inbox:message_body", args=[inbound.message.public_id])).content.decode()
        stored = inbound.message.attachments.get()
        assert stored.is_inline
        assert f"/console/attachments/{stored.public_id}/" in page
        assert "cid:" not in page

    @pytest.mark.parametrize(
        "html",
        [
            "<p>New</p><blockquote><p>Old</p></blockquote>",
            '<p>New</p><div class="gmail_quote">Old<blockquote>x</blockquote></div>',
        ],
    )
    def test_the_outermost_quote_is_folded(self, html: str) -> None:
        shown = body_html(Message(html=html, text="New"), {}).html
        assert shown.count("<details") == shown.count("</details>") == 1
        assert shown.index("New") < shown.index("<details") < shown.index("Old")

    def test_quoted_text_is_folded_too(self) -> None:
        shown = body_html(Message(text="Yes <b>\n\nOn Tue, 3 Nov, Ana wrote:\n> Is it?\n"), {}).html
        assert (
            shown.index("Yes &lt;b&gt;") < shown.index("<details") < shown.index("wrote:") < shown.index("&gt; Is it?")
        )


class TestDemoMail:
    @pytest.fixture
    def caught(self, db: None) -> SinkMail:
        return keep(raw_mail("html-evil"), "support@example.com", ("mia@example.com",))

    def test_the_caught_mails_are_listed_and_shown_harmlessly(self, as_ana: Client, caught: SinkMail) -> None:
        assert "A question" in as_ana.get(reverse("mail_sink:list")).content.decode()
        assert as_ana.get(reverse("mail_sink:mail", args=[caught.pk])).status_code == 200
        shown = as_ana.get(reverse("mail_sink:html", args=[caught.pk]))
        assert "<script" not in shown.content.decode()
        assert "sandbox" in shown["Content-Security-Policy"]

    def test_outside_the_demo_a_sign_in_is_asked_for(self, caught: SinkMail) -> None:
        assert Client().get(reverse("mail_sink:list")).status_code == 302

    def test_production_has_no_such_page(self, as_ada: Client, settings: Any) -> None:
        settings.LOCAL = False
        assert as_ada.get(reverse("mail_sink:list")).status_code == 404

    @pytest.mark.parametrize("text", ["", "Hello"])
    def test_without_words_or_intake_it_says_so(
        self, text: str, as_ana: Client, settings: Any, caught: SinkMail
    ) -> None:
        settings.SMTP_PORT = 9
        answer = as_ana.post(reverse("mail_sink:answer", args=[caught.pk]), {"text": text}, follow=True)
        assert ("few words" in answer.content.decode()) == (not text)
        assert "Traceback" not in answer.content.decode()


class TestIngestCommand:
    def test_files_folders_and_what_is_no_mail(self, mailbox: Mailbox, tmp_path: Any, capsys: Any) -> None:
        (tmp_path / "deep").mkdir()
        (tmp_path / "deep" / "one.eml").write_bytes(mail("One"))
        (tmp_path / "two").write_bytes(mail("Two"))
        (tmp_path / "README.md").write_text("These are mails: read them.\n")
        (tmp_path / "broken.eml").write_bytes(b"\x00\xff")
        call_command("ingest_email", str(tmp_path))
        said = capsys.readouterr().out
        assert sorted(Message.objects.values_list("text", flat=True)) == ["One", "Two"]
        assert "README.md: skipped, not a mail" in said
        assert "broken.eml: quarantined" in said
        assert said.strip().endswith("4 files: 2 processed, 1 quarantined, 1 skipped")

    def test_a_mail_goes_to_the_mailbox_that_it_names_else_to_the_oldest(self, mailbox: Mailbox, tmp_path: Any) -> None:
        sales = Mailbox.objects.create(address="sales@example.com", brand=mailbox.brand)
        for number, to in enumerate(("Sales@Example.com", "elsewhere@example.org")):
            (tmp_path / f"{number}.eml").write_bytes(mail(to=to))
        call_command("ingest_email", str(tmp_path))
        assert set(InboundEmail.objects.values_list("mailbox", flat=True)) == {sales.pk, mailbox.pk}

    def test_what_could_not_be_read_is_an_exit_code(self, mailbox: Mailbox, tmp_path: Any) -> None:
        with pytest.raises(SystemExit):
            call_command("ingest_email", str(tmp_path / "not-there"))
