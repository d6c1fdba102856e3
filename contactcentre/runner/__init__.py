"""`make run` and `make stop`: everything the product needs on one machine, under one supervisor.

Why not a package: docs/adr/002-one-command.md.
"""
