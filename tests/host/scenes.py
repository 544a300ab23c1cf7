"""What people do in the intranet of this folder; `test_host.py` starts these under its settings."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from consent.models import Answer
from meetings import services
from meetings.models import Meeting
from school.models import Guardian, Pupil, School, StaffMember
from school.roles import Role
from school.services import take_on
from school.services.system import SETUP
from schoolsafe.lib import clock
from tests import factories
from tests.consent.builders import hidden
from tests.factories import PASSWORD
from tests.host.models import Dinner
from tests.meetings import calls
from tests.meetings.pages import plan_form, words
from tests.school.test_sign_in import code_of

Family = tuple[Guardian, Pupil]
FRAME = "Elmfield since 1911"
SITE = "https://intranet.elmfield.example"


def make_person(name: str, **facts: Any) -> Any:
    """Somebody with an account of the intranet, who signs in with a short name."""
    return get_user_model().objects.create_user(
        username=name, email=f"{name}@elmfield.example", password=PASSWORD, **facts
    )


@pytest.fixture
def teacher(school: School, school_day: datetime) -> StaffMember:
    return take_on(make_person("tina"), by=SETUP, name="Tina Teacher")


@pytest.fixture
def lead(school: School, school_day: datetime) -> StaffMember:
    return take_on(make_person("leah"), by=SETUP, name="Leah Lead", roles=(Role.STAFF, Role.DSL))


@pytest.fixture
def amy(school: School) -> Family:
    pupil = factories.make_pupil("Amy", "Adams")
    return factories.make_guardian(pupil, name="Alice Adams"), pupil


def come_in(browser: Client, name: str, wanted: str) -> str:
    """Ask for a page, sign in where that leads, and return where that leads."""
    door = browser.get(wanted, follow=True).redirect_chain[-1][0]
    assert door == f"/login/?next={wanted}"
    return enter(browser, name, door)


def enter(browser: Client, name: str, door: str) -> str:
    """Type name and password into the intranet's login, and return where that leads."""
    answer = browser.post(door, {"username": name, "password": PASSWORD})
    return str(answer.headers["Location"])


def link_in(letter: EmailMessage, folder: str) -> str:
    """The path of the link in a letter; it stands there with the whole address of the site."""
    [found] = set(re.findall(rf"{SITE}(/safe/{folder}/\S+)", str(letter.body)))
    return str(found)


def test_teacher_comes_in_by_the_intranets_login_and_plans_a_call_in_its_frame(
    teacher: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    browser = Client()
    assert come_in(browser, "tina", "/safe/meetings/plan/") == "/safe/meetings/plan/"
    page = browser.get("/safe/meetings/plan/")
    assert "What is it?" in words(page)
    assert FRAME in words(page)
    assert [item.url for item in page.context["nav"]] == [
        "/safe/meetings/", "/safe/consent/", "/safe/concerns/",
    ]  # fmt: skip
    assert page.headers["Cache-Control"] == "no-store"

    answer = browser.post("/safe/meetings/plan/", plan_form([amy[1]], co_hosts=[co_host.pk]))
    meeting = Meeting.objects.get()
    assert answer.headers["Location"] == f"/safe/meetings/{meeting.pk}/"
    assert meeting.planned_by == teacher
    assert FRAME in words(browser.get(answer.headers["Location"]))
    assert FRAME in words(browser.get("/safe/"))


def test_who_signs_out_is_out_of_the_intranet_and_on_its_start_page(teacher: StaffMember) -> None:
    browser = Client()
    come_in(browser, "tina", "/safe/meetings/")
    assert browser.get("/safe/").context["sign_out_url"] == "/safe/accounts/logout/"
    assert browser.post("/safe/accounts/logout/").headers["Location"] == "/"
    assert "stranger" in words(browser.get("/"))


def test_account_of_the_intranet_without_a_place_in_the_staff_list_is_told_so(
    school: School,
) -> None:
    make_person("cook")
    browser = Client()
    refused = browser.get(come_in(browser, "cook", "/safe/meetings/"))
    assert refused.status_code == 403
    assert "does not belong to anybody who works at the school" in words(refused)


@pytest.mark.parametrize(
    "way", ["login/", "signup/", "password/reset/", "password/change/", "2fa/keys/login/"]
)
def test_module_has_no_way_in_of_its_own(way: str, teacher: StaffMember) -> None:
    for answer in (
        Client().get(f"/safe/accounts/{way}"),
        Client().post(f"/safe/accounts/{way}", {"login": teacher.email, "password": PASSWORD}),
    ):
        assert answer.headers["Location"] == "/login/?next=/safe/"


def test_family_answers_behind_the_link_of_its_letter(
    teacher: StaffMember, co_host: StaffMember, amy: Family, mailbox: Any, clock_at: Any
) -> None:
    calls.asked(teacher, [amy[1]], co_hosts=[co_host])
    [letter] = [one for one in mailbox() if one.to == [amy[0].email]]
    link = link_in(letter, "c")
    family = Client(enforce_csrf_checks=True)
    page = family.get(link, headers={"Accept-Language": "pl"})
    assert (page.status_code, dict(page.cookies)) == (200, {})
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert FRAME not in words(page)

    typed = {
        "takes_part": "yes", "name": "Alice Adams", "relationship": "mother",
        "version": hidden(page)["version"],
    }  # fmt: skip
    check = family.post(link, typed)
    clock_at(clock.now() + timedelta(seconds=3))
    given = family.post(f"{link}confirm/", hidden(check))
    assert Answer.objects.get().kind == "yes"
    assert dict(given.cookies) == {}


def test_family_joins_behind_the_link_of_its_letter(
    teacher: StaffMember, co_host: StaffMember, amy: Family, mailbox: Any, clock_at: Any
) -> None:
    meeting = calls.shared(teacher, [amy], co_hosts=[co_host])
    [link] = {link_in(one, "j") for one in mailbox() if "/safe/j/" in str(one.body)}
    family = Client(enforce_csrf_checks=True)
    assert "Not yet." in words(family.get(link))
    clock_at(calls.STARTS - timedelta(minutes=5))
    calls.confirm(meeting, teacher, co_host)
    services.open_door(meeting, by=teacher)
    clock_at(calls.STARTS)
    assert family.post(link).context["teams_url"].startswith("https://teams.microsoft.com/")


def test_records_open_with_a_second_factor_and_hold_nothing_of_the_intranets(
    lead: StaffMember, school_day: datetime
) -> None:
    browser = Client()
    assert come_in(browser, "leah", "/safe/admin/") == "/safe/admin/"
    asked = browser.get("/safe/admin/", follow=True)
    path, _, query = asked.redirect_chain[-1][0].partition("?")
    assert path == "/safe/accounts/reauthenticate/"
    browser.post(f"{path}?{query}", {"password": PASSWORD})
    setting_up = browser.get("/safe/accounts/2fa/app/")
    assert FRAME in words(setting_up)
    code = code_of(setting_up.context["form"].secret, school_day.timestamp())
    browser.post("/safe/accounts/2fa/app/", {"code": code})

    records = browser.get("/safe/admin/")
    assert records.status_code == 200
    listed = {row["object_name"] for part in records.context["app_list"] for row in part["models"]}
    assert {"Meeting", "StaffMember"} <= listed
    assert "Dinner" not in listed
    assert browser.get("/safe/admin/meetings/meeting/").status_code == 200
    assert browser.get("/safe/concerns/").status_code == 200


def test_who_has_no_password_sets_up_a_second_factor_at_once(lead: StaffMember) -> None:
    """An intranet may know its people by another house's login."""
    lead.user.set_unusable_password()
    lead.user.save()
    browser = Client()
    browser.force_login(lead.user)
    shown = browser.get("/safe/admin/", follow=True)
    assert shown.redirect_chain[-1][0] == "/safe/accounts/2fa/app/"
    assert shown.status_code == 200


def test_it_keeps_the_intranets_accounts_in_the_records(
    school: School, staff_client: Callable[..., Client]
) -> None:
    it = take_on(make_person("ian"), by=SETUP, name="Ian Technical", roles=(Role.IT,))
    found = words(staff_client(it).get("/safe/admin/intranet/person/"))
    assert "ian@elmfield.example" in found


def test_pages_and_admin_of_the_intranet_are_as_they_were(school: School) -> None:
    make_person("sue", is_staff=True, is_superuser=True)
    Dinner.objects.create(name="Fish pie")
    browser = Client()
    assert reverse("home") == "/"
    assert enter(browser, "sue", "/login/") == "/"
    dinners = browser.get("/office/intranet/dinner/")
    assert "Fish pie" in words(dinners)
    start = browser.get("/")
    assert "Good morning, sue. Menu: intranet. School: not told." in words(start)
    assert "Cache-Control" not in start.headers
    wrong = browser.get("/dinner/")
    assert (wrong.status_code, wrong.content) == (405, b"")


def test_run_due_sends_what_is_due(teacher: StaffMember, co_host: StaffMember, amy: Family) -> None:
    calls.asked(teacher, [amy[1]], co_hosts=[co_host])
    call_command("run_due")
    assert [letter.to for letter in mail.outbox] == [[amy[0].email]]
    assert mail.outbox[0].from_email == "office@elmfield.example"
