"""The register of processing as a page: rules, and nobody's data."""

import csv
from collections.abc import Callable
from html import unescape
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse

from school.models import StaffMember
from schoolsafe.processing import register
from tests import factories

pytestmark = pytest.mark.django_db

Enter = Callable[..., Client]


def test_page_says_of_each_activity_why_how_long_and_who_may_read_it(
    office: StaffMember, staff_client: Enter
) -> None:
    page = unescape(staff_client(office).get(reverse("processing")).content.decode())
    assert [one.name for one in register.ACTIVITIES if f"<h2>{one.name}</h2>" not in page] == []
    assert f"{sum(map(len, register.classes().values()))} stored fields" in page
    assert "Elmfield Primary School" in page


def test_page_holds_nobodys_data(head: StaffMember, staff_client: Enter) -> None:
    amira = factories.make_pupil("Amira Haddad")
    page = staff_client(head).get(reverse("processing")).content.decode()
    assert [word for word in (amira.family_name, head.email) if word in page] == []


def test_spreadsheet_has_a_line_for_each_field(office: StaffMember, staff_client: Enter) -> None:
    answer = staff_client(office).get(reverse("processing_csv"))
    assert answer["Content-Disposition"] == 'attachment; filename="processing.csv"'
    head, *lines = csv.reader(StringIO(answer.content.decode("utf-8-sig")))
    assert head == list(register.HEADINGS)
    fields = {(model, name) for model, names in register.classes().items() for name in names}
    assert {(line[1], line[2]) for line in lines} == fields
    assert len(lines) == len(fields)


def test_page_asks_no_more_of_the_database_than_any_page_of_staff(
    office: StaffMember, staff_client: Enter, django_assert_num_queries: Callable[..., object]
) -> None:
    browser = staff_client(office)
    browser.get(reverse("processing"))
    with django_assert_num_queries(7):
        browser.get(reverse("processing"))


def test_records_lead_to_it(office: StaffMember, staff_client: Enter) -> None:
    index = staff_client(office).get(reverse("admin:index")).content.decode()
    assert f'href="{reverse("processing")}"' in index
