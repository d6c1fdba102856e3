"""Who may take a contact that is not offered to them: the list is no way around skills, nor around who is asked."""

from __future__ import annotations

from django.utils.translation import gettext as _

from agents.models import Agent, AgentSkill, Skill
from core.errors import Conflict
from tickets.models import IN_QUEUE, EntryState, QueueEntry
from tickets.routing.choosing import needs_from
from tickets.routing.rules import rules_of


class OfferedToAnother(Conflict):
    """Somebody else is being asked just now."""

    code = "offered"


class SkillMissing(Conflict):
    """The contact needs what the agent does not have."""

    code = "skill_missing"


def check_may_pick(agent: Agent, ticket_id: int) -> None:
    """Whoever supervises may take everything. What is not in line is no matter of this check.

    Raises OfferedToAnother, SkillMissing. Call with the ticket's row lock.
    """
    entry = QueueEntry.objects.select_related("agent").filter(ticket=ticket_id, state__in=IN_QUEUE).first()
    if entry is None or agent.is_supervisor:
        return
    if entry.state == EntryState.OFFERED:
        if entry.agent is not None and entry.agent_id != agent.pk:
            raise OfferedToAnother(
                _("%(name)s is being asked to take this. If they do not, it is free again.")
                % {"name": entry.agent.name}
            )
        return
    _check_skills(agent, entry)


def _check_skills(agent: Agent, entry: QueueEntry) -> None:
    needs = [*needs_from(entry.required), *rules_of(entry.brand_id, entry.team_id).required]
    if not needs:
        return
    names = dict(Skill.objects.filter(pk__in=[need.skill for need in needs]).values_list("pk", "name"))
    levels = dict(AgentSkill.objects.filter(agent=agent, skill__in=names).values_list("skill", "level"))
    for need in needs:
        if need.skill in names and levels.get(need.skill, 0) < need.level:
            values = {"skill": names[need.skill], "needs": need.level, "has": levels.get(need.skill, 0)}
            raise SkillMissing(_("This needs %(skill)s at level %(needs)s; yours is %(has)s.") % values)
