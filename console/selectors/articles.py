"""Help articles as the console lists them: one row per article, whatever its languages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Max, QuerySet, Sum

from agents.models import Agent
from knowledge.models import Answer, AnswerState, Language
from knowledge.permissions import visible_answers
from knowledge.selectors import matching

PER_PAGE = 50
MOST_FOUND = 100


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """One article, shown by `answer`: the version that a search found, else the one in the reader's language.

    Counts are of all versions; `helped_percent` is None when no customer said anything.
    """

    answer: Answer
    versions: list[Answer]
    shown: int
    helped_percent: int | None
    used: int


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """What the list is narrowed to; empty values do not narrow."""

    search: str = ""
    language: str = ""
    state: str = ""

    def apply(self, answers: QuerySet[Answer]) -> QuerySet[Answer]:
        if self.language in Language.values:
            answers = answers.filter(language=self.language)
        if self.state in AnswerState.values:
            return answers.filter(state=self.state)
        return answers.exclude(state=AnswerState.RETIRED)


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """`next_page` is 0 on the last."""

    rows: list[ArticleRow]
    next_page: int


def article_page(agent: Agent, narrow: ArticleFilter, *, page: int = 1) -> ArticlePage:
    """Most useful first; a search lists its best matches, all on one page."""
    answers = narrow.apply(visible_answers(agent))
    if narrow.search:
        found = matching(answers, narrow.search, MOST_FOUND)
        best = {answer.group: answer.pk for answer in reversed(found)}
        groups = list(dict.fromkeys(answer.group for answer in found))
        return ArticlePage(_rows(agent, groups, best), 0)
    start = (max(page, 1) - 1) * PER_PAGE
    ordered = answers.order_by().values("group").annotate(use=Sum(F("helped") + F("used")), newest=Max("updated_at"))
    groups = [each["group"] for each in ordered.order_by("-use", "-newest", "group")[start : start + PER_PAGE + 1]]
    more = len(groups) > PER_PAGE
    return ArticlePage(_rows(agent, groups[:PER_PAGE]), page + 1 if more else 0)


def _rows(agent: Agent, groups: list[str], found: dict[str, int] | None = None) -> list[ArticleRow]:
    """In the order of `groups`; `found` names the version to show of each, if a search chose one."""
    versions: dict[str, list[Answer]] = {group: [] for group in groups}
    for answer in visible_answers(agent).filter(group__in=groups).select_related("brand", "updated_by"):
        versions[answer.group].append(answer)
    found = found or {}
    return [_row(agent, each, found.get(group)) for group, each in versions.items() if each]


def _row(agent: Agent, versions: list[Answer], found: int | None) -> ArticleRow:
    order = (agent.language, Language.ENGLISH, *Language.values)
    versions = sorted(versions, key=lambda each: Language.values.index(each.language))
    helped, not_helped = _total(versions, "helped"), _total(versions, "not_helped")
    return ArticleRow(
        answer=min(versions, key=lambda each: (each.pk != found, order.index(each.language))),
        versions=versions,
        shown=_total(versions, "shown"),
        helped_percent=round(100 * helped / (helped + not_helped)) if helped + not_helped else None,
        used=_total(versions, "used"),
    )


def _total(versions: Iterable[Any], name: str) -> int:
    return sum(getattr(version, name) for version in versions)
