"""Help articles: the list, one article in one of its languages, writing and retiring it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agents.models import Brand
from agents.permissions import check_supervisor, visible_brands
from console.requests import AgentRequest, agent_page, is_fragment, whole_number
from console.selectors.articles import ArticleFilter, article_page
from console.views.shell import rail_context
from core.errors import AppError, Invalid
from core.text import clean_line
from knowledge.actions import AnswerWords, restore_answer, retire_answer, save_answer
from knowledge.errors import ChangedMeanwhile
from knowledge.models import (
    KEYWORDS_LIMIT,
    QUESTION_LIMIT,
    SHORTCUT_LIMIT,
    TEXT_LIMIT,
    Answer,
    AnswerState,
    Language,
)
from knowledge.permissions import access_answer, can_change
from knowledge.placeholders import NAMES
from knowledge.selectors import deflection, versions_of

FIGURES_OVER = timedelta(days=30)
WRITABLE_STATES = (AnswerState.DRAFT, AnswerState.PUBLISHED)
LIMITS = {"question": QUESTION_LIMIT, "text": TEXT_LIMIT, "keywords": KEYWORDS_LIMIT, "shortcut": SHORTCUT_LIMIT}


@require_safe
@agent_page
def article_list(request: AgentRequest) -> HttpResponse:
    narrow = ArticleFilter(
        search=clean_line(request.GET.get("q", "")),
        language=clean_line(request.GET.get("language", ""), 16),
        state=clean_line(request.GET.get("state", ""), 10),
    )
    context: dict[str, Any] = {
        "page": article_page(request.user, narrow, page=whole_number(request.GET.get("page"), 1)),
        "narrow": narrow,
        "languages": Language.choices,
        "states": AnswerState.choices,
        "section": "articles",
    }
    if is_fragment(request):
        template = "console/_article_rows.html" if request.GET.get("page") else "console/_article_list.html"
        return render(request, template, context)
    now = timezone.now()
    month = deflection(tuple(visible_brands(request.user)), now - FIGURES_OVER, now=now)
    return render(request, "console/articles.html", context | {"month": month} | rail_context(request, now))


@require_http_methods(["GET", "HEAD", "POST"])
@agent_page
def new(request: AgentRequest) -> HttpResponse:
    """Write a new article, or with `of` one more language of an article."""
    check_supervisor(request.user)
    fields = request.POST if request.method == "POST" else request.GET
    of = access_answer(request.user, clean_line(fields.get("of", ""), 16), "change") if fields.get("of") else None
    blank = _blank(request, of)
    if request.method != "POST":
        return _form(request, blank, of=of)
    return _save(request, blank, of=of)


@require_http_methods(["GET", "HEAD", "POST"])
@agent_page
def article(request: AgentRequest, public_id: str) -> HttpResponse:
    """One version: the form for those who may write it, the text for the others."""
    if request.method != "POST":
        return _form(request, access_answer(request.user, public_id, "view"))
    return _save(request, access_answer(request.user, public_id, "change"))


@require_POST
@agent_page
def retire(request: AgentRequest, public_id: str) -> HttpResponse:
    found = access_answer(request.user, public_id, "change")
    retire_answer(request.user, found)
    messages.success(request, _("The article is retired. Nothing is deleted: find it under the state “Retired”."))
    return redirect("console:articles")


@require_POST
@agent_page
def restore(request: AgentRequest, public_id: str) -> HttpResponse:
    found = access_answer(request.user, public_id, "change")
    restore_answer(request.user, found)
    messages.success(request, _("The article is back as a draft."))
    return redirect("console:article", found.public_id)


def _blank(request: AgentRequest, of: Answer | None) -> Answer:
    """An unsaved version: of the article `of` in the language asked for, or of a new article."""
    if of is None:
        brands = list(visible_brands(request.user)[:2])
        return Answer(brand=brands[0] if len(brands) == 1 else None, state=AnswerState.DRAFT)
    asked = clean_line((request.POST or request.GET).get("language", ""), 16)
    language = asked if asked in Language.values else Language.ENGLISH
    return Answer(group=of.group, brand=of.brand, public=of.public, shortcut=of.shortcut, language=language)


def _save(request: AgentRequest, answer: Answer, *, of: Answer | None = None) -> HttpResponse:
    """Keep what was written. Whatever is wrong, the form comes back with every word in it."""
    try:
        words = _words(request, answer)
        saved = save_answer(
            request.user,
            words,
            answer=answer if answer.pk else None,
            group=of.group if of else "",
            version=whole_number(request.POST.get("version")) if answer.pk else None,
        )
    except ChangedMeanwhile as error:
        return _form(request, _typed(request, answer), problem=error, theirs=error.current, of=of)
    except AppError as error:
        return _form(request, _typed(request, answer), problem=error, of=of)
    messages.success(request, _("Saved."))
    return redirect("console:article", saved.public_id)


def _words(request: AgentRequest, answer: Answer) -> AnswerWords:
    fields = request.POST
    return AnswerWords(
        question=fields.get("question", ""),
        text=fields.get("text", ""),
        language=answer.language if answer.pk else fields.get("language", ""),
        keywords=fields.get("keywords", ""),
        shortcut=fields.get("shortcut", ""),
        state=fields.get("state", ""),
        public=fields.get("public") == "1",
        brand=_brand(request, fields.get("brand", "")),
    )


def _brand(request: AgentRequest, value: str) -> Brand | None:
    """None for "every brand"; raises Invalid for one that the agent does not work for."""
    if not value and request.user.is_admin:
        return None
    brand = visible_brands(request.user).filter(pk=whole_number(value)).first()
    if brand is None:
        raise Invalid(_("Choose a brand."), code="no_brand")
    return brand


def _typed(request: AgentRequest, answer: Answer) -> Answer:
    """The version as it stands in the form that was sent, unsaved, however long."""
    for name in ("question", "text", "keywords", "shortcut", "state"):
        setattr(answer, name, request.POST.get(name, ""))
    answer.public = request.POST.get("public") == "1"
    answer.brand = visible_brands(request.user).filter(pk=whole_number(request.POST.get("brand"))).first()
    if not answer.pk:
        answer.language = clean_line(request.POST.get("language", ""), 16)
    return answer


def _form(
    request: AgentRequest,
    answer: Answer,
    *,
    problem: AppError | None = None,
    theirs: Answer | None = None,
    of: Answer | None = None,
) -> HttpResponse:
    agent = request.user
    there = versions_of(answer.group) if answer.pk or of else {}
    context = {
        "answer": answer,
        "of": of,
        "version": theirs.version if theirs else answer.version,
        "theirs": theirs,
        "problem": problem,
        "tabs": [(key, label, there.get(key)) for key, label in Language.choices],
        "base": answer if answer.pk else of,
        # What comes back with a problem was let through already.
        "may_change": bool(problem) or not answer.pk or can_change(agent, answer),
        "brands": visible_brands(agent),
        "states": [(state.value, state.label) for state in WRITABLE_STATES],
        "languages": Language.choices,
        "limits": LIMITS,
        "placeholders": NAMES,
        "section": "articles",
    }
    status = 200 if problem is None else problem.status
    return render(request, "console/article.html", context | rail_context(request, timezone.now()), status=status)
