"""What the widget is told before a word is said: its looks, its questions, who is there, and its sentences."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.utils.translation import gettext as _

from agents.models import Team
from chat.form import Question, department_id, departments, questions, terms_mark
from chat.frames import Frame
from chat.languages import direction_of
from chat.models import Widget
from chat.opening import opening_of
from chat.words import words
from knowledge.selectors import top_answers
from tickets.letters import can_send
from tickets.models import FullRule


def config_frame(widget: Widget, language: str, *, max_characters: int, max_bytes: int, now: datetime) -> Frame:
    """How the widget looks, what it asks and offers, and what it may send. Call with `language` active."""
    opening = opening_of(widget.brand, None, now)
    offered = [_department(widget, team, now) for team in departments(widget)]
    full = asdict(opening.full) if opening.full else None
    may_call = any(one and one["rule"] == FullRule.CALLBACK for one in (full, *(each["full"] for each in offered)))
    return {
        "title": widget.shown_title,
        "greeting": full["text"] if full else widget.greeting,
        "accent": widget.shown_accent,
        "position": widget.position,
        "launcher": widget.launcher_text,
        "max_characters": max_characters,
        "max_bytes": max_bytes,
        "language": language,
        "dir": direction_of(language),
        "words": words(),
        "open": opening.live,
        "opens_at": opening.opens_at.isoformat() if opening.opens_at else None,
        "full": full,
        "leave": may_call or can_send(widget.brand),
        "departments": offered,
        "questions": [asdict(question) for question in (*questions(widget), *_call_back(full, may_call))],
        "terms": _terms(widget),
        "contacts": _contacts(widget),
        "answers": _answers(widget, language),
        "rating": widget.offer_rating,
        "transcript": widget.offer_transcript and can_send(widget.brand),
    }


def embedded_frame(widget: Widget) -> Frame:
    """What the script itself carries, so that launcher and invitations need no request: nothing but looks."""
    return {
        "key": widget.public_key,
        "accent": widget.shown_accent,
        "position": widget.position,
        "launcher": widget.launcher_text,
        "invitations": [
            {
                "id": one.public_id,
                "text": one.text,
                "page": one.page_pattern,
                "after": one.after_seconds,
                "visits": one.min_visits,
            }
            for one in widget.invitations.all()
            if one.is_active
        ],
    }


def _department(widget: Widget, team: Team, now: datetime) -> Frame:
    opening = opening_of(widget.brand, team, now)
    return {
        "id": department_id(team),
        "name": team.name,
        "open": opening.live,
        "opens_at": opening.opens_at.isoformat() if opening.opens_at else None,
        "full": asdict(opening.full) if opening.full else None,
    }


def _call_back(full: Frame | None, may_call: bool) -> list[Question]:
    """The number to call back: asked where a full line offers that, and needed where it is the brand's own line."""
    needed = full is not None and full["rule"] == FullRule.CALLBACK
    return [Question("phone", _("Telephone"), "tel", needed)] if may_call else []


def _terms(widget: Widget) -> Frame | None:
    if not widget.terms_text:
        return None
    return {"text": widget.terms_text, "url": widget.terms_url, "version": terms_mark(widget)}


def _contacts(widget: Widget) -> list[Frame]:
    number = "".join(sign for sign in widget.phone if sign.isdigit() or sign == "+")
    found = [
        ("phone", _("Telephone"), widget.phone, f"tel:{number}"),
        ("email", _("Email"), widget.contact_email, f"mailto:{widget.contact_email}"),
        ("link", _("Other ways to reach us"), widget.contact_url, widget.contact_url),
    ]
    return [{"kind": kind, "label": label, "value": value, "href": href} for kind, label, value, href in found if value]


def _answers(widget: Widget, language: str) -> list[Frame]:
    if not widget.show_answers:
        return []
    return [{"id": one.public_id, "question": one.question} for one in top_answers(widget.brand, language, 5)]
