"""Ready answers for a reply: by shortcut, by words, in the customer's language."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from core.text import clean_line
from knowledge.models import Answer, AnswerState, Language
from knowledge.selectors import in_language, matching
from tickets.models import Ticket

MOST = 8


def ready_answers(ticket: Ticket, search: str) -> list[Answer]:
    """At most MOST answers of the ticket's brand, those for agents alone included. Shortcuts that begin with `search`
    come first, then what the words find; without a search what is used most."""
    answers = in_language(usable_answers(ticket), language_of(ticket))
    search = clean_line(search, 60)
    if not search:
        return list(answers.order_by("-used", "-helped", "pk")[:MOST])
    by_shortcut = list(answers.filter(shortcut__startswith=search.lower()).order_by("shortcut", "pk")[:MOST])
    by_words = matching(answers, search, MOST)
    return list(dict.fromkeys([*by_shortcut, *by_words]))[:MOST]


def usable_answers(ticket: Ticket) -> QuerySet[Answer]:
    """Published answers of the ticket's brand and of every brand."""
    return Answer.objects.filter(Q(brand=ticket.brand_id) | Q(brand__isnull=True), state=AnswerState.PUBLISHED)


def language_of(ticket: Ticket) -> str:
    """The nearest of our languages to what the customer's browser asked for; English when nothing is near."""
    tag = (ticket.language or ticket.customer.language).lower().replace("_", "-")
    if tag.startswith("zh"):
        return Language.CHINESE
    plain = tag.partition("-")[0]
    return plain if plain in Language.values else Language.ENGLISH


def first_name_of(ticket: Ticket) -> str:
    """What to call the customer in a greeting: the first word of their name, empty when there is none.

    Chinese names are kept whole: the family name stands first and is not what one is called by.
    """
    name = clean_line(ticket.customer.name)
    return name if any("\u4e00" <= sign <= "\u9fff" for sign in name) else name.partition(" ")[0]
