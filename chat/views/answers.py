"""Ready answers before the chat: found while typing, read, and asked whether they helped."""

from __future__ import annotations

from django.http import HttpResponseBase, JsonResponse

from chat import limits
from chat.frames import answer_frame
from chat.languages import choose_language
from chat.limits import Bucket
from chat.views.edge import Call
from core.errors import NotFound
from knowledge.actions import record_helped, record_shown
from knowledge.models import Answer
from knowledge.selectors import get_answer, search_answers, top_answers

MOST = 5
# Typed letter by letter, by whoever has the public key: per network address and widget.
SEARCHES = Bucket("searches", interval=0.1, burst=100)


def find(call: Call) -> HttpResponseBase:
    """At most MOST answers for what was typed so far; without words the most useful ones. Needs no token."""
    limits.take(SEARCHES, call.address)
    language, query = choose_language(call.fields.text("language")), call.fields.text("q")
    brand = call.widget.brand
    if not call.widget.show_answers:
        found = []
    elif query.strip():
        found = search_answers(brand, query, language, MOST)
    else:
        found = top_answers(brand, language, MOST)
    return JsonResponse({"answers": [answer_frame(answer, whole=False) for answer in found]})


def read(call: Call) -> HttpResponseBase:
    """The whole answer; that it was read is counted."""
    answer = _answer(call)
    record_shown(answer, call.visitor_hash)
    return JsonResponse(answer_frame(answer, whole=True))


def helped(call: Call) -> HttpResponseBase:
    """Whether it was what the visitor looked for."""
    visitor_hash = call.visitor_hash
    limits.take(limits.WISHES, visitor_hash)
    record_helped(_answer(call), visitor_hash, call.fields.flag("helped"))
    return JsonResponse({})


def _answer(call: Call) -> Answer:
    """A published answer of the widget's brand. Raises NotFound."""
    answer = get_answer(call.widget.brand, call.fields.text("answer", required=True))
    if answer is None or not call.widget.show_answers:
        raise NotFound()
    return answer
