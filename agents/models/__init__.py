from agents.models.agent import Agent, Role
from agents.models.availability import Availability, AvailabilityPeriod
from agents.models.structure import Brand, Team

__all__ = ["Agent", "Availability", "AvailabilityPeriod", "Brand", "Role", "Team"]
