"""Calls in months and weeks: one's own, or all for those who see all; with the school's own days."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from meetings import services
from meetings.models import Meeting
from meetings.pages.calendar import View, day_in_calendar, span_of
from school.models import Guardian, Pupil, StaffMember
from tests import factories
from tests.meetings import calls
from tests.meetings.pages import part, plain, queries, url, words

Family = tuple[Guardian, Pupil]
SignIn = Callable[..., Client]
TODAY = date(2026, 9, 15)


def day(client: Client, on: str, query: str = "") -> str:
    """What stands in the cell of a day, as it reads."""
    html = client.get(url("calendar") + f"?on={on}{query}").content.decode()
    [cell] = re.findall(rf'<td[^>]*>\s*<time datetime="{on}">.*?</td>', html, re.S)
    return plain(cell)


# --- Which days -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("view", "on", "first", "last", "name", "before", "after"),
    [
        ("month", "2026-09-15", "2026-08-31", "2026-10-04", "September 2026", "August 2026", "October 2026"),
        ("month", "2026-02-28", "2026-01-26", "2026-03-01", "February 2026", "January 2026", "March 2026"),
        ("month", "2026-12-31", "2026-11-30", "2027-01-03", "December 2026", "November 2026", "January 2027"),
        ("month", "2027-03-28", "2027-03-01", "2027-04-04", "March 2027", "February 2027", "April 2027"),
        ("week", "2026-09-15", "2026-09-14", "2026-09-20", "Week of 14 September 2026",
         "Week of 7 September 2026", "Week of 21 September 2026"),
        ("week", "2027-01-01", "2026-12-28", "2027-01-03", "Week of 28 December 2026",
         "Week of 21 December 2026", "Week of 4 January 2027"),
    ],
)  # fmt: skip
def test_page_of_the_calendar_has_whole_weeks_and_knows_the_pages_beside_it(
    view: str, on: str, first: str, last: str, name: str, before: str, after: str
) -> None:
    span = span_of(View(view), date.fromisoformat(on))
    assert (span.first, span.last) == (date.fromisoformat(first), date.fromisoformat(last))
    assert (span.name, span.before.name, span.after.name) == (name, before, after)
    assert span.after.before.name == name


@pytest.mark.parametrize(
    ("typed", "on"),
    [
        ("2026-09-20", date(2026, 9, 20)),
        ("", TODAY),
        ("nonsense", TODAY),
        ("2026-02-30", TODAY),
        ("0001-01-01", TODAY - timedelta(days=3650)),
        ("9999-12-31", TODAY + timedelta(days=730)),
    ],
)
def test_address_that_names_no_day_means_today(typed: str, on: date) -> None:
    assert day_in_calendar(typed, TODAY) == on


@pytest.mark.parametrize(
    "query", ["?on=9999-12-31", "?on=0001-01-01", "?view=day", "?view=week&on=x"]
)
def test_calendar_answers_whatever_the_address_says(
    query: str, host: StaffMember, staff_client: SignIn
) -> None:
    assert staff_client(host).get(url("calendar") + query).status_code == 200


# --- Whose calls ----------------------------------------------------------------------------------
def test_calendar_shows_ones_own_calls_and_all_to_who_sees_all(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, lead: StaffMember,
    office: StaffMember, amy: Family, staff_client: SignIn,
) -> None:  # fmt: skip
    calls.planned(host, [amy[1]], co_hosts=[co_host])
    shown = "Thursday 17 September 1 call 2:00 pm Reading together Draft"
    nothing = "Thursday 17 September"
    seen = {
        person.name: day(staff_client(person), "2026-09-17").removeprefix("17 ")
        for person in (host, co_host, colleague, lead, office)
    }
    assert seen == {
        "Helen Host": shown,
        "Colin Cohost": shown,
        "Carol Colleague": nothing,
        "Leah Lead": shown,
        "Olive Office": shown,
    }
    assert day(staff_client(lead), "2026-09-17", "&whose=own").removeprefix("17 ") == nothing
    assert day(staff_client(colleague), "2026-09-17", "&whose=all").removeprefix("17 ") == nothing


def test_choice_of_whose_calls_is_for_those_who_see_more_than_their_own_and_is_kept(
    host: StaffMember, lead: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    calls.planned(host, [amy[1]], co_hosts=[co_host])
    assert "My own" not in words(staff_client(host).get(url("calendar")))
    client = staff_client(lead)
    html = client.get(url("calendar") + "?on=2026-09-15&whose=own").content.decode()
    addresses = re.findall(r'href="([^"]*(?:calendar/|meetings/)\?[^"]*)"', html)
    kept = [address for address in addresses if "whose=own" in address]
    assert len(kept) == len(addresses) == 6
    listed = [words(client.get(url("list") + query)) for query in ("", "?whose=own")]
    assert ["Reading together" in page for page in listed] == [True, False]


def test_calendar_says_how_each_call_stands_and_names_no_pupil(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    Meeting.objects.filter(pk=meeting.pk).update(on_hold_since=calls.STARTS)
    services.cancel(
        calls.planned(
            host, [amy[1]], co_hosts=[co_host], title="Called off",
            starts_at=calls.STARTS + timedelta(days=1), ends_at=calls.ENDS + timedelta(days=1),
        ),
        by=host,
    )  # fmt: skip
    client = staff_client(host)
    for view in ("month", "week"):
        page = words(client.get(url("calendar") + f"?view={view}"))
        for word in ("Reading together", "On hold", "Called off", "Cancelled"):
            assert word in page
        assert "Amy" not in page


# --- The school's own days ------------------------------------------------------------------------
def test_calendar_marks_today_closed_days_and_terms(
    host: StaffMember, staff_client: SignIn
) -> None:
    factories.make_term()
    factories.make_closed_day(date(2026, 9, 24), "INSET")
    client = staff_client(host)
    html = client.get(url("calendar")).content.decode()
    assert html.count('aria-current="date"') == 1
    assert day(client, "2026-09-15") == "15 Tuesday 15 September, today"
    assert day(client, "2026-09-24") == "24 Thursday 24 September INSET"
    assert day(client, "2026-09-19") == "19 Saturday 19 September"
    assert day(client, "2026-12-25") == "25 Friday 25 December A bank holiday"
    term = plain(part(client.get(url("calendar")), '<p class="hint">', "</p>"))
    assert term.startswith("Autumn: ")
    week = words(client.get(url("calendar") + "?view=week&on=2026-09-24"))
    assert "Thursday 24 September INSET No calls." in week


def test_e67_call_stands_on_the_day_of_the_schools_own_clock(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    """The clocks go back on 25 October; half past midnight in London is the day before in UTC."""
    before, after = datetime(2026, 10, 19, 9, tzinfo=UTC), datetime(2026, 10, 26, 10, tzinfo=UTC)
    for number, starts in enumerate((before, after)):
        calls.planned(
            host, [amy[1]], co_hosts=[co_host], title=f"Call {number}",
            starts_at=starts, ends_at=starts + timedelta(minutes=30),
        )  # fmt: skip
    late = datetime(2026, 9, 30, 23, 30, tzinfo=UTC)
    calls.planned(
        host, [amy[1]], co_hosts=[co_host], title="Late",
        starts_at=late, ends_at=late + timedelta(minutes=15),
    )  # fmt: skip
    client = staff_client(host)
    assert "10:00 am Call 0" in day(client, "2026-10-19")
    assert "10:00 am Call 1" in day(client, "2026-10-26")
    assert "Late" in day(client, "2026-10-01")
    assert "Late" not in day(client, "2026-09-30")


def test_month_shows_calls_on_days_beside_it_as_dots_and_in_the_list_too(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    starts = datetime(2026, 10, 2, 9, tzinfo=UTC)
    calls.planned(
        host, [amy[1]], co_hosts=[co_host], title="Next month",
        starts_at=starts, ends_at=starts + timedelta(minutes=30),
    )  # fmt: skip
    page = staff_client(host).get(url("calendar") + "?on=2026-09-15").content.decode()
    assert page.count('href="#day-2026-10-02"') == 1
    assert page.count('id="day-2026-10-02"') == 1
    assert page.count('id="day-2026-10-01"') == 0
    assert "No calls in September 2026." in page


# --- How much -------------------------------------------------------------------------------------
def fill(host: StaffMember, co_host: StaffMember, pupil: Pupil, count: int) -> None:
    for number in range(count):
        starts = calls.STARTS + timedelta(minutes=number)
        calls.planned(
            host, [pupil], co_hosts=[co_host], title=f"Call {number}",
            starts_at=starts, ends_at=starts + timedelta(minutes=30),
        )  # fmt: skip


def test_day_with_many_calls_shows_some_and_leads_to_the_week(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    fill(host, co_host, amy[1], 3)
    client = staff_client(host)
    assert "more" not in day(client, "2026-09-17")
    fill(host, co_host, amy[1], 2)
    cell = day(client, "2026-09-17")
    assert ("5 calls" in cell, "3 more on Thursday 17 September" in cell) == (True, True)
    week = words(client.get(url("calendar") + "?view=week&on=2026-09-17"))
    assert week.count("Call ") == 5


@pytest.mark.parametrize("view", ["month", "week"])
def test_calendar_asks_the_same_of_the_database_however_many_calls(
    view: str, host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    client, address = staff_client(host), url("calendar") + f"?view={view}"
    fill(host, co_host, amy[1], 1)
    few = queries(client, address)
    fill(host, co_host, amy[1], 12)
    factories.make_term()
    factories.make_closed_day(date(2026, 9, 24))
    assert queries(client, address) == few
