"""Any school: households, guardians, accounts and words as they fall. SQL and the rule agree on every concern."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from concerns import selectors
from concerns.models import Concern, Exclusion, Involved
from school.models import Guardian, Guardianship, Pupil, StaffMember
from school.roles import Role
from school.services import renew_marks
from tests import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 17, 10, tzinfo=UTC)
# Few of each, so that two people often have one in common, written in one way or another.
NAMES = st.sampled_from(
    ["Ann Lea", "Lea, Ann", "Änn LEA", "Ann-Lea", "Bob Roe", "Dr Bob Roe", "Bo"]
)
EMAILS = st.sampled_from(
    ["", "ann@home.example", "ANN+school@home.example", "a.nn@gmail.com", "ann@googlemail.com"]
)
TELEPHONES = st.sampled_from(["", "07700 900123", "+44 7700 900 123", "020 7946 0999", "0"])
HOUSEHOLDS = st.sampled_from(["", "12 Mill Lane", "12, mill lane.", "Oak House", "."])
WORDS = st.sampled_from(
    [
        "a man",
        "Mrs Lea",
        "Bob",
        "the headteacher",
        "our deputy",
        "his teacher",
        "the Year 4 teacher",
    ]
)
PARTS = st.sampled_from(["subject", "harmed", "harming", "witness", "mentioned"])
ROLES = st.sampled_from([Role.DSL, Role.SAFEGUARDING, Role.HEADTEACHER, Role.CHAIR])

STAFF = st.lists(
    st.tuples(NAMES, EMAILS, TELEPHONES, HOUSEHOLDS, ROLES, st.booleans()), min_size=1, max_size=4
)
# Of which of three pupils they are the guardian.
GUARDIANS = st.lists(st.tuples(NAMES, EMAILS, TELEPHONES, st.integers(0, 2)), max_size=3)
PEOPLE = st.one_of(
    st.tuples(st.just("pupil"), PARTS, st.integers(0, 2)),
    st.tuples(st.just("staff"), PARTS, st.integers(0, 3)),
    st.tuples(st.just("adult"), PARTS, st.tuples(WORDS, EMAILS, st.booleans())),
    st.tuples(st.just("child"), PARTS, WORDS),
    st.tuples(st.just("aside"), PARTS, st.integers(0, 3)),
)
CONCERNS = st.lists(st.lists(PEOPLE, max_size=3), min_size=1, max_size=4)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(staff=STAFF, guardians=GUARDIANS, people=CONCERNS, kept=st.integers(0, 3))
def test_sql_shuts_out_whom_the_rule_shuts_out_in_any_school(
    db: None,
    staff: list[tuple[str, str, str, str, Role, bool]],
    guardians: list[tuple[str, str, str, int]],
    people: list[list[tuple[str, str, object]]],
    kept: int,
) -> None:
    """E1, E4, E6, E7 and E60, whether the marks of a guardian are kept, out of date or not made yet."""
    with transaction.atomic():
        _school(staff, guardians, kept)
        team = list(StaffMember.objects.order_by("pk"))
        rows = [_concern(named, team) for named in people]
        handlers = selectors.colleagues(NOW)
        facts = selectors.facts_of_all(rows, handlers, now=NOW)

        for person in handlers:
            by_rule = {pk for pk, seen in facts.items() if person.staff_id not in seen.excluded}
            at_once = Concern.objects.outside_of(person.staff_id)
            assert {row.pk for row in at_once} == by_rule
            one_by_one = (
                Concern.objects.filter(pk=row.pk).outside_of(person.staff_id) for row in rows
            )
            assert {row.pk for found in one_by_one for row in found} == by_rule
        transaction.set_rollback(True)


def _school(
    staff: list[tuple[str, str, str, str, Role, bool]],
    guardians: list[tuple[str, str, str, int]],
    kept: int,
) -> None:
    """Write the people; so many guardians are marked, and the last of those moves afterwards."""
    pupils = [factories.make_pupil() for _ in range(3)]
    for number, (name, email, telephone, household, role, teaches) in enumerate(staff):
        person = factories.make_staff(name, roles=(role,), telephone=telephone, household=household)
        # An account has an address in any case; two may share one.
        person.user.email = email or f"own{number}@school.example"
        person.user.save()
        if teaches:
            factories.make_group(pupils[number % 3], staff=(person,))
    for name, email, telephone, pupil in guardians[:kept]:
        _guardian(name, email, telephone, pupils[pupil])
    renew_marks()
    last = Guardian.objects.order_by("-pk").first()
    if last is not None and kept < len(guardians):
        name, email, telephone, _ = guardians[kept]
        Guardian.objects.filter(pk=last.pk).update(name=name, email=email, telephone=telephone)
    for name, email, telephone, pupil in guardians[kept:]:
        _guardian(name, email, telephone, pupils[pupil])


def _guardian(name: str, email: str, telephone: str, pupil: Pupil) -> None:
    row = Guardian.objects.create(name=name, email=email, telephone=telephone)
    Guardianship.objects.create(guardian=row, pupil=pupil, relationship="mother")


def _concern(named: list[tuple[str, str, object]], team: list[StaffMember]) -> Concern:
    """Write a concern with these people in it."""
    concern = Concern.objects.create(
        key=uuid4(),
        reporter=team[0],
        urgency="routine",
        reported_urgency="routine",
        logged_at=NOW,
        happened="unknown",
        seen="A bruise",
        desk="team",
        clock_began_at=NOW,
        acknowledge_by=NOW,
    )
    pupils = list(Pupil.objects.order_by("pk"))
    for kind, part, who in named:
        facts: dict[str, object] = {"kind": kind, "part": part}
        if kind == "aside":
            Exclusion.objects.get_or_create(
                concern=concern,
                staff=team[int(str(who)) % len(team)],
                defaults={"why": "they were set aside by decision", "since": NOW},
            )
            continue
        if kind == "pupil":
            facts["pupil"] = pupils[int(str(who))]
        elif kind == "staff":
            facts["staff"] = team[int(str(who)) % len(team)]
        elif isinstance(who, tuple):
            facts |= {"name": who[0], "email": who[1].lower()}
            if who[2]:
                facts |= {"settled_at": NOW, "settled_by": team[0]}
        else:
            facts["name"] = str(who)
        if not Involved.objects.filter(
            concern=concern, pupil=facts.get("pupil"), staff=facts.get("staff"), part=part
        ).exists() or kind in {"adult", "child"}:
            Involved.objects.create(concern=concern, added_at=NOW, added_by=team[0], **facts)
    return concern
