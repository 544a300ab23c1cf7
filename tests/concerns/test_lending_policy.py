"""Sight of one concern that is not one's own, as tables; no database."""

from datetime import date, datetime, timedelta

import pytest

from concerns import policy
from concerns.policy import Action, Desk, Sight
from tests.concerns.test_policy import (
    CAST,
    DEPUTY,
    HEAD,
    HOURS,
    LEAD,
    LONDON,
    TEACHER,
    TUESDAY,
    a_concern,
)

EVERYBODY = frozenset(viewer.staff_id for viewer in CAST.values())
DAY = timedelta(days=1)


@pytest.mark.parametrize("name", list(CAST))
@pytest.mark.parametrize("desk", list(Desk))
def test_a43_a_share_lends_sight_to_whoever_has_none_and_takes_none_away(
    name: str, desk: Desk
) -> None:
    own = policy.sight(CAST[name], a_concern(desk=desk))

    lent = policy.sight(CAST[name], a_concern(desk=desk, shared_with=EVERYBODY))

    assert lent is (own or Sight.SHARED)


@pytest.mark.parametrize("name", list(CAST))
def test_a48_an_opening_lends_sight_to_the_team_and_the_head_alone(name: str) -> None:
    concern = a_concern(desk=Desk.CHAIR, opened_by=EVERYBODY)

    expected = {"lead": Sight.EMERGENCY, "deputy": Sight.EMERGENCY, "head": Sight.EMERGENCY}
    assert policy.sight(CAST[name], concern) is expected.get(
        name, Sight.DESK if name == "chair" else None
    )


@pytest.mark.parametrize("name", list(CAST))
@pytest.mark.parametrize("desk", list(Desk))
def test_e4_whoever_stands_outside_sees_nothing_whatever_was_lent(name: str, desk: Desk) -> None:
    concern = a_concern(desk=desk, excluded=EVERYBODY, shared_with=EVERYBODY, opened_by=EVERYBODY)

    assert policy.sight(CAST[name], concern) is None


@pytest.mark.parametrize("lent", ["shared_with", "opened_by"])
def test_a43_whoever_reads_what_was_lent_may_add_and_nothing_else(lent: str) -> None:
    concern = a_concern(desk=Desk.HEADTEACHER, **{lent: frozenset({DEPUTY})})

    assert policy.actions_for(CAST["deputy"], concern) == {Action.ADD}


@pytest.mark.parametrize(
    ("name", "desk", "excluded", "expected"),
    [
        ("lead", Desk.HEADTEACHER, (), True),
        ("deputy", Desk.HEADTEACHER, (), True),
        ("deputy", Desk.CHAIR, (), True),
        ("deputy", Desk.OUTSIDE, (), True),
        ("head", Desk.CHAIR, (), True),
        # One's own, or one that one stands outside, is opened by nobody.
        ("deputy", Desk.TEAM, (), False),
        ("head", Desk.HEADTEACHER, (), False),
        ("deputy", Desk.HEADTEACHER, (DEPUTY,), False),
        ("head", Desk.CHAIR, (HEAD,), False),
        ("chair", Desk.HEADTEACHER, (), False),
        ("reporter", Desk.TEAM, (), False),
        ("office", Desk.TEAM, (), False),
        ("it", Desk.TEAM, (), False),
        ("nobody", Desk.TEAM, (), False),
    ],
)
def test_a48_who_may_open_what_in_an_emergency(
    name: str, desk: Desk, excluded: tuple[int, ...], expected: bool
) -> None:
    concern = a_concern(desk=desk, excluded=frozenset(excluded))

    assert policy.may_open_in_emergency(CAST[name], concern) is expected


@pytest.mark.parametrize(
    ("name", "opened_by", "excluded", "expected"),
    [
        ("lead", DEPUTY, (), True),
        ("head", DEPUTY, (), True),
        ("chair", DEPUTY, (), True),
        ("lead", LEAD, (), False),
        ("lead", DEPUTY, (LEAD,), False),
        ("head", HEAD, (), False),
        ("deputy", LEAD, (), False),
        ("it", LEAD, (), False),
        ("nobody", LEAD, (), False),
    ],
)
def test_a48_another_person_inside_the_concern_reviews_an_opening(
    name: str, opened_by: int, excluded: tuple[int, ...], expected: bool
) -> None:
    concern = a_concern(excluded=frozenset(excluded))

    assert policy.may_review(CAST[name], concern, opened_by=opened_by) is expected


@pytest.mark.parametrize(
    ("today", "usual", "last"),
    [
        (date(2026, 9, 15), date(2026, 9, 29), date(2026, 12, 18)),
        (date(2026, 12, 10), date(2026, 12, 18), date(2026, 12, 18)),
        (date(2026, 12, 18), date(2026, 12, 18), date(2026, 12, 18)),
        # Outside all terms nobody knows when the school year ends.
        (date(2027, 8, 1), date(2027, 8, 15), date(2027, 8, 15)),
    ],
)
def test_a43_a_share_lasts_two_weeks_and_never_past_the_school_year(
    today: date, usual: date, last: date
) -> None:
    assert policy.shared_until(HOURS, today) == usual
    assert policy.shared_until_at_most(HOURS, today) == last


def at(day: int, hour: int, month: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("opened_at", "due"),
    [
        (TUESDAY, at(18, 16)),
        # Friday evening belongs to Monday; half-term does not count.
        (at(18, 20), at(24, 16)),
        (at(22, 10, month=10), at(3, 16, month=11)),
    ],
)
def test_a48_an_opening_is_reviewed_within_three_school_days(
    opened_at: datetime, due: datetime
) -> None:
    assert policy.review_by(HOURS, opened_at=opened_at) == due


@pytest.mark.parametrize(
    ("waited", "expected"),
    [
        (timedelta(), (0, at(16, 16))),
        (DAY, (0, at(16, 16))),
        (DAY + timedelta(hours=6), (1, at(17, 16))),
        (2 * DAY + timedelta(hours=6), (2, at(18, 16))),
        (3 * DAY + timedelta(hours=6), (3, at(19, 16))),
        (30 * DAY + timedelta(hours=6), (30, at(16, 16, month=10))),
    ],
)
def test_a48_the_reminders_of_a_review_never_end(
    waited: timedelta, expected: tuple[int, datetime]
) -> None:
    assert policy.review_reminder(HOURS, opened_at=TUESDAY, now=TUESDAY + waited) == expected


def test_a48_the_reporter_adds_to_their_own_though_it_was_never_lent() -> None:
    assert policy.sight(CAST["reporter"], a_concern(reporter_id=TEACHER)) is None
