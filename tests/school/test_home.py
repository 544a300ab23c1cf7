"""The start page: what waits for whom."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from school.models import StaffMember
from tests import factories
from tests.concerns.log import accused, child, log

SignIn = Callable[..., Client]


def titles(client: Client) -> list[tuple[str, int | None]]:
    return [(card.title, card.count) for card in client.get("/").context["cards"]]


def test_start_page_of_somebody_with_nothing_waiting_says_so(
    colleague: StaffMember, staff_client: SignIn
) -> None:
    page = staff_client(colleague).get("/")
    assert page.context["cards"] == []
    assert "Nothing needs you now" in page.content.decode()


def test_concern_waits_for_the_team_and_for_nobody_else(
    school_day: object,
    host: StaffMember,
    deputy: StaffMember,
    it_superuser: StaffMember,
    staff_client: SignIn,
) -> None:
    log(host, child(factories.make_pupil()))
    assert titles(staff_client(deputy)) == [("Concerns", 1)]
    assert titles(staff_client(host)) == []
    assert titles(staff_client(it_superuser)) == []


def test_concern_about_the_deputy_is_in_no_number_of_hers(
    school_day: object,
    host: StaffMember,
    deputy: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    log(host, accused(deputy))
    assert titles(staff_client(head)) == [("Concerns", 1), ("The safeguarding team", 3)]
    assert titles(staff_client(deputy)) == []


@pytest.mark.parametrize(
    ("who", "menu"),
    [
        ("host", ["Calls", "Consent", "Concerns"]),
        ("office", ["Calls", "Consent", "Concerns", "Messages", "Records"]),
        ("governor", ["Concerns"]),
        ("chair", ["Concerns", "Roles"]),
        ("it_superuser", ["Concerns", "Messages", "Records"]),
        ("lead", ["Calls", "Consent", "Concerns", "Messages", "Records"]),
    ],
)
def test_menu_shows_what_the_person_may_open(
    who: str, menu: list[str], request: pytest.FixtureRequest, staff_client: SignIn
) -> None:
    page = staff_client(request.getfixturevalue(who)).get("/")
    assert [item.label for item in page.context["nav"]] == menu
    assert page.context["log_concern_url"] == "/concerns/log/"


def test_stopped_sender_is_told_to_those_who_must_know(
    host: StaffMember, office: StaffMember, staff_client: SignIn
) -> None:
    assert "the sender has not run yet" in staff_client(office).get("/").content.decode()
    assert "the sender has not run yet" not in staff_client(host).get("/").content.decode()


def test_people_from_a_file_are_found_from_the_start_page_and_the_records(
    office: StaffMember, host: StaffMember, it_superuser: StaffMember, staff_client: SignIn
) -> None:
    link = f'href="{reverse("consent:imports")}"'
    assert link in staff_client(office).get("/").content.decode()
    assert link in staff_client(office).get(reverse("admin:index")).content.decode()
    assert link not in staff_client(host).get("/").content.decode()
    for page in ("/", reverse("admin:index")):
        assert link not in staff_client(it_superuser).get(page).content.decode()
