"""Which calls are due to be destroyed, and what hangs together with them (E96)."""

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from consent.models import Answer
from meetings.models import Closing, Incident, Meeting, Place
from meetings.policy import Status
from meetings.policy.keeping import Kept, stand
from school import selectors as school
from school.keeping import Stand, year_end
from schoolsafe.lib import clock

# Returns by call the pupils of it who are held, or a mark that something else needs the call.
Holds = Callable[[dict[int, set[int]]], set[int]]


def calls_of_year(year_ends_on: date) -> QuerySet[Meeting]:
    """Return the calls of one school year, the latest first."""
    begins = year_ends_on.replace(year=year_ends_on.year - 1) + timedelta(days=1)
    # The latest first: an answer that rests on a yes for the year goes before the answer that gave it.
    return Meeting.objects.filter(
        ends_at__gte=_midnight(begins), ends_at__lt=_midnight(year_ends_on + timedelta(days=1))
    ).order_by("-ends_at", "-pk")


def _midnight(day: date) -> datetime:
    return clock.at(day, time.min)


def first_year() -> date | None:
    """Return the last day of the school year of the oldest call, None where there is no call."""
    oldest = Meeting.objects.order_by("ends_at").values_list("ends_at", flat=True).first()
    return year_end(clock.local(oldest).date()) if oldest is not None else None


def pupils_on(ids: Collection[int]) -> dict[int, set[int]]:
    """Return by call every pupil who was ever on it or asked about it."""
    found: dict[int, set[int]] = {pk: set() for pk in ids}
    rows = Place.objects.filter(meeting__in=ids).values_list("meeting", "pupil")
    asked = Meeting.objects.filter(pk__in=ids, question__requests__isnull=False)
    for meeting_id, pupil_id in (*rows, *asked.values_list("pk", "question__requests__pupil")):
        found[meeting_id].add(pupil_id)
    return found


def stands(calls: QuerySet[Meeting], holds: Holds, *, today: date) -> dict[int, Stand]:
    """Return where each of these calls stands."""
    rows = list(
        calls.annotate(
            has_incident=Exists(Incident.objects.filter(meeting=OuterRef("pk"), settled_at=None)),
            has_recording=Exists(
                Closing.objects.filter(
                    Q(destroyed_at=None), meeting=OuterRef("pk"), was_recorded=True
                )
            ),
        ).values_list("pk", "ends_at", "status", "has_incident", "has_recording")
    )
    held = holds(pupils_on([pk for pk, *_ in rows]))
    years = school.spans().keep_years
    return {
        pk: stand(
            Kept(
                ended_on=clock.local(ends_at).date(),
                status=Status(status),
                has_open_incident=has_incident,
                has_recording=has_recording,
                is_held=pk in held,
            ),
            years=years,
            today=today,
        )
        for pk, ends_at, status, has_incident, has_recording in rows
    }


def without_what_others_rest_on(ids: Iterable[int]) -> set[int]:
    """Return these calls without those whose yes for the year still carries an answer about another call."""
    left = set(ids)
    while True:
        inside = Q(request__question__in=Meeting.objects.filter(pk__in=left).values("question"))
        resting = Answer.objects.filter(
            standing__answer__request__question__in=Meeting.objects.filter(pk__in=left).values(
                "question"
            )
        ).exclude(inside)
        questions = set(resting.values_list("standing__answer__request__question", flat=True))
        kept = set(
            Meeting.objects.filter(pk__in=left, question__in=questions).values_list("pk", flat=True)
        )
        if not kept:
            return left
        left -= kept
