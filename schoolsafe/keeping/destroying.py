"""Destroying a school year in batches, once two people have agreed; every rule is asked again in each."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import OperationalError

from audit import services as audit
from concerns.services.destroying import is_same_person
from meetings import selectors as meetings
from meetings import services as calls
from notices.services import ageing
from school import selectors
from school import services as school
from school.keeping import Stand, is_due
from school.models import Disposal, StaffMember
from school.services import SWEEP
from schoolsafe.keeping import leaving
from schoolsafe.keeping.holding import held_calls, held_pupils
from schoolsafe.lib import clock, faults
from schoolsafe.lib.rules import NotAllowed

BATCH = 25
BUSY = "Somebody is at work on one of these this moment: the next look goes on."


@dataclass(frozen=True, kw_only=True)
class YearDue:
    """A school year whose time is up: how many of its calls and of those who left may go, and how many calls stay.

    Why each of them stays is not told apart: a call that is kept for a concern would tell of it (E8). How
    many people stay is not said at all: only a few things can keep somebody of whom no call is left.
    """

    ends_on: date
    due: int
    stay: int
    pupils: int
    guardians: int
    proposal: Disposal | None

    @property
    def label(self) -> str:
        """Return the school year in words."""
        return f"{self.ends_on.year - 1} to {self.ends_on.year}"

    @property
    def may_go(self) -> bool:
        """Tell whether there is anything to propose."""
        return bool(self.due or self.pupils)


def years_due(today: date) -> list[YearDue]:
    """Return the school years whose time is up and of which something is left, the oldest first.

    A year counts in which there was no call, too, when somebody left in it who goes now.
    """
    proposals = {row.year_ends_on: row for row in Disposal.objects.open()}
    return [
        found
        for year in _years(today)
        if (found := _year(year, proposals.get(year), today=today)) is not None
    ]


def _years(today: date) -> Iterator[date]:
    """Yield the years whose time is up, from the first of which anything can be left."""
    firsts = [one for one in (meetings.first_year(), selectors.first_leaving()) if one is not None]
    year = min(firsts, default=None)
    while year is not None and is_due(year, today=today):
        yield year
        year = year.replace(year=year.year + 1)


def _year(ends_on: date, proposal: Disposal | None, *, today: date) -> YearDue | None:
    """Return what of a year is due, None where nothing is left of it."""
    stands = meetings.stands(meetings.calls_of_year(ends_on), held_calls, today=today)
    due = [pk for pk, stand in stands.items() if stand is Stand.DUE]
    people = leaving.due(
        ends_on, calls=due, letters_before=_midnight(ends_on + timedelta(days=1)), today=today
    )
    if not (stands or proposal or people.are_of(ends_on)):
        return None
    return YearDue(
        ends_on=ends_on,
        due=len(due),
        stay=sum(stand in {Stand.HELD, Stand.OPEN} for stand in stands.values()),
        pupils=len(people.pupils),
        guardians=len(people.guardians),
        proposal=proposal,
    )


@audit.atomic()
def agree(row: Disposal, *, by: StaffMember) -> Disposal:
    """Agree as the second person. Raises NotAllowed for the first under another account, and as the service does."""
    if is_same_person(row.proposed_by, by):
        raise NotAllowed("It takes two people: this looks like two accounts of one person.")
    return school.agree_to_disposal(row, by=by)


def destroy_batch(row: Disposal) -> Disposal:
    """Destroy the next calls that are due, then the letters, then people; when nothing is left it is done.

    Raises NotAllowed when it was withdrawn meanwhile, nobody has agreed, or somebody is at work on what is
    to go: whoever is at a page is never kept waiting for it.
    """
    try:
        return _destroy_batch(row)
    except OperationalError as fault:
        if faults.is_busy(fault):
            raise NotAllowed(BUSY) from fault
        raise


@audit.atomic()
def _destroy_batch(row: Disposal) -> Disposal:
    """Destroy a batch of one kind: who locks calls, letters and people in one go may meet somebody half way."""
    faults.give_way()
    row, today = school.lock_disposal(row), clock.today()
    if row.agreed_at is None:
        raise NotAllowed("Nobody has agreed yet.")
    of_year = meetings.calls_of_year(row.year_ends_on)
    stands = meetings.stands(of_year, held_calls, today=today)
    due = [pk for pk, stand in stands.items() if stand is Stand.DUE]
    gone = _first_that_go(due) or _letters(row) or leaving.destroy_people(row)
    if gone:
        return school.count_disposed(row, by=SWEEP, gone=gone, is_done=False, kept_back=0)
    school.forget_runs(row, by=SWEEP)
    removed = school.forget_removed(before=_midnight(row.year_ends_on + timedelta(days=1)))
    last = {"school.revision": removed} if removed else {}
    return school.count_disposed(row, by=SWEEP, gone=last, is_done=True, kept_back=len(stands))


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
