"""What of a call's attendance reports reaches the safeguarding team, and which reports count."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from meetings.attendance import Finding, FindingKind
from meetings.policy.facts import IncidentKind, Status

# P1, P13: Teams lets in one person after the other, so that for a few seconds somebody is always the
# first. Every second is shown; from this long on it is an incident.
ALONE_FOR = 10
BRIEFLY = 10
FOR_A_MINUTE = 60
# A later report of the same call may count a few seconds otherwise: that is nothing new.
ROUNDING = 10
# Whoever is not named within a day is taken for the worst that they could be.
NAMES_WITHIN = timedelta(days=1)
# Looked for on the list of the host: longer ago nobody finds a report any more.
REPORTS_LOOKED_FOR = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Raises:
    """What kind of incident a finding becomes, of which clause, and from how many seconds on."""

    kind: IncidentKind
    clause: str
    seconds: int


RAISES: Mapping[FindingKind, Raises] = {
    FindingKind.ONE_TO_ONE: Raises(kind=IncidentKind.ONE_TO_ONE, clause="P1", seconds=ALONE_FOR),
    FindingKind.NO_STAFF: Raises(kind=IncidentKind.NO_STAFF, clause="P13", seconds=ALONE_FOR),
    FindingKind.WITHOUT_CONSENT: Raises(kind=IncidentKind.NO_CONSENT, clause="P5", seconds=1),
    FindingKind.UNKNOWN_PERSON: Raises(
        kind=IncidentKind.UNKNOWN_PERSON, clause="P10", seconds=BRIEFLY
    ),
    FindingKind.AFTER_REMOVAL: Raises(
        kind=IncidentKind.AFTER_REMOVAL, clause="P11", seconds=BRIEFLY
    ),
    FindingKind.CAME_BACK: Raises(kind=IncidentKind.REJOINED, clause="P12", seconds=BRIEFLY),
    FindingKind.BEFORE_OPENING: Raises(
        kind=IncidentKind.BEFORE_OPENING, clause="P8", seconds=FOR_A_MINUTE
    ),
    FindingKind.NOT_RECORDED: Raises(
        kind=IncidentKind.NOT_RECORDED, clause="P2", seconds=FOR_A_MINUTE
    ),
}
# What is shown on the page of the call and goes no further.
SHOWN_ONLY: Mapping[FindingKind, str] = {
    FindingKind.NEVER_LET_IN: "P10",
    FindingKind.STAYED_ON: "P12",
    FindingKind.OTHER_MEETING: "P8",
    FindingKind.OTHER_TIME: "P8",
    FindingKind.OTHER_TITLE: "P8",
}


def clause_of(kind: FindingKind) -> str:
    """Return the clause of the policy that a finding is about."""
    return RAISES[kind].clause if kind in RAISES else SHOWN_ONLY[kind]


def is_serious(finding: Finding, *, at_worst: bool = True) -> bool:
    """Tell whether a finding alone is long enough for an incident.

    `at_worst` counts also what holds only if somebody nobody has named is who they could be.
    """
    raises = RAISES.get(finding.kind)
    seconds = finding.seconds if at_worst else finding.certain_seconds
    return raises is not None and seconds >= raises.seconds


def incidents_of_report(findings: Iterable[Finding], *, at_worst: bool) -> dict[IncidentKind, int]:
    """Return what reaches the safeguarding team, each with how many seconds it was in all.

    Seconds count together: three times five seconds alone with a pupil are fifteen (P1). Time alone with a
    pupil is not told a second time for not having been recorded: recording does not cure it.
    """
    seconds: dict[FindingKind, int] = {}
    for finding in findings:
        if finding.kind in RAISES:
            counted = finding.seconds if at_worst else finding.certain_seconds
            seconds[finding.kind] = seconds.get(finding.kind, 0) + counted
    if FindingKind.NOT_RECORDED in seconds:
        seconds[FindingKind.NOT_RECORDED] -= seconds.get(FindingKind.ONE_TO_ONE, 0)
    return {
        RAISES[kind].kind: found for kind, found in seconds.items() if found >= RAISES[kind].seconds
    }


def as_said(findings: Iterable[Finding], strangers: frozenset[str]) -> tuple[Finding, ...]:
    """Return the findings with what people said: that somebody unknown was there is certain then.

    `strangers` are the entries of which somebody has said that nobody here knows them.
    """
    return tuple(
        replace(one, certain_seconds=one.seconds)
        if one.kind is FindingKind.UNKNOWN_PERSON and strangers.issuperset(one.who)
        else one
        for one in findings
    )


def shows_more(seconds: int, *, known: int | None) -> bool:
    """Tell whether this is so much more than what the team has settled that it looks again.

    What did not come of a report was settled whatever its length.
    """
    return known is not None and seconds > known + ROUNDING


@dataclass(frozen=True, kw_only=True)
class Brought:
    """A report, as far as it matters which of several counts."""

    pk: int
    started_at: datetime
    ended_at: datetime
    is_from_graph: bool
    has_intervals: bool
    is_partial: bool
    brought_at: datetime

    @property
    def rank(self) -> tuple[bool, bool, bool, datetime, int]:
        """Return what is better: whole, with every coming and going, from Microsoft, newer."""
        return (
            not self.is_partial,
            self.has_intervals,
            self.is_from_graph,
            self.brought_at,
            self.pk,
        )

    def overlaps(self, other: "Brought") -> bool:
        """Tell whether both tell of the same time, or touch."""
        return self.started_at <= other.ended_at and other.started_at <= self.ended_at


def counting(reports: Iterable[Brought]) -> tuple[int, ...]:
    """Return which reports count: of those about the same time the best, and all others together.

    Teams writes one for each time that the meeting was started.
    """
    kept: list[Brought] = []
    for report in sorted(reports, key=lambda one: one.rank, reverse=True):
        if not any(report.overlaps(one) for one in kept):
            kept.append(report)
    return tuple(one.pk for one in sorted(kept, key=lambda one: (one.started_at, one.pk)))


OVER = frozenset({Status.ENDED, Status.CLOSED})


def takes_reports(status: Status, *, ends_at: datetime, now: datetime) -> bool:
    """Tell whether a call can have a whole report yet: Teams writes it when everybody has left."""
    return status in OVER or (status in {Status.SHARED, Status.OPEN} and now >= ends_at)


def reports_looked_for(
    within_days: int | None, *, now: datetime
) -> tuple[datetime, datetime] | None:
    """Return between when and when a call has ended whose report is looked for.

    Nothing where the school does not say that it uses them: nobody is reminded of what nobody wants.
    """
    if within_days is None:
        return None
    return now - REPORTS_LOOKED_FOR, now - timedelta(days=within_days)
