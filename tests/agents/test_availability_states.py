"""Last call, coming back to an open console, being gone, and the languages people speak."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from agents.actions import end_last_call, note_presence, set_availability
from agents.models import Agent, AgentSkill, Availability, Brand, Skill, SkillKind
from agents.selectors import agents_gone, available_agents, is_at_desk, language_skill

pytestmark = pytest.mark.django_db


def test_last_call_takes_no_new_work_and_ends_away(brand: Brand, ana: Agent) -> None:
    now = timezone.now()
    note_presence(ana.pk, now=now)
    set_availability(ana.pk, Availability.LAST_CALL)
    assert not available_agents(brand.pk, now=now)
    assert end_last_call(ana.pk)
    ana.refresh_from_db()
    assert ana.availability == Availability.AWAY
    assert not end_last_call(ana.pk), "away is no last call"


def test_only_who_was_gone_comes_back(ana: Agent) -> None:
    now = timezone.now()
    assert note_presence(ana.pk, now=now)
    assert not note_presence(ana.pk, now=now + timedelta(seconds=10))
    assert note_presence(ana.pk, now=now + timedelta(seconds=10 + 31))


def test_a_note_that_comes_late_does_not_turn_time_back(ana: Agent) -> None:
    now = timezone.now()
    note_presence(ana.pk, now=now)
    note_presence(ana.pk, now=now - timedelta(seconds=5))
    ana.refresh_from_db()
    assert ana.last_seen_at == now


def test_gone_is_a_console_that_was_open_and_has_been_closed_for_the_grace(ana: Agent, otto: Agent) -> None:
    now = timezone.now()
    note_presence(ana.pk, now=now)
    ana.refresh_from_db()
    assert is_at_desk(ana, now=now + timedelta(seconds=30))
    assert not is_at_desk(ana, now=now + timedelta(seconds=31))
    assert not is_at_desk(otto, now=now)
    assert not agents_gone(now=now + timedelta(seconds=120))
    assert list(agents_gone(now=now + timedelta(seconds=121))) == [ana]


def test_a_language_is_found_by_its_tag_or_by_the_language_without_its_region() -> None:
    german = Skill.objects.create(name="German", kind=SkillKind.LANGUAGE, language="de")
    brazilian = Skill.objects.create(name="Portuguese (Brazil)", kind=SkillKind.LANGUAGE, language="pt-br")
    assert language_skill("de-AT") == german
    assert language_skill("pt_BR") == brazilian
    assert language_skill("pt-PT") is None
    assert language_skill("") is None


def test_levels_are_from_one_to_five_and_one_per_skill(ana: Agent) -> None:
    skill = Skill.objects.create(name="Returns")
    AgentSkill.objects.create(agent=ana, skill=skill, level=5)
    for level in (3, 0, 6):
        with pytest.raises(IntegrityError), transaction.atomic():
            AgentSkill.objects.create(agent=ana, skill=skill, level=level)


def test_a_language_needs_a_tag_that_is_one() -> None:
    for fields in ({"kind": "language"}, {"kind": "skill", "language": "de"}, {"kind": "language", "language": "d e"}):
        with pytest.raises(ValidationError):
            Skill(name="German", **fields).full_clean()
