"""Why this agent: what the routing stored with an offer (`tickets.routing.choosing.Decision.why`), in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from agents.models import Availability
from core.text import clean_line

_DECIDED = {
    "only_one": gettext_lazy("Nobody else could take it."),
    "last_agent": gettext_lazy("They talked with this customer last."),
    "preferred_skills": gettext_lazy("They have more of the skills that were wished for."),
    "longest_idle": gettext_lazy("They had been without a contact for longest."),
    "least_loaded": gettext_lazy("They had the least to do."),
    "round_robin": gettext_lazy("It was their turn."),
    "number": gettext_lazy("All else was equal: the first on the list."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One agent and what spoke for or against them."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Why:
    """`more_*`: how many further agents there were, whose reasons are not stored."""

    chosen: str
    sentence: str
    candidates: list[Line]
    excluded: list[Line]
    more_candidates: int
    more_excluded: int


def explain(why: Mapping[str, Any]) -> Why:
    """Anything unknown in `why` is left out: it may be years old."""
    candidates, excluded = list(why.get("candidates") or ()), list(why.get("excluded") or ())
    return Why(
        chosen=_name(candidates[0]) if candidates else "",
        sentence=str(_DECIDED.get(str(why.get("decided_by")), "")),
        candidates=[Line(_name(each), _standing(each)) for each in candidates],
        excluded=[Line(_name(each), _against(each)) for each in excluded],
        more_candidates=max(0, int(why.get("candidate_count") or 0) - len(candidates)),
        more_excluded=max(0, int(why.get("excluded_count") or 0) - len(excluded)),
    )


def _name(each: Mapping[str, Any]) -> str:
    return clean_line(str(each.get("name") or ""), 120)


def _standing(each: Mapping[str, Any]) -> str:
    parts = [
        _("%(load)s %% of %(capacity)s %% taken") % {"load": each.get("load", 0), "capacity": each.get("capacity", 0)}
    ]
    idle = int(each.get("idle_seconds") or 0)
    if idle:
        parts.append(ngettext("free for %(n)s second", "free for %(n)s seconds", idle) % {"n": idle})
    if each.get("preference"):
        parts.append(_("wished-for skills: %(points)s") % {"points": each["preference"]})
    return ", ".join(parts)


def _against(each: Mapping[str, Any]) -> str:
    reason = each.get("reason")
    if reason == "not_there":
        state = each.get("state")
        if state in Availability.values and state != Availability.ONLINE:
            return str(Availability(state).label)
        return _("No open console")
    if reason == "skill":
        values = {"skill": each.get("skill", ""), "needs": each.get("needs", 0), "has": each.get("has", 0)}
        return _("%(skill)s: has level %(has)s, needs %(needs)s") % values
    if reason == "full":
        return _("No place free: %(load)s %% of %(capacity)s %% taken") % {
            "load": each.get("load", 0),
            "capacity": each.get("capacity", 0),
        }
    return _("Declined it, or did not answer") if reason == "declined" else clean_line(str(reason or ""), 60)
