"""The table of people and roles, the page of one person, ending a role, and the start page's cards."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from school import services
from school.models import RoleHeld, RoleProposal, StaffMember
from school.roles import Role
from schoolsafe.lib.providers import Entra
from schoolsafe.staffing import changes
from tests import factories
from tests.school.appointing import WHY, propose

SignIn = Callable[..., Client]
TODAY = date(2026, 9, 15)
pytestmark = pytest.mark.usefixtures("school_day")
LIST = "/school/roles/"


def of(staff: StaffMember) -> str:
    return reverse("staffing:person", args=[staff.pk])


def end_of(staff: StaffMember, role: Role) -> str:
    return reverse("staffing:end", args=[RoleHeld.objects.get(staff=staff, role=role.value).pk])


def give(role: Role, **facts: str) -> dict[str, str]:
    return {"role": role.value, "starts_on": "2026-09-15"} | facts


def equip(*people: StaffMember) -> None:
    """Give people a second factor and a telephone number."""
    for person in people:
        Authenticator.objects.create(user=person.user, type="totp", data={})
    StaffMember.objects.filter(pk__in=[one.pk for one in people]).update(telephone="07700 900001")


def words_of(client: Client, address: str = LIST) -> str:
    """The page as it reads, without its marks."""
    text = re.sub(r"<[^>]+>", " ", client.get(address).content.decode())
    return " ".join(text.split())


# --- The table -------------------------------------------------------------------------------------
def test_table_shows_roles_of_now_later_and_lately(
    lead: StaffMember, head: StaffMember, colleague: StaffMember, staff_client: SignIn
) -> None:
    days = {"by": head, "starts_on": TODAY, "ends_on": None}
    changes.give(colleague, role=Role.OFFICE, **days | {"starts_on": date(2026, 10, 1)})
    given = changes.give(colleague, role=Role.GOVERNOR, **days)
    changes.end(given, by=head, on=None)
    RoleHeld.objects.create(staff=colleague, role="it", ends_on=TODAY - timedelta(days=200))

    rows = staff_client(lead).get(LIST).context["rows"]

    [row] = [row for row in rows if row.staff == colleague]
    shown = {name: [one.role for one in getattr(row, name)] for name in ("now", "later", "ended")}
    assert shown == {"now": ["staff"], "later": ["office"], "ended": ["governor"]}
    assert "School office from 1 Oct 2026" in words_of(staff_client(lead))
    assert "Governor ended at once, 15 Sep 2026" in words_of(staff_client(lead))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "lead"}, ["Leah Lead"]),
        ({"q": "car coll"}, ["Carol Colleague"]),
        ({"role": "headteacher"}, ["Hugo Head"]),
        ({"q": "h", "role": "dsl"}, ["Leah Lead"]),
        ({"q": "nobody"}, []),
        ({"role": "caretaker"}, ["Carol Colleague", "Hugo Head", "Leah Lead"]),
    ],
)
def test_people_are_found_by_name_and_role_and_no_name_stands_in_the_address(
    asked: dict[str, str],
    found: list[str],
    lead: StaffMember,
    head: StaffMember,
    colleague: StaffMember,
    staff_client: SignIn,
) -> None:
    page = staff_client(lead).post(LIST, asked)
    assert [row.staff.name for row in page.context["rows"]] == found


def test_leaver_stands_in_the_table_until_their_roles_have_an_end(
    leaver: StaffMember, head: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(head)
    assert "Larry Leaver account closed" in words_of(client)
    for row in RoleHeld.objects.filter(staff=leaver):
        left = {"when": "day", "ends_on": "2026-07-20"}
        assert client.post(reverse("staffing:end", args=[row.pk]), left).status_code == 302
    assert "Larry Leaver" not in words_of(client)


@pytest.mark.parametrize("people", [1, 30])
def test_table_takes_the_same_number_of_queries_however_many_people(
    people: int,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
    django_assert_num_queries: Callable[..., object],
) -> None:
    equip(lead)
    for _ in range(people):
        factories.make_staff(roles=(Role.STAFF, Role.SAFEGUARDING, Role.GOVERNOR))
        propose(factories.make_staff(), by=head)
    client = staff_client(lead)
    client.get(LIST)
    with django_assert_num_queries(19):
        client.get(LIST)


# --- Giving and proposing --------------------------------------------------------------------------
def test_each_is_offered_what_they_may_give_or_propose(
    lead: StaffMember,
    deputy: StaffMember,
    it_superuser: StaffMember,
    colleague: StaffMember,
    staff_client: SignIn,
) -> None:
    opening = [Role.SAFEGUARDING, Role.DSL, Role.HEADTEACHER, Role.CHAIR]
    ordinary = [Role.STAFF, Role.OFFICE, Role.GOVERNOR, Role.IT]

    def offered(by: StaffMember, about: StaffMember) -> list[Role]:
        return sorted(staff_client(by).get(of(about)).context["offered"])

    assert offered(lead, colleague) == sorted(opening + ordinary)
    assert offered(deputy, colleague) == sorted(opening)
    assert offered(it_superuser, colleague) == sorted(ordinary)
    assert offered(it_superuser, lead) == []
    assert offered(lead, lead) == []
    assert "Nobody changes their own" in words_of(staff_client(lead), of(lead))


def test_own_role_is_refused_whatever_is_sent(lead: StaffMember, staff_client: SignIn) -> None:
    assert staff_client(lead).post(of(lead), give(Role.HEADTEACHER, reason=WHY)).status_code == 403
    assert RoleProposal.objects.count() == 0


@pytest.mark.parametrize(
    ("sent", "field", "words"),
    [
        ({"role": "", "starts_on": "2026-09-15"}, "role", "Choose the role."),
        ({"role": "office", "starts_on": "2026-09-14"}, "starts_on", "cannot begin before today"),
        ({"role": "office", "starts_on": "soon"}, "starts_on", "Write a day"),
        (
            {"role": "office", "starts_on": "2026-09-15", "ends_on": "2026-09-14"},
            "ends_on",
            "end before it begins",
        ),
        ({"role": "dsl", "starts_on": "2026-09-15"}, "reason", "Write down why"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(
    sent: dict[str, str],
    field: str,
    words: str,
    head: StaffMember,
    lead: StaffMember,
    colleague: StaffMember,
    staff_client: SignIn,
) -> None:
    page = staff_client(head).post(of(colleague), sent | {"reason": sent.get("reason", "")})
    form = page.context["form"]
    assert (page.status_code, list(form.errors)) == (422, [field])
    assert words in form.errors[field][0]
    assert form["starts_on"].value() == sent["starts_on"]


def test_what_a_rule_refuses_stands_above_the_form(
    head: StaffMember, lead: StaffMember, colleague: StaffMember, staff_client: SignIn
) -> None:
    page = staff_client(head).post(of(colleague), give(Role.STAFF))
    assert page.status_code == 422
    assert "Carol Colleague holds this role already." in page.content.decode()


def test_e89_deputy_without_factor_and_number_is_proposed_after_that_was_shown(
    head: StaffMember, lead: StaffMember, colleague: StaffMember, staff_client: SignIn
) -> None:
    equip(lead)
    client, sent = staff_client(head), give(Role.SAFEGUARDING, reason=WHY)

    page = client.post(of(colleague), sent)

    assert (page.status_code, RoleProposal.objects.count()) == (422, 0)
    assert [one.code for one in page.context["brings"]] == ["no_second_factor", "no_telephone"]
    assert page.context["form"]["reason"].value() == WHY
    # What was shown is not what stands against it now: it is shown again.
    StaffMember.objects.filter(pk=colleague.pk).update(telephone="07700 900002")
    again = client.post(of(colleague), sent | {"seen": page.context["seen"]})
    assert [one.code for one in again.context["brings"]] == ["no_second_factor"]

    done = client.post(of(colleague), sent | {"seen": again.context["seen"]})

    assert done.status_code == 302
    assert RoleProposal.objects.get().reason == WHY


def test_reason_of_a_proposal_is_for_those_who_answer_for_concerns(
    head: StaffMember,
    lead: StaffMember,
    it_superuser: StaffMember,
    colleague: StaffMember,
    staff_client: SignIn,
) -> None:
    propose(colleague, by=head)
    assert WHY in words_of(staff_client(lead), of(colleague))
    page = words_of(staff_client(it_superuser), of(colleague))
    assert "Proposed: Deputy safeguarding lead" in page
    assert WHY not in page
    assert "approved by Leah Lead: never by the person who proposed it" in page


def test_proposal_is_approved_from_the_start_page(
    head: StaffMember, lead: StaffMember, colleague: StaffMember, staff_client: SignIn
) -> None:
    equip(lead, colleague)
    made = propose(colleague, by=head)

    def cards(person: StaffMember) -> list[tuple[str, int]]:
        found = staff_client(person).get("/").context["cards"]
        return [(card.title, card.count) for card in found if card.url == LIST]

    assert cards(lead) == [("Roles to approve", 1), ("The safeguarding team", 1)]
    assert cards(head) == [("The safeguarding team", 1)]
    assert cards(colleague) == []
    page = staff_client(lead).get(LIST)
    assert "Waits for you" in page.content.decode()
    assert "Waits for you" not in staff_client(head).get(LIST).content.decode()

    done = staff_client(lead).post(reverse("staffing:approve", args=[made.pk]), follow=True)

    assert "It is approved: Carol Colleague has the role." in done.content.decode()
    assert cards(lead) == []


def test_decision_that_somebody_else_made_meanwhile_is_said_on_the_page(
    head: StaffMember, lead: StaffMember, colleague: StaffMember, staff_client: SignIn
) -> None:
    made = propose(colleague, by=head)
    changes.decline(made, by=lead)
    page = staff_client(lead).post(reverse("staffing:approve", args=[made.pk]))
    assert page.status_code == 422
    assert "Somebody has decided about this already." in page.content.decode()
    assert "Declined by Leah Lead on 15 September 2026" in words_of(
        staff_client(lead), of(colleague)
    )


def test_declined_and_taken_back_by_a_press(
    head: StaffMember, lead: StaffMember, colleague: StaffMember, staff_client: SignIn
) -> None:
    first = propose(colleague, by=head)
    staff_client(lead).post(reverse("staffing:decline", args=[first.pk]))
    second = propose(colleague, by=head)
    address = reverse("staffing:take_back", args=[second.pk])
    assert staff_client(lead).post(address).status_code == 403
    staff_client(head).post(address)
    outcomes = RoleProposal.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == ["declined", "taken_back"]


# --- Ending ----------------------------------------------------------------------------------------
def test_ending_the_deputy_says_first_who_would_be_alone(
    head: StaffMember, lead: StaffMember, deputy: StaffMember, staff_client: SignIn
) -> None:
    equip(lead, deputy)
    client, address = staff_client(head), end_of(deputy, Role.SAFEGUARDING)
    sent = {"when": "day", "ends_on": "2026-12-31"}

    page = client.post(address, sent)

    assert page.status_code == 422
    assert "This would leave the safeguarding team with:" in page.content.decode()
    assert [one.words for one in page.context["brings"]] == [
        "Leah Lead is the whole safeguarding team: nobody covers for them."
    ]
    assert Entry.objects.filter(verb="role.end").count() == 0

    done = client.post(address, sent | {"seen": page.context["seen"]}, follow=True)

    assert "Deputy safeguarding lead: it ends with 31 December 2026." in done.content.decode()
    assert RoleHeld.objects.get(staff=deputy, role="safeguarding").ends_on == date(2026, 12, 31)


def test_ending_the_only_lead_is_refused_beside_what_it_would_leave(
    head: StaffMember, lead: StaffMember, deputy: StaffMember, staff_client: SignIn
) -> None:
    equip(lead, deputy)
    client, address = staff_client(head), end_of(lead, Role.DSL)
    page = client.post(address, {"when": "at_once"})
    assert [one.code for one in page.context["brings"]] == ["no_lead"]
    refused = client.post(address, {"when": "at_once", "seen": page.context["seen"]})
    assert refused.status_code == 422
    assert "a school always has one" in refused.content.decode()
    assert StaffMember.objects.get(pk=lead.pk).viewer().holds(Role.DSL)


@pytest.mark.parametrize(
    ("sent", "field", "words"),
    [
        ({}, "when", "Choose when it ends."),
        ({"when": "day"}, "ends_on", "Choose the last day."),
        ({"when": "day", "ends_on": "yesterday"}, "ends_on", "Write a day"),
        ({"when": "day", "ends_on": "2026-09-14"}, "ends_on", "cannot end before today"),
    ],
)
def test_end_that_cannot_be_is_said_beside_its_field(
    sent: dict[str, str],
    field: str,
    words: str,
    head: StaffMember,
    colleague: StaffMember,
    staff_client: SignIn,
) -> None:
    page = staff_client(head).post(end_of(colleague, Role.STAFF), sent)
    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])
    assert words in page.context["form"].errors[field][0]


def test_role_that_has_not_begun_does_not_end_before_it_does(
    head: StaffMember, colleague: StaffMember, staff_client: SignIn
) -> None:
    days = {"starts_on": date(2026, 10, 1), "ends_on": None}
    changes.give(colleague, by=head, role=Role.OFFICE, **days)
    sent = {"when": "day", "ends_on": "2026-09-20"}
    page = staff_client(head).post(end_of(colleague, Role.OFFICE), sent)
    assert "end it at once" in page.context["form"].errors["ends_on"][0]


def test_page_of_a_role_that_is_over_does_not_exist(
    head: StaffMember, colleague: StaffMember, staff_client: SignIn
) -> None:
    address = end_of(colleague, Role.STAFF)
    changes.end(RoleHeld.objects.get(staff=colleague), by=head, on=None)
    assert staff_client(head).get(address).status_code == 404


# --- What the team lacks ---------------------------------------------------------------------------
def test_g12_week_in_which_nobody_of_the_team_is_there_is_told_on_page_and_start_page(
    school: object, lead: StaffMember, deputy: StaffMember, head: StaffMember, staff_client: SignIn
) -> None:
    equip(lead, deputy)
    factories.make_term()
    client = staff_client(head)
    assert "What the safeguarding team lacks" not in words_of(client)
    away = (datetime(2026, 9, 21, 6, tzinfo=UTC), datetime(2026, 9, 22, 20, tzinfo=UTC))
    for person in (lead, deputy):
        factories.make_absence(person, *away)

    words = "Everybody on the safeguarding team is away at some time on Monday 21 September, "
    assert f"{words}Tuesday 22 September." in words_of(client)
    [card] = [one for one in client.get("/").context["cards"] if one.url == LIST]
    assert (card.title, card.count, card.tone) == ("The safeguarding team", 1, "stop")
    assert card.sentence.startswith(words)


@pytest.mark.parametrize(("claim", "lacking"), [("acrs", 0), ("amr", 1)])
def test_a45_second_factor_shown_at_microsoft_counts_where_the_sign_in_asks_for_it(
    claim: str,
    lacking: int,
    lead: StaffMember,
    deputy: StaffMember,
    head: StaffMember,
    settings: Any,
    staff_client: SignIn,
) -> None:
    equip(lead, deputy)
    Authenticator.objects.filter(user=deputy.user).delete()
    tenant = UUID("8f6a4c1e-2b3d-4e5f-9a0b-1c2d3e4f5a6b")
    settings.ENTRA = Entra(
        tenant=str(tenant), client_id=str(tenant), secret="secret", factor_claim=claim
    )
    services.tie_to_microsoft(deputy, by=head, tenant=tenant, object_id=UUID(int=7))
    assert len(staff_client(head).get(LIST).context["lacks"]) == lacking
