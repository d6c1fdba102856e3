from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.test import Client
from django.urls import reverse
from rest_framework.authtoken.models import Token

from agents.models import Agent, Brand, Role
from core.admin import EstimatedPaginator
from crm.models import Customer
from tests import factories
from tickets.models import Ticket, TicketEvent

ADD = "/admin/agents/agent/add/"


def _new(brand: Brand, **fields: Any) -> dict[str, Any]:
    return {
        "name": "Zoe",
        "email": "Zoe@Agents.example.com",
        "password": "a long enough secret",
        "role": "supervisor",
        "brands": [brand.pk],
        "time_zone": "Europe/Athens",
        "language": "el",
    } | fields


def _as_form(agent: Agent, **fields: Any) -> dict[str, Any]:
    return {
        "name": agent.name,
        "email": agent.email,
        "role": agent.role,
        "brands": [b.pk for b in agent.brands.all()],
        "time_zone": agent.time_zone,
        "language": agent.language,
        "chat_capacity": agent.chat_capacity,
        "is_active": "on",
        "skill_levels-TOTAL_FORMS": 0,
        "skill_levels-INITIAL_FORMS": 0,
    } | fields


def _change(agent: Agent) -> str:
    return reverse("admin:agents_agent_change", args=[agent.pk])


def test_an_administrator_adds_a_person_who_can_sign_in(as_ada: Client, brand: Brand) -> None:
    assert as_ada.post(ADD, _new(brand)).status_code == 302
    zoe = Agent.objects.get(email="zoe@agents.example.com")
    assert zoe.check_password("a long enough secret")
    assert (zoe.role, list(zoe.brands.all()), zoe.language) == ("supervisor", [brand], "el")
    assert mail.outbox == []


def test_without_a_password_an_invitation_goes_out(as_ada: Client, brand: Brand) -> None:
    assert as_ada.post(ADD, _new(brand, password="")).status_code == 302
    zoe = Agent.objects.get(email="zoe@agents.example.com")
    assert not zoe.has_usable_password()
    [invitation] = mail.outbox
    assert invitation.to == [zoe.email]
    assert "/accounts/password/reset/key/" in invitation.body


def test_an_invitation_that_cannot_leave_is_told_and_the_person_kept(
    as_ada: Client, brand: Brand, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    answer = as_ada.post(ADD, _new(brand, password=""), follow=True)
    assert "could not be sent" in answer.content.decode()
    assert Agent.objects.filter(email="zoe@agents.example.com").exists()


@pytest.mark.parametrize(
    "fields",
    [{"password": "short"}, {"email": "no address"}, {"role": "king"}, {"time_zone": "Mars/Olympus"}, {"name": ""}],
)
def test_a_person_with_bad_details_is_not_added(as_ada: Client, brand: Brand, fields: dict[str, str]) -> None:
    answer = as_ada.post(ADD, _new(brand, **fields))
    assert answer.status_code == 200
    assert not Agent.objects.filter(name__in=["Zoe", ""]).exists()


def test_the_same_address_in_other_letters_is_not_added_twice(as_ada: Client, brand: Brand, ana: Agent) -> None:
    assert as_ada.post(ADD, _new(brand, email=ana.email.upper())).status_code == 200
    assert Agent.objects.filter(email=ana.email).count() == 1


def test_the_password_is_nowhere_on_the_page(as_ada: Client, ana: Agent) -> None:
    page = as_ada.get(_change(ana)).content.decode()
    assert ana.password not in page
    assert 'name="password"' not in page


def test_role_brands_and_activity_can_be_changed(
    as_ada: Client, as_ana: Client, ana: Agent, other_brand: Brand
) -> None:
    fields = _as_form(ana, role="supervisor", brands=[other_brand.pk])
    del fields["is_active"]
    assert as_ada.post(_change(ana), fields).status_code == 302
    ana.refresh_from_db()
    assert (ana.role, ana.is_active, list(ana.brands.all())) == ("supervisor", False, [other_brand])
    assert as_ana.get("/api/v1/me/").status_code == 401


def test_a_changed_address_leaves_no_way_back_for_the_old_one(as_ada: Client, ana: Agent) -> None:
    EmailAddress.objects.create(user=ana, email=ana.email, primary=True, verified=True)
    as_ada.post(_change(ana), _as_form(ana, email="ana.new@agents.example.com"))
    assert not EmailAddress.objects.filter(user=ana).exists()


@pytest.mark.parametrize("fields", [{"role": "agent"}, {"is_active": ""}])
def test_the_last_administrator_cannot_be_taken_away(as_ada: Client, ada: Agent, fields: dict[str, str]) -> None:
    assert as_ada.post(_change(ada), _as_form(ada, **fields)).status_code == 200
    as_ada.post("/admin/agents/agent/", {"action": "deactivate", "_selected_action": [ada.pk]})
    ada.refresh_from_db()
    assert ada.is_admin


def test_people_are_deactivated_in_the_list_and_never_deleted(as_ada: Client, ana: Agent) -> None:
    as_ada.post("/admin/agents/agent/", {"action": "deactivate", "_selected_action": [ana.pk]})
    assert not Agent.objects.filter(pk=ana.pk, is_active=True).exists()
    as_ada.post("/admin/agents/agent/", {"action": "activate", "_selected_action": [ana.pk]})
    assert Agent.objects.filter(pk=ana.pk, is_active=True).exists()
    assert as_ada.post(reverse("admin:agents_agent_delete", args=[ana.pk]), {"post": "yes"}).status_code == 403
    as_ada.post("/admin/agents/agent/", {"action": "delete_selected", "_selected_action": [ana.pk], "post": "yes"})
    assert Agent.objects.filter(pk=ana.pk).exists()


def test_a_token_is_shown_once_when_it_is_made(as_ada: Client, ana: Agent) -> None:
    answer = as_ada.post("/admin/authtoken/tokenproxy/add/", {"user": ana.pk}, follow=True)
    key = Token.objects.get(user=ana).key
    assert key in answer.content.decode()
    assert key not in as_ada.get("/admin/authtoken/tokenproxy/").content.decode()
    assert key not in as_ada.get(f"/admin/authtoken/tokenproxy/{ana.pk}/change/").content.decode()
    assert not LogEntry.objects.filter(object_repr__contains=key).exists()


def test_a_second_factors_secret_is_never_shown(as_ada: Client, ana: Agent) -> None:
    factor = Authenticator.objects.create(user=ana, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    page = as_ada.get(f"/admin/mfa/authenticator/{factor.pk}/change/")
    assert page.status_code == 200
    assert "JBSWY3DPEHPK3PXP" not in page.content.decode()


def test_nothing_in_the_admin_changes_a_ticket_or_its_history(as_ada: Client, mia: Customer, brand: Brand) -> None:
    ticket = factories.ticket(mia, brand)
    event = TicketEvent.objects.get(ticket=ticket)
    for url in (f"/admin/tickets/ticket/{ticket.pk}/", f"/admin/tickets/ticketevent/{event.pk}/"):
        assert as_ada.post(url + "change/", {"status": "closed", "subject": "x"}).status_code == 403
        assert as_ada.post(url + "delete/", {"post": "yes"}).status_code == 403
    as_ada.post("/admin/tickets/ticket/", {"action": "delete_selected", "_selected_action": [ticket.pk], "post": "yes"})
    assert Ticket.objects.get(pk=ticket.pk).status == "new"


def test_tickets_are_found_by_number_id_address_and_name(as_ada: Client, mia: Customer, brand: Brand) -> None:
    ticket = factories.ticket(mia, brand, subject="The one")
    factories.ticket(factories.customer("Noah", email="noah@example.net"), brand, subject="Another")
    for words in (str(ticket.pk), f"#{ticket.pk}", ticket.public_id, "mia@example.com", "chen"):
        page = as_ada.get("/admin/tickets/ticket/", {"q": words}).content.decode()
        assert "The one" in page
        assert "Another" not in page


def test_an_address_typed_in_capitals_is_the_one_that_mail_intake_looks_for(as_ada: Client, mia: Customer) -> None:
    url = "/admin/crm/identity/add/"
    fields = {"customer": mia.pk, "kind": "email", "value": "Mia.C@Example.COM", "proof": "agent"}
    assert as_ada.post(url, fields).status_code == 302
    assert mia.identities.filter(value="mia.c@example.com").exists()
    assert as_ada.post(url, fields).status_code == 200
    assert as_ada.post(url, fields | {"value": "not one"}).status_code == 200


def test_a_long_table_is_counted_by_estimate_and_a_filtered_one_to_a_limit(
    db: None, mia: Customer, brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        factories.ticket(mia, brand)
    assert EstimatedPaginator(Ticket.objects.all(), 50).count == 4
    monkeypatch.setattr("core.admin.COUNTED_EXACTLY", 2)
    assert EstimatedPaginator(Ticket.objects.all(), 50).count >= 3
    assert EstimatedPaginator(Ticket.objects.filter(brand=brand), 50).count == 2


def test_roles_are_the_only_way_in(as_ada: Client, ada: Agent) -> None:
    assert as_ada.get("/admin/").status_code == 200
    Agent.objects.filter(pk=ada.pk).update(role=Role.SUPERVISOR)
    assert as_ada.get("/admin/").status_code == 403


def test_the_old_sign_in_address_of_the_admin_leads_nowhere_else(as_ada: Client) -> None:
    for wanted, expected in (("https://evil.example", "/admin/"), ("/admin/crm/customer/", "/admin/crm/customer/")):
        assert as_ada.get("/admin/login/", {"next": wanted})["Location"] == expected
