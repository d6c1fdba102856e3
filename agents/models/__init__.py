from agents.models.agent import Agent, Role
from agents.models.availability import NO_ANSWER, WORKING, Availability, AvailabilityPeriod, AwayReason
from agents.models.calendar import Calendar, CalendarException, OpeningWindow, Weekday
from agents.models.skills import AgentSkill, Skill, SkillKind
from agents.models.structure import Brand, Team

__all__ = [
    "NO_ANSWER",
    "WORKING",
    "Agent",
    "AgentSkill",
    "Availability",
    "AvailabilityPeriod",
    "AwayReason",
    "Brand",
    "Calendar",
    "CalendarException",
    "OpeningWindow",
    "Role",
    "Skill",
    "SkillKind",
    "Team",
    "Weekday",
]
