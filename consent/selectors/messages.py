"""What each person has been written about a question, and to how many it would go now."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from consent.models import Question, Request
from notices.models import Notice
from notices.policy import State
from school import policy as people
from school.models import Pupil
from school.selectors import guardians_who_count
from schoolsafe.lib import clock

# What counts as chasing: asking, reminding, telling somebody without a yes of a change.
COUNTED = ("consent_request", "consent_reminder", "consent_changed")
Person = tuple[str, int | None, int | None]


@dataclass(kw_only=True)
class Had:
    """How often somebody was chased without a person's doing, and when a person last did it."""

    count: int = 0
    reminded_at: datetime | None = None


def person_of(about: str, request: Request) -> Person:
    """Return who is written to about a question: a guardian, or the pupil from 18."""
    own = None if request.guardian_id else request.pupil_id
    return about, request.guardian_id, own


def had_by(abouts: Sequence[str]) -> dict[Person, Had]:
    """Return what each person has had about each question, counted from the rows themselves.

    What never left does not count; what a person sent, and news for who said yes, is no chasing.
    """
    rows = (
        Notice.objects.filter(about__in=abouts, kind__in=COUNTED)
        .exclude(state=State.DROPPED.value, fate="")
        .values_list("about", "guardian_id", "pupil_id", "detail", "due_at")
    )
    found: dict[Person, Had] = defaultdict(Had)
    for about, guardian_id, pupil_id, detail, due_at in rows:
        had = found[about, guardian_id, pupil_id]
        if detail.get("by"):
            had.reminded_at = max(due_at, had.reminded_at or due_at)
        elif not detail.get("is_news"):
            had.count += 1
    return found


def letters_to_ask(question: Question | None, pupil_ids: Sequence[int], now: datetime) -> int:
    """Return how many letters asking about these pupils would be, in a fixed number of queries.

    Those asked already are left in peace; children of one guardian stand in one letter, and one
    with a safe address in their own.
    """
    today = clock.local(now).date()
    pupils = Pupil.objects.in_bulk(pupil_ids)
    asked: set[tuple[int, int | None]] = set()
    if question is not None:
        live = Request.objects.live().filter(question=question)
        asked = set(live.values_list("pupil_id", "guardian_id"))
    letters: set[tuple[str, int, int]] = set()
    for pupil_id, ties in guardians_who_count(list(pupils), on=today).items():
        for tie, refusal in ties:
            if refusal is None and (pupil_id, tie.guardian_id) not in asked:
                is_alone = pupils[pupil_id].is_address_confidential
                letters.add(("guardian", tie.guardian_id, pupil_id if is_alone else 0))
    for pupil in pupils.values():
        is_own = people.is_adult(pupil.born_on, on=today) and pupil.email
        if is_own and (pupil.pk, None) not in asked:
            letters.add(("pupil", pupil.pk, 0))
    return len(letters)
