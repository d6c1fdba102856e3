"""Reading ready answers: what a customer is offered, what a search finds, and what it all was good for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.search import SearchQuery, SearchRank, TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Greatest

from agents.models import Brand
from core.text import clean_line
from knowledge.models import Answer, AnswerState, AnswerUse, Language, UseKind
from knowledge.searching import TEXT_SEARCH, prefix_query, typo_words

FALLBACK = Language.ENGLISH
DEFLECTED_AFTER = timedelta(hours=1)
QUERY_LIMIT = 200
LIKE_ENOUGH = 0.4
"""pg_trgm word similarity from which a word counts as misspelt: "retrun" is 0.43 like "return"."""


def top_answers(brand: Brand, language: str, limit: int = 5) -> list[Answer]:
    """What customers of `brand` are offered before they ask: most useful first, the article's languages together."""
    offered = in_language(_published(brand).filter(public=True), language)
    article = Answer.objects.filter(group=OuterRef("group")).order_by().values("group")
    use = Subquery(article.annotate(use=Sum(F("helped") + F("used"))).values("use"))
    return list(offered.annotate(use=use).order_by("-use", "-shown", "pk")[:limit])


def search_answers(brand: Brand, query: str, language: str, limit: int = 5, *, public: bool = True) -> list[Answer]:
    """Answers that match what was typed so far, best first; with `public=False` also those for agents alone.

    Words match by their stem or beginning; when nothing does, words that are nearly spelt so (pg_trgm).
    """
    found = _published(brand)
    if public:
        found = found.filter(public=True)
    return matching(in_language(found, language), query, limit)


def get_answer(brand: Brand, public_id: str) -> Answer | None:
    """A published answer that customers of `brand` may read, or None."""
    return _published(brand).filter(public=True, public_id=str(public_id)[:16]).first()


def in_language(answers: QuerySet[Answer], language: str) -> QuerySet[Answer]:
    """One version per article: in `language`, else in English. Unpublished versions do not count."""
    # What makes an answer findable is as large as the answer; no reader needs it.
    answers = answers.defer("search", "latin")
    own = Answer.objects.filter(group=OuterRef("group"), language=language, state=AnswerState.PUBLISHED)
    return answers.filter(Q(language=language) | (Q(language=FALLBACK) & ~Exists(own)))


def matching(answers: QuerySet[Answer], query: str, limit: int) -> list[Answer]:
    """The best `limit` of `answers` for a query in whatever language each is written."""
    query = clean_line(query, QUERY_LIMIT)
    words = prefix_query(query)
    if not words:
        return []
    found = _by_words(answers, words, limit)
    return found or _by_likeness(answers, typo_words(query), limit)


def _by_words(answers: QuerySet[Answer], words: str, limit: int) -> list[Answer]:
    by_language = {language: _query(words, config) for language, config in TEXT_SEARCH.items()}
    condition = Q()
    for language, query in by_language.items():
        condition |= Q(language=language, search=query)
    rank = Greatest(*(SearchRank(F("search"), query) for query in by_language.values()))
    return list(answers.filter(condition).annotate(rank=rank).order_by("-rank", "-helped", "pk")[:limit])


def _query(words: str, config: str) -> SearchQuery:
    return SearchQuery(words, config=config, search_type="raw")


def _by_likeness(answers: QuerySet[Answer], words: list[str], limit: int) -> list[Answer]:
    if not words:
        return []
    condition = Q()
    for word in words:
        condition |= Q(latin__trigram_word_similar=word)
    likeness = sum(
        (TrigramWordSimilarity(word, "latin") for word in words[1:]), TrigramWordSimilarity(words[0], "latin")
    )
    with transaction.atomic(), connection.cursor() as cursor:
        # The operator that the index knows compares with this setting.
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(LIKE_ENOUGH)])
        return list(answers.filter(condition).annotate(rank=likeness).order_by("-rank", "-helped", "pk")[:limit])


def _published(brand: Brand) -> QuerySet[Answer]:
    return Answer.objects.filter(Q(brand=brand) | Q(brand__isnull=True), state=AnswerState.PUBLISHED)


def versions_of(group: str) -> dict[str, Answer]:
    """The article's versions by language, in the order of the languages."""
    found = {answer.language: answer for answer in Answer.objects.filter(group=group).select_related("updated_by")}
    return {language: found[language] for language in Language.values if language in found}


@dataclass(frozen=True, slots=True)
class Deflection:
    """What ready answers did within a time: customers (per answer and day) who read, were helped, needed no chat.

    `deflected`: said that it helped and began no chat within DEFLECTED_AFTER. Verdicts younger than that do not count.
    """

    shown: int
    helped: int
    not_helped: int
    deflected: int


def deflection(brands: Iterable[Brand], since: datetime, *, now: datetime) -> Deflection:
    """Over the answers of `brands` and of every brand, from `since` to `now`."""
    uses = AnswerUse.objects.filter(Q(answer__brand__in=brands) | Q(answer__brand__isnull=True))
    settled = Q(kind=UseKind.HELPED, led_to_chat=False, at__lte=now - DEFLECTED_AFTER)
    found = uses.filter(at__gte=since, at__lte=now).aggregate(
        shown=Count("pk", filter=Q(kind=UseKind.SHOWN)),
        helped=Count("pk", filter=Q(kind=UseKind.HELPED)),
        not_helped=Count("pk", filter=Q(kind=UseKind.NOT_HELPED)),
        deflected=Count("pk", filter=settled),
    )
    return Deflection(**found)
