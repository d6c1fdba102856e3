"""Customers, how we know who they are, and the organisations they belong to."""
