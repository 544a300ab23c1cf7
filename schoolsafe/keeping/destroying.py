"""Destroying a school year in batches, once two people have agreed; every rule is asked again in each."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from audit import services as audit
from concerns.services.destroying import is_same_person
from meetings import selectors as meetings
from meetings import services as calls
from notices.services import ageing
from school import services as school
from school.keeping import Stand, is_due
from school.models import Disposal, StaffMember
from school.services import SWEEP
from schoolsafe.keeping.holding import held_calls, held_pupils
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

BATCH = 25


@dataclass(frozen=True, kw_only=True)
class YearDue:
    """A school year whose time is up: how many of its calls may go, and how many stay.

    Why each of them stays is not told apart: a call that is kept for a concern would tell of it (E8).
    """

    ends_on: date
    due: int
    stay: int
    proposal: Disposal | None

    @property
    def label(self) -> str:
        """Return the school year in words."""
        return f"{self.ends_on.year - 1} to {self.ends_on.year}"


def years_due(today: date) -> list[YearDue]:
    """Return the school years whose time is up and of which something is left, the oldest first."""
    first = meetings.first_year()
    proposals = {row.year_ends_on: row for row in Disposal.objects.open()}
    found = []
    while first is not None and is_due(first, today=today):
        stands = Counter(
            meetings.stands(meetings.calls_of_year(first), held_calls, today=today).values()
        )
        if stands or first in proposals:
            found.append(
                YearDue(
                    ends_on=first,
                    due=stands[Stand.DUE],
                    stay=stands[Stand.HELD] + stands[Stand.OPEN],
                    proposal=proposals.get(first),
                )
            )
        first = first.replace(year=first.year + 1)
    return found


@audit.atomic()
def agree(row: Disposal, *, by: StaffMember) -> Disposal:
    """Agree as the second person. Raises NotAllowed for the first under another account, and as the service does."""
    if is_same_person(row.proposed_by, by):
        raise NotAllowed("It takes two people: this looks like two accounts of one person.")
    return school.agree_to_disposal(row, by=by)


@audit.atomic()
def destroy_batch(row: Disposal) -> Disposal:
    """Destroy the next calls that are due; the last batch takes the letters too, and ends it.

    Raises NotAllowed when it was withdrawn meanwhile, or nobody has agreed.
    """
    row, today = school.lock_disposal(row), clock.today()
    if row.agreed_at is None:
        raise NotAllowed("Nobody has agreed yet.")
    of_year = meetings.calls_of_year(row.year_ends_on)
    stands = meetings.stands(of_year, held_calls, today=today)
    due = [pk for pk, stand in stands.items() if stand is Stand.DUE]
    gone = Counter(_first_that_go(due))
    if gone:
        return school.count_disposed(row, by=SWEEP, gone=gone, is_done=False, kept_back=0)
    gone.update(_letters(row))
    return school.count_disposed(row, by=SWEEP, gone=gone, is_done=True, kept_back=len(stands))


def _first_that_go(due: list[int]) -> dict[str, int]:
    """Destroy the first batch of which anything may go: what a later call rests on waits for that one."""
    for first in range(0, len(due), BATCH):
        gone = calls.destroy_calls(due[first : first + BATCH], by=SWEEP, holds=held_calls)
        if gone:
            return gone
    return {}


def _letters(row: Disposal) -> dict[str, int]:
    """Destroy the letters of that year that are about no call and no concern."""
    begins = row.year_ends_on.replace(year=row.year_ends_on.year - 1) + timedelta(days=1)
    since, before = _midnight(begins), _midnight(row.year_ends_on + timedelta(days=1))
    gone: Counter[str] = Counter()
    after, is_more = 0, True
    while is_more:
        found, after = ageing.destroy_letters(
            by=SWEEP, since=since, before=before, held=held_pupils, after=after
        )
        gone.update(found)
        is_more = bool(after)
    return dict(gone)


def _midnight(day: date) -> datetime:
    return clock.at(day, time.min)
