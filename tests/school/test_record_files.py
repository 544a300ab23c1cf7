"""Registers as files, and lists that are longer than anybody pages through."""

import csv
from collections.abc import Callable
from datetime import date, datetime
from io import StringIO

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from audit import exporting
from audit.models import Entry
from audit.paging import UpTo
from school.models import Guardian, Pupil, StaffMember, Term
from tests.factories import make_guardian, make_pupil

SignIn = Callable[..., Client]
pytestmark = pytest.mark.usefixtures("school_day")


def table(answer: object) -> list[list[str]]:
    text = answer.content.decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.reader(StringIO(text)))


def test_file_holds_what_the_list_shows_and_who_took_it_stands_in_the_audit(
    office: StaffMember, staff_client: SignIn, school_day: datetime
) -> None:
    Pupil.objects.all().delete()
    make_pupil("Maya", "Okafor", year_group=7)
    make_pupil("Leo", "=cmd()", year_group=7)
    make_pupil("Zoe", "Older", year_group=8)
    address = reverse("admin:school_pupil_export") + "?year_group__exact=7&o=1"
    answer = staff_client(office).post(address)
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="pupil-{school_day:%Y-%m-%d}.csv"'
    )
    assert table(answer) == [
        ["Family name", "Given name", "Year group", "Whose yes is enough", "Left on"],
        ["'=cmd()", "Leo", "7", "as the school's setting says", ""],
        ["Okafor", "Maya", "7", "as the school's setting says", ""],
    ]
    entry = Entry.objects.get(verb="records.export")
    assert (entry.actor, entry.object) == (office.actor, "school.pupil")
    assert entry.detail == {"rows": 2, "filters": ["o", "year_group__exact"]}


def test_e30_file_of_guardians_tells_nobody_s_address(
    office: StaffMember, staff_client: SignIn
) -> None:
    make_guardian(make_pupil("Maya", "Okafor"), name="Ada Okafor", email="ada@example.org")
    listed = staff_client(office).get(reverse("admin:school_guardian_changelist"))
    assert "ada@example.org" in listed.content.decode()
    got = staff_client(office).post(reverse("admin:school_guardian_export"))
    assert table(got) == [["Name", "Language"], ["Ada Okafor", "English"]]


def test_file_leaves_out_a_reader_s_own_family(lead: StaffMember, staff_client: SignIn) -> None:
    make_guardian(make_pupil("Maya", "Okafor"), name="Ada Okafor")
    own = make_pupil("Ben", lead.name.split()[-1])
    make_guardian(own, name=lead.name, email=lead.email)
    assert Guardian.objects.count() == 2
    got = table(staff_client(lead).post(reverse("admin:school_guardian_export")))
    assert [row[0] for row in got[1:]] == ["Ada Okafor"]


def test_filter_that_no_list_has_gives_no_file(office: StaffMember, staff_client: SignIn) -> None:
    address = reverse("admin:school_pupil_export")
    assert staff_client(office).post(f"{address}?born_on__gt=2001-01-01").status_code == 400
    assert staff_client(office).get(address).status_code == 405
    assert Entry.objects.filter(verb="records.export").count() == 0


def test_more_rows_than_are_given_at_once_are_refused_in_words(
    office: StaffMember, staff_client: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST", 2)
    for number in range(3):
        make_pupil(f"Child {number}", "Okafor")
    browser = staff_client(office)
    address = reverse("admin:school_pupil_export")
    answer = browser.post(f"{address}?q=Okafor", follow=True)
    assert answer.redirect_chain == [(f"{reverse('admin:school_pupil_changelist')}?q=Okafor", 302)]
    assert "More than 2 rows: narrow them down first" in answer.content.decode()
    assert Entry.objects.filter(verb="records.export").count() == 0


def test_long_list_shows_its_first_rows_and_says_that_there_are_more(
    office: StaffMember, staff_client: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UpTo, "MOST", 3)
    days = [date(2040 + number, 9, 1) for number in range(4)]
    Term.objects.bulk_create(Term(name="Autumn", starts_on=day, ends_on=day) for day in days)
    register = admin.site.get_model_admin(Term)
    monkeypatch.setattr(register, "list_per_page", 2)
    address = reverse("admin:school_term_changelist")
    page = staff_client(office).get(address).content.decode()
    assert "The first 3. There are more: a filter, a date or a search brings" in page
    assert 'href="?p=2"' in page
    assert 'href="?p=3"' not in page


@pytest.mark.parametrize(
    ("register", "page"), [("school_pupil", "consent:pupil"), ("school_guardian", "consent:guardian")]
)  # fmt: skip
def test_record_leads_to_the_page_where_people_work_with_it(
    office: StaffMember, staff_client: SignIn, register: str, page: str
) -> None:
    guardian = make_guardian(make_pupil("Maya", "Okafor"), name="Ada Okafor")
    pk = guardian.pk if register.endswith("guardian") else Pupil.objects.get(given_name="Maya").pk
    shown = staff_client(office).get(reverse(f"admin:{register}_change", args=[pk]))
    assert f'<a href="{reverse(page, args=[pk])}"' in shown.content.decode()
