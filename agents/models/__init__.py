from agents.models.agent import Agent, Role
from agents.models.availability import Availability, AvailabilityPeriod
from agents.models.calendar import Calendar, CalendarException, OpeningWindow, Weekday
from agents.models.structure import Brand, Team

__all__ = [
    "Agent",
    "Availability",
    "AvailabilityPeriod",
    "Brand",
    "Calendar",
    "CalendarException",
    "OpeningWindow",
    "Role",
    "Team",
    "Weekday",
]
