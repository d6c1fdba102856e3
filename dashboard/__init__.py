"""Supervisors' pages: figures of this moment, each with its definition."""
