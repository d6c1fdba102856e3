"""PostgreSQL and Redis from Python packages, for `make run` and the tests on a machine that has neither.

Production never imports this package: there `DATABASE_URL` and `REDIS_URL` name real servers.
"""
