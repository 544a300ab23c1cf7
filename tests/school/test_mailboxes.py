"""One mailbox has many spellings, and an order about one of them holds for all."""

from datetime import date

import pytest

from school.mailboxes import same_mailbox
from school.policy import Link, Refusal, contact_refusal


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("dad@zed.example", " Dad@Zed.example", True),
        ("dad@zed.example", "dad+school@zed.example", True),
        ("don.zed@gmail.com", "donzed+school@googlemail.com", True),
        ("don.zed@zed.example", "donzed@zed.example", False),
        ("dad@zed.example", "dad@zed.example.org", False),
        ("+1@zed.example", "+2@zed.example", False),
        ("", "", False),
        ("not an address", "Not an address", True),
    ],
)
def test_e31_two_addresses_of_one_mailbox(one: str, other: str, is_same: bool) -> None:
    assert same_mailbox(one, other) is is_same
    assert same_mailbox(other, one) is is_same


def test_e31_nobody_is_written_to_at_another_spelling_of_a_blocked_persons_mailbox() -> None:
    mother = Link(guardian_id=1, pupil_id=1, address="zed.family+mum@gmail.com")
    father = Link(
        guardian_id=2,
        pupil_id=1,
        address="zedfamily@googlemail.com",
        blocked_from=date(2026, 1, 1),
        blocked_until=date(2026, 12, 31),
    )
    assert contact_refusal(mother, [father], on=date(2026, 9, 15)) is Refusal.SHARES_BLOCKED_ADDRESS
    assert contact_refusal(mother, [father], on=date(2027, 1, 1)) is None
