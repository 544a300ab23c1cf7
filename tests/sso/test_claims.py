"""Groups and app roles in a real token: what a sign-in gives, takes back and leaves, and the page of the table."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from school import services
from school.claims import Claim, Kind
from school.models import RoleClaim, RoleHeld, StaffMember
from school.roles import Role
from schoolsafe.lib import clock
from schoolsafe.staffing import changes
from tests.school.test_claims import GROUP, IT, OFFICE, OTHER_GROUP, roles_of
from tests.school.test_sign_in import SECRET, code_of
from tests.sso.conftest import come, is_signed_in, tie
from tests.sso.entra import FakeEntra

pytestmark = pytest.mark.django_db

OTHER_TENANT = "77777777-2b3d-4e5f-9a0b-1c2d3e4f5a6b"
TOO_MANY = {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "x"}}}


@pytest.fixture
def row(head: StaffMember) -> RoleClaim:
    """The group of the office gives the role of the office."""
    return services.map_claim(by=head, claim=OFFICE, role=Role.OFFICE, note="All of the office")


def comes_with(entra: FakeEntra, **says: Any) -> Client:
    """Sign in with a token that says this besides; return the browser."""
    entra.says = says
    browser = Client()
    come(browser, entra)
    return browser


# --- Signing in ------------------------------------------------------------------------------------
def test_group_gives_the_role_and_leaving_it_takes_the_role_back(
    entra: FakeEntra, tied: StaffMember, row: RoleClaim
) -> None:
    browser = comes_with(entra, groups=[OTHER_GROUP, GROUP.upper()], amr=["mfa"])
    assert roles_of(tied) == {Role.STAFF, Role.OFFICE}
    assert browser.get(reverse("supply")).status_code == 200
    comes_with(entra, groups=[OTHER_GROUP])
    assert roles_of(tied) == {Role.STAFF}
    assert browser.get(reverse("supply")).status_code == 403
    said = Entry.objects.filter(verb__in=["role.give", "role.end"]).order_by("pk")
    assert [(one.verb, one.actor, one.detail["role"]) for one in said] == [
        ("role.give", "system:microsoft", "office"),
        ("role.end", "system:microsoft", "office"),
    ]


def test_app_role_gives_it_as_well(
    entra: FakeEntra, tied: StaffMember, row: RoleClaim, head: StaffMember
) -> None:
    services.map_claim(by=head, claim=IT, role=Role.IT)
    comes_with(entra, roles=["Staff.IT"])
    assert roles_of(tied) == {Role.STAFF, Role.IT}
    # A token that has groups and no app roles says that there are none.
    comes_with(entra, groups=[GROUP])
    assert roles_of(tied) == {Role.STAFF, Role.OFFICE}


def test_empty_list_is_none(entra: FakeEntra, tied: StaffMember, row: RoleClaim) -> None:
    comes_with(entra, groups=[GROUP])
    comes_with(entra, groups=[])
    assert roles_of(tied) == {Role.STAFF}


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ({}, "not-said"),
        (TOO_MANY, "too-many-groups"),
        ({"hasgroups": True}, "too-many-groups"),
        ({"groups": GROUP}, "unreadable"),
        ({"groups": [GROUP, None]}, "unreadable"),
    ],
)
def test_where_it_is_not_known_nothing_is_given_or_taken(
    entra: FakeEntra,
    tied: StaffMember,
    row: RoleClaim,
    head: StaffMember,
    staff_client: Any,
    says: dict[str, Any],
    reason: str,
) -> None:
    browser = comes_with(entra, **says)
    assert is_signed_in(browser)
    assert roles_of(tied) == {Role.STAFF}
    comes_with(entra, groups=[GROUP])
    comes_with(entra, **says)
    assert roles_of(tied) == {Role.STAFF, Role.OFFICE}
    assert {one.detail["reason"] for one in Entry.objects.filter(verb="role_claim.unknown")} == {
        reason
    }
    page = staff_client(head).get(reverse("entra_claims")).content.decode()
    assert "Groups not known" in page
    assert "Helen Host" in page
    comes_with(entra, groups=[GROUP])
    page = staff_client(head).get(reverse("entra_claims")).content.decode()
    assert "Groups not known" not in page


def test_role_given_by_hand_is_never_touched(
    entra: FakeEntra, tied: StaffMember, row: RoleClaim, head: StaffMember
) -> None:
    changes.give(tied, by=head, role=Role.OFFICE, starts_on=clock.today(), ends_on=None)
    for groups in ([GROUP], [], [GROUP]):
        comes_with(entra, groups=groups)
        held = RoleHeld.objects.get(staff=tied, role="office")
        assert (held.from_microsoft, held.ends_on) == (False, None)


def without_the_check_of_the_database(name: str) -> None:
    """Let a row in that the database refuses; the test's transaction takes it back."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE school_roleclaim DROP CONSTRAINT {name}")
        else:
            cursor.execute("PRAGMA ignore_check_constraints = ON")


@pytest.mark.parametrize("role", [Role.DSL, Role.SAFEGUARDING, Role.HEADTEACHER, Role.CHAIR])
def test_role_that_opens_concerns_is_not_given_whatever_stands_in_the_table(
    entra: FakeEntra, tied: StaffMember, row: RoleClaim, role: Role
) -> None:
    without_the_check_of_the_database("role_claim_opens_no_concerns")
    try:
        RoleClaim.objects.filter(pk=row.pk).update(role=role.value)
        comes_with(entra, groups=[GROUP])
        assert roles_of(tied) == {Role.STAFF}
        RoleClaim.objects.filter(pk=row.pk).update(role="office")
    finally:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA ignore_check_constraints = OFF")


def test_token_of_another_tenant_gives_nothing(
    entra: FakeEntra, tied: StaffMember, row: RoleClaim
) -> None:
    assert not is_signed_in(comes_with(entra, groups=[GROUP], tid=OTHER_TENANT))
    assert roles_of(tied) == {Role.STAFF}
    assert not Entry.objects.filter(verb="role.give").exists()


def test_whoever_is_tied_to_nobody_and_whoever_left_get_nothing(
    entra: FakeEntra, tied: StaffMember, row: RoleClaim
) -> None:
    entra.says = {"groups": [GROUP]}
    come(Client(), entra, oid="99999999-2222-4333-8444-555555555555")
    User.objects.filter(pk=tied.user.pk).update(is_active=False)
    assert not is_signed_in(comes_with(entra, groups=[GROUP]))
    assert RoleHeld.objects.filter(from_microsoft=True).count() == 0


def test_nothing_is_given_before_the_second_factor_is_shown(
    entra: FakeEntra, tied: StaffMember, row: RoleClaim
) -> None:
    TOTP.activate(tied.user, SECRET)
    browser = comes_with(entra, groups=[OTHER_GROUP, GROUP])
    assert not is_signed_in(browser)
    assert roles_of(tied) == {Role.STAFF}
    # What is kept meanwhile is what matters here, and no other group.
    kept = str(dict(browser.session))
    assert GROUP in kept
    assert OTHER_GROUP not in kept
    code = code_of(SECRET, int(clock.now().timestamp()))
    browser.post(reverse("mfa_authenticate"), {"code": code})
    assert is_signed_in(browser)
    assert roles_of(tied) == {Role.STAFF, Role.OFFICE}


def test_whoever_wrote_the_row_gets_nothing_by_it(
    entra: FakeEntra, it_superuser: StaffMember, head: StaffMember
) -> None:
    tie(it_superuser, by=head)
    services.map_claim(by=it_superuser, claim=OFFICE, role=Role.OFFICE)
    comes_with(entra, groups=[GROUP])
    assert roles_of(it_superuser) == {Role.IT}


def test_without_a_table_a_sign_in_writes_no_more_than_before(
    entra: FakeEntra, tied: StaffMember
) -> None:
    comes_with(entra, groups=[GROUP])
    comes_with(entra)
    assert roles_of(tied) == {Role.STAFF}
    verbs = set(Entry.objects.exclude(verb="staff.tie_to_microsoft").values_list("verb", flat=True))
    assert verbs == {"account.sign_in"}


# --- The page of roles ---------------------------------------------------------------------------
def test_people_and_roles_say_what_came_from_microsoft(
    entra: FakeEntra, tied: StaffMember, row: RoleClaim, head: StaffMember, staff_client: Any
) -> None:
    comes_with(entra, groups=[GROUP])
    client = staff_client(head)
    held = RoleHeld.objects.get(from_microsoft=True)
    for address in (
        reverse("staffing:roles"),
        reverse("staffing:person", args=[tied.pk]),
        reverse("staffing:end", args=[held.pk]),
    ):
        assert client.get(address).content.decode().count("from Microsoft") == 1
    page = client.get(reverse("staffing:end", args=[held.pk])).content.decode()
    assert "it does not come again from there" in page
    client.post(reverse("staffing:end", args=[held.pk]), {"when": "at_once"})
    comes_with(entra, groups=[GROUP])
    assert roles_of(tied) == {Role.STAFF}


# --- The page of the table --------------------------------------------------------------------------
def add(client: Client, **typed: str) -> Any:
    return client.post(
        reverse("entra_claims"), {"kind": "group", "value": GROUP, "role": "office"} | typed
    )


def error_beside(page: str, field: str) -> str:
    found = re.search(rf'id="error_1_id_{field}"[^>]*>(.*?)</', page, re.S)
    return re.sub(r"<[^>]+>|\s+", " ", found[1]).strip() if found else ""


@pytest.mark.parametrize(
    "who", ["host", "deputy", "lead", "head", "chair", "office", "governor", "it_superuser"]
)
def test_who_keeps_the_table(
    entra: FakeEntra, row: RoleClaim, who: str, staff_client: Any, request: Any
) -> None:
    """Exactly those who give roles by hand."""
    client = staff_client(request.getfixturevalue(who))
    remove = reverse("entra_claim_remove", args=[row.pk])
    may = who in {"lead", "head", "it_superuser"}
    assert client.get(reverse("entra_claims")).status_code == (200 if may else 403)
    assert add(client, value=OTHER_GROUP).status_code == (302 if may else 403)
    assert client.get(remove).status_code == 405
    assert client.post(remove).status_code == (302 if may else 403)
    assert RoleClaim.objects.filter(value=OTHER_GROUP).exists() is may
    assert RoleClaim.objects.filter(pk=row.pk).exists() is not may


def test_table_needs_the_second_factor(
    entra: FakeEntra, row: RoleClaim, head: StaffMember, staff_client: Any
) -> None:
    client = staff_client(head, second_factor=False)
    remove = client.post(reverse("entra_claim_remove", args=[row.pk]))
    for answer in (client.get(reverse("entra_claims")), add(client, value=OTHER_GROUP), remove):
        assert answer.headers["Location"].startswith(reverse("mfa_activate_totp"))
    assert list(RoleClaim.objects.all()) == [row]


def test_row_is_added_and_stands_there_with_who_wrote_it(
    entra: FakeEntra, it_superuser: StaffMember, staff_client: Any
) -> None:
    client = staff_client(it_superuser)
    answer = add(client, value=f" {GROUP.upper()} ", note="All of the office")
    assert answer.headers["Location"] == reverse("entra_claims")
    page = client.get(reverse("entra_claims")).content.decode()
    for words in ("All of the office: School office", GROUP, "Ian Technical"):
        assert words in page
    assert reverse("entra_claims") in client.get("/admin/").content.decode()
    assert reverse("entra_claims") in client.get(reverse("entra_ties")).content.decode()


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"value": ""}, "value", "Paste the object id of the group"),
        ({"value": "the office"}, "value", "An object id looks like"),
        ({"value": f"{{{GROUP}}}"}, "value", "An object id looks like"),
        ({"kind": "app_role", "value": "a\N{ZERO WIDTH SPACE}b"}, "value", "cannot be seen"),
        ({"kind": "app_role", "value": "x" * 121}, "value", "at most 120 characters"),
        ({"kind": "", "value": "x"}, "kind", "Choose what it is."),
        ({"kind": "scope", "value": "x"}, "kind", "Choose what it is."),
        ({"role": ""}, "role", "Choose the role."),
        ({"role": "dsl"}, "role", "One that opens concerns is given by two people"),
        ({"role": "chair"}, "role", "One that opens concerns is given by two people"),
        ({"note": "x" * 121}, "note", "at most 120 characters"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_what_was_typed_stays(
    entra: FakeEntra,
    head: StaffMember,
    staff_client: Any,
    typed: dict[str, str],
    field: str,
    said: str,
) -> None:
    answer = add(staff_client(head), **{"note": "All of the office", **typed})
    assert not RoleClaim.objects.exists()
    page = answer.content.decode()
    assert said in error_beside(page, field)
    assert f'value="{typed.get("note", "All of the office")}"' in page


def test_row_that_stands_there_already_is_refused_beside_the_field(
    entra: FakeEntra, row: RoleClaim, lead: StaffMember, staff_client: Any
) -> None:
    page = add(staff_client(lead), role="it").content.decode()
    assert "stands in the table already" in error_beside(page, "value")
    assert f'value="{GROUP}"' in page


def test_removing_says_whom_it_takes_the_role_from_and_does(
    entra: FakeEntra, tied: StaffMember, row: RoleClaim, head: StaffMember, staff_client: Any
) -> None:
    comes_with(entra, groups=[GROUP])
    client = staff_client(head)
    page = client.get(reverse("entra_claims")).content.decode()
    assert "at once from 1 person who holds it from Microsoft" in " ".join(page.split())
    answer = client.post(reverse("entra_claim_remove", args=[row.pk]), follow=True)
    assert "It was taken from 1 person." in answer.content.decode()
    assert roles_of(tied) == {Role.STAFF}
    assert client.post(reverse("entra_claim_remove", args=[row.pk])).status_code == 404


def test_switched_off_the_page_says_so_and_adds_nothing(
    head: StaffMember, staff_client: Any
) -> None:
    client = staff_client(head)
    assert (
        "Signing in with Microsoft is off" in client.get(reverse("entra_claims")).content.decode()
    )
    assert add(client).status_code == 403
    assert reverse("entra_claims") not in client.get("/admin/").content.decode()


def test_switched_off_what_groups_gave_stays_in_sight_and_ends_with_the_table(
    entra: FakeEntra, tied: StaffMember, row: RoleClaim, head: StaffMember, deputy: StaffMember,
    staff_client: Any, settings: Any,
) -> None:  # fmt: skip
    comes_with(entra, groups=[GROUP])
    heading, told = "Left by groups of Microsoft", f"{tied.name}: {Role.OFFICE.words}"
    client, other = staff_client(head), staff_client(deputy)
    roles, groups = reverse("staffing:roles"), reverse("entra_claims")
    assert heading not in client.get(roles).content.decode()
    settings.ENTRA = None
    page = client.get(roles).content.decode()
    assert (heading in page, told in page, groups in page) == (True, True, True)
    # What to do about it is not the deputy's, who sees it all the same.
    page = other.get(roles).content.decode()
    assert (heading in page, told in page, groups in page) == (True, True, False)
    assert groups in client.get("/admin/").content.decode()
    client.post(reverse("entra_claim_remove", args=[row.pk]))
    assert roles_of(tied) == {Role.STAFF}
    assert heading not in client.get(roles).content.decode()
    assert groups not in client.get("/admin/").content.decode()


def test_switched_off_a_role_that_a_group_gave_is_ended_by_hand_as_any_other(
    entra: FakeEntra, tied: StaffMember, row: RoleClaim, head: StaffMember, staff_client: Any,
    settings: Any,
) -> None:  # fmt: skip
    comes_with(entra, groups=[GROUP])
    settings.ENTRA = None
    held = RoleHeld.objects.get(staff=tied, from_microsoft=True)
    client = staff_client(head)
    client.post(reverse("staffing:end", args=[held.pk]), {"when": "at_once"})
    assert roles_of(tied) == {Role.STAFF}
    assert "Left by groups" not in client.get(reverse("staffing:roles")).content.decode()


def test_names_of_the_table_are_shown_as_they_were_typed(
    entra: FakeEntra, head: StaffMember, staff_client: Any
) -> None:
    client = staff_client(head)
    add(client, note="<b>Office</b>")
    add(client, kind="app_role", value="<i>IT</i>", role="it")
    page = client.get(reverse("entra_claims")).content.decode()
    assert "<b>Office" not in page
    assert "<i>IT" not in page
    # What somebody typed is no text for the audit.
    entry = Entry.objects.get(verb="role_claim.map", detail__kind="app_role")
    assert entry.detail == {"kind": "app_role", "role": "it"}


def test_records_show_the_table_and_change_nothing(
    row: RoleClaim, head: StaffMember, staff_client: Callable[..., Client]
) -> None:
    client = staff_client(head)
    page = client.get(reverse("admin:school_roleclaim_changelist")).content.decode()
    assert "All of the office" in page
    client.post(reverse("admin:school_roleclaim_delete", args=[row.pk]), {"post": "yes"})
    client.post(reverse("admin:school_roleclaim_change", args=[row.pk]), {"role": "it"})
    row.refresh_from_db()
    assert row.role == "office"


def test_a_role_given_by_the_table_ends_with_a_day_as_any_other(
    entra: FakeEntra, tied: StaffMember, row: RoleClaim, head: StaffMember
) -> None:
    comes_with(entra, groups=[GROUP])
    held = RoleHeld.objects.get(from_microsoft=True)
    changes.end(held, by=head, on=clock.today())
    comes_with(entra, groups=[GROUP])
    assert RoleHeld.objects.filter(staff=tied, role="office").count() == 1
    # Left meanwhile: it goes at once.
    comes_with(entra, groups=[])
    assert roles_of(tied) == {Role.STAFF}


def test_two_groups_that_give_one_role_give_it_once(
    entra: FakeEntra, tied: StaffMember, row: RoleClaim, head: StaffMember
) -> None:
    other = Claim(kind=Kind.GROUP, value=OTHER_GROUP)
    services.map_claim(by=head, claim=other, role=Role.OFFICE)
    comes_with(entra, groups=[GROUP, OTHER_GROUP])
    assert RoleHeld.objects.filter(staff=tied, role="office").count() == 1
    comes_with(entra, groups=[OTHER_GROUP])
    assert roles_of(tied) == {Role.STAFF, Role.OFFICE}
