"""What the safeguarding team must not lack (G12, E89, A45), and when a school has a lead."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from school import team
from school.roles import Role
from school.team import Member, Part, Team

TODAY = date(2026, 9, 15)
TUESDAY = (datetime(2026, 9, 15, 7, 30, tzinfo=UTC), datetime(2026, 9, 15, 15, 0, tzinfo=UTC))
WEDNESDAY = tuple(at + timedelta(days=1) for at in TUESDAY)
LEAH, DANA, CAROL = 1, 2, 3
LEAD = Part(staff_id=LEAH, role=Role.DSL)
DEPUTY = Part(staff_id=DANA, role=Role.SAFEGUARDING)
PEOPLE = {
    LEAH: Member(staff_id=LEAH, name="Leah Lead"),
    DANA: Member(staff_id=DANA, name="Dana Deputy"),
    CAROL: Member(staff_id=CAROL, name="Carol Colleague"),
}
HOURS = (TUESDAY, WEDNESDAY)


def of(*parts: Part, **changed: Member) -> Team:
    """A team of these parts; what is different about somebody by their first name."""
    people = {one.name.split()[0].lower(): one for one in PEOPLE.values()} | changed
    known = {one.staff_id: one for one in people.values()}
    return Team(parts=parts, people=known, hours=HOURS)


def codes(found: list[team.Finding]) -> list[str]:
    return [one.code for one in found]


def without(who: int, **facts: object) -> Member:
    return replace(PEOPLE[who], **facts)  # type: ignore[arg-type]


AWAY = ((TUESDAY[0] - timedelta(days=1), TUESDAY[1]),)
MORNING = ((TUESDAY[0] - timedelta(hours=1), TUESDAY[0] + timedelta(hours=4)),)
AFTERNOON = ((TUESDAY[0] + timedelta(hours=3), TUESDAY[1]),)
LATE_AFTERNOON = ((TUESDAY[0] + timedelta(hours=4), TUESDAY[1]),)
WEEKEND = ((datetime(2026, 9, 19, tzinfo=UTC), datetime(2026, 9, 21, tzinfo=UTC)),)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (of(LEAD, DEPUTY), []),
        (of(LEAD, replace(DEPUTY, role=Role.DSL)), []),
        (of(DEPUTY), ["no_lead"]),
        (of(), ["no_lead"]),
        (of(LEAD), ["alone"]),
        (of(LEAD, replace(DEPUTY, first=TODAY + timedelta(days=1))), ["alone"]),
        (of(LEAD, replace(DEPUTY, last=TODAY - timedelta(days=1))), ["alone"]),
        (of(LEAD, replace(DEPUTY, last=TODAY)), []),
        (of(LEAD, replace(DEPUTY, role=Role.HEADTEACHER)), ["alone"]),
        (of(LEAD, DEPUTY, dana=without(DANA, has_factor=False)), ["no_second_factor"]),
        (
            of(
                LEAD,
                DEPUTY,
                leah=without(LEAH, has_factor=False),
                dana=without(DANA, has_factor=False),
            ),
            ["no_second_factor_at_all"],
        ),
        (of(LEAD, DEPUTY, leah=without(LEAH, has_telephone=False)), ["no_telephone"]),
        (of(LEAD, leah=without(LEAH, has_telephone=False)), ["alone", "no_telephone_at_all"]),
        # Of somebody who is not on the team nothing is said.
        (of(LEAD, DEPUTY, carol=without(CAROL, has_factor=False, has_telephone=False)), []),
        (of(LEAD, DEPUTY, leah=without(LEAH, away=AWAY)), []),
        (
            of(LEAD, DEPUTY, leah=without(LEAH, away=AWAY), dana=without(DANA, away=MORNING)),
            ["all_away"],
        ),
        (
            of(LEAD, DEPUTY, leah=without(LEAH, away=MORNING), dana=without(DANA, away=AFTERNOON)),
            ["all_away"],
        ),
        (
            of(
                LEAD,
                DEPUTY,
                leah=without(LEAH, away=MORNING),
                dana=without(DANA, away=LATE_AFTERNOON),
            ),
            [],
        ),
        (
            of(LEAD, DEPUTY, leah=without(LEAH, away=WEEKEND), dana=without(DANA, away=WEEKEND)),
            [],
        ),
    ],
)
def test_g12_e89_a45_what_the_team_lacks(given: Team, expected: list[str]) -> None:
    assert codes(team.lacks(given, on=TODAY)) == expected


def test_g12_day_without_anybody_is_named_and_many_are_counted() -> None:
    days = tuple(
        (TUESDAY[0] + timedelta(days=day), TUESDAY[1] + timedelta(days=day)) for day in range(5)
    )
    gone = without(LEAH, away=((days[0][0], days[-1][1]),))
    [_, found] = team.lacks(replace(of(LEAD, leah=gone), hours=days), on=TODAY)
    assert found.words == (
        "Everybody on the safeguarding team is away at some time on Tuesday 15 September, Wednesday "
        "16 September, Thursday 17 September and 2 more school days."
    )


def test_g12_part_that_ends_is_told_before_it_does() -> None:
    ends = replace(DEPUTY, last=date(2026, 9, 30))
    [found] = team.lacks_ahead(of(LEAD, ends), on=TODAY)
    assert (found.code, found.words) == (
        "alone",
        "From Thursday 1 October on: Leah Lead is the whole safeguarding team: nobody covers for them.",
    )
    far = replace(DEPUTY, last=TODAY + team.LOOKS_AHEAD)
    assert team.lacks_ahead(of(LEAD, far), on=TODAY) == []


def test_what_is_lacking_already_is_said_once_and_what_blocks_comes_first() -> None:
    begins = Part(staff_id=CAROL, role=Role.SAFEGUARDING, first=date(2026, 9, 20))
    bare = of(DEPUTY, begins, dana=without(DANA, has_factor=False))
    found = team.lacks_ahead(replace(bare, hours=()), on=TODAY)
    assert codes(found) == ["no_lead", "no_second_factor_at_all", "no_second_factor"]
    assert found[-1].words.startswith("From Sunday 20 September on: Dana Deputy has no second")


def test_change_brings_what_was_not_lacking_before() -> None:
    before = team.lacks(of(LEAD, DEPUTY, leah=without(LEAH, has_factor=False)), on=TODAY)
    after = team.lacks(of(LEAD, leah=without(LEAH, has_factor=False)), on=TODAY)
    assert codes(team.new(before, after)) == ["alone", "no_second_factor_at_all"]
    assert team.new(after, after) == []


NEXT = Part(staff_id=CAROL, role=Role.DSL, first=date(2026, 10, 1))
UNTIL = replace(LEAD, last=date(2026, 9, 30))


@pytest.mark.parametrize(
    ("before", "after", "gap"),
    [
        ([LEAD], [UNTIL], date(2026, 10, 1)),
        ([LEAD], [], TODAY),
        ([LEAD, NEXT], [UNTIL, NEXT], None),
        ([LEAD, NEXT], [replace(LEAD, last=date(2026, 9, 29)), NEXT], date(2026, 9, 30)),
        # A lead who is to come is counted on by the end of the one before.
        ([UNTIL, NEXT], [UNTIL], date(2026, 10, 1)),
        ([LEAD, replace(DEPUTY, role=Role.DSL)], [LEAD], None),
        # What was lacking before is nothing that the change brings.
        ([], [], None),
        ([UNTIL], [UNTIL], None),
    ],
)
def test_school_always_has_a_lead(before: list[Part], after: list[Part], gap: date | None) -> None:
    assert team.unled_by(before, after, on=TODAY) == gap


@pytest.mark.parametrize(
    ("first", "last", "other_first", "other", "expected"),
    [
        (1, None, None, None, True),
        (1, 5, 6, None, False),
        (1, 6, 6, None, True),
        (6, None, None, 5, False),
        (5, None, None, 5, True),
        (1, 9, 3, 4, True),
    ],
)
def test_days_in_common(
    first: int, last: int | None, other_first: int | None, other: int | None, expected: bool
) -> None:
    def day(number: int | None) -> date | None:
        return None if number is None else date(2026, 9, number)

    begins = date(2026, 9, first)
    assert team.overlaps(begins, day(last), day(other_first), day(other)) is expected


def test_proposal_lapses_after_two_weeks_and_never_begins_before_it_is_approved() -> None:
    at = datetime(2026, 9, 15, 13, tzinfo=UTC)
    assert team.lapses_at(at) == at + timedelta(days=14)
    assert team.begins_on(TODAY, on=TODAY + timedelta(days=1)) == TODAY + timedelta(days=1)
    assert team.begins_on(TODAY, on=TODAY - timedelta(days=1)) == TODAY
