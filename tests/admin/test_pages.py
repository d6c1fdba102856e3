"""Every page of the admin opens for an administrator and for nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.authtoken.models import Token, TokenProxy

from agents.actions import set_availability
from agents.models import Agent, AgentSkill, AwayReason, Brand, Calendar, Skill
from crm.actions import record_consent
from crm.models import Customer, Organisation
from tests import factories
from tickets import routing
from tickets.actions import mark_read, post_note, rate_ticket, save_draft
from tickets.content import NewAttachment, NewMessage
from tickets.models import Mode, TeamRouting, Ticket, TicketField

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
OURS = {"agents", "crm", "tickets"}
LABELS = [model._meta.label_lower for model in MODELS]
MOST_QUERIES = 14


@pytest.fixture
def rows(ana: Agent, mia: Customer, brand: Brand) -> Ticket:
    """At least two rows of everything that agents, crm and tickets keep."""
    Organisation.objects.create(name="Acme")
    for name in ("Office", "Night"):
        Calendar.objects.create(name=name)
    Token.objects.create(user=ana)
    for name in ("Bookkeeping", "Refunds"):
        AgentSkill.objects.create(agent=ana, skill=Skill.objects.create(name=name), level=4)
        AwayReason.objects.create(name=name)
    for name in ("Parcels", "Bills"):
        factories.team(name, brand)
    for state in ("online", "busy"):
        set_availability(ana.pk, state)
    for subject in ("First", "Second"):
        ticket = factories.ticket(mia, brand, subject=subject)
        post_note(ana, ticket.pk, NewMessage("See file", attachments=(NewAttachment("a.txt", b"a"),)))
        mark_read(ana, ticket, 1)
        save_draft(ana, ticket, "note", "unsent and private")
        rate_ticket(ticket.pk, score=4, channel="chat", agent=ana, by=mia)
        record_consent(mia, kind="terms", text="We keep what you write.", source=subject)
        _in_line(ticket, subject)
    return ticket


def _in_line(ticket: Ticket, name: str) -> None:
    """In a queue of its own, offered to an agent of its own."""
    now = timezone.now()
    agent = factories.agent(name, brands=[ticket.brand], availability="online", last_seen_at=now, chat_capacity=1)
    team = factories.team(name, ticket.brand)
    agent.teams.add(team)
    TeamRouting.objects.create(brand=ticket.brand, team=team, mode=Mode.OFFER)
    TicketField.objects.create(key=f"field_{team.pk}", label=name)
    ticket.team = team
    ticket.save(update_fields=["team"])
    routing.enter(ticket, now=now)
    routing.drain(ticket.brand_id, now=now)


def _url(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_every_model_of_the_lower_apps_is_in_the_admin() -> None:
    from django.apps import apps

    inlines = {inline.model for page in admin.site._registry.values() for inline in page.inlines}
    shown = admin.site._registry.keys() | inlines
    missing = [m._meta.label for m in apps.get_models() if m._meta.app_label in OURS and m not in shown]
    # Links between two rows that the rows' own pages show.
    assert [label for label in missing if "_" not in label] == []


@pytest.mark.parametrize("model", MODELS, ids=LABELS)
def test_list_and_add_and_change_pages_open_for_an_administrator(
    as_ada: Client, rows: Ticket, model: type[Model]
) -> None:
    listed = as_ada.get(_url(model, "changelist"))
    assert listed.status_code == 200
    may_add = admin.site._registry[model].has_add_permission(listed.wsgi_request)
    assert as_ada.get(_url(model, "add")).status_code == (200 if may_add else 403)
    row = model._default_manager.first()
    assert row is not None or model._meta.app_label not in OURS
    if row is not None:
        key = row.user_id if isinstance(row, TokenProxy) else row.pk
        assert as_ada.get(_url(model, "change", key)).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=LABELS)
def test_lists_take_few_queries_whatever_they_show(as_ada: Client, rows: Ticket, model: type[Model]) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        as_ada.get(_url(model, "changelist"))
    assert len(queries) <= MOST_QUERIES


@pytest.mark.parametrize("model", MODELS, ids=LABELS)
@pytest.mark.parametrize("words", ["mia", "#1", "\x00", "'\"%_\\", "9" * 40])
def test_any_words_can_be_searched_for(as_ada: Client, rows: Ticket, model: type[Model], words: str) -> None:
    expected = 400 if "\x00" in words else 200
    assert as_ada.get(_url(model, "changelist"), {"q": words}).status_code == expected


@pytest.mark.parametrize("model", MODELS, ids=LABELS)
def test_others_are_told_and_strangers_asked_to_sign_in(as_ana: Client, as_leo: Client, model: type[Model]) -> None:
    for page in ("changelist", "add"):
        url = _url(model, page)
        assert [as_ana.get(url).status_code, as_leo.get(url).status_code] == [403, 403]
        answer = Client().get(url)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")


@pytest.mark.parametrize("model", MODELS, ids=LABELS)
def test_a_row_that_is_none_is_no_crash(as_ada: Client, model: type[Model]) -> None:
    for key in ("0", "abc", "9" * 40, "%00", "_00"):
        url = _url(model, "changelist") + f"{key}/change/"
        assert as_ada.get(url).status_code in (302, 400, 404)


def test_an_autocomplete_box_takes_any_words(as_ada: Client, rows: Ticket) -> None:
    url = reverse("admin:autocomplete")
    query = {"app_label": "crm", "model_name": "customer", "field_name": "organisation", "term": "a\x01b"}
    assert as_ada.get(url, query).status_code == 200
    assert as_ada.get(url, query | {"term": "a\x00b"}).status_code == 400


def test_unsent_words_of_agents_are_not_shown(as_ada: Client, rows: Ticket) -> None:
    draft = rows.drafts.get()
    assert b"unsent and private" not in as_ada.get(_url(type(draft), "change", draft.pk)).content
