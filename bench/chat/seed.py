"""Rows for the measurement: one brand, one agent who is signed in, and running chats. Prints them as JSON.

Run as `python -m bench.chat.seed CHATS`, on a database that nobody will miss: it is emptied first.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcentre.settings")
django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from agents.models import Agent, Brand  # noqa: E402
from chat.actions import NewChat, start_chat  # noqa: E402
from chat.models import ChatSession, State, Widget  # noqa: E402
from chat.tokens import hash_token  # noqa: E402
from core.ids import secret_token  # noqa: E402
from tickets.content import NewMessage  # noqa: E402
from tickets.models import Status, Ticket  # noqa: E402

KEY = "bench"


def main(chats: int) -> dict[str, Any]:
    call_command("migrate", verbosity=0, interactive=False)
    call_command("flush", verbosity=0, interactive=False)
    brand = Brand.objects.create(name="Bench", slug="bench")
    agent = Agent.objects.create_user("bench@example.com", secret_token(), name="Ben")
    agent.brands.set([brand])
    widget = Widget.objects.create(brand=brand, name="Bench", public_key=KEY)
    return {"key": KEY, "cookie": _cookie(agent), "visitors": _chats(widget, agent, chats)}


def _chats(widget: Widget, agent: Agent, number: int) -> list[dict[str, Any]]:
    """Started as visitors start them; accepted all at once."""
    visitors = []
    for _number in range(number):
        token = secret_token()
        session = start_chat(widget, NewChat(hash_token(token), NewMessage("Hello", client_id="bench-start")))
        visitors.append({"token": token, "session": session.public_id, "ticket": session.ticket_id})
    now = timezone.now()
    Ticket.objects.update(assignee=agent, status=Status.OPEN, first_response_at=now)
    ChatSession.objects.update(state=State.ACTIVE, accepted_at=now + timedelta(0), accepted_by=agent)
    return visitors


def _cookie(agent: Agent) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(agent.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = agent.get_session_auth_hash()
    session.save()
    return f"sessionid={session.session_key}"


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
