"""Destroying a school year in batches, once two people have agreed; every rule is asked again in each."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import OperationalError, transaction

from audit import services as audit
from concerns.services.destroying import is_same_person
from meetings import selectors as meetings
from meetings import services as calls
from notices.services import ageing
from school import keeping, selectors
from school import services as school
from school.keeping import Stand
from school.models import Disposal, StaffMember
from school.services import SWEEP
from schoolsafe.keeping import colleagues, leaving
from schoolsafe.keeping.holding import held_calls, held_pupils
from schoolsafe.lib import clock, faults, ledger
from schoolsafe.lib.rules import NotAllowed

BATCH = 25
BUSY = "Somebody is at work on one of these this moment: the next look goes on."


@dataclass(frozen=True, kw_only=True)
class YearDue:
    """A school year whose time is up: how many calls, letters and people who left may go, and how many calls stay.

    Letters are those about neither a call nor a concern.

    Why each of them stays is not told apart: a call that is kept for a concern would tell of it (E8). How
    many people stay is not said at all: only a few things can keep somebody of whom no call is left.
    """

    ends_on: date
    due: int
    stay: int
    letters: int
    pupils: int
    guardians: int
    staff: int
    proposal: Disposal | None

    @property
    def label(self) -> str:
        """Return the school year in words."""
        return f"{self.ends_on.year - 1} to {self.ends_on.year}"

    @property
    def may_go(self) -> bool:
        """Tell whether there is anything to propose."""
        return bool(self.due or self.letters or self.pupils or self.staff)


def years_due(today: date) -> list[YearDue]:
    """Return the school years whose time is up and of which something is left, the oldest first.

    A year counts in which there was no call, too, when somebody left in it who goes now, or a letter does.
    """
    proposals = {row.year_ends_on: row for row in Disposal.objects.open()}
    return [
        found
        for year in _years(today)
        if (found := _year(year, proposals.get(year), today=today)) is not None
    ]


def _years(today: date) -> Iterator[date]:
    """Yield the years whose time is up, from the first of which anything can be left."""
    written_at = ageing.first_letter()
    letter = keeping.year_end(clock.local(written_at).date()) if written_at is not None else None
    found = (meetings.first_year(), selectors.first_leaving(), letter)
    firsts = [one for one in found if one is not None]
    year, years = min(firsts, default=None), selectors.spans().keep_years
    while year is not None and keeping.is_due(year, years=years, today=today):
        yield year
        year = year.replace(year=year.year + 1)


def _year(ends_on: date, proposal: Disposal | None, *, today: date) -> YearDue | None:
    """Return what of a year is due, None where nothing is left of it."""
    stands = meetings.stands(meetings.calls_of_year(ends_on), held_calls, today=today)
    due = [pk for pk, stand in stands.items() if stand is Stand.DUE]
    since, before = _span(ends_on)
    people = leaving.due(ends_on, calls=due, letters_before=before, today=today)
    letters = ageing.letters_due(since=since, before=before, held=held_pupils)
    if not (stands or letters or proposal or people.are_of(ends_on)):
        return None
    return YearDue(
        ends_on=ends_on,
        due=len(due),
        stay=sum(stand in {Stand.HELD, Stand.OPEN} for stand in stands.values()),
        letters=letters,
        pupils=len(people.pupils),
        guardians=len(people.guardians),
        staff=len(people.staff),
        proposal=proposal,
    )


@audit.atomic()
def agree(row: Disposal, *, by: StaffMember) -> Disposal:
    """Agree as the second person. Raises NotAllowed for the first under another account, and as the service does."""
    if is_same_person(row.proposed_by, by):
        raise NotAllowed("It takes two people: this looks like two accounts of one person.")
    return school.agree_to_disposal(row, by=by)


def destroy_batch(row: Disposal) -> Disposal:
    """Destroy the next calls that are due, then the letters, then who left; when nothing is left it is done.

    It ends without destroying anything when the school keeps such a year for longer by now. Raises NotAllowed
    when it was withdrawn meanwhile, nobody has agreed, or somebody is at work on what is
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
    if school.lapse_disposal(row, by=SWEEP):
        return row
    of_year = meetings.calls_of_year(row.year_ends_on)
    stands = meetings.stands(of_year, held_calls, today=today)
    due = [pk for pk, stand in stands.items() if stand is Stand.DUE]
    gone = _first_that_go(due) or _letters(row) or leaving.destroy_people(row)
    gone = gone or colleagues.destroy_staff(row)
    if gone:
        return school.count_disposed(row, by=SWEEP, gone=gone, is_done=False, kept_back=0)
    school.forget_runs(row, by=SWEEP)
    removed = school.forget_removed(before=_midnight(row.year_ends_on + timedelta(days=1)))
    last = {"school.revision": removed} if removed else {}
    # Not before it is true. All of it each time: what a full disk kept out once comes in later.
    transaction.on_commit(write_ledger, robust=True)
    return school.count_disposed(row, by=SWEEP, gone=last, is_done=True, kept_back=len(stands))


def write_ledger() -> None:
    """Add to the ledger outside the database each year that it does not name yet (E97)."""
    ledger.append(settings.DESTRUCTION_LEDGER, selectors.years_ledger())


def _first_that_go(due: list[int]) -> dict[str, int]:
    """Destroy the first batch of which anything may go: what a later call rests on waits for that one."""
    for first in range(0, len(due), BATCH):
        gone = calls.destroy_calls(due[first : first + BATCH], by=SWEEP, holds=held_calls)
        if gone:
            return gone
    return {}


def _letters(row: Disposal) -> dict[str, int]:
    """Destroy the letters of that year that are about no call and no concern."""
    since, before = _span(row.year_ends_on)
    gone: Counter[str] = Counter()
    after, is_more = 0, True
    while is_more:
        found, after = ageing.destroy_letters(
            by=SWEEP, since=since, before=before, held=held_pupils, after=after
        )
        gone.update(found)
        is_more = bool(after)
    return dict(gone)


def _span(year_ends_on: date) -> tuple[datetime, datetime]:
    """Return when a school year began, and when the next one does."""
    begins = year_ends_on.replace(year=year_ends_on.year - 1) + timedelta(days=1)
    return _midnight(begins), _midnight(year_ends_on + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return clock.at(day, time.min)
