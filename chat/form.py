"""What the visitor is asked before the chat, and whether it was answered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from agents.models import Team
from chat.errors import FormError
from chat.models import Asked, QuestionKind, Widget, WidgetQuestion
from core.errors import Invalid
from core.text import clean_line, clean_text
from crm.actions import check_email

ANSWER_LIMIT = 2000
FEWEST_DIGITS, MOST_DIGITS = 5, 15
PHONE_SIGNS = frozenset("0123456789+-/(). ")
EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Question:
    """One question as the widget shows it. `key` is name, email, topic or the key of a question of the widget's own."""

    key: str
    label: str
    kind: str
    required: bool
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filled:
    """The answered form. `answers` are the widget's own questions and the topic: [{key, label, value}]."""

    name: str
    email: str
    department: Team | None
    answers: list[dict[str, str]]

    @property
    def topic(self) -> str:
        return next((answer["value"] for answer in self.answers if answer["key"] == "topic"), "")


def questions(widget: Widget, *, leaving: bool = False) -> list[Question]:
    """In the order in which they are asked. A message left behind needs an address to answer to."""
    own = [
        Question("name", _("Name"), "text", widget.ask_name == Asked.REQUIRED),
        Question(EMAIL, _("Email"), "email", leaving or widget.ask_email == Asked.REQUIRED),
        Question("topic", _("What is it about?"), "text", widget.ask_topic == Asked.REQUIRED),
    ]
    wanted = {"name": widget.ask_name, EMAIL: widget.ask_email, "topic": widget.ask_topic}
    shown = [one for one in own if wanted[one.key] != Asked.OFF or (one.key == EMAIL and leaving)]
    return shown + [_question(one) for one in widget.questions.all()]


def _question(one: WidgetQuestion) -> Question:
    options = tuple(one.options) if one.kind == QuestionKind.CHOICE else ()
    return Question(one.key, one.label, one.kind, one.required, options)


def terms_mark(widget: Widget) -> str:
    """Names the terms that were shown: their version, if they have one, and a hash of their words and address, so that
    words changed without a new version are other terms too. Empty without terms."""
    if not widget.terms_text:
        return ""
    words = f"{widget.terms_text}\0{widget.terms_url}"
    mark = hashlib.sha256(words.encode()).hexdigest()[:16]
    return f"{widget.terms_version[:45]} ({mark})" if widget.terms_version else mark  # 64 characters are kept


def is_phone(written: str) -> bool:
    """Whether somebody could be called so; E.164 allows 15 digits."""
    digits = sum(sign.isdigit() for sign in written)
    return FEWEST_DIGITS <= digits <= MOST_DIGITS and set(written) <= PHONE_SIGNS


def department_id(team: Team) -> str:
    """What customers see instead of the team's database id: opaque, and the same for ever."""
    return salted_hmac("chat.department", str(team.pk), algorithm="sha256").hexdigest()[:16]


def departments(widget: Widget) -> list[Team]:
    """Teams that the visitor may choose from, by name."""
    return list(widget.departments.filter(is_active=True, brand=widget.brand_id).select_related("calendar"))


def check_terms(widget: Widget, agreed: str) -> None:
    """Raises FormError unless the visitor agreed to just the terms that hold now."""
    mark = terms_mark(widget)
    if not mark or agreed == mark:
        return
    if agreed:
        raise FormError(_("The terms have changed. Please read them again."), code="terms_changed", field="terms")
    raise FormError(_("Please agree to the terms first."), code="terms_needed", field="terms")


def read_form(
    widget: Widget, given: Mapping[str, Any], *, name: str, email: str, department: str, leaving: bool
) -> Filled:
    """The visitor's answers, checked. Questions that the widget does not ask are left out.

    Args:
        given: answers by key, as they came.
        department: opaque id of a department, or empty.
    Raises FormError naming the question.
    """
    values = {key: value for key, value in given.items() if isinstance(value, str)} | {"name": name, EMAIL: email}
    answers: list[dict[str, str]] = []
    for one in questions(widget, leaving=leaving):
        value = _value(one, values.get(one.key, ""))
        if one.required and not value:
            raise FormError(
                _("Please answer: %(question)s") % {"question": one.label}, code="answer_missing", field=one.key
            )
        if value and one.key not in ("name", EMAIL):
            answers.append({"key": one.key, "label": one.label, "value": value})
    return Filled(
        name=clean_line(values["name"]),
        email=_email(values[EMAIL]),
        department=_department(widget, department),
        answers=answers,
    )


def _value(one: Question, given: str) -> str:
    """Raises FormError for an answer that is not among the choices."""
    value = (
        clean_text(given).strip()[:ANSWER_LIMIT] if one.kind == QuestionKind.LONG else clean_line(given, ANSWER_LIMIT)
    )
    if value and one.options and value not in one.options:
        raise FormError(_("Please choose one of the answers."), code="bad_answer", field=one.key)
    return _email(value) if one.kind == "email" else value


def _email(given: str) -> str:
    if not given.strip():
        return ""
    try:
        check_email(given)
    except Invalid as error:
        raise FormError(str(error.message), code="bad_email", field=EMAIL) from error
    return clean_line(given, 320)


def _department(widget: Widget, public_id: str) -> Team | None:
    offered = departments(widget)
    if not offered or not public_id:
        return None
    found = next((team for team in offered if department_id(team) == public_id), None)
    if found is None:
        raise FormError(_("Please choose one of the departments."), code="bad_answer", field="department")
    return found
