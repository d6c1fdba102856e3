"""The rules of a queue, with the defaults of one that nobody has set up."""

from __future__ import annotations

from dataclasses import dataclass, fields

from django.db.models import Q

from tickets.models import FullRule, Method, Mode, QueueSkill, TeamRouting
from tickets.routing.choosing import Need


@dataclass(frozen=True, slots=True)
class QueueRules:
    """As `tickets.models.TeamRouting`, read once."""

    method: str = Method.LONGEST_IDLE
    mode: str = Mode.PICK
    offer_seconds: int = 25
    overflow_team_id: int | None = None
    overflow_after_seconds: int = 60
    wrap_up_seconds: int = 0
    max_waiting: int = 0
    full_rule: str = FullRule.MESSAGE
    full_message: str = ""
    route_email: bool = False
    chat_weight: int = 100
    email_weight: int = 25
    prefer_last_agent: bool = True

    def weight(self, channel: str) -> int:
        """What a contact of `channel` takes of an agent's capacity, in percent of a chat place."""
        return self.email_weight if channel == "email" else self.chat_weight


def rules_of(brand_id: int, team_id: int | None) -> QueueRules:
    """The rules of a team's queue; of the brand's when the team has none of its own; else the defaults."""
    found = all_rules(brand_id)
    return found.get(team_id) or found.get(None) or QueueRules()


@dataclass(frozen=True, slots=True)
class QueueNeeds:
    """What the contacts of a queue ask of an agent."""

    required: list[Need]
    preferred: list[Need]


def needs_of(brand_id: int, team_id: int | None) -> QueueNeeds:
    """By the rules that `rules_of` gives."""
    rows = QueueSkill.objects.filter(routing__brand=brand_id).filter(Q(routing__team=team_id) | Q(routing__team=None))
    found = list(rows.values_list("routing__team", "skill", "level", "required"))
    own = [row for row in found if row[0] == team_id]
    if not own and TeamRouting.objects.filter(brand=brand_id, team=team_id).exists():
        found = []
    needs = [(Need(skill, level), required) for _team, skill, level, required in own or found]
    return QueueNeeds(
        [need for need, required in needs if required], [need for need, required in needs if not required]
    )


def all_rules(brand_id: int) -> dict[int | None, QueueRules]:
    """Those that were set up, by team."""
    names = [field.name for field in fields(QueueRules)]
    rows = TeamRouting.objects.filter(brand=brand_id).values("team_id", *names)
    return {row.pop("team_id"): QueueRules(**row) for row in rows}
