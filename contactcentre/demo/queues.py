"""Who can do what, and by which rules chats reach them: offered, with a second team behind each, and a wrap-up."""

from __future__ import annotations

from agents.models import AgentSkill, Skill, SkillKind
from chat.models import Disposition
from contactcentre.demo.people import Cast
from tickets.models import FullRule, Mode, QueueSkill, TeamRouting

TENTS, REFUNDS = "Tents and camping", "Returns and refunds"
LANGUAGES = {"English": "en", "Deutsch": "de", "Ελληνικά": "el", "Bahasa Indonesia": "id", "中文": "zh-hans"}
LEVELS = {
    "agent": {TENTS: 4, "English": 5, "Deutsch": 4},
    "agent2": {REFUNDS: 4, TENTS: 2, "English": 4, "Ελληνικά": 5},
    "supervisor": {REFUNDS: 3, TENTS: 3, "English": 4, "Bahasa Indonesia": 3, "中文": 3},
}
OUTCOMES = ("Solved", "Advised, will buy", "Exchange or refund", "Complaint", "Not our matter")
OFFER_SECONDS = 45
"""Longer than the default, for one person who plays both sides."""


def make_queues(cast: Cast) -> None:
    skills = {name: Skill.objects.create(name=name) for name in (TENTS, REFUNDS)}
    for name, tag in LANGUAGES.items():
        skills[name] = Skill.objects.create(name=name, kind=SkillKind.LANGUAGE, language=tag)
    for key, levels in LEVELS.items():
        for name, level in levels.items():
            AgentSkill.objects.create(agent=cast.agents[key], skill=skills[name], level=level)
    offered = {"brand": cast.outdoor, "mode": Mode.OFFER, "offer_seconds": OFFER_SECONDS, "wrap_up_seconds": 120}
    TeamRouting.objects.create(**offered)
    support = TeamRouting.objects.create(
        **offered, team=cast.support, overflow_team=cast.returns, max_waiting=10, full_rule=FullRule.CALLBACK
    )
    returns = TeamRouting.objects.create(**offered, team=cast.returns, overflow_team=cast.support)
    QueueSkill.objects.create(routing=support, skill=skills[TENTS], level=3, required=False)
    QueueSkill.objects.create(routing=returns, skill=skills[REFUNDS], level=2)
    for order, name in enumerate(OUTCOMES):
        Disposition.objects.create(brand=cast.outdoor, name=name, order=order)
