"""Which group gives which role: the rules as tables, and the table that people write."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from audit.models import Entry
from school import claims as rules
from school import services
from school.claims import Claim, Held, Kind, Mapped, Unknown
from school.models import RoleClaim, RoleHeld, StaffMember
from school.roles import OPENS_CONCERNS, Role
from school.services import MICROSOFT
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from schoolsafe.staffing import changes
from tests import factories
from tests.school.appointing import appoint

GROUP = "0760b6cf-170e-4a14-91b3-4b78e0739963"
OTHER_GROUP = "3b2b0c93-acd8-4208-8eba-7a48db1cd4c0"
OFFICE = Claim(kind=Kind.GROUP, value=GROUP)
IT = Claim(kind=Kind.APP_ROLE, value="Staff.IT")


# --- The rules -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.STAFF, True),
        (Role.OFFICE, True),
        (Role.GOVERNOR, True),
        (Role.IT, True),
        (Role.DSL, False),
        (Role.SAFEGUARDING, False),
        (Role.HEADTEACHER, False),
        (Role.CHAIR, False),
    ],
)
def test_group_gives_no_role_that_opens_concerns(role: Role, may: bool) -> None:
    assert rules.may_be_mapped(role) is may
    row = Mapped(claim=OFFICE, role=role, written_by=1)
    given = frozenset({role} if may else set())
    assert rules.claimed_roles([row], frozenset({OFFICE}), staff_id=2) == given
    # Not even where something else has let it through.
    assert rules.to_give([], frozenset({role})) == given


def test_every_role_is_decided() -> None:
    assert {role for role in Role if not rules.may_be_mapped(role)} == OPENS_CONCERNS


@pytest.mark.parametrize(
    ("kind", "typed", "kept", "is_right"),
    [
        (Kind.GROUP, GROUP, GROUP, True),
        (Kind.GROUP, f"  {GROUP.upper()}\n", GROUP, True),
        (Kind.GROUP, f"{{{GROUP}}}", f"{{{GROUP}}}", False),
        (Kind.GROUP, f"urn:uuid:{GROUP}", f"urn:uuid:{GROUP}", False),
        (Kind.GROUP, GROUP.replace("-", ""), GROUP.replace("-", ""), False),
        (Kind.GROUP, GROUP[:-1], GROUP[:-1], False),
        (Kind.GROUP, f"{GROUP[:-1]}g", f"{GROUP[:-1]}g", False),
        (Kind.GROUP, f"{GROUP[:-1]}\N{ARABIC-INDIC DIGIT ONE}", None, False),
        (Kind.GROUP, "", "", False),
        (Kind.APP_ROLE, " Staff.IT ", "Staff.IT", True),
        (Kind.APP_ROLE, "", "", False),
        (Kind.APP_ROLE, " ", "", False),
        (Kind.APP_ROLE, "x" * 120, "x" * 120, True),
        (Kind.APP_ROLE, "x" * 121, "x" * 121, False),
        (Kind.APP_ROLE, "Staff\nIT", "Staff\nIT", False),
        (Kind.APP_ROLE, "Staff\x00IT", "Staff\x00IT", False),
        (Kind.APP_ROLE, "Staff\N{RIGHT-TO-LEFT OVERRIDE}IT", None, False),
        (Kind.APP_ROLE, "Staff\N{ZERO WIDTH SPACE}IT", None, False),
    ],
)
def test_what_is_typed_is_a_group_an_app_role_or_neither(
    kind: Kind, typed: str, kept: str | None, is_right: bool
) -> None:
    value = rules.cleaned(kind, typed)
    assert kept in {None, value}
    assert (rules.fault_of(Claim(kind=kind, value=value)) == "") is is_right


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ({}, Unknown.NOT_SAID),
        ({"groups": []}, frozenset()),
        ({"groups": [GROUP.upper()]}, frozenset({OFFICE})),
        ({"roles": ["Staff.IT"]}, frozenset({IT})),
        ({"groups": [GROUP], "roles": ["Staff.IT"]}, frozenset({OFFICE, IT})),
        # The value of an app role is not the id of a group, nor the other way round.
        ({"roles": [GROUP]}, frozenset({Claim(kind=Kind.APP_ROLE, value=GROUP)})),
        ({"roles": ["staff.it"]}, frozenset({Claim(kind=Kind.APP_ROLE, value="staff.it")})),
        ({"_claim_names": {"groups": "src1"}}, Unknown.TOO_MANY),
        ({"_claim_names": {"groups": "src1"}, "roles": ["Staff.IT"]}, Unknown.TOO_MANY),
        ({"_claim_names": {"groups": "src1"}, "groups": [GROUP]}, Unknown.TOO_MANY),
        ({"hasgroups": True}, Unknown.TOO_MANY),
        ({"hasgroups": "true", "groups": [GROUP]}, Unknown.TOO_MANY),
        ({"_claim_names": {"picture": "src1"}, "groups": [GROUP]}, frozenset({OFFICE})),
        ({"_claim_names": ["groups"]}, Unknown.UNREADABLE),
        ({"groups": GROUP}, Unknown.UNREADABLE),
        ({"groups": None}, Unknown.UNREADABLE),
        ({"groups": {GROUP: True}}, Unknown.UNREADABLE),
        ({"groups": [GROUP, 7]}, Unknown.UNREADABLE),
        ({"groups": [GROUP], "roles": "Staff.IT"}, Unknown.UNREADABLE),
    ],
)
def test_what_a_token_says_of_groups(token: dict[str, Any], said: object) -> None:
    assert rules.said_in(token) == said
    assert rules.unpacked(rules.packed(rules.said_in(token))) == said


@pytest.mark.parametrize("kept", [None, "anything", 3, {}])
def test_session_of_another_kind_says_nothing(kept: object) -> None:
    assert rules.unpacked(kept) is Unknown.UNREADABLE


def test_nobody_has_a_role_by_a_row_of_their_own() -> None:
    row = Mapped(claim=OFFICE, role=Role.OFFICE, written_by=1)
    claims = frozenset({OFFICE})
    assert rules.claimed_roles([row], claims, staff_id=1) == frozenset()
    by_another = Mapped(claim=IT, role=Role.OFFICE, written_by=2)
    assert rules.claimed_roles([row, by_another], claims | {IT}, staff_id=1) == {Role.OFFICE}


@pytest.mark.parametrize(
    ("held", "is_supply", "given"),
    [
        ([], False, True),
        ([], True, False),
        ([Held(role=Role.STAFF)], False, True),
        ([Held(role=Role.OFFICE)], False, False),
        ([Held(role=Role.OFFICE, is_over=True)], False, True),
        ([Held(role=Role.OFFICE, is_over=True, from_microsoft=True)], False, True),
        ([Held(role=Role.OFFICE, is_over=True, from_microsoft=True, stays_off=True)], False, False),
        # The last word counts: given by hand afterwards, it may come from Microsoft again.
        (
            [
                Held(role=Role.OFFICE, is_over=True, from_microsoft=True, stays_off=True),
                Held(role=Role.OFFICE, is_over=True),
            ],
            False,
            True,
        ),
        *[([Held(role=role)], False, False) for role in sorted(OPENS_CONCERNS)],
        *[([Held(role=role, is_over=True)], False, True) for role in sorted(OPENS_CONCERNS)],
    ],
)
def test_who_gets_a_claimed_role(held: list[Held], is_supply: bool, given: bool) -> None:
    got = rules.to_give(held, frozenset({Role.OFFICE}), is_supply=is_supply)
    assert (got == {Role.OFFICE}) is given


@pytest.mark.parametrize(
    ("held", "goes"),
    [
        (Held(role=Role.OFFICE), False),
        (Held(role=Role.OFFICE, from_microsoft=True), True),
        (Held(role=Role.OFFICE, from_microsoft=True, stays_off=True), True),
        (Held(role=Role.OFFICE, from_microsoft=True, is_over=True), False),
        (Held(role=Role.IT, from_microsoft=True), False),
    ],
)
def test_what_is_taken_back(held: Held, goes: bool) -> None:
    assert rules.is_taken_back(held, frozenset({Role.IT})) is goes


# --- The table -------------------------------------------------------------------------------------
def write(by: StaffMember, claim: Claim = OFFICE, role: Role = Role.OFFICE) -> RoleClaim:
    return services.map_claim(by=by, claim=claim, role=role, note=" The office ")


def follow(staff: StaffMember, *claims: Claim) -> set[Role]:
    """Sign in with these claims; return the roles that somebody holds then."""
    services.follow_claims(staff, by=MICROSOFT, claims=frozenset(claims))
    return roles_of(staff)


def roles_of(staff: StaffMember) -> set[Role]:
    return set(StaffMember.objects.get(pk=staff.pk).viewer().roles)


def from_microsoft(staff: StaffMember) -> RoleHeld:
    return RoleHeld.objects.get(staff=staff, from_microsoft=True)


NAMES = ("host", "deputy", "lead", "head", "chair", "office", "governor", "it_superuser")
MAY = {"lead", "head", "it_superuser"}


@pytest.mark.parametrize("who", NAMES)
def test_who_writes_the_table(who: str, head: StaffMember, request: Any) -> None:
    by = request.getfixturevalue(who)
    if who in MAY:
        services.unmap_claim(write(by), by=by)
        return
    row = write(head, IT, Role.IT)
    with pytest.raises(NotAllowed, match="says which group gives a role"):
        write(by)
    with pytest.raises(NotAllowed, match="says which group gives a role"):
        services.unmap_claim(row, by=by)
    assert list(RoleClaim.objects.all()) == [row]


def test_row_is_kept_with_who_wrote_it_and_written_down(head: StaffMember, school_day: Any) -> None:
    shouted = Claim(kind=Kind.GROUP, value=f" {GROUP.upper()} ")
    row = write(head, shouted)
    assert (row.value, row.note, row.written_at, row.written_by) == (
        GROUP, "The office", school_day, head,
    )  # fmt: skip
    entry = Entry.objects.get(verb="role_claim.map")
    assert (entry.actor, entry.object) == (head.actor, f"school.roleclaim:{row.pk}")
    assert entry.detail == {"kind": "group", "group": GROUP, "role": "office"}


@pytest.mark.parametrize("role", sorted(OPENS_CONCERNS))
def test_role_that_opens_concerns_is_refused(role: Role, head: StaffMember) -> None:
    with pytest.raises(NotAllowed, match="two people give it"):
        write(head, OFFICE, role)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleClaim.objects.create(
            kind="group", value=GROUP, role=role, written_at=clock.now(), written_by=head
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleHeld.objects.create(staff=head, role=role, from_microsoft=True, starts_on=clock.today())


def test_one_group_gives_one_role(head: StaffMember, lead: StaffMember) -> None:
    write(head)
    with pytest.raises(NotAllowed, match="stands in the table already and gives the role School o"):
        write(lead, OFFICE, Role.IT)
    # An app role of the same name is something else.
    write(lead, Claim(kind=Kind.APP_ROLE, value=GROUP), Role.IT)


@pytest.mark.parametrize("value", ["", "the office", f"{GROUP}0"])
def test_what_is_no_group_is_refused(value: str, head: StaffMember) -> None:
    with pytest.raises(NotAllowed, match="An object id looks like"):
        write(head, Claim(kind=Kind.GROUP, value=value))


@pytest.mark.parametrize("wrong", [{"value": ""}, {"kind": "scope"}, {"role": "dsl"}])
def test_database_refuses_what_must_not_be(wrong: dict[str, str], head: StaffMember) -> None:
    row = write(head)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleClaim.objects.filter(pk=row.pk).update(**wrong)


def test_database_refuses_to_keep_off_what_was_not_ended(head: StaffMember) -> None:
    for wrong in ({"stays_off": True}, {"stays_off": True, "from_microsoft": True}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RoleHeld.objects.filter(staff=head, role="staff").update(**wrong)


def test_removed_twice_is_said(head: StaffMember) -> None:
    row = write(head)
    services.unmap_claim(row, by=head)
    with pytest.raises(NotAllowed, match="removed it already"):
        services.unmap_claim(row, by=head)


# --- What follows ----------------------------------------------------------------------------------
def test_role_is_given_and_taken_back_by_the_name_of_microsoft(
    host: StaffMember, head: StaffMember, school_day: Any
) -> None:
    write(head)
    assert follow(host, OFFICE) == {Role.STAFF, Role.OFFICE}
    held = from_microsoft(host)
    assert (held.starts_on, held.ends_on) == (clock.today(), None)
    assert follow(host, OFFICE) == {Role.STAFF, Role.OFFICE}
    assert follow(host) == {Role.STAFF}
    held.refresh_from_db()
    assert (held.ended_at, held.stays_off) == (school_day, False)
    # Back in the group on the same day.
    assert follow(host, OFFICE) == {Role.STAFF, Role.OFFICE}
    verbs = Entry.objects.filter(verb__startswith="role.").order_by("pk")
    assert [(one.verb, one.actor) for one in verbs] == [
        ("role.give", "system:microsoft"),
        ("role.end", "system:microsoft"),
        ("role.give", "system:microsoft"),
    ]


def test_given_by_hand_is_neither_taken_over_nor_taken(
    colleague: StaffMember, head: StaffMember, school_day: Any
) -> None:
    write(head)
    by_hand = changes.give(
        colleague, by=head, role=Role.OFFICE, starts_on=clock.today(), ends_on=None
    )
    assert follow(colleague, OFFICE) == {Role.STAFF, Role.OFFICE}
    assert follow(colleague) == {Role.STAFF, Role.OFFICE}
    by_hand.refresh_from_db()
    assert (by_hand.from_microsoft, by_hand.ends_on) == (False, None)
    assert RoleHeld.objects.filter(staff=colleague, role="office").count() == 1


def test_what_a_person_has_ended_stays_off_whoever_gave_it(
    host: StaffMember, head: StaffMember, school_day: Any
) -> None:
    write(head)
    follow(host, OFFICE)
    changes.end(from_microsoft(host), by=head, on=None)
    assert follow(host, OFFICE) == {Role.STAFF}
    by_hand = changes.give(host, by=head, role=Role.OFFICE, starts_on=clock.today(), ends_on=None)
    assert follow(host, OFFICE) == {Role.STAFF, Role.OFFICE}
    changes.end(by_hand, by=head, on=None)
    assert follow(host, OFFICE) == {Role.STAFF}


def test_roles_of_a_group_go_with_the_tie_and_those_given_by_hand_stay(
    host: StaffMember, head: StaffMember, school_day: Any
) -> None:
    write(head)
    services.tie_to_microsoft(host, by=head, tenant=uuid4(), object_id=uuid4())
    changes.give(host, by=head, role=Role.GOVERNOR, starts_on=clock.today(), ends_on=None)
    assert follow(host, OFFICE) == {Role.STAFF, Role.GOVERNOR, Role.OFFICE}
    services.untie_from_microsoft(host, by=head)
    assert roles_of(host) == {Role.STAFF, Role.GOVERNOR}


def test_without_a_table_nothing_is_read_or_written(
    host: StaffMember, django_assert_num_queries: Any
) -> None:
    before = Entry.objects.count()
    # The savepoint, whether there is a table, and the end.
    with django_assert_num_queries(3):
        services.follow_claims(host, by=MICROSOFT, claims=Unknown.NOT_SAID)
    host.refresh_from_db()
    assert host.entra_groups_unknown_at is None
    assert Entry.objects.count() == before


@pytest.mark.parametrize("why", list(Unknown))
def test_where_groups_are_not_known_nothing_changes_and_people_see_it(
    why: Unknown, host: StaffMember, head: StaffMember, school_day: Any
) -> None:
    write(head)
    follow(host, OFFICE)
    services.follow_claims(host, by=MICROSOFT, claims=why)
    assert roles_of(host) == {Role.STAFF, Role.OFFICE}
    host.refresh_from_db()
    assert host.entra_groups_unknown_at == school_day
    entry = Entry.objects.get(verb="role_claim.unknown")
    assert (entry.object, entry.detail) == (f"school.staffmember:{host.pk}", {"reason": why.value})
    follow(host, OFFICE)
    host.refresh_from_db()
    assert host.entra_groups_unknown_at is None


def test_whoever_may_read_concerns_gets_nothing_and_loses_what_came_from_there(
    host: StaffMember, deputy: StaffMember, head: StaffMember, lead: StaffMember, school_day: Any
) -> None:
    write(head)
    assert follow(deputy, OFFICE) == {Role.STAFF, Role.SAFEGUARDING}
    follow(host, OFFICE)
    appoint(host, Role.SAFEGUARDING, by=head, approved_by=lead)
    assert follow(host, OFFICE) == {Role.STAFF, Role.OFFICE, Role.SAFEGUARDING}
    assert follow(host) == {Role.STAFF, Role.SAFEGUARDING}


def test_supply_staff_are_staff_and_nothing_else(head: StaffMember, school_day: Any) -> None:
    write(head)
    today = clock.today()
    sam = factories.make_staff("Sam Supply", works_from=today, works_until=today)
    assert follow(sam, OFFICE) == {Role.STAFF}


def test_row_gives_nothing_to_whoever_wrote_it(it_superuser: StaffMember) -> None:
    write(it_superuser)
    assert follow(it_superuser, OFFICE) == {Role.IT}


def test_removed_row_takes_its_role_at_once_where_nothing_else_gives_it(
    host: StaffMember, colleague: StaffMember, head: StaffMember, school_day: Any
) -> None:
    row, other = write(head), write(head, IT, Role.OFFICE)
    changes.give(colleague, by=head, role=Role.OFFICE, starts_on=clock.today(), ends_on=None)
    follow(host, OFFICE)
    assert services.unmap_claim(row, by=head) == 0
    assert roles_of(host) == {Role.STAFF, Role.OFFICE}
    assert services.unmap_claim(other, by=head) == 1
    assert roles_of(host) == {Role.STAFF}
    assert roles_of(colleague) == {Role.STAFF, Role.OFFICE}
    assert Entry.objects.filter(verb="role.end", actor=head.actor).count() == 1
    # Written anew, it gives the role anew: nobody has ended it for this person.
    write(head)
    assert follow(host, OFFICE) == {Role.STAFF, Role.OFFICE}
