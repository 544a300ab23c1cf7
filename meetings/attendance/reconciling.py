"""What really happened, held against what was planned."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from meetings.attendance.findings import Finding, FindingKind, Findings, NotChecked, Person, Side
from meetings.attendance.matching import people_in, words_of
from meetings.attendance.plans import ExpectedPupil, Plan
from meetings.attendance.reports import Interval, Report
from meetings.attendance.sweeping import swept

Part = Callable[[Interval], Interval | None]


def reconcile(report: Report, plan: Plan) -> Findings:
    """Return who was in, everything that was wrong, and what could not be looked at.

    Each finding is exact to the second; where the report has no intervals it goes by when people
    first came and last left, and who was alone with whom is not looked at.
    """
    people = people_in(report.attendees, plan)
    findings = [
        *swept(people, plan, has_intervals=report.has_intervals),
        *_strangers(people),
        *_pupils(people, plan),
        *_doors(people, plan),
        *_other_meeting(report, plan),
    ]
    findings.sort(key=lambda finding: (finding.start, finding.end, finding.kind, finding.who))
    return Findings(
        people=people, findings=tuple(findings), not_checked=tuple(_not_checked(report, plan))
    )


def _strangers(people: Iterable[Person]) -> Iterator[Finding]:
    """Find everybody whom nobody has named."""
    for person in people:
        if person.side is Side.UNKNOWN:
            yield from _each(FindingKind.UNKNOWN_PERSON, person)


def _pupils(people: Iterable[Person], plan: Plan) -> Iterator[Finding]:
    """Find pupils who should not have been in, or not any more (P5, P10, P11)."""
    pupils = {pupil.key: pupil for pupil in plan.pupils}
    for person in people:
        pupil = pupils.get(person.key)
        if pupil is not None:
            yield from _pupil(person, pupil)


def _pupil(person: Person, pupil: ExpectedPupil) -> Iterator[Finding]:
    if not pupil.has_consent:
        yield from _each(FindingKind.WITHOUT_CONSENT, person)
    elif pupil.consent_ended_at is not None:
        ended = _second(pupil.consent_ended_at)
        yield from _each(FindingKind.WITHOUT_CONSENT, person, _since(ended))
    if not pupil.was_let_in:
        yield from _each(FindingKind.NEVER_LET_IN, person)
    if pupil.removed_at is not None:
        yield from _each(FindingKind.AFTER_REMOVAL, person, _since(_second(pupil.removed_at)))


def _doors(people: Iterable[Person], plan: Plan) -> Iterator[Finding]:
    """Find who was in before the door was opened or after the end (P8, P12, P13, E65).

    Adults are left out: one who is there early, tidies up or looks again five minutes later does what
    they should, and whether they were alone with a pupil is found for itself. A door that nobody
    opened was never open.
    """
    opened, ended = (at and _second(at) for at in (plan.opened, plan.ended))
    for person in people:
        if person.side is Side.ADULT or not person.intervals:
            continue
        if opened is None or person.intervals[0].start < opened:
            yield from _each(FindingKind.BEFORE_OPENING, person, _until(opened))
        if ended is not None and person.intervals[-1].end >= ended:
            yield from _each(FindingKind.STAYED_ON, person, _across(ended))
            yield from _each(FindingKind.CAME_BACK, person, _from(ended))


def _each(
    kind: FindingKind, person: Person, part: Part = lambda interval: interval
) -> Iterator[Finding]:
    """Yield a finding for that part of each stay; nothing is certain of somebody not named yet."""
    for interval in person.intervals:
        wrong = part(interval)
        if wrong is not None:
            yield Finding(
                kind=kind,
                start=wrong.start,
                end=wrong.end,
                seconds=wrong.seconds,
                certain_seconds=0 if person.side is Side.UNKNOWN else wrong.seconds,
                who=(person.key,),
            )


def _until(limit: datetime | None) -> Part:
    """Take what lies before a moment; all of it where there is no such moment."""

    def part(interval: Interval) -> Interval | None:
        if limit is None:
            return interval
        if interval.start >= limit:
            return None
        return Interval(interval.start, min(interval.end, limit))

    return part


def _since(limit: datetime) -> Part:
    """Take what lies after a moment, whether it began there or before."""

    def part(interval: Interval) -> Interval | None:
        if interval.start < limit and interval.end <= limit:
            return None
        return Interval(max(interval.start, limit), interval.end)

    return part


def _across(limit: datetime) -> Part:
    """Take what lies after a moment of a stay that began before it."""
    rest = _since(limit)
    return lambda interval: rest(interval) if interval.start < limit else None


def _from(limit: datetime) -> Part:
    """Take a stay that began at a moment or after it."""
    return lambda interval: interval if interval.start >= limit else None


def _other_meeting(report: Report, plan: Plan) -> Iterator[Finding]:
    """Find what says that the report is about another meeting than the one that was booked (E70).

    The meeting's id is proof, and then the title is not asked (E68). The time is always asked: one id
    may stand for a call of every week.
    """
    if report.meeting_id and plan.meeting_id:
        if report.meeting_id != plan.meeting_id:
            yield _of_all(FindingKind.OTHER_MEETING, report)
    elif report.title and plan.title and words_of(report.title) != words_of(plan.title):
        yield _of_all(FindingKind.OTHER_TITLE, report)
    begins = min(_moments(plan.booked.start, plan.opened))
    ends = max(_moments(plan.booked.end, plan.opened, plan.ended))
    if report.ended <= begins or report.started >= ends:
        yield _of_all(FindingKind.OTHER_TIME, report)


def _of_all(kind: FindingKind, report: Report) -> Finding:
    whole = Interval(report.started, report.ended)
    seconds = whole.seconds
    return Finding(
        kind=kind,
        start=whole.start,
        end=whole.end,
        seconds=seconds,
        certain_seconds=seconds,
        who=(),
    )


def _moments(*times: datetime | None) -> Sequence[datetime]:
    return [_second(time) for time in times if time is not None]


def _not_checked(report: Report, plan: Plan) -> Iterator[NotChecked]:
    if not report.has_intervals:
        yield NotChecked.ALONE
    if report.is_partial:
        yield NotChecked.AFTER_THE_LIST
    if plan.ended is None:
        yield NotChecked.AFTER_THE_END


def _second(at: datetime) -> datetime:
    """Return a moment of ours as the report has moments: in UTC, to the whole second."""
    return at.astimezone(UTC).replace(microsecond=0)
