"""E42: whether a pupil answers alone on a day, from when to when, and where they are written to."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from school.deciding import Ground, Stage, faults, is_near, stage_of
from school.policy import (
    Link,
    Own,
    Refusal,
    answers_alone,
    answers_alone_on,
    contact_refusal,
    counts,
    guardians_again_on,
    own_refusal,
)
from school.roles import Role, Viewer, may_approve_own_consent, may_end_own_consent

TODAY = date(2026, 9, 15)
# 16 on 1 March 2026, 18 on 1 March 2028.
NOOR = Own(pupil_id=1, born_on=date(2010, 3, 1), address="noor@pupil.example")
APPROVED = replace(NOOR, decides_from=date(2026, 9, 15))
MUM = Link(guardian_id=1, pupil_id=1, address="mum@family.example")


@pytest.mark.parametrize(
    ("facts", "on", "alone"),
    [
        ({"decides_from": None}, TODAY, False),
        ({}, date(2026, 9, 14), False),
        ({}, TODAY, True),
        ({"decides_until": TODAY}, TODAY, True),
        ({"decides_until": TODAY}, date(2026, 9, 16), False),
        # Whatever was approved: below 16 never, from 18 always.
        ({"decides_from": date(2025, 1, 1)}, date(2026, 2, 28), False),
        ({"decides_from": date(2025, 1, 1)}, date(2026, 3, 1), True),
        ({"decides_until": TODAY}, date(2028, 2, 29), False),
        ({"decides_until": TODAY}, date(2028, 3, 1), True),
        ({"born_on": None}, TODAY, False),
    ],
)
def test_e42_pupil_answers_alone_in_the_approved_time_and_from_18(
    facts: dict[str, Any], on: date, alone: bool
) -> None:
    assert answers_alone(replace(APPROVED, **facts), on=on) is alone


@pytest.mark.parametrize(
    ("facts", "next_day"),
    [
        ({"decides_from": None}, date(2028, 3, 1)),
        ({"decides_from": date(2026, 10, 1)}, date(2026, 10, 1)),
        ({"born_on": date(2010, 11, 1), "decides_from": date(2026, 10, 1)}, date(2026, 11, 1)),
        ({"born_on": None}, None),
        ({"born_on": date(2000, 1, 1), "decides_from": None}, None),
    ],
)
def test_e42_next_day_on_which_a_pupil_begins_to_answer_alone(
    facts: dict[str, Any], next_day: date | None
) -> None:
    assert answers_alone_on(replace(NOOR, **facts), after=TODAY) == next_day


@pytest.mark.parametrize(
    ("facts", "day"),
    [
        ({}, None),
        ({"decides_until": date(2026, 9, 30)}, date(2026, 10, 1)),
        ({"decides_until": date(2026, 9, 14)}, None),
        # The day after is the 18th birthday.
        ({"decides_until": date(2028, 2, 29)}, None),
    ],
)
def test_e42_day_on_which_guardians_decide_again(facts: dict[str, Any], day: date | None) -> None:
    assert guardians_again_on(replace(APPROVED, **facts), on=TODAY) == day


def test_e42_no_guardian_counts_or_is_written_to_while_the_pupil_decides() -> None:
    link = replace(MUM, born_on=NOOR.born_on)
    assert (counts(link, on=TODAY), contact_refusal(link, [], on=TODAY)) == (True, None)
    link = replace(link, decides_from=TODAY)
    assert (counts(link, on=TODAY), contact_refusal(link, [], on=TODAY)) == (
        False,
        Refusal.PUPIL_DECIDES,
    )


BLOCKED = replace(MUM, address="NOOR@pupil.example", blocked_from=date(2026, 1, 1))


@pytest.mark.parametrize(
    ("facts", "others", "refusal"),
    [
        ({}, [MUM], None),
        ({"decides_from": None}, [MUM], Refusal.GUARDIANS_DECIDE),
        ({"is_suspended": True}, [MUM], Refusal.SUSPENDED),
        ({"left_on": TODAY}, [MUM], Refusal.LEFT),
        ({"address": ""}, [MUM], Refusal.NO_ADDRESS),
        ({"is_closed": True}, [MUM], Refusal.CAME_BACK),
        ({}, [replace(MUM, address="Noor@Pupil.example")], Refusal.READ_BY_FAMILY),
        # Of age they may share a mailbox with whom they like; but no blocked person reads it (E31).
        (
            {"born_on": date(2008, 1, 1), "decides_from": None},
            [replace(MUM, address="noor@pupil.example")],
            None,
        ),
        # Whom a pupil kept away from before does not learn of calls from the birthday on.
        (
            {"born_on": date(2008, 1, 1)},
            [replace(MUM, address="noor@pupil.example")],
            Refusal.READ_BY_FAMILY,
        ),
        ({"born_on": date(2008, 1, 1)}, [BLOCKED], Refusal.READ_BY_FAMILY),
    ],
)
def test_e42_pupil_is_written_to_at_a_mailbox_of_their_own(
    facts: dict[str, Any], others: list[Link], refusal: Refusal | None
) -> None:
    assert own_refusal(replace(APPROVED, **facts), others, on=TODAY) is refusal


@pytest.mark.parametrize(
    ("facts", "begins_on", "until", "field"),
    [
        ({}, TODAY, None, None),
        ({}, TODAY, date(2028, 2, 29), None),
        ({"born_on": None}, TODAY, None, "begins_on"),
        ({"born_on": date(2010, 9, 16)}, TODAY, None, "begins_on"),
        ({"born_on": date(2010, 9, 16)}, date(2026, 9, 16), None, None),
        ({"born_on": date(2008, 9, 15)}, TODAY, None, "begins_on"),
        ({}, date(2028, 3, 1), None, "begins_on"),
        ({"left_on": TODAY}, TODAY, None, "begins_on"),
        ({}, TODAY, date(2028, 3, 1), "until"),
        ({}, TODAY, date(2026, 9, 14), "until"),
        ({}, date(2026, 10, 1), date(2026, 9, 30), "until"),
    ],
)
def test_e42_time_lies_between_16_and_18(
    facts: dict[str, Any], begins_on: date, until: date | None, field: str | None
) -> None:
    found = faults(replace(NOOR, **facts), begins_on=begins_on, until=until, on=TODAY)
    assert list(found) == ([field] if field else [])


@pytest.mark.parametrize(
    ("facts", "stage"),
    [
        ({"is_approved": False}, Stage.PROPOSED),
        ({"is_approved": False, "is_ended": True}, Stage.REFUSED),
        ({}, Stage.STANDS),
        ({"begins_on": date(2026, 9, 16)}, Stage.COMING),
        ({"until": TODAY}, Stage.STANDS),
        ({"until": date(2026, 9, 14), "begins_on": date(2026, 9, 1)}, Stage.OVER),
        ({"is_ended": True}, Stage.ENDED),
    ],
)
def test_e42_how_far_it_has_come(facts: dict[str, Any], stage: Stage) -> None:
    usual: dict[str, Any] = {
        "begins_on": TODAY,
        "until": None,
        "is_approved": True,
        "is_ended": False,
    }
    assert stage_of(**(usual | facts), on=TODAY) is stage


def test_e42_page_offers_it_from_the_year_before() -> None:
    born = {date(2011, 9, 15): True, date(2011, 9, 16): False, None: False}
    assert {day: is_near(day, year_group=9, on=TODAY) for day in born} == born
    assert is_near(None, year_group=10, on=TODAY)


def person(staff_id: int, *roles: Role) -> Viewer:
    return Viewer(staff_id=staff_id, roles=frozenset(roles))


LEAD, OTHER_LEAD = person(1, Role.STAFF, Role.DSL), person(2, Role.DSL)
DEPUTY, HEAD = person(3, Role.SAFEGUARDING), person(4, Role.HEADTEACHER)
OFFICE, TEACHER = person(5, Role.OFFICE), person(6, Role.STAFF)


@pytest.mark.parametrize(
    ("viewer", "asked_by", "may"),
    [
        (LEAD, OFFICE, True),
        (LEAD, DEPUTY, True),
        (LEAD, HEAD, True),
        (LEAD, LEAD, False),
        (OTHER_LEAD, LEAD, True),
        (DEPUTY, LEAD, True),
        (DEPUTY, OFFICE, False),
        (DEPUTY, DEPUTY, False),
        (HEAD, LEAD, False),
        (OFFICE, LEAD, False),
        (TEACHER, LEAD, False),
    ],
)
def test_e42_lead_approves_and_a_deputy_what_the_lead_proposed(
    viewer: Viewer, asked_by: Viewer, may: bool
) -> None:
    assert may_approve_own_consent(viewer, asked_by=asked_by) is may


def test_e42_office_does_not_hand_the_decision_back() -> None:
    people = {LEAD: True, DEPUTY: True, HEAD: True, OFFICE: False, TEACHER: False}
    assert {one: may_end_own_consent(one) for one in people} == people


def test_e42_words_of_every_ground_and_stage() -> None:
    assert [one.words for one in Ground] == [
        "16 or 17, and able to decide this",
        "Estranged from the family",
        "Care leaver",
    ]
    assert len({one.words for one in Stage}) == len(Stage)
    assert Stage.OVER.tone == "quiet"
