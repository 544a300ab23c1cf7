"""Rules about people that no room above tests for itself."""

from datetime import date, timedelta
from typing import Any

import pytest

from school.policy import Link, ask_again_after, counts

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("usual", "is_crowded", "after"),
    [
        (HOUR, False, HOUR),
        (HOUR, True, DAY),
        (timedelta(minutes=10), False, timedelta(minutes=10)),
        (timedelta(minutes=10), True, DAY),
        (timedelta(days=2), True, timedelta(days=2)),
    ],
)
def test_one_letter_is_enough_for_longer_when_the_sender_is_crowded(
    usual: timedelta, is_crowded: bool, after: timedelta
) -> None:
    assert ask_again_after(usual, is_crowded=is_crowded) == after


TODAY = date(2026, 9, 15)
BLOCK = {"blocked_from": TODAY}
NO_TIES: dict[str, Any] = {"has_parental_responsibility": False, "has_care": False}
COUNTS: list[tuple[str, dict[str, Any], bool]] = [
    ("a parent with responsibility and care", {}, True),
    ("a parent elsewhere, with responsibility", {"has_care": False}, True),
    ("E43 a foster carer to whom it is delegated", {"has_parental_responsibility": False}, True),
    (
        "E43 a foster carer to whom it is not delegated",
        {"has_parental_responsibility": False, "counts_for_consent": False},
        False,
    ),
    ("E43 the local authority", NO_TIES | {"is_corporate_parent": True}, True),
    ("somebody with neither responsibility nor care", NO_TIES, False),
    ("a parent of whom the school says no", {"counts_for_consent": False}, False),
    ("E30 blocked from today", BLOCK, False),
    ("E31 blocked from tomorrow", {"blocked_from": TODAY + timedelta(days=1)}, True),
    ("E31 blocked until today", BLOCK | {"blocked_until": TODAY}, False),
    ("E30 blocked and named", BLOCK | {"is_named": True, "asks_named_only": True}, False),
    ("named, where the named one is asked", {"is_named": True, "asks_named_only": True}, True),
    ("another, where the named one is asked", {"asks_named_only": True}, False),
    ("named, where anybody is asked", {"is_named": True}, True),
    ("E41 of a pupil who is 18 today", {"born_on": date(2008, 9, 15)}, False),
    ("E41 of a pupil who is 18 tomorrow", {"born_on": date(2008, 9, 16)}, True),
    ("E48 contact suspended: counts, and is not written to", {"is_suspended": True}, True),
]


@pytest.mark.parametrize(("facts", "expected"), [row[1:] for row in COUNTS],
                         ids=[row[0] for row in COUNTS])  # fmt: skip
def test_who_counts_for_consent(facts: dict[str, Any], expected: bool) -> None:
    link = Link(guardian_id=1, pupil_id=2, address="a@b.example", **facts)
    assert counts(link, on=TODAY) is expected
