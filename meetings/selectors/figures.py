"""How many calls, answers and incidents there were, by term, purpose and kind: counted in the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)

from consent.models import Answer
from consent.selectors import that_count
from meetings import policy
from meetings.models import Incident, Meeting, Purpose
from school.years import Year, term_at, within

Counts = dict[tuple[str, str, str], int]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What is counted: by term, purpose and kind, each by its key."""

    name: str
    kinds: dict[str, str]
    counts: Counts


CALLS = {
    "held": "Held",
    "unclosed": "Not closed yet",
    "ahead": "Still to come",
    "not_held": "Not held",
}
ANSWERS = {"yes": "Yes", "no": "No, or taken back", "none": "No answer that counts"}


def measures(year: Year, now: datetime) -> list[Measure]:
    """Return calls, answers and incidents of a school year, in four queries however many there are."""
    return [
        Measure(name="calls", kinds=CALLS, counts=_calls(year, now)),
        Measure(name="answers", kinds=ANSWERS, counts=_answers(year)),
        _incidents(year),
    ]


def purposes() -> dict[str, str]:
    """Return the purposes by key."""
    return {str(pk): name for pk, name in Purpose.objects.values_list("pk", "name")}


def _counted(rows: QuerySet[Any], purpose: str) -> Counts:
    """Count rows by term, purpose and kind."""
    grouped = rows.order_by().values_list("term", purpose, "what").annotate(number=Count("pk"))
    return {(term, str(pk), what): number for term, pk, what, number in grouped}


def _calls(year: Year, now: datetime) -> Counts:
    """Count calls by how they went; one that was run is held only when its closing form is filled in (P13)."""
    what = Case(
        When(
            Q(status=policy.Status.CANCELLED.value) | Q(closing__took_place=False),
            then=Value("not_held"),
        ),
        When(Q(status="closed") | Q(status="open", ends_at__gt=now), then=Value("held")),
        When(status="ended", then=Value("unclosed")),
        When(ends_at__gt=now, then=Value("ahead")),
        When(status__in=["shared", "open"], then=Value("unclosed")),
        default=Value("not_held"),
        output_field=CharField(),
    )
    rows = Meeting.objects.filter(within(year, "starts_at"))
    return _counted(rows.annotate(term=term_at(year, "starts_at"), what=what), "purpose_id")


def _answers(year: Year) -> Counts:
    """Count what each guardian who was asked about a pupil says now: their latest answer that counts."""
    asked = Meeting.objects.filter(
        within(year, "starts_at"),
        question__requests__ended_at=None,
        question__requests__isnull=False,
    ).annotate(term=term_at(year, "starts_at"), what=Value("asked"))
    kind = Case(
        When(said="yes", then=Value("yes")),
        When(said="unclear", then=Value("none")),
        default=Value("no"),
        output_field=CharField(),
    )
    counts = _counted(_latest(year).annotate(what=kind), "purpose_id")
    # Who was asked and has said nothing that counts is left over.
    for (term, purpose, _), number in _counted(asked, "purpose_id").items():
        heard = sum(counts.get((term, purpose, kind), 0) for kind in ("yes", "no"))
        if number > heard:
            counts[(term, purpose, "none")] = number - heard
    return counts


def _latest(year: Year) -> QuerySet[Meeting, Any]:
    """Return the calls of the year, once for each latest answer to a request among those that count.

    Each answer is looked at once, with what was said after it to the same request.
    """
    request, answer = "question__requests", "question__requests__answers"
    counting = Answer.objects.filter(that_count())
    after = counting.filter(
        Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("answer")),
        request=OuterRef("request"),
        wording__version__gte=OuterRef("since"),
    )
    return (
        Meeting.objects.filter(within(year, "starts_at"))
        .annotate(
            term=term_at(year, "starts_at"),
            since=F("question__material_version"),
            request=F(request),
            asked_at=F(f"{request}__asked_at"),
            request_ended_at=F(f"{request}__ended_at"),
            answer=F(answer),
            at=F(f"{answer}__at"),
            said=F(f"{answer}__kind"),
            version=F(f"{answer}__wording__version"),
        )
        .filter(request_ended_at=None, at__gte=F("asked_at"), version__gte=F("since"))
        .filter(Exists(counting.filter(pk=OuterRef("answer"))), ~Exists(after))
    )


def _incidents(year: Year) -> Measure:
    """Count incidents by their kind, of the calls of the year; kinds of which there is none are left out."""
    rows = Incident.objects.filter(within(year, "meeting__starts_at")).annotate(
        term=term_at(year, "meeting__starts_at"), what=F("kind")
    )
    counts = _counted(rows, "meeting__purpose_id")
    known = dict(Incident._meta.get_field("kind").flatchoices)
    kinds = {
        kind: str(label) for kind, label in known.items() if any(k == kind for *_, k in counts)
    }
    return Measure(name="incidents", kinds=kinds, counts=counts)
