"""Views of the records that somebody keeps: their own, of registers they may see, without what they sought."""

from collections.abc import Callable
from datetime import datetime
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from school import services
from school.models import SavedView, StaffMember
from schoolsafe.lib.rules import NotAllowed
from tests.factories import make_pupil

SignIn = Callable[..., Client]
PUPILS = "admin:school_pupil_changelist"
pytestmark = pytest.mark.usefixtures("school_day")


def keep(browser: Client, name: str, query: str, register: str = "school_pupil") -> None:
    answer = browser.post(
        reverse("admin:save_view"), {"register": register, "name": name, "query": query}
    )
    assert answer.status_code == 302


def test_view_is_kept_without_the_words_that_were_sought(
    office: StaffMember, staff_client: SignIn
) -> None:
    make_pupil("Maya", "Okafor")
    browser = staff_client(office)
    listed = browser.get(reverse(PUPILS), {"year_group": "7", "q": "Okafor"})
    assert 'value="year_group=7&amp;q=Okafor"' in listed.content.decode()
    keep(browser, "  Year   7 ", "year_group=7&q=Okafor&p=2&o=1")
    view = SavedView.objects.get()
    assert (view.staff, view.name, view.query) == (office, "Year 7", "year_group=7&o=1")
    entry = Entry.objects.get(verb="view.save")
    assert (entry.actor, entry.detail) == (office.actor, {"register": "school_pupil"})


def test_view_stands_above_its_list_and_in_the_records_of_its_owner_alone(
    office: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    keep(staff_client(office), "Year seven", "year_group=7")
    link = f'<a href="{reverse(PUPILS)}?year_group=7">Year seven</a>'
    for page in (PUPILS, "admin:index"):
        assert link in unescape(staff_client(office).get(reverse(page)).content.decode())
        assert "Year seven" not in staff_client(lead).get(reverse(page)).content.decode()
    other = staff_client(office).get(reverse("admin:school_term_changelist"))
    assert "Year seven" not in other.content.decode()


def test_same_name_again_shows_what_it_is_of_now(office: StaffMember) -> None:
    for query in ("year_group=7", "year_group=8"):
        services.save_view(by=office, register="school_pupil", name="Mine", query=query)
    assert list(office.saved_views.values_list("query", flat=True)) == ["year_group=8"]


def test_view_of_a_register_that_is_not_theirs_is_neither_kept_nor_shown(
    office: StaffMember, staff_client: SignIn
) -> None:
    sent = {"register": "meetings_incident", "name": "Mine", "query": "kind=alone"}
    browser = staff_client(office)
    assert browser.post(reverse("admin:save_view"), sent).status_code == 404
    assert SavedView.objects.count() == 0
    # Kept while they had another role.
    services.save_view(by=office, register="meetings_incident", name="Alone", query="kind=alone")
    assert "Alone" not in browser.get(reverse("admin:index")).content.decode()


def test_somebody_else_s_view_cannot_be_removed(
    office: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    view = services.save_view(by=office, register="school_pupil", name="Mine", query="year_group=7")
    drop = reverse("admin:drop_view", args=[view.pk])
    assert staff_client(lead).post(drop).status_code == 404
    with pytest.raises(NotAllowed, match="somebody else"):
        services.drop_view(view, by=lead)
    assert staff_client(office).post(drop).status_code == 302
    assert SavedView.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "query", "words"),
    [
        (" ", "year_group=7", "Give the view a name."),
        ("Mine", "q=Okafor", "There is no filter to keep"),
        ("N" * 41, "year_group=7", "or more than can be kept"),
        ("Mine", "year_group=" + "7" * 500, "or more than can be kept"),
    ],
)
def test_what_cannot_be_kept_is_said(
    office: StaffMember, staff_client: SignIn, name: str, query: str, words: str
) -> None:
    browser = staff_client(office)
    keep(browser, name, query)
    assert words in browser.get(reverse("admin:index")).content.decode()
    assert SavedView.objects.count() == 0


def test_thirty_views_are_enough(office: StaffMember, school_day: datetime) -> None:
    rows = [
        SavedView(
            staff=office, register="school_pupil", name=f"View {number}", query="o=1",
            saved_at=school_day,
        )
        for number in range(30)
    ]  # fmt: skip
    SavedView.objects.bulk_create(rows)
    with pytest.raises(NotAllowed, match="30 views already"):
        services.save_view(by=office, register="school_pupil", name="One more", query="o=1")
    # One that is there may still be changed.
    services.save_view(by=office, register="school_pupil", name="View 7", query="o=2")
    assert office.saved_views.count() == 30
