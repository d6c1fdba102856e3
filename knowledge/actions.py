"""Writing ready answers and counting what they do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.contrib.postgres.search import SearchVector
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.expressions import Combinable
from django.utils import timezone
from django.utils.translation import gettext as _

from agents.models import Agent, Brand
from core.errors import Invalid
from core.ids import opaque_id
from core.text import check_length, clean_line, clean_text
from knowledge.errors import ChangedMeanwhile
from knowledge.models import (
    KEYWORDS_LIMIT,
    QUESTION_LIMIT,
    TEXT_LIMIT,
    VERDICTS,
    Answer,
    AnswerState,
    AnswerUse,
    Language,
    UseKind,
)
from knowledge.permissions import check_may_write
from knowledge.placeholders import NAMES, names_in
from knowledge.searching import TEXT_SEARCH, latinise, spread
from knowledge.selectors import DEFLECTED_AFTER


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """What somebody wrote into the form of one version; brand, public and shortcut hold for the whole article."""

    question: str
    text: str
    language: str = Language.ENGLISH
    keywords: str = ""
    shortcut: str = ""
    state: str = AnswerState.DRAFT
    public: bool = True
    brand: Brand | None = None

    def cleaned(self) -> AnswerWords:
        """Raises Invalid (nothing written, an unknown choice, a shortcut with other signs), TooLarge."""
        check_length(self.question.strip(), QUESTION_LIMIT)
        check_length(self.keywords.strip(), KEYWORDS_LIMIT)
        text = clean_text(self.text).strip()
        check_length(text, TEXT_LIMIT)
        question = clean_line(self.question, QUESTION_LIMIT)
        if not question or not text:
            raise Invalid(_("Write a question and its answer."), code="empty")
        _check_placeholders(f"{question} {text}", self.public)
        if self.language not in Language.values or self.state not in AnswerState.values:
            raise Invalid(_("Choose one of the languages and states in the list."))
        return AnswerWords(
            question=question,
            text=text,
            language=self.language,
            keywords=clean_line(self.keywords, KEYWORDS_LIMIT),
            shortcut=_clean_shortcut(self.shortcut),
            state=self.state,
            public=self.public,
            brand=self.brand,
        )


def _check_placeholders(text: str, public: bool) -> None:
    found = names_in(text)
    unknown = [name for name in found if name not in NAMES]
    if unknown:
        raise Invalid(
            _("{{%(name)s}} is not known. Use %(known)s.")
            % {"name": clean_line(unknown[0], 60), "known": " ".join(f"{{{{{name}}}}}" for name in NAMES)},
            code="unknown_placeholder",
        )
    if found and public:
        raise Invalid(
            _("Customers would read {{%(name)s}} as it stands. Take it out, or show the article to agents only.")
            % {"name": found[0]},
            code="public_placeholder",
        )


def _clean_shortcut(shortcut: str) -> str:
    shortcut = shortcut.strip().removeprefix("/").lower()
    try:
        Answer._meta.get_field("shortcut").run_validators(shortcut)
    except ValidationError as error:
        raise Invalid(_("A shortcut has small letters, digits and - only, at most 40."), code="bad_shortcut") from error
    return shortcut


def save_answer(
    agent: Agent, words: AnswerWords, *, answer: Answer | None = None, group: str = "", version: int | None = None
) -> Answer:
    """Write a version: a new one (of the article `group`, or of a new article), or `answer` as it was at `version`.

    Raises ChangedMeanwhile when a colleague saved since `version`, Invalid (also for a shortcut that is taken or a
    language that the article has already), TooLarge, Forbidden.
    """
    words = words.cleaned()
    check_may_write(agent, words.brand)
    now = timezone.now()
    try:
        with transaction.atomic():
            if answer is None:
                saved = Answer(group=group or opaque_id(), created_at=now)
            else:
                saved = Answer.objects.select_for_update(no_key=True).select_related(None).get(pk=answer.pk)
                if version is not None and saved.version != version:
                    raise ChangedMeanwhile(saved)
                saved.version += 1
            _write(saved, words, agent, now)
            _share(saved)
    except IntegrityError as error:
        raise _taken(error) from error
    return saved


def _write(answer: Answer, words: AnswerWords, agent: Agent, now: datetime) -> None:
    for name in ("question", "text", "language", "keywords", "shortcut", "state", "public", "brand"):
        setattr(answer, name, getattr(words, name))
    answer.latin = latinise(f"{words.question} {words.keywords}")
    answer.updated_by, answer.updated_at = agent, now
    answer.save()
    Answer.objects.filter(pk=answer.pk).update(search=_vector(words))


def _vector(words: AnswerWords) -> Combinable:
    config = TEXT_SEARCH[Language(words.language)]
    title = spread(f"{words.question} {words.keywords}")
    return (
        SearchVector(Value(title), weight="A", config=config)
        # Beginnings of unstemmed words, as they are typed letter by letter.
        + SearchVector(Value(title), weight="B", config="simple")
        + SearchVector(Value(spread(words.text)), weight="C", config=config)
    )


def _share(answer: Answer) -> None:
    """The article's own fields go to its other versions; their open forms then notice."""
    shared = {"brand": answer.brand, "public": answer.public, "shortcut": answer.shortcut}
    for other in Answer.objects.filter(group=answer.group).exclude(pk=answer.pk).select_for_update(no_key=True):
        if any(getattr(other, name) != value for name, value in shared.items()):
            Answer.objects.filter(pk=other.pk).update(**shared, version=F("version") + 1)


def _taken(error: IntegrityError) -> Invalid:
    if "answer_shortcut_once" in str(error):
        return Invalid(_("Another article has this shortcut already. Choose another."), code="shortcut_taken")
    return Invalid(_("This article has a version in this language already. Edit that one."), code="language_taken")


def retire_answer(agent: Agent, answer: Answer) -> None:
    """Take the article out of use in all its languages. Nothing is deleted; `restore_answer` brings it back."""
    _set_state(agent, answer, AnswerState.RETIRED)


def restore_answer(agent: Agent, answer: Answer) -> None:
    """A retired article becomes a draft. Raises Invalid when its shortcut is taken by now."""
    try:
        with transaction.atomic():
            _set_state(agent, answer, AnswerState.DRAFT)
    except IntegrityError as error:
        raise _taken(error) from error


def _set_state(agent: Agent, answer: Answer, state: AnswerState) -> None:
    check_may_write(agent, answer.brand)
    Answer.objects.filter(group=answer.group).update(
        state=state, version=F("version") + 1, updated_at=timezone.now(), updated_by=agent
    )


def record_shown(answer: Answer, visitor_hash: str, *, now: datetime | None = None) -> None:
    """A visitor opened the answer: counts once per answer and day."""
    now = now or timezone.now()
    with transaction.atomic():
        _use, is_new = AnswerUse.objects.get_or_create(
            answer=answer, visitor_hash=visitor_hash, day=_day(now), kind=UseKind.SHOWN, defaults={"at": now}
        )
        if is_new:
            _count(answer, shown=1)


def record_helped(answer: Answer, visitor_hash: str, helped: bool, *, now: datetime | None = None) -> None:
    """The visitor's verdict; a second one on the same day takes the place of the first."""
    now = now or timezone.now()
    kind, other = (UseKind.HELPED, UseKind.NOT_HELPED) if helped else (UseKind.NOT_HELPED, UseKind.HELPED)
    with transaction.atomic():
        # The answer's row first, as a lock: two verdicts at once must not both count.
        Answer.objects.select_for_update(no_key=True).get(pk=answer.pk)
        own = AnswerUse.objects.filter(answer=answer, visitor_hash=visitor_hash, day=_day(now), kind__in=VERDICTS)
        before = own.first()
        if before is None:
            AnswerUse.objects.create(answer=answer, visitor_hash=visitor_hash, day=_day(now), kind=kind, at=now)
            _count(answer, **{kind.value: 1})
        elif before.kind != kind:
            own.update(kind=kind, at=now, led_to_chat=False)
            _count(answer, **{kind.value: 1, other.value: -1})


def record_used(answer: Answer, agent: Agent, *, now: datetime | None = None) -> None:
    """An agent put the answer into a reply."""
    now = now or timezone.now()
    with transaction.atomic():
        AnswerUse.objects.create(answer=answer, agent=agent, day=_day(now), kind=UseKind.USED, at=now)
        _count(answer, used=1)


def record_chat_began(visitor_hash: str, *, now: datetime | None = None) -> int:
    """A visitor began a chat: what "helped" them within the hour before deflected nothing. Returns how many."""
    now = now or timezone.now()
    recent = AnswerUse.objects.filter(
        visitor_hash=visitor_hash, kind=UseKind.HELPED, at__gte=now - DEFLECTED_AFTER, led_to_chat=False
    )
    return recent.update(led_to_chat=True)


def _count(answer: Answer, **changes: int) -> None:
    Answer.objects.filter(pk=answer.pk).update(**{name: F(name) + change for name, change in changes.items()})


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()
