# One command each; `make help` lists them. Works from any folder: make -C "/path/to/contact centre" run
.DEFAULT_GOAL := help
.PHONY: help setup run stop services manage test lint fmt messages bench bench-chat bench-email bench-routing screenshots ci lock

python := .venv/bin/python
PYTEST_ARGS ?=

help:  ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1 |/p' Makefile | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

setup:  ## make .venv with the locked dependencies (does nothing when nothing changed)
	@./scripts/setup

run: setup  ## start everything: database, web, worker, mail intake, with demo data (PORT=, SMTP_PORT=, DATA_DIR=)
	@exec $(python) -m contactcentre.runner start

stop:  ## end everything that `make run` or `make services` started
	@[ ! -x $(python) ] || exec $(python) -m contactcentre.runner stop

services: setup  ## start PostgreSQL and Redis alone, in the background
	@exec $(python) -m contactcentre.embedded start

manage: setup  ## a management command, e.g. make manage ARGS="shell"
	@exec $(python) manage.py $(ARGS)

test: setup  ## every test, on real PostgreSQL and Redis and in a real browser
	@./scripts/chromium
	@exec $(python) -m pytest -n auto --maxprocesses 8 --dist loadfile $(PYTEST_ARGS)

lint: setup  ## style, types, layers, templates, scripts
	@./scripts/lint

fmt: setup  ## format the code
	@./scripts/fmt

messages: setup  ## collect the sentences to translate into locale/
	@exec $(python) scripts/catalogues.py update

bench: setup  ## list the measurements, or take some: make bench TARGETS="name ..."
	@exec $(python) -m bench $(TARGETS)

bench-chat: setup  ## live chat beside a bare relay: sockets, messages/s, times (ARGS=--quick: under two minutes)
	@exec $(python) -m bench.chat $(ARGS)

bench-email: setup  ## mail in beside the bare limit: mails/s, seconds until a message (ARGS=--quick: fewer)
	@exec $(python) -m bench.email $(ARGS)

bench-routing: setup  ## what a routing decision costs with 500 agents and 2,000 waiting (ARGS=--quick: a fifth)
	@exec $(python) -m bench.routing $(ARGS)

screenshots: setup  ## take the README's screenshots
	@./scripts/chromium
	@exec $(python) scripts/screenshots.py

ci: lint test  ## what continuous integration runs

lock: setup  ## resolve the dependencies of pyproject.toml anew into requirements/
	@./scripts/lock
