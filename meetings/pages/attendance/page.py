"""The page of what really happened: the state in a sentence, the people, what was wrong."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from meetings import policy
from meetings.attendance import (
    Expected,
    Finding,
    FindingKind,
    Findings,
    NotChecked,
    Person,
    Plan,
    Side,
)
from meetings.models import AttendanceReport
from meetings.pages.attendance import timeline
from meetings.pages.attendance.names import A_GUEST, hidden_names, name_of
from meetings.pages.attendance.timeline import Bar, Mark, Scale, Stretch, Tick
from meetings.pages.attendance.words import NOT_CHECKED, SHORT, WORDS, joined, lasting, unrecorded
from meetings.pages.parts import Head
from meetings.selectors import Told
from schoolsafe.lib import clock

# A rule is broken for a time and by somebody: only that is red in the picture.
IN_THE_PICTURE = frozenset(policy.RAISES)
ALONE_KINDS = frozenset({FindingKind.ONE_TO_ONE, FindingKind.NO_STAFF})
SIDES = {Side.ADULT: "Staff", Side.PUPIL: "Pupil", Side.UNKNOWN: "Not named"}
ORDER = {kind: place for place, kind in enumerate(FindingKind)}


@dataclass(frozen=True, kw_only=True)
class Found:
    """One finding as it is told: from when until when, how long, and how sure."""

    number: int
    words: str
    clause: str
    tone: str
    when: str
    length: str
    is_doubtful: bool


@dataclass(frozen=True, kw_only=True)
class PersonRow:
    """One person: the bars of the picture, and the same in words."""

    name: str
    side: str
    part: str
    bars: tuple[Bar, ...]
    broken: tuple[Bar, ...]
    times: tuple[str, ...]
    total: str
    wrong: str


@dataclass(frozen=True, kw_only=True)
class Offer:
    """Somebody whom an entry could be."""

    key: str
    name: str


@dataclass(frozen=True, kw_only=True)
class OpenName:
    """An entry of the report of whom nobody has said yet who it is."""

    key: str
    name: str
    address: str
    times: str
    offers: tuple[Offer, ...]


@dataclass(frozen=True, kw_only=True)
class NamedLine:
    """Who somebody said that an entry is."""

    key: str
    name: str
    who: str
    by: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class BroughtLine:
    """A report that was brought, and whether it counts."""

    report: AttendanceReport
    counts: bool


@dataclass(frozen=True, kw_only=True)
class AttendancePage:
    """All that the page shows; `began_at` is when the gravest thing began."""

    head: Head
    rows: tuple[PersonRow, ...]
    ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    planned: Bar
    summary: str
    serious: tuple[Found, ...]
    began_at: datetime | None
    others: tuple[Found, ...]
    not_checked: tuple[str, ...]
    open_names: tuple[OpenName, ...]
    named: tuple[NamedLine, ...]
    choices: tuple[Offer, ...]
    brought: tuple[BroughtLine, ...]


def attendance_page(told: Told, *, kept_from: Collection[str], now: datetime) -> AttendancePage:
    """Return what the reports of a call tell one person, who learns nothing of those `kept_from` them."""
    found = told.findings
    people = [person for person in found.people if person.key not in kept_from]
    is_waiting = told.is_waiting(now)
    hushed = {FindingKind.UNKNOWN_PERSON} if is_waiting else set()
    if told.awaits_closing(now):
        hushed.add(FindingKind.NOT_RECORDED)
    findings = _in_order(_visible(found, kept_from, hushed=hushed))
    hidden = hidden_names(found, kept_from)
    names = {person.key: name_of(person, hidden) for person in found.people}
    sides = {person.key: person.side for person in found.people}
    listed = [
        _found(one, number, _words(one, names, sides, told.plan), is_waiting=is_waiting)
        for number, one in enumerate(findings, start=1)
    ]
    numbered = list(zip(listed, findings, strict=True))
    red = [(row, one) for row, one in numbered if row.tone == "stop" and one.kind in IN_THE_PICTURE]
    booked = Stretch(starts_at=told.plan.booked.start, ends_at=told.plan.booked.end)
    scale = timeline.scale_of([booked, *_stretches(people)])
    serious = tuple(row for row in listed if row.tone != "quiet")
    open_names = tuple(_open_name(person, told, kept_from, hidden) for person in told.open_names)
    return AttendancePage(
        head=_head(serious, open_names, found),
        rows=tuple(_row(person, names[person.key], scale, numbered, red) for person in people),
        ticks=timeline.ticks(scale),
        marks=timeline.marks(
            scale, [Stretch(starts_at=o.start, ends_at=o.end, number=r.number) for r, o in red]
        ),
        planned=scale.bar(booked),
        summary=_summary(people, scale, len(red)),
        serious=serious,
        began_at=findings[0].start if serious else None,
        others=tuple(row for row in listed if row.tone == "quiet"),
        not_checked=tuple(NOT_CHECKED[one] for one in found.not_checked),
        open_names=open_names,
        named=_named(told, kept_from, hidden),
        choices=tuple(
            Offer(key=one.key, name=one.name) for one in _choices(told) if one.key not in kept_from
        ),
        brought=tuple(
            BroughtLine(report=report, counts=report.pk in told.counting) for report in told.reports
        ),
    )


def _visible(
    found: Findings, kept_from: Collection[str], *, hushed: Collection[FindingKind]
) -> list[Finding]:
    """Return the findings without those that are about nobody but people kept from the reader.

    While names are asked for, that they are missing is no finding, and while the host has not closed
    the call, neither is that nobody says it was recorded: both are `hushed`.
    """
    adults = {person.key for person in found.people if person.side is Side.ADULT}
    return [
        one
        for one in found.findings
        if (not set(one.who) & set(kept_from) or set(one.who) - set(kept_from) - adults)
        and (one.kind not in hushed or _is_known_of(one))
    ]


def _is_known_of(one: Finding) -> bool:
    """Tell whether somebody has said already that an entry is nobody we know."""
    return one.kind is FindingKind.UNKNOWN_PERSON and bool(one.certain_seconds)


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return the gravest first, each kind in order of time."""
    return sorted(
        findings, key=lambda one: (not policy.is_serious(one), ORDER[one.kind], one.start)
    )


def _found(one: Finding, number: int, words: str, *, is_waiting: bool) -> Found:
    return Found(
        number=number,
        words=words,
        clause=policy.clause_of(one.kind),
        tone=_tone(one, is_waiting=is_waiting),
        when=f"{clock.second_in_words(one.start)} to {clock.second_in_words(one.end)}",
        length=lasting(one.seconds, one.certain_seconds),
        is_doubtful=one.certain_seconds < one.seconds,
    )


def _words(one: Finding, names: Mapping[str, str], sides: Mapping[str, Side], plan: Plan) -> str:
    """Say what was found, of whom."""
    adults, pupils, unknown = (
        [names[key] for key in one.who if key in names and sides[key] is side]
        for side in (Side.ADULT, Side.PUPIL, Side.UNKNOWN)
    )
    about = pupils + unknown or adults
    # Those who are named stand for what they are; somebody unnamed takes the part that is left.
    first = adults or (unknown[:1] if pupils else unknown[1:])
    second = pupils or [name for name in unknown if name not in first]
    besides = [name for name in unknown if name not in first + second]
    return WORDS[one.kind].format(
        names=joined(about),
        was="was" if len(about) == 1 else "were",
        adult=joined(first),
        pupil=joined(second),
        besides=f", unless {joined(besides)} was another person" if besides else "",
        unrecorded=unrecorded(plan),
    )


def _tone(one: Finding, *, is_waiting: bool) -> str:
    """Return how grave a finding is: certain, to be cleared up, or only worth knowing."""
    if not policy.is_serious(one):
        return "quiet"
    return "stop" if policy.is_serious(one, at_worst=not is_waiting) else "care"


def _stretches(people: Iterable[Person]) -> list[Stretch]:
    return [
        Stretch(starts_at=spent.start, ends_at=spent.end)
        for person in people
        for spent in person.intervals
    ]


def _parts(person: Person, one: Finding) -> list[Stretch]:
    """Return when somebody was on the call while a rule was broken; red stands only where they were."""
    spans = [(max(one.start, spent.start), min(one.end, spent.end)) for spent in person.intervals]
    return [Stretch(starts_at=start, ends_at=end) for start, end in spans if start < end]


def _row(
    person: Person,
    name: str,
    scale: Scale,
    numbered: Sequence[tuple[Found, Finding]],
    red: Sequence[tuple[Found, Finding]],
) -> PersonRow:
    own = [
        (row, one)
        for row, one in numbered
        if person.key in one.who and row.tone != "quiet" and one.kind in IN_THE_PICTURE
    ]
    broken = [part for _, one in red if person.key in one.who for part in _parts(person, one)]
    return PersonRow(
        name=name,
        side=person.side.value,
        part=SIDES[person.side],
        bars=tuple(scale.bar(one) for one in _stretches([person])),
        broken=tuple(scale.bar(one) for one in broken),
        times=tuple(
            f"{clock.second_in_words(spent.start)} to {clock.second_in_words(spent.end)}"
            for spent in person.intervals
        ),
        total=clock.length_in_words(sum(spent.seconds for spent in person.intervals)),
        wrong=", ".join(f"{row.number} ({SHORT[one.kind]})" for row, one in own),
    )


def _summary(people: Sequence[Person], scale: Scale, broken: int) -> str:
    """Return the picture in a sentence, for whoever cannot see it."""
    staff = sum(person.side is Side.ADULT for person in people)
    pupils = sum(person.side is Side.PUPIL for person in people)
    unnamed = len(people) - staff - pupils
    return (
        f"From {clock.second_in_words(scale.starts_at)} to {clock.second_in_words(scale.ends_at)}: "
        f"{staff} of staff, {pupils} pupils, {unnamed} not named. "
        f"Marked red, with stripes and a number, where a rule was broken: {broken}."
    )


def _head(serious: Sequence[Found], open_names: Sequence[OpenName], found: Findings) -> Head:
    """Return what the reports come to, in one sentence."""
    certain = [row for row in serious if row.tone == "stop"]
    if certain:
        first = certain[0]
        rest = len(certain) - 1
        more = f" And {rest} more finding{'' if rest == 1 else 's'}." if rest else ""
        return Head(
            tone="stop",
            sentence=f"{first.words.rstrip('.')}: {first.length}.{more}",
            detail="The safeguarding team has been told.",
            clause=first.clause,
        )
    if open_names:
        one = len(open_names) == 1
        return Head(
            tone="care",
            sentence=f"{len(open_names)} name{'' if one else 's'} of the report "
            f"{'is' if one else 'are'} not known yet. Say who {'that was' if one else 'they were'}.",
            detail="After a day whoever is not named is taken for the worst they could be, and the "
            "safeguarding team is told.",
            next_label="Say who",
            next_url="#names",
        )
    if NotChecked.ALONE in found.not_checked:
        return Head(
            tone="care",
            sentence="The check could not be made.",
            detail=NOT_CHECKED[NotChecked.ALONE],
        )
    if serious:
        return Head(tone="care", sentence=serious[0].words, clause=serious[0].clause)
    return Head(
        tone="clear",
        sentence="No child was alone with one adult, and none was without staff.",
        detail="As far as the attendance report of Teams tells.",
    )


def _open_name(
    person: Person, told: Told, kept_from: Collection[str], hidden: Collection[str]
) -> OpenName:
    names = {one.key: one.name for one in _choices(told)}
    times = [
        f"{clock.second_in_words(one.start)} to {clock.second_in_words(one.end)}"
        for one in person.intervals
    ]
    return OpenName(
        key=person.key,
        address="" if person.key in hidden else told.addresses.get(person.key, ""),
        name=A_GUEST if person.key in hidden else person.name,
        times="; ".join(times),
        offers=tuple(
            Offer(key=key, name=names[key])
            for key in person.offers
            if key in names and key not in kept_from
        ),
    )


def _choices(told: Told) -> list[Expected]:
    """Return everybody of the call, the staff first."""
    staff = [one for one in told.plan.staff if one.role]
    return [*staff, *told.plan.pupils]


def _named(
    told: Told, kept_from: Collection[str], hidden: Collection[str]
) -> tuple[NamedLine, ...]:
    """Return who was named by a person, and by whom."""
    entries = {entry.key: entry.name for entry in told.report.attendees}
    lines = []
    for key, row in told.recognitions.items():
        is_hidden = row.pupil_id is not None and f"pupil-{row.pupil_id}" in kept_from
        if key not in entries or is_hidden:
            continue
        lines.append(
            NamedLine(
                key=key,
                name=A_GUEST if key in hidden else entries[key],
                who=str(row.staff or row.pupil or "nobody we know"),
                by=row.recognised_by.name,
                at=row.recognised_at,
            )
        )
    return tuple(lines)
