"""How long a concern is kept, as tables; each row names its source."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from concerns import policy
from concerns.policy import Desk, Gap, Keeping, Life, Part, Rule, Stand
from concerns.policy.retention import PROPOSAL_STANDS, years_after
from school.roles import Role, Viewer
from schoolsafe.lib.rules import NotAllowed

LOGGED = date(2026, 9, 15)
MAYA, LEO, BABY = date(2016, 3, 9), date(2012, 2, 29), date(2027, 1, 1)
GONE = date(2027, 1, 20)
SUBJECT = Part.SUBJECT


def child(
    born_on: date | None = MAYA, part: Part = SUBJECT, *, passed_on: date | None = None
) -> Life:
    return Life(part=part, is_child=True, born_on=born_on, passed_on=passed_on)


def adult(born_on: date | None = None, part: Part = SUBJECT, *, here: bool = True) -> Life:
    return Life(part=part, works_here=here, born_on=born_on)


def keeping(*people: Life, **facts: Any) -> Keeping:
    told: dict[str, Any] = {"logged_on": LOGGED, "written_on": LOGGED, "is_closed": True}
    return Keeping(people=people, **told | facts)


@pytest.mark.parametrize(
    ("concern", "due_on", "rule"),
    [
        # G35: date of birth and 25 years; of several children the latest day counts.
        (keeping(child()), date(2041, 3, 9), Rule.PUPIL),
        (keeping(child(), child(LEO, Part.HARMED)), date(2041, 3, 9), Rule.PUPIL),
        (keeping(child(LEO), child(MAYA, Part.HARMING)), date(2041, 3, 9), Rule.PUPIL),
        # A child of 29 February is 25 on 1 March.
        (keeping(child(LEO)), date(2037, 3, 1), Rule.PUPIL),
        # Whose file it is counts, not who saw it, unless nobody else is named.
        (keeping(child(LEO), child(MAYA, Part.WITNESS)), date(2037, 3, 1), Rule.PUPIL),
        (keeping(child(LEO), child(None, Part.MENTIONED)), date(2037, 3, 1), Rule.PUPIL),
        (keeping(child(MAYA, Part.WITNESS)), date(2041, 3, 9), Rule.PUPIL),
        # A child that was expected when it was logged.
        (keeping(child(BABY)), date(2052, 1, 1), Rule.PUPIL),
        # G11: retirement age, or 10 years after the last thing written, whichever is longer.
        (keeping(adult(date(1990, 5, 1))), date(2057, 5, 1), Rule.STAFF),
        (keeping(adult(date(1990, 5, 1)), retirement_age=60), date(2050, 5, 1), Rule.STAFF),
        (keeping(adult(date(1962, 5, 1))), date(2036, 9, 15), Rule.STAFF),
        (
            keeping(adult(date(1962, 5, 1)), written_on=date(2028, 1, 5)),
            date(2038, 1, 5),
            Rule.STAFF,
        ),
        # G34, G11: longer where the school has set that.
        (keeping(child(), child_years=30), date(2046, 3, 9), Rule.PUPIL),
        (keeping(child(LEO), child_years=40), date(2052, 2, 29), Rule.PUPIL),
        (keeping(adult(date(1962, 5, 1)), adult_years=30), date(2056, 9, 15), Rule.STAFF),
        (keeping(adult(date(1990, 5, 1)), adult_years=30), date(2057, 5, 1), Rule.STAFF),
        # E104: one concern about both is kept by the longer of the two rules.
        (keeping(adult(date(1962, 5, 1)), child(MAYA, Part.HARMED)), date(2041, 3, 9), Rule.PUPIL),
        # An adult who saw it, or does not work here, has no file at the school.
        (keeping(child(), adult(part=Part.WITNESS)), date(2041, 3, 9), Rule.PUPIL),
        (keeping(child(), adult(here=False)), date(2041, 3, 9), Rule.PUPIL),
        # G36: child sexual abuse is kept 75 years only if the school says so.
        (keeping(child(), is_abuse=True, keeps_abuse=True), date(2101, 9, 15), Rule.ABUSE),
        (keeping(child(), is_abuse=True), date(2041, 3, 9), Rule.PUPIL),
        (keeping(child(), keeps_abuse=True), date(2041, 3, 9), Rule.PUPIL),
        # A51: what the next school has goes a year after the receipt, if the school keeps no copy.
        (keeping(child(passed_on=GONE), keeps_passed=False), date(2028, 1, 20), Rule.PASSED),
        (keeping(child(passed_on=GONE)), date(2041, 3, 9), Rule.PUPIL),
        (keeping(child(), keeps_passed=False), date(2041, 3, 9), Rule.PUPIL),
        # E93: the copy leaves other children out, so all of it is there when the last of them has theirs.
        (
            keeping(child(passed_on=GONE), child(LEO, Part.WITNESS), keeps_passed=False),
            date(2041, 3, 9),
            Rule.PUPIL,
        ),
        (
            keeping(
                child(passed_on=GONE),
                child(LEO, Part.HARMED, passed_on=date(2027, 9, 1)),
                keeps_passed=False,
            ),
            date(2028, 9, 1),
            Rule.PASSED,
        ),
        # Never later than without it, and every other rule counts as before.
        (
            keeping(child(passed_on=date(2041, 1, 1)), keeps_passed=False),
            date(2041, 3, 9),
            Rule.PUPIL,
        ),
        (
            keeping(child(passed_on=GONE), adult(date(1990, 5, 1)), keeps_passed=False),
            date(2057, 5, 1),
            Rule.STAFF,
        ),
        (
            keeping(child(passed_on=GONE), keeps_passed=False, decided_until=date(2050, 1, 1)),
            date(2050, 1, 1),
            Rule.DECISION,
        ),
        # A person may keep it longer, never shorter.
        (keeping(child(), decided_until=date(2050, 1, 1)), date(2050, 1, 1), Rule.DECISION),
        (keeping(child(), decided_until=date(2030, 1, 1)), date(2041, 3, 9), Rule.PUPIL),
    ],
)
def test_kept_until_the_latest_day_of_every_rule(
    concern: Keeping, due_on: date, rule: Rule
) -> None:
    assert policy.until(concern) == policy.Until(due_on=due_on, rule=rule)


@pytest.mark.parametrize(
    ("concern", "gaps"),
    [
        (keeping(child(None)), (Gap.CHILD,)),
        (keeping(child(), child(None, Part.HARMED)), (Gap.CHILD,)),
        (keeping(child(date(1916, 3, 9))), (Gap.ODD_CHILD,)),
        (keeping(child(date(2036, 3, 9))), (Gap.ODD_CHILD,)),
        (keeping(adult()), (Gap.STAFF,)),
        (keeping(child(None), adult()), (Gap.CHILD, Gap.STAFF)),
        (keeping(adult(here=False)), (Gap.NOBODY,)),
        (keeping(), (Gap.NOBODY,)),
    ],
)
def test_e99_without_a_date_of_birth_no_day_is_told_ever(
    concern: Keeping, gaps: tuple[Gap, ...]
) -> None:
    assert policy.until(concern) == policy.Until(gaps=gaps)
    for today in (LOGGED, date(2126, 1, 1)):
        assert policy.stand(concern, is_held=False, today=today) is Stand.UNKNOWN
        with pytest.raises(NotAllowed, match="nothing is destroyed"):
            policy.check_destruction(concern, is_held=False, today=today)


@pytest.mark.parametrize(
    ("concern", "first"),
    [
        # Whoever was a child when it was logged, or expected, is 25 by then.
        (keeping(child(None)), date(2052, 9, 15)),
        (keeping(), date(2052, 9, 15)),
        # Whoever was a child when it was logged, or expected, is as old as the school has set.
        (keeping(child_years=40), date(2067, 9, 15)),
        # Somebody of 30 was no child even so.
        (keeping(child(date(1996, 3, 9)), child_years=40), date(2067, 9, 15)),
        (keeping(adult()), date(2036, 9, 15)),
        (keeping(adult(), child(MAYA, Part.HARMED)), date(2041, 3, 9)),
        (keeping(child()), date(2041, 3, 9)),
    ],
)
def test_e99_a_person_decides_instead_and_never_on_too_early_a_day(
    concern: Keeping, first: date
) -> None:
    decided = Keeping(**{**vars(concern), "decided_until": date(2027, 1, 1)})
    assert policy.earliest(concern) == first
    assert policy.until(decided).due_on == first


DUE = date(2041, 3, 9)


@pytest.mark.parametrize(
    ("today", "facts", "is_held", "stand", "why"),
    [
        (DUE - timedelta(days=61), {}, False, Stand.KEPT, "Its day has not come."),
        (DUE - timedelta(days=60), {}, False, Stand.SOON, "Its day has not come."),
        (DUE - timedelta(days=1), {}, False, Stand.SOON, "Its day has not come."),
        (DUE, {}, False, Stand.DUE, ""),
        # E96: a hold wins over everything.
        (DUE, {}, True, Stand.HELD, "It is on hold"),
        (date(2126, 1, 1), {}, True, Stand.HELD, "It is on hold"),
        # What somebody works on is never due.
        (DUE, {"is_closed": False}, False, Stand.KEPT, "It is open"),
    ],
)
def test_e96_a_concern_is_due_on_its_day_unless_it_is_held_or_open(
    today: date, facts: dict[str, Any], is_held: bool, stand: Stand, why: str
) -> None:
    concern = keeping(child(), **facts)
    assert policy.stand(concern, is_held=is_held, today=today) is stand
    if not why:
        found = policy.check_destruction(concern, is_held=is_held, today=today)
        assert found == (DUE, Rule.PUPIL)
        return
    with pytest.raises(NotAllowed, match=why):
        policy.check_destruction(concern, is_held=is_held, today=today)


class Guarded:
    def __init__(self, desk: Desk, *excluded: int) -> None:
        self.desk, self.excluded, self.reporter_id = desk, frozenset(excluded), 99


ROLES = {
    "lead": (1, Role.DSL),
    "deputy": (2, Role.SAFEGUARDING),
    "head": (3, Role.HEADTEACHER),
    "chair": (4, Role.CHAIR),
    "office": (5, Role.OFFICE),
    "technician": (6, Role.IT),
}


@pytest.mark.parametrize(
    ("desk", "first", "second", "holds"),
    [
        (Desk.TEAM, "lead head", "lead deputy head", "lead deputy head"),
        # One headteacher reads it: the chair makes sure that it takes two, by number and day.
        (Desk.HEADTEACHER, "head", "head chair", "head"),
        (Desk.CHAIR, "chair", "chair", "chair"),
        (Desk.OUTSIDE, "", "", ""),
    ],
)
def test_who_proposes_who_agrees_and_who_holds(
    desk: Desk, first: str, second: str, holds: str
) -> None:
    def able(may: Any, concern: Guarded) -> str:
        return " ".join(
            name
            for name, (pk, role) in ROLES.items()
            if may(Viewer(staff_id=pk, roles=frozenset({role})), concern)
        )

    def agrees(viewer: Viewer, concern: Guarded) -> bool:
        return policy.may_agree(viewer, concern, proposed_by=77)

    assert able(policy.may_propose, Guarded(desk)) == first
    assert able(agrees, Guarded(desk)) == second
    assert able(policy.may_hold, Guarded(desk)) == holds
    everybody = Guarded(desk, 1, 2, 3, 4)
    assert [able(may, everybody) for may in (policy.may_propose, agrees, policy.may_hold)] == [
        "",
        "",
        "",
    ]


def test_nobody_agrees_to_what_they_proposed_themselves() -> None:
    both = Viewer(staff_id=1, roles=frozenset({Role.DSL, Role.HEADTEACHER, Role.CHAIR}))
    for desk in Desk:
        assert not policy.may_agree(both, Guarded(desk), proposed_by=1)


@pytest.mark.parametrize(
    ("facts", "is_lapsed"),
    [
        ({}, False),
        ({"now": datetime(2041, 4, 9, 12, tzinfo=UTC)}, True),
        ({"now": datetime(2041, 4, 9, 11, 59, 59, tzinfo=UTC)}, False),
        ({"written_at": datetime(2041, 3, 10, 12, 0, 1, tzinfo=UTC)}, True),
        # In the same instant: it may have come just after.
        ({"written_at": datetime(2041, 3, 10, 12, tzinfo=UTC)}, True),
        ({"due_on": date(2041, 3, 8)}, True),
        ({"due_on": None}, True),
    ],
)
def test_a_proposal_lapses_with_time_and_with_what_it_was_made_of(
    facts: dict[str, Any], is_lapsed: bool
) -> None:
    at = datetime(2041, 3, 10, 12, tzinfo=UTC)
    told: dict[str, Any] = {
        "proposed_at": at,
        "proposed_due_on": DUE,
        "due_on": DUE,
        "written_at": at - timedelta(days=4000),
        "now": at + PROPOSAL_STANDS - timedelta(seconds=1),
    }
    assert policy.is_lapsed(**told | facts) is is_lapsed


def test_years_are_counted_never_a_day_too_early() -> None:
    assert years_after(date(2012, 2, 29), 25) == date(2037, 3, 1)
    assert years_after(date(2012, 2, 29), 4) == date(2016, 2, 29)
    assert years_after(date(2016, 3, 9), 25) == date(2041, 3, 9)
