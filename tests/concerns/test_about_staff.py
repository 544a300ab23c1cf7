"""Concerns about somebody who works here: who is kept out, and whom the law asks to be told."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from audit.models import Entry as AuditEntry
from concerns import selectors
from concerns.models import Concern, Exclusion
from concerns.services import Named
from school.kin import above
from school.models import School, StaffMember
from tests import factories
from tests.concerns import log as make

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
OFFICER = "020 7946 0400"
# What else the form of a member of staff sends.
REST = {"entra_id": "", "roles_held-TOTAL_FORMS": "0", "roles_held-INITIAL_FORMS": "0"}


@pytest.fixture
def officer(school: School) -> None:
    School.objects.update(officer_name="Lado Officer", officer_telephone=OFFICER)


def page(client: Client, name: str, concern: Concern) -> str:
    return client.get(reverse(f"concerns:{name}", args=[concern.reference])).content.decode()


@pytest.mark.parametrize(
    ("managers", "expected"),
    [
        ({}, set()),
        ({1: 2}, {2}),
        ({1: 2, 2: 3, 3: 4}, {2, 3, 4}),
        ({2: 1}, set()),
        # A ring, as two records that point at each other make, ends too.
        ({1: 2, 2: 1}, {2}),
        ({1: 2, 2: 3, 3: 2}, {2, 3}),
    ],
)
def test_e1_the_line_above_somebody(managers: dict[int, int], expected: set[int]) -> None:
    assert above(1, managers) == expected


def test_e1_a_deputy_who_reports_to_the_accused_through_another_sees_no_trace(
    school_day: datetime,
    host: StaffMember,
    co_host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    """The lead is family of the child, so that the deputy would be the next to be told."""
    between = factories.make_staff("Middle Manager", line_manager=co_host)
    StaffMember.objects.filter(pk=deputy.pk).update(line_manager=between)
    concern = make.log(host, Named(part=make.policy.Part.HARMING, staff=co_host))
    client = staff_client(deputy)

    assert list(Concern.objects.visible_to(deputy.viewer())) == []
    assert (
        Exclusion.objects.get(concern=concern, staff=deputy).why
        == "they report to somebody it is about"
    )
    assert concern.reference not in client.get(reverse("concerns:list")).content.decode()
    counts = selectors.counts(selectors.open_to(deputy.viewer()), deputy.viewer(), now=school_day)
    assert counts[0][2] == 0
    assert concern.reference in page(staff_client(head), "detail", concern)


def test_e2_the_designated_officer_is_on_screen_where_it_is_about_the_head(
    officer: None,
    school_day: datetime,
    host: StaffMember,
    head: StaffMember,
    chair: StaffMember,
    staff_client: SignIn,
) -> None:
    concern = make.log(host, make.accused(head))

    assert OFFICER in page(staff_client(chair), "detail", concern)
    assert OFFICER in page(staff_client(host), "received", concern)


def test_e1_the_designated_officer_is_on_screen_where_it_is_about_an_adult_here_and_nowhere_else(
    officer: None,
    school_day: datetime,
    host: StaffMember,
    colleague: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    supply = Named(part=make.policy.Part.SUBJECT, name="Sam", is_adult=True, works_here=True)
    about = {
        "staff": make.log(host, make.accused(colleague)),
        "supply": make.log(host, supply),
        "child": make.log(host, make.child(factories.make_pupil())),
    }
    client = staff_client(head)

    shown = {name: OFFICER in page(client, "detail", concern) for name, concern in about.items()}

    assert shown == {"staff": True, "supply": True, "child": False}


def test_e2_a_school_without_its_officers_number_says_whom_to_ring_instead(
    school_day: datetime,
    host: StaffMember,
    head: StaffMember,
    chair: StaffMember,
    staff_client: SignIn,
) -> None:
    text = page(staff_client(chair), "detail", make.log(host, make.accused(head)))

    assert "The officer's number is not entered." in text


# --- Who keeps who reports to whom ------------------------------------------------------------------
def send(client: Client, staff: StaffMember, manager: StaffMember | None) -> int:
    address = reverse("admin:school_staffmember_change", args=[staff.pk])
    typed = {"line_manager": manager.pk if manager else "", **REST}
    return client.post(address, typed).status_code


@pytest.mark.parametrize(
    ("person", "expected"),
    [("lead", True), ("head", True), ("deputy", False), ("office", False), ("it_superuser", False)],
)
def test_e1_the_lead_and_the_head_keep_who_reports_to_whom(
    person: str,
    expected: bool,
    colleague: StaffMember,
    co_host: StaffMember,
    request: pytest.FixtureRequest,
    staff_client: SignIn,
) -> None:
    send(staff_client(request.getfixturevalue(person)), colleague, co_host)

    colleague.refresh_from_db()
    assert (colleague.line_manager == co_host) is expected
    changed = AuditEntry.objects.filter(verb="staffmember.change")
    assert [row.detail["fields"] for row in changed if row.detail["fields"]] == (
        [["line_manager"]] if expected else []
    )


def test_e1_nobody_keeps_their_own_line(
    lead: StaffMember, co_host: StaffMember, staff_client: SignIn
) -> None:
    StaffMember.objects.filter(pk=lead.pk).update(line_manager=co_host)

    send(staff_client(lead), lead, None)

    lead.refresh_from_db()
    assert lead.line_manager == co_host


def test_e1_a_ring_of_managers_is_refused(
    lead: StaffMember, colleague: StaffMember, co_host: StaffMember, staff_client: SignIn
) -> None:
    between = factories.make_staff("Middle Manager", line_manager=colleague)
    StaffMember.objects.filter(pk=co_host.pk).update(line_manager=between)
    address = reverse("admin:school_staffmember_change", args=[colleague.pk])

    answer = staff_client(lead).post(address, {"line_manager": co_host.pk, **REST})

    assert "Colin Cohost reports to Carol Colleague" in answer.content.decode()
    with pytest.raises(IntegrityError), transaction.atomic():
        StaffMember.objects.filter(pk=colleague.pk).update(line_manager=colleague.pk)
