"""REST API v1 under /api/v1/: the doors and actions of the console, as JSON (docs/subsystems/api.md)."""
