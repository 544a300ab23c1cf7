"""Rules about people that no room above tests for itself."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from school.policy import (
    Choice,
    Link,
    Reach,
    Refusal,
    ask_again_after,
    counts,
    naming_fault,
    number,
    overtaken,
    rebased,
    told,
    unsettled_until,
)

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


CHANGED = datetime(2026, 9, 15, 13, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
THREE_DAYS = timedelta(hours=72)


@pytest.mark.parametrize(
    ("changed_at", "confirmed_at", "now", "until"),
    [
        (None, None, CHANGED, None),
        (CHANGED, None, CHANGED, CHANGED + THREE_DAYS),
        (CHANGED, None, CHANGED + THREE_DAYS - SECOND, CHANGED + THREE_DAYS),
        (CHANGED, None, CHANGED + THREE_DAYS, None),
        (CHANGED, CHANGED + HOUR, CHANGED + HOUR, None),
        (CHANGED, CHANGED, CHANGED, None),
        # What was confirmed was the address before this one.
        (CHANGED, CHANGED - SECOND, CHANGED, CHANGED + THREE_DAYS),
    ],
)
def test_e34_changed_address_settles_after_72_hours_or_when_it_is_confirmed(
    changed_at: datetime | None,
    confirmed_at: datetime | None,
    now: datetime,
    until: datetime | None,
) -> None:
    assert unsettled_until(changed_at, confirmed_at, now=now) == until


def tie(guardian_id: int, **facts: Any) -> Link:
    return Link(guardian_id=guardian_id, pupil_id=1, address="a@family.example", **facts)


CHOOSE = "Choose the guardian who is asked alone."
CANNOT = "This guardian cannot be asked: choose another, or let them count."


@pytest.mark.parametrize(
    ("mode", "links", "fault"),
    [
        ("any", [tie(1)], ""),
        ("", [], ""),
        ("named", [tie(1), tie(2)], CHOOSE),
        ("named", [], CHOOSE),
        ("named", [tie(1), tie(2, is_named=True)], ""),
        ("named", [tie(1), tie(2, is_named=True, counts_for_consent=False)], CANNOT),
        ("named", [tie(1, is_named=True, **BLOCK)], CANNOT),
        ("named", [tie(1, is_named=True, **NO_TIES)], CANNOT),
    ],
)
def test_named_guardian_is_one_who_can_be_asked(mode: str, links: list[Link], fault: str) -> None:
    assert naming_fault(mode, links, on=TODAY) == fault


@pytest.mark.parametrize(
    ("telephone", "same"),
    [
        ("07700 900111", "+44 7700 900111"),
        ("07700 900111", "+44 (0)7700 900-111"),
        ("020 7946 0000", "+44 20 7946 0000"),
        ("020 7946 0000", "0044 (0) 20 7946 0000"),
        ("+353 1 555 0100", "00353 1 5550100"),
        ("", "not known"),
    ],
)
def test_one_telephone_is_the_same_however_it_is_written(telephone: str, same: str) -> None:
    assert number(telephone) == number(same)
    assert number(telephone) != number("020 7946 0001")


def test_e30_e31_no_reason_tells_of_a_no_contact_order() -> None:
    assert [one.name for one in Refusal if told(one.value) != one.value] == [
        "BLOCKED", "SHARES_BLOCKED_ADDRESS",
    ]  # fmt: skip
    assert {told(Refusal.BLOCKED.value), told(Refusal.SHARES_BLOCKED_ADDRESS.value)} == {
        "the office can say why"
    }


A = Reach(email="a@family.example", language="en")
B = Reach(email="b@family.example", language="en")
C = Reach(email="c@family.example", language="en")


@pytest.mark.parametrize(
    ("wanted", "seen", "now", "names"),
    [
        (B, A, A, []),
        (A, A, B, []),
        (B, A, B, []),
        (B, A, C, ["email"]),
        (Reach(email="A@Family.example ", language="en"), A, B, []),
        (Reach(email=A.email, language="pl"), A, B, []),
        (Reach(email=B.email, language="pl"), A, Reach(email=C.email, language="ur"),
         ["email", "language"]),
    ],
)  # fmt: skip
def test_only_what_two_people_change_differently_is_overtaken(
    wanted: Reach, seen: Reach, now: Reach, names: list[str]
) -> None:
    assert sorted(overtaken(wanted, seen=seen, now=now)) == names


def choice(mode: str = "", counting: tuple[int, ...] = (1, 2), named: int | None = None) -> Choice:
    return Choice(mode=mode, counting=frozenset(counting), named=named)


@pytest.mark.parametrize(
    ("wanted", "now", "comes_to"),
    [
        (choice(mode="all"), choice(counting=(1,)), choice(mode="all", counting=(1,))),
        (choice(counting=(1,)), choice(counting=(1, 2, 3)), choice(counting=(1, 3))),
        (choice(counting=(1, 2, 3)), choice(counting=(2,)), choice(counting=(2, 3))),
        (choice(), choice(mode="named", named=2), choice(mode="named", named=2)),
        (choice(mode="named", named=1), choice(named=2), choice(mode="named", named=1)),
    ],
)
def test_what_a_person_changed_is_put_onto_what_holds_now(
    wanted: Choice, now: Choice, comes_to: Choice
) -> None:
    assert rebased(wanted, seen=choice(), now=now) == comes_to
