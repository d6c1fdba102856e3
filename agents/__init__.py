"""People and structure: agents, roles, teams, brands, availability."""
