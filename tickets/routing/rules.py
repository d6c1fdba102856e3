"""The rules of a queue, with the defaults of one that nobody has set up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from tickets.models import FullRule, Method, Mode, TeamRouting
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
    required: tuple[Need, ...] = ()
    preferred: tuple[Need, ...] = ()

    def weight(self, channel: str) -> int:
        """What a contact of `channel` takes of an agent's capacity, in percent of a chat place."""
        return self.email_weight if channel == "email" else self.chat_weight


@dataclass(frozen=True, slots=True)
class BrandRules:
    """Those that were set up, by team; None is the brand's own."""

    by_team: Mapping[int | None, QueueRules]

    def of(self, team_id: int | None) -> QueueRules:
        """The rules of a team's queue; of the brand's when the team has none of its own; else the defaults."""
        return self.by_team.get(team_id) or self.by_team.get(None) or QueueRules()

    @property
    def gives(self) -> bool:
        """Whether contacts of any queue are offered or given: in the others agents take them from the list."""
        return any(rules.mode != Mode.PICK for rules in self.by_team.values())


def rules_of(brand_id: int, team_id: int | None) -> QueueRules:
    """As `BrandRules.of`, in one query."""
    return all_rules(brand_id).of(team_id)


_PLAIN = [field.name for field in fields(QueueRules) if field.name not in ("required", "preferred")]


def all_rules(brand_id: int) -> BrandRules:
    """The brand's, in one query."""
    plain: dict[int | None, dict[str, Any]] = {}
    needs: dict[tuple[int | None, bool], list[Need]] = {}
    rows = TeamRouting.objects.filter(brand=brand_id)
    for row in rows.values("team_id", *_PLAIN, "skills__skill", "skills__level", "skills__required"):
        team = row["team_id"]
        plain[team] = {name: row[name] for name in _PLAIN}
        if row["skills__skill"] is not None:
            need = Need(row["skills__skill"], row["skills__level"])
            needs.setdefault((team, row["skills__required"]), []).append(need)
    return BrandRules(
        {
            team: QueueRules(
                **values, required=tuple(needs.get((team, True), ())), preferred=tuple(needs.get((team, False), ()))
            )
            for team, values in plain.items()
        }
    )
