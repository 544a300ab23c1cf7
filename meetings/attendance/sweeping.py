"""Who was alone with whom: one pass over all comings and goings in the order of time.

How people count whom nobody has named: as the pupil they may be, never as the second adult and never
as the second pupil who would make it safe. So an unnamed person can make a finding and cannot clear
one; the seconds that hold whoever they are, are counted for themselves. Only somebody of the plan's
staff is an adult, whatever role Teams gives them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice

from meetings.attendance.findings import Finding, FindingKind, Person, Side
from meetings.attendance.plans import Plan
from meetings.attendance.reports import Interval

# In a report made to do harm one adult comes and goes ten thousand times among ten thousand people.
MOST_NAMED = 200


@dataclass(slots=True)
class _Run:
    """A finding that is still going on."""

    kind: FindingKind
    start: datetime
    # A run ends when another pair is alone.
    pair: tuple[str, ...]
    who: dict[str, None]
    certain: timedelta = timedelta(0)

    def finding(self, end: datetime) -> Finding:
        """Return what it was, now that it is over."""
        return Finding(
            kind=self.kind,
            start=self.start,
            end=end,
            seconds=Interval(self.start, end).seconds,
            certain_seconds=round(self.certain.total_seconds()),
            who=tuple(self.who),
        )


def swept(people: Sequence[Person], plan: Plan, *, has_intervals: bool) -> Iterator[Finding]:
    """Find every second of one adult with one pupil (P1), of pupils without an adult (P13), unrecorded (P2).

    What had to be recorded is all the time with pupils where that was promised, and else the time with
    one adult (E62); that nobody has said anything is not that it was recorded. Without intervals only
    a promise can be looked at.
    """
    sweep = _Sweep(promised=plan.recording_promised)
    kinds = [FindingKind.ONE_TO_ONE, FindingKind.NO_STAFF] if has_intervals else []
    if not plan.recording_made and (plan.recording_promised or has_intervals):
        kinds.append(FindingKind.NOT_RECORDED)
    return sweep.findings(people, kinds)


class _Sweep:
    """Who is in at a moment, and what has been wrong since when."""

    def __init__(self, *, promised: bool) -> None:
        self._promised = promised
        # Dictionaries, because they keep the order of coming.
        self._adults: dict[str, None] = {}
        self._pupils: dict[str, None] = {}
        self._unknown: dict[str, None] = {}
        self._runs: dict[FindingKind, _Run] = {}
        self._came: list[str] = []

    def findings(self, people: Sequence[Person], kinds: Sequence[FindingKind]) -> Iterator[Finding]:
        """Go through all comings and goings once; those of one second are one change."""
        sides = {Side.ADULT: self._adults, Side.PUPIL: self._pupils, Side.UNKNOWN: self._unknown}
        places = [(sides[person.side], person.key) for person in people]
        adults, runs, came = self._adults, self._runs, self._came
        always = self._promised and FindingKind.NOT_RECORDED in kinds
        since = None
        for at, comes, number in _changes(people):
            # With two adults in, and nothing going on that this would end, there is nothing to ask.
            if since is not None and at != since and (runs or always or len(adults) < 2):
                yield from self._held(kinds, since, at)
            since = at
            side, key = places[number]
            if comes:
                side[key] = None
                if runs:
                    came.append(key)
            else:
                del side[key]
        if since is not None:
            yield from self._held(kinds, since, since)

    def _held(
        self, kinds: Sequence[FindingKind], since: datetime, until: datetime
    ) -> Iterator[Finding]:
        """Say what is over, now that these people have been in from one moment until another."""
        for kind in kinds:
            pair = self._pair(kind)
            run = self._runs.get(kind)
            if run and run.pair != pair:
                yield self._runs.pop(kind).finding(since)
                run = None
            if pair is not None:
                self._go_on(run or self._begun(kind, pair, since), until - since)
        self._came.clear()

    def _pair(self, kind: FindingKind) -> tuple[str, ...] | None:
        """Return who makes the finding at this moment, or none where there is nothing to find."""
        adults = len(self._adults)
        if not self._pupils and not self._unknown:
            return None
        if kind is FindingKind.NO_STAFF:
            return None if adults else ()
        if kind is FindingKind.NOT_RECORDED:
            return () if self._promised or adults == 1 else None
        if adults != 1 or len(self._pupils) > 1:
            return None
        return (*self._adults, *self._pupils)

    def _begun(self, kind: FindingKind, pair: tuple[str, ...], since: datetime) -> _Run:
        """Begin a finding with everybody who is in, adults first."""
        everybody = chain(self._adults, self._pupils, self._unknown)
        who = dict.fromkeys(islice(everybody, MOST_NAMED))
        return self._runs.setdefault(kind, _Run(kind, since, pair, who))

    def _go_on(self, run: _Run, time: timedelta) -> None:
        """Add to a finding who has come, and the time if it holds whoever the unnamed are."""
        for key in self._came:
            if len(run.who) < MOST_NAMED:
                run.who[key] = None
        is_promised = run.kind is FindingKind.NOT_RECORDED and self._promised
        if self._pupils and (is_promised or not self._unknown):
            run.certain += time


def _changes(people: Sequence[Person]) -> list[tuple[datetime, bool, int]]:
    """Return every coming and going in order; whoever was in for no second changes nothing."""
    changes = [
        change
        for number, person in enumerate(people)
        for interval in person.intervals
        if interval.start != interval.end
        for change in ((interval.start, True, number), (interval.end, False, number))
    ]
    changes.sort()
    return changes
