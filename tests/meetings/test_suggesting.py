"""Whom the plan suggests as the second adult: free, eligible, nearest first, and why (E59, E60)."""

from typing import Any

import pytest

from meetings.policy import Colleague, suggested


def one(staff_id: int, **facts: Any) -> Colleague:
    return Colleague(staff_id=staff_id, name=f"Adult {staff_id}", **facts)


def order(*people: Colleague, household: str = "", closed: str = "") -> list[int]:
    found = suggested(people, host_household=household, closed_because=closed)
    return [suggestion.staff_id for suggestion in found]


@pytest.mark.parametrize(
    ("facts", "busy"),
    [
        ({"is_eligible": False}, "not eligible for calls"),
        ({"is_away": True}, "away then"),
        ({"is_on_a_call": True}, "on another call then"),
        ({"is_eligible": False, "is_away": True, "is_on_a_call": True}, "not eligible for calls"),
        ({"is_away": True, "is_on_a_call": True}, "away then"),
    ],
)
def test_e59_who_would_not_count_or_is_taken_is_not_suggested(
    facts: dict[str, Any], busy: str
) -> None:
    taken = one(1, **facts)
    assert (order(taken, one(2)), taken.busy_because) == ([2], busy)


def test_e30_colleague_who_is_barred_is_not_suggested_and_no_word_is_said_of_it() -> None:
    barred = one(1, is_barred=True)
    assert (order(barred, one(2)), barred.busy_because) == ([2], "")


@pytest.mark.parametrize(
    ("near", "far"),
    [
        ({"calls_together": 3}, {"calls_together": 2, "teaches": "5B"}),
        ({"calls_together": 1}, {"teaches": "5B"}),
        ({"teaches": "5B"}, {}),
        ({}, {"is_on_duty": True, "calls_together": 9}),
        ({"is_on_duty": True}, {"household": "Mill Lane", "calls_together": 9}),
    ],
)
def test_e60_nearest_comes_first_and_one_household_last(
    near: dict[str, Any], far: dict[str, Any]
) -> None:
    # By name the farther one would come first.
    assert order(one(1, **far), one(2, **near), household="mill lane") == [2, 1]


def test_who_is_equally_near_stands_in_the_order_of_names() -> None:
    assert order(one(3), one(1), one(2)) == [1, 2, 3]


def test_no_more_are_suggested_than_one_reads() -> None:
    assert order(*(one(number) for number in range(1, 9))) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("facts", "why", "caution"),
    [
        ({}, "free then", ""),
        ({"calls_together": 1}, "free then, 1 call with you lately", ""),
        (
            {"calls_together": 4, "teaches": "5B"},
            "free then, 4 calls with you lately, teaches 5B",
            "",
        ),
        ({"is_on_duty": True}, "free then", "on safeguarding duty then"),
        ({"household": "12, Mill Lane"}, "free then", "of your household: a weaker safeguard"),
        ({"household": ""}, "free then", ""),
        ({"household": "Hill Lane"}, "free then", ""),
    ],
)
def test_e60_suggestion_says_why_and_what_to_think_about(
    facts: dict[str, Any], why: str, caution: str
) -> None:
    [found] = suggested([one(1, **facts)], host_household="12 mill lane")
    assert (found.why, found.caution) == (why, caution)


def test_e60_no_household_is_not_one_household() -> None:
    [found] = suggested([one(1, household="")], host_household="")
    assert found.caution == ""


def test_e66_nobody_is_taken_to_be_free_while_the_school_is_closed() -> None:
    assert order(one(1), closed="a weekend") == []
