"""Who leaves with records, who may know of it, and what a page shows of it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Q

from concerns import policy
from concerns.models import Concern, Copy, Involved, Transfer
from concerns.policy import transfer as leaving
from concerns.selectors.people import facts_of_all
from school.models import Pupil
from school.roles import SAFEGUARDING_TEAM, Viewer
from schoolsafe.lib import clock


def with_records() -> Q:
    """Return what makes a pupil one of whom there is a record, however small (G32)."""
    return Q(pk__in=Involved.objects.exclude(pupil=None).values("pupil"))


def turned(now: datetime) -> list[int]:
    """Return the pupils of whose leaving the record does not know, or who are back (E90, E92)."""
    soon = clock.local(now).date() + leaving.AHEAD
    leavers = Pupil.objects.filter(with_records(), left_on__lte=soon)
    right = Transfer.objects.filter(left_on=F("pupil__left_on")).values("pupil")
    back = Transfer.objects.filter(pupil__left_on=None).exclude(whither=leaving.Whither.STAYS)
    ids = set(leavers.exclude(pk__in=right).values_list("pk", flat=True))
    return sorted(ids | set(back.values_list("pupil", flat=True)))


def to_tell(
    transfers: Sequence[Transfer], people: Sequence[policy.Colleague], *, now: datetime
) -> dict[int, list[int]]:
    """Return for each of these leavings whom of those who handle concerns to tell, in few queries.

    The team as far as they may read something of this pupil and are here; else whoever else may.
    """
    rows = Involved.objects.filter(pupil__in=[row.pupil_id for row in transfers])
    held: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        held[row.pupil_id or 0].add(row.concern_id)
    concerns = list(Concern.objects.filter(pk__in=set().union(*held.values())))
    facts = facts_of_all(concerns, people, now=now)
    return {row.pk: _told([facts[pk] for pk in held[row.pupil_id]], people) for row in transfers}


def _told(facts: Sequence[policy.Facts], people: Sequence[policy.Colleague]) -> list[int]:
    able = [
        person
        for person in people
        if any(
            policy.may_view(Viewer(staff_id=person.staff_id, roles=person.roles), one)
            for one in facts
        )
    ]
    here = [person for person in able if not person.is_away] or able
    team = [person for person in here if person.holds(*SAFEGUARDING_TEAM)]
    return [person.staff_id for person in team or here]


def transfers_open(viewer: Viewer) -> list[Transfer]:
    """Return the leavings in which something is left to do, as far as a person sees to them."""
    # Mostly nobody leaves: who may read what is asked only where somebody does.
    if not policy.may_copy_files(viewer) or not Transfer.objects.open().exists():
        return []
    return list(Transfer.objects.open().visible_to(viewer).select_related("pupil"))


def transfer_of(pupil: Pupil, viewer: Viewer) -> Transfer | None:
    """Return the leaving of a pupil, if there is one of which this person may know."""
    return Transfer.objects.filter(pupil=pupil).visible_to(viewer).first()


def is_leaving_open(pupil: Pupil) -> bool:
    """Tell whether the file of a pupil is on its way or not sent: a hold, for nothing is destroyed then."""
    return Transfer.objects.open().filter(pupil=pupil).exists()


def logged_since(copy: Copy | None, pupil: Pupil, viewer: Viewer) -> int:
    """Return how many concerns a person may read that are in no copy: what came after it was made."""
    if copy is None:
        return 0
    rows = Involved.objects.filter(pupil=pupil).values("concern")
    return Concern.objects.filter(pk__in=rows).exclude(copies=copy).visible_to(viewer).count()
