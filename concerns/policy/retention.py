"""How long a concern is kept, what stops its destruction, and which two people it takes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from concerns.policy.access import READERS, Desk, Guarded, Part
from concerns.policy.registers import Level
from school.roles import LEADERS, Role, Viewer
from schoolsafe.lib.rules import NotAllowed

LOOK_AHEAD = timedelta(days=60)
# What was agreed to a month ago was agreed to about another day.
PROPOSAL_STANDS = timedelta(days=30)
# Who was older when it was logged was neither a child nor a pupil.
OLDEST_PUPIL = 25
ABUSE_YEARS = 75
# A copy of what the next school has: long enough for it to ask back (A51).
PASSED_YEARS = 1
# After they left: as long as a claim about the work may come. KCSIE asks for the day itself at least.
LOW_YEARS = 6
# Whose file it is; of a witness, a brother or sister there is a file only where nobody else is named.
OWN_FILE = frozenset({Part.SUBJECT, Part.HARMED, Part.HARMING})


class Rule(StrEnum):
    """The rule by which a concern is kept until its day."""

    PUPIL = "pupil"
    PASSED = "passed"
    STAFF = "staff"
    LOW = "low"
    ABUSE = "abuse"
    DECISION = "decision"

    @property
    def words(self) -> str:
        """Return the rule for a person."""
        return RULE_WORDS[self]


RULE_WORDS = {
    Rule.PUPIL: "the youngest child it is about is 25, or older where the school has set that",
    Rule.PASSED: "the next school has it, and no copy is kept here: a year after the receipt",
    Rule.STAFF: "an adult who works here: retirement age, or 10 years and more as the school has set, whichever is later",
    Rule.LOW: "a low-level concern about an adult: 6 years after they left",
    Rule.ABUSE: "child sexual abuse: 75 years",
    Rule.DECISION: "somebody decided to keep it until then",
}


class Gap(StrEnum):
    """What is not known, so that no day can be told (E99)."""

    CHILD = "The date of birth of a child is missing."
    ODD_CHILD = "The date of birth of a child cannot be right."
    STAFF = "The date of birth of an adult who works here is missing."
    LEAVING = "The adult works here, or the day on which they left is not known."
    NOBODY = "No child and nobody who works here is named."


class Stand(StrEnum):
    """Where a concern stands with its day."""

    KEPT = "kept"
    SOON = "soon"
    DUE = "due"
    HELD = "held"
    UNKNOWN = "unknown"


class HoldWhy(StrEnum):
    """What keeps a concern beyond its day (E96)."""

    POLICE = "police"
    INQUIRY = "inquiry"
    COURT = "court"
    OFFICER = "officer"
    COMPLAINT = "complaint"
    ACCESS = "access"

    @property
    def label(self) -> str:
        """Return the reason in words."""
        return HOLD_LABELS[self]


HOLD_LABELS = {
    HoldWhy.POLICE: "The police",
    HoldWhy.INQUIRY: "An inquiry",
    HoldWhy.COURT: "A court",
    HoldWhy.OFFICER: "The local authority designated officer",
    HoldWhy.COMPLAINT: "A complaint",
    HoldWhy.ACCESS: "Somebody has asked to see it",
}
# Who may propose that a concern is destroyed. For a concern with children's social care nobody may.
PROPOSERS: dict[Desk, frozenset[Role]] = {
    Desk.TEAM: frozenset({Role.DSL, Role.HEADTEACHER}),
    Desk.HEADTEACHER: frozenset({Role.HEADTEACHER}),
    Desk.CHAIR: frozenset({Role.CHAIR}),
    Desk.OUTSIDE: frozenset(),
}
# Who may agree as the second. Of what the headteacher alone reads the chair sees number and day.
SECONDS: dict[Desk, frozenset[Role]] = {
    Desk.TEAM: LEADERS,
    Desk.HEADTEACHER: frozenset({Role.HEADTEACHER, Role.CHAIR}),
    Desk.CHAIR: frozenset({Role.CHAIR}),
    Desk.OUTSIDE: frozenset(),
}


@dataclass(frozen=True, kw_only=True)
class Life:
    """Somebody in a concern as its time is counted.

    `passed_on`: the day since which the next school of this child has all that stands in it.
    """

    part: Part
    is_child: bool = False
    works_here: bool = False
    born_on: date | None = None
    left_on: date | None = None
    passed_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """What decides how long one concern is kept; only facts, so that a mended one counts at once.

    `written_on` is the day of the last thing in it. `decided_until` is a day that somebody has set.
    `child_years` and `adult_years` are what the school has set, never under the guidance (G11, G34).
    `keeps_passed`: the school keeps a copy of what the next school of a child has confirmed (A51).
    `has_pupil_record`: what concerns the child stands in a record of its own, with its own rule (E104).
    """

    logged_on: date
    written_on: date
    is_closed: bool
    people: tuple[Life, ...] = ()
    is_abuse: bool = False
    keeps_abuse: bool = False
    keeps_passed: bool = True
    retirement_age: int = 67
    child_years: int = 25
    adult_years: int = 10
    level: Level = Level.FULL
    has_pupil_record: bool = False
    decided_until: date | None = None


@dataclass(frozen=True, kw_only=True)
class Until:
    """Until when a concern is kept and by which rule; no day where something is missing."""

    due_on: date | None = None
    rule: Rule | None = None
    gaps: tuple[Gap, ...] = ()


def years_after(day: date, years: int) -> date:
    """Return the day so many years later; of 29 February never a day too early."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def children_of(people: Iterable[Life]) -> list[Life]:
    """Return the children whose file a concern belongs to: all it names, where it is about none."""
    children = [person for person in people if person.is_child]
    return [child for child in children if child.part in OWN_FILE] or children


def adults_of(people: Iterable[Life]) -> list[Life]:
    """Return the adults who work here and whom a concern is about."""
    return [person for person in people if person.works_here and person.part.is_accused]


def counted(concern: Keeping) -> tuple[list[Life], list[Life]]:
    """Return the children and the adults by whom a concern is kept (E104)."""
    adults = adults_of(concern.people)
    children = children_of(concern.people)
    return ([] if adults and concern.has_pupil_record else children), adults


def gaps_of(concern: Keeping) -> tuple[Gap, ...]:
    """Return what is not known, or cannot be right (E99)."""
    children, adults = counted(concern)
    found = []
    if any(child.born_on is None for child in children):
        found.append(Gap.CHILD)
    if any(child.born_on and not _may_be(child.born_on, concern) for child in children):
        found.append(Gap.ODD_CHILD)
    found.extend(_gaps_of_adults(concern, adults))
    if not children and not adults:
        found.append(Gap.NOBODY)
    return tuple(found)


def _gaps_of_adults(concern: Keeping, adults: Iterable[Life]) -> list[Gap]:
    """Return what is not known of the adults: of a low-level concern when they left, else their birth."""
    if concern.level is Level.LOW:
        return [Gap.LEAVING] if any(adult.left_on is None for adult in adults) else []
    return [Gap.STAFF] if any(adult.born_on is None for adult in adults) else []


def _may_be(born_on: date, concern: Keeping) -> bool:
    """Tell whether somebody born then was a child or a pupil when it was logged."""
    # A child who is expected may be on record before it is born.
    return (
        years_after(concern.logged_on, -OLDEST_PUPIL) < born_on <= years_after(concern.logged_on, 1)
    )


def until(concern: Keeping) -> Until:
    """Return until when a concern is kept: the latest day of every rule that fits it (G11, G35, G36).

    Where something is missing only a day that somebody has decided counts, and never one before the
    day by which nobody can be wronged: nothing is destroyed by itself then (E99).
    """
    gaps = gaps_of(concern)
    if gaps and concern.decided_until is None:
        return Until(gaps=gaps)
    days = _days(concern)
    if concern.decided_until is not None:
        days.append((max(concern.decided_until, earliest(concern)), Rule.DECISION))
    due_on, rule = max(days, key=lambda found: found[0])
    return Until(due_on=due_on, rule=rule, gaps=gaps)


def _days(concern: Keeping) -> list[tuple[date, Rule]]:
    """Return the day of each rule that fits, as far as it is known."""
    children, adults = counted(concern)
    days = [
        _day_of_child(concern, child.born_on)
        for child in children
        if child.born_on and _may_be(child.born_on, concern)
    ]
    days += [day for adult in adults for day in _days_of_adult(concern, adult)]
    if concern.is_abuse and concern.keeps_abuse:
        days.append((years_after(concern.written_on, ABUSE_YEARS), Rule.ABUSE))
    return days


def _day_of_child(concern: Keeping, born_on: date) -> tuple[date, Rule]:
    """Return the day of the rule for one child: sooner where no copy is kept of what went with them (A51)."""
    grown = years_after(born_on, concern.child_years)
    passed_on = _passed_on(concern)
    if passed_on is None:
        return grown, Rule.PUPIL
    asked_back = years_after(passed_on, PASSED_YEARS)
    return (asked_back, Rule.PASSED) if asked_back < grown else (grown, Rule.PUPIL)


def _passed_on(concern: Keeping) -> date | None:
    """Return since when the next schools have all of it, where this one keeps no copy (A51).

    Of several children in it each copy leaves out the others (E93): only together are they all of it.
    """
    days = [person.passed_on for person in concern.people if person.is_child]
    known = [day for day in days if day is not None]
    return max(known) if not concern.keeps_passed and known and known == days else None


def _days_of_adult(concern: Keeping, adult: Life) -> list[tuple[date, Rule]]:
    """Return the days of the rule for one adult: a low-level concern has its own (G10)."""
    if concern.level is Level.LOW:
        # Never before it is a year old: what nobody has looked at twice forms no pattern.
        known = [years_after(adult.left_on, LOW_YEARS)] if adult.left_on else []
        return [(day, Rule.LOW) for day in (*known, years_after(concern.written_on, 1))]
    days = [(years_after(concern.written_on, concern.adult_years), Rule.STAFF)]
    if adult.born_on:
        days.append((years_after(adult.born_on, concern.retirement_age), Rule.STAFF))
    return days


def earliest(concern: Keeping) -> date:
    """Return before which day nobody may decide that a concern ends.

    Whoever was a child when it was logged is old enough by then, born or about to be.
    """
    days = [day for day, _ in _days(concern)]
    if {Gap.CHILD, Gap.ODD_CHILD, Gap.NOBODY} & set(gaps_of(concern)):
        days.append(years_after(concern.logged_on, concern.child_years + 1))
    return max(days, default=concern.logged_on)


def stand(concern: Keeping, *, is_held: bool, today: date) -> Stand:
    """Return where a concern stands: a hold wins over everything, and an open concern is kept (E96)."""
    due_on = until(concern).due_on
    if is_held:
        return Stand.HELD
    if due_on is None:
        return Stand.UNKNOWN
    if not concern.is_closed or due_on > today + LOOK_AHEAD:
        return Stand.KEPT
    return Stand.DUE if due_on <= today else Stand.SOON


def may_hold(viewer: Viewer, concern: Guarded) -> bool:
    """Tell whether a person may place and lift holds, and say how long it is kept: who reads it by part."""
    return _holds(viewer, concern, READERS[concern.desk])


def may_propose(viewer: Viewer, concern: Guarded) -> bool:
    """Tell whether a person may propose that a concern is destroyed."""
    return _holds(viewer, concern, PROPOSERS[concern.desk])


def may_agree(viewer: Viewer, concern: Guarded, *, proposed_by: int) -> bool:
    """Tell whether a person may be the second of the two: never who proposed it."""
    return viewer.staff_id != proposed_by and _holds(viewer, concern, SECONDS[concern.desk])


def _holds(viewer: Viewer, concern: Guarded, roles: frozenset[Role]) -> bool:
    return viewer.staff_id not in concern.excluded and viewer.holds(*roles)


def check_destruction(concern: Keeping, *, is_held: bool, today: date) -> tuple[date, Rule]:
    """Return the day and the rule by which it may go.

    Raises NotAllowed for what is held, open, not due, or of unknown age.
    """
    if is_held:
        raise NotAllowed("It is on hold: nothing is destroyed before the hold is lifted.")
    if not concern.is_closed:
        raise NotAllowed("It is open: somebody still works on it.")
    found = until(concern)
    if found.due_on is None or found.rule is None:
        raise NotAllowed(f"{found.gaps[0]} Until that is known nothing is destroyed.")
    if found.due_on > today:
        raise NotAllowed("Its day has not come.")
    return found.due_on, found.rule


def is_lapsed(
    *, proposed_at: datetime, proposed_due_on: date, due_on: date | None, written_at: datetime,
    now: datetime,
) -> bool:  # fmt: skip
    """Tell whether a proposal no longer counts: too old, or not of the concern as it is now."""
    is_old = now >= proposed_at + PROPOSAL_STANDS
    return is_old or written_at >= proposed_at or due_on != proposed_due_on
