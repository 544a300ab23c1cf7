"""What of an attendance report reaches the team, which report counts, when one is looked for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from meetings import policy
from meetings.attendance import Finding, FindingKind
from meetings.policy import Brought, IncidentKind, Status

START = datetime(2026, 9, 17, 13, 0, tzinfo=UTC)
S = timedelta(seconds=1)
M = timedelta(minutes=1)
K = FindingKind


def finding(kind: FindingKind, seconds: int, certain: int | None = None) -> Finding:
    return Finding(
        kind=kind,
        start=START,
        end=START + seconds * S,
        seconds=seconds,
        certain_seconds=seconds if certain is None else certain,
        who=(),
    )


def test_every_kind_of_finding_is_told_or_shown_and_none_is_both() -> None:
    assert set(policy.RAISES) | set(policy.SHOWN_ONLY) == set(FindingKind)
    assert set(policy.RAISES) & set(policy.SHOWN_ONLY) == set()


# Kind, the clause, how long is just too short, the incident from one second more on.
THRESHOLDS = [
    (K.ONE_TO_ONE, "P1", 9, IncidentKind.ONE_TO_ONE),
    (K.NO_STAFF, "P13", 9, IncidentKind.NO_STAFF),
    (K.WITHOUT_CONSENT, "P5", 0, IncidentKind.NO_CONSENT),
    (K.UNKNOWN_PERSON, "P10", 9, IncidentKind.UNKNOWN_PERSON),
    (K.AFTER_REMOVAL, "P11", 9, IncidentKind.AFTER_REMOVAL),
    (K.CAME_BACK, "P12", 9, IncidentKind.REJOINED),
    (K.BEFORE_OPENING, "P8", 59, IncidentKind.BEFORE_OPENING),
    (K.NOT_RECORDED, "P2", 59, IncidentKind.NOT_RECORDED),
]


@pytest.mark.parametrize(("kind", "clause", "too_short", "incident"), THRESHOLDS)
def test_p1_p13_finding_is_an_incident_from_its_threshold_on(
    kind: FindingKind, clause: str, too_short: int, incident: IncidentKind
) -> None:
    short, long = finding(kind, too_short), finding(kind, too_short + 1)
    assert policy.incidents_of_report([short], at_worst=True) == {}
    assert policy.incidents_of_report([long], at_worst=True) == {incident: too_short + 1}
    assert (policy.is_serious(short), policy.is_serious(long)) == (False, True)
    assert policy.clause_of(kind) == clause


def test_thresholds_are_those_of_every_kind_that_is_told() -> None:
    assert {row[0] for row in THRESHOLDS} == set(policy.RAISES)


@pytest.mark.parametrize("kind", policy.SHOWN_ONLY)
def test_finding_that_is_only_shown_is_no_incident_however_long(kind: FindingKind) -> None:
    assert policy.incidents_of_report([finding(kind, 9_999)], at_worst=True) == {}
    assert not policy.is_serious(finding(kind, 9_999))


def test_p1_short_moments_alone_count_together() -> None:
    moments = [finding(K.ONE_TO_ONE, 4) for _ in range(3)]
    assert policy.incidents_of_report(moments[:2], at_worst=True) == {}
    assert policy.incidents_of_report(moments, at_worst=True) == {IncidentKind.ONE_TO_ONE: 12}


def test_p1_p2_time_alone_with_a_pupil_is_told_once_and_not_again_as_unrecorded() -> None:
    found = [finding(K.ONE_TO_ONE, 300), finding(K.NOT_RECORDED, 300)]
    assert policy.incidents_of_report(found, at_worst=True) == {IncidentKind.ONE_TO_ONE: 300}
    more = [*found, finding(K.NOT_RECORDED, 90)]
    assert policy.incidents_of_report(more, at_worst=True) == {
        IncidentKind.ONE_TO_ONE: 300,
        IncidentKind.NOT_RECORDED: 90,
    }


def test_e55_what_depends_on_a_name_is_told_only_at_its_worst() -> None:
    doubtful = [finding(K.ONE_TO_ONE, 300, certain=0), finding(K.NO_STAFF, 60, certain=20)]
    assert policy.incidents_of_report(doubtful, at_worst=False) == {IncidentKind.NO_STAFF: 20}
    assert policy.incidents_of_report(doubtful, at_worst=True) == {
        IncidentKind.ONE_TO_ONE: 300,
        IncidentKind.NO_STAFF: 60,
    }


@pytest.mark.parametrize(
    ("seconds", "known", "more"),
    [
        (300, 290, False),
        (301, 290, True),
        (290, 300, False),
        (11, 0, True),
        # Settled from the closing form, which knows no length.
        (9_999, None, False),
    ],
)
def test_later_report_shows_more_beyond_rounding_and_not_what_was_settled_as_a_whole(
    seconds: int, known: int | None, more: bool
) -> None:
    assert policy.shows_more(seconds, known=known) is more


def brought(pk: int, begins: int, ends: int, **facts: Any) -> Brought:
    defaults: dict[str, Any] = {
        "is_from_graph": False,
        "has_intervals": True,
        "is_partial": False,
        "brought_at": START + pk * M,
    }
    return Brought(
        pk=pk,
        started_at=START + begins * M,
        ended_at=START + ends * M,
        **(defaults | facts),
    )


COUNTING: list[tuple[str, list[Brought], tuple[int, ...]]] = [
    ("none", [], ()),
    ("one for each time the meeting was started", [brought(2, 20, 45), brought(1, 0, 15)], (1, 2)),
    ("of the same time the newest", [brought(1, 0, 45), brought(2, 0, 45)], (2,)),
    ("Microsoft's own before a newer file", [brought(1, 0, 45, is_from_graph=True), brought(2, 0, 45)], (1,)),
    ("comings and goings before first and last", [brought(1, 0, 45), brought(2, 0, 45, has_intervals=False, is_from_graph=True)], (1,)),
    ("a whole one before a list of the middle", [brought(1, 0, 45), brought(2, 0, 20, is_partial=True)], (1,)),
    ("touching is the same time", [brought(1, 0, 20), brought(2, 20, 45)], (2,)),
    ("better for a part, and what it leaves", [brought(1, 0, 45, is_partial=True), brought(2, 0, 20), brought(3, 50, 60)], (2, 3)),
]  # fmt: skip


@pytest.mark.parametrize(("label", "reports", "count"), COUNTING, ids=[row[0] for row in COUNTING])
def test_reports_that_count(label: str, reports: list[Brought], count: tuple[int, ...]) -> None:
    assert policy.counting(reports) == count


@pytest.mark.parametrize(
    ("status", "before", "after"),
    [
        (Status.DRAFT, False, False),
        (Status.ASKED, False, False),
        (Status.SHARED, False, True),
        (Status.OPEN, False, True),
        (Status.ENDED, True, True),
        (Status.CLOSED, True, True),
        (Status.CANCELLED, False, False),
    ],
)
def test_report_is_taken_when_the_call_is_over(status: Status, before: bool, after: bool) -> None:
    got = [policy.takes_reports(status, ends_at=START, now=now) for now in (START - S, START)]
    assert got == [before, after]


def test_report_is_looked_for_only_where_the_school_uses_them() -> None:
    assert policy.reports_looked_for(None, now=START) is None
    day = timedelta(days=1)
    assert policy.reports_looked_for(2, now=START) == (START - 30 * day, START - 2 * day)
