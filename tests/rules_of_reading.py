"""In what order a child's chronology stands: tables of docs/rules.md."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from concerns.chronology import DECISIONS, STEPS, Line
from concerns.policy import EntryKind, When
from schoolsafe.staffing.reading import yes

TIME_HEAD = ["the time of the event", "stands where"]
STEPS_HEAD = ["entry", "who knew what when", "among decisions alone"]


def times() -> list[list[str]]:
    """Where something stands by how well its time is known."""
    written = datetime(2026, 9, 15, 13, tzinfo=UTC)
    event = written - timedelta(days=9)
    line = Line(concern="", kind="", noted_at=written, happened_at=event)
    places = {event: "when it happened", written: "when it was written"}
    return [[when.value, places[replace(line, happened=when).at]] for when in When]


def steps() -> list[list[str]]:
    """What each step of a case is called, and whether it is shown among decisions."""
    return [
        [kind.value, STEPS[kind].value if kind in STEPS else "–", yes(kind in DECISIONS)]
        for kind in EntryKind
        if kind in STEPS or kind in DECISIONS
    ]
