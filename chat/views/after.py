"""After the talk: the verdict, and the talk by email."""

from __future__ import annotations

import hashlib
from functools import partial

from django.http import HttpResponseBase, JsonResponse
from django.utils.translation import gettext_lazy as _

from chat import limits
from chat.actions.rating import rate_chat
from chat.actions.transcript import send_transcript
from chat.errors import SlowDown
from chat.frames import state_frame
from chat.limits import Bucket
from chat.models import ChatSession
from chat.views.edge import Call

# Three an hour for a visitor. Tokens cost nothing, so an address gets no flood from many of them either.
TRANSCRIPTS = Bucket("transcripts", interval=1200.0, burst=3)
TRANSCRIPTS_TO_ADDRESS = Bucket("transcripts-to", interval=720.0, burst=5)


def rate(call: Call) -> HttpResponseBase:
    """The visitor's verdict on their own chat; the answer is the state."""
    session = call.session
    limits.take(limits.WISHES, session.visitor_hash)
    rate_chat(session, score=call.fields.seq("score"), comment=call.fields.text("comment"))
    fresh = ChatSession.objects.select_related("ticket__team", "accepted_by", "widget").get(pk=session.pk)
    return JsonResponse(state_frame(fresh))


def transcript(call: Call) -> HttpResponseBase:
    """The visitor's own chat by email, to the address in `email` or the one given before. What is refused, as a
    mistyped address is, counts as none of the few that may be sent."""
    session = call.session
    limits.take(limits.WISHES, session.visitor_hash)
    send_transcript(session, call.fields.text("email").strip(), allow=partial(_limit, session.visitor_hash))
    return JsonResponse({})


def _limit(visitor_hash: str, address: str) -> None:
    """Raises SlowDown in words that fit."""
    digest = hashlib.sha256(address.lower().encode("utf-8", "replace")).hexdigest()[:32]
    try:
        limits.take(TRANSCRIPTS, visitor_hash)
        limits.take(TRANSCRIPTS_TO_ADDRESS, digest)
    except SlowDown as error:
        error.message = _("Several transcripts were sent already. Try again later.")
        raise
