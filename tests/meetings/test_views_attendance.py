"""The page of what really happened: the report is brought, the picture drawn, names are said."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from audit.models import Entry
from meetings import selectors, services
from meetings.models import AttendanceReport, Incident, Meeting, Recognition
from school.models import Guardian, Pupil, School, StaffMember
from schoolsafe.lib import clock
from tests import factories
from tests.meetings import calls
from tests.meetings.pages import beside, part, plain, queries, summary, url, words
from tests.meetings.teams_reports import Stay, by, file, guest

Family = tuple[Guardian, Pupil]
SignIn = Callable[..., Client]
SetClock = Callable[[datetime], time_machine.Traveller]


@pytest.fixture
def over(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, clock_at: SetClock
) -> Meeting:
    """A call that is closed; it is ten minutes after it."""
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host])
    clock_at(calls.STARTS)
    services.admit(meeting, by=host, pupil_ids=[amy[1].pk, ben[1].pk])
    clock_at(calls.ENDS)
    services.end(meeting, by=host)
    meeting = services.close(meeting, by=host, how=services.Ending())
    clock_at(calls.ENDS + timedelta(minutes=10))
    return meeting


@pytest.fixture
def stays(host: StaffMember, co_host: StaffMember) -> list[Stay]:
    """The co-host goes first; "Ben Brown" and "Amy's iPad" are guests who typed a name."""
    return [
        by(host, -300, 2700),
        by(co_host, -240, 1200),
        guest("Ben Brown", 0, 1260),
        guest("Amy's iPad", 0, 1538),
    ]


def chosen(data: bytes, name: str = "report.csv") -> Any:
    return {"report": SimpleUploadedFile(name, data, content_type="text/csv")}


def key_of(meeting: Meeting, name: str) -> str:
    told = selectors.told(meeting)
    assert told is not None
    [key] = [person.key for person in told.open_names if person.name == name]
    return key


def say(client: Client, meeting: Meeting, name: str, who: str) -> Any:
    typed = {"key": key_of(meeting, name), "who": who}
    return client.post(url("recognise", meeting), typed, follow=True)


# --- Bringing -------------------------------------------------------------------------------------
def test_page_without_a_report_says_what_it_would_tell_and_takes_one(
    over: Meeting, host: StaffMember, stays: list[Stay], staff_client: SignIn
) -> None:
    client = staff_client(host)
    assert "No attendance report yet." in words(client.get(url("attendance", over)))
    assert "Bring it from Teams" in words(client.get(url("detail", over)))
    page = client.post(url("attendance", over), chosen(file(stays)), follow=True)
    assert page.redirect_chain == [(url("attendance", over), 302)]
    assert "The report is kept; the file is not." in words(page)
    again = client.post(url("attendance", over), chosen(file(stays)), follow=True)
    assert "This very report is here already. Nothing was added." in words(again)
    assert AttendanceReport.objects.count() == 1
    assert "1 attendance report of Teams." in words(client.get(url("detail", over)))


REFUSED = [
    ({}, "Choose the file that you downloaded from Teams."),
    (chosen(b""), "This file is empty. Download the attendance report again in Teams."),
    (chosen(b"\x00" * (5 * 1024 * 1024 + 1)), "This file is larger than 5 MB. No report of a school's call is."),
    (chosen(b"PK\x03\x04" + b"\x00" * 400, "report.csv"), "This is an Excel workbook, not the file that Teams gives out. Download the attendance report again in Teams and upload the file as it is."),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "said"), REFUSED, ids=["none", "empty", "huge", "workbook"])
def test_file_that_is_no_report_is_refused_beside_the_field_and_nothing_is_kept(
    sent: Any, said: str, over: Meeting, host: StaffMember, staff_client: SignIn
) -> None:
    for file_sent in sent.values():
        file_sent.seek(0)
    page = staff_client(host).post(url("attendance", over), sent)
    assert page.status_code == 422
    assert beside(page, "report") == [said]
    assert summary(page) == [f"Attendance report – {said}"]
    assert AttendanceReport.objects.count() == 0


def test_e70_report_of_another_hour_is_asked_about_beside_the_field(
    over: Meeting, host: StaffMember, stays: list[Stay], staff_client: SignIn
) -> None:
    client = staff_client(host)
    data = file(stays, start=calls.STARTS - timedelta(hours=4))
    page = client.post(url("attendance", over), chosen(data))
    assert page.status_code == 422
    [said] = beside(page, "report")
    assert said.startswith("This report is of a meeting from Thursday 17 September, 9:55 am until")
    [box] = re.findall(
        r'<input type="checkbox" name="is_of_this_call"[^>]*>', page.content.decode()
    )
    assert "checked" not in box
    ticked = chosen(data) | {"is_of_this_call": "on"}
    assert client.post(url("attendance", over), ticked).status_code == 302
    assert AttendanceReport.objects.count() == 1


def test_call_that_is_not_over_takes_no_report(
    host: StaffMember, co_host: StaffMember, amy: Family, stays: list[Stay], clock_at: SetClock,
    staff_client: SignIn,
) -> None:  # fmt: skip
    meeting = calls.opened(host, [amy], co_hosts=[co_host])
    clock_at(calls.STARTS)
    client = staff_client(host)
    page = client.get(url("attendance", meeting))
    assert "The call is not over yet." in words(page)
    assert "<form" not in part(page, "<main", "</main>")
    refused = client.post(url("attendance", meeting), chosen(file(stays)))
    assert refused.status_code == 422
    assert AttendanceReport.objects.count() == 0


# --- What was found -------------------------------------------------------------------------------
def test_p1_page_tells_who_was_alone_with_whom_to_the_second(
    over: Meeting, host: StaffMember, stays: list[Stay], amy: Family, ben: Family,
    staff_client: SignIn,
) -> None:  # fmt: skip
    client = staff_client(host)
    client.post(url("attendance", over), chosen(file(stays)))
    say(client, over, "Ben Brown", f"pupil-{ben[1].pk}")
    page = say(client, over, "Amy's iPad", f"pupil-{amy[1].pk}")
    told = words(page)
    assert (
        "Helen Host was alone with Amy Adams: 4 minutes 38 seconds. And 1 more finding. Clause P1"
        in told
    )
    assert "The safeguarding team has been told." in told
    assert "2:21:00 pm to 2:25:38 pm: 4 minutes 38 seconds" in told
    table = plain(part(page, 'id="table"', "</section>"))
    assert (
        "Helen Host Staff 1:55:00 pm to 2:45:00 pm 50 minutes 1 (one to one), 2 (not recorded)"
        in table
    )
    assert "Colin Cohost Staff 1:56:00 pm to 2:20:00 pm 24 minutes nothing" in table
    assert "Ben Brown Pupil 2:00:00 pm to 2:21:00 pm 21 minutes 2 (not recorded)" in table
    assert "There was only one adult, and the closing form says that it was not recorded." in plain(
        part(page, 'id="found"', "</section>")
    )
    assert Incident.objects.get(kind="one_to_one").seconds == 278


def test_picture_has_a_bar_for_each_person_and_red_where_a_rule_was_broken(
    over: Meeting, host: StaffMember, stays: list[Stay], amy: Family, ben: Family,
    staff_client: SignIn,
) -> None:  # fmt: skip
    client = staff_client(host)
    client.post(url("attendance", over), chosen(file(stays)))
    say(client, over, "Ben Brown", f"pupil-{ben[1].pk}")
    page = say(client, over, "Amy's iPad", f"pupil-{amy[1].pk}")
    figure = part(page, "<figure", "</figure>")
    rows = figure.split('<li class="timeline-row">')[1:]
    drawn = [
        (
            plain(row.split("<svg")[0]),
            re.findall(r"timeline-(adult|pupil|unknown)", row)[0],
            row.count('class="timeline-bar"') - 3 * row.count("<figcaption"),
            row.count('class="timeline-broken"') - row.count("<figcaption"),
        )
        for row in rows
    ]
    assert drawn == [
        ("Helen Host Staff", "adult", 1, 2),
        ("Colin Cohost Staff", "adult", 1, 0),
        ("Amy Adams Pupil", "pupil", 1, 2),
        ("Ben Brown Pupil", "pupil", 1, 1),
    ]
    assert plain(part(page, 'class="timeline-mark"', "</text>")).endswith("1\N{EN DASH}2")
    assert "where a rule was broken: 2." in figure
    assert "2 of staff, 2 pupils, 0 not named." in figure
    assert "style=" not in figure


def test_e55_unnamed_are_offered_one_press_each_and_nothing_is_chosen(
    over: Meeting, host: StaffMember, stays: list[Stay], ben: Family, staff_client: SignIn
) -> None:
    client = staff_client(host)
    page = client.post(url("attendance", over), chosen(file(stays)), follow=True)
    names = part(page, 'id="names"', "</section>")
    assert "This was Ben Brown" in plain(names)
    assert "selected" not in names
    # Whoever stands beside a name is not in its list as well; where nobody does, it is nobody else's.
    assert names.count(f'value="pupil-{ben[1].pk}"') == 2
    assert plain(names).count("Somebody else , for Ben Brown") == 1
    assert plain(names).count("Say who this was , for Amy's iPad") == 1
    assert "2 names of the report are not known yet. Say who they were." in words(page)
    after = say(client, over, "Ben Brown", f"pupil-{ben[1].pk}")
    assert "“Ben Brown” was Ben Brown , says Helen Host Thursday 17 September, 2:55 pm" in words(
        after
    )
    assert Recognition.objects.get().recognised_by == host


def test_name_that_is_nobodys_is_said_and_the_team_is_told(
    over: Meeting, host: StaffMember, stays: list[Stay], staff_client: SignIn
) -> None:
    client = staff_client(host)
    client.post(url("attendance", over), chosen(file(stays)))
    page = say(client, over, "Amy's iPad", "nobody")
    assert "“Amy's iPad” was on the call, and nobody knows who that was" in words(page)
    assert "“Amy's iPad” was nobody we know , says Helen Host" in words(page)
    assert Incident.objects.filter(kind="unknown_person").count() == 1


@pytest.mark.parametrize(
    "who", ["", "pupil-", "pupil-x", "cat-1", "nobody-1", "staff-99999999999999999999"]
)
def test_answer_that_no_page_offers_writes_nothing(
    who: str, over: Meeting, host: StaffMember, stays: list[Stay], staff_client: SignIn
) -> None:  # fmt: skip
    client = staff_client(host)
    client.post(url("attendance", over), chosen(file(stays)))
    page = say(client, over, "Amy's iPad", who)
    assert "Choose who it was. Nothing was written down." in words(page)
    assert Recognition.objects.count() == 0


def test_check_that_could_not_be_made_says_so_first(
    over: Meeting, host: StaffMember, co_host: StaffMember, staff_client: SignIn
) -> None:
    data = file([by(host, 0, 2700), by(co_host, 0, 2700)], has_activities=False)
    page = staff_client(host).post(url("attendance", over), chosen(data), follow=True)
    assert "The check could not be made." in words(page)
    assert "No child was alone" not in words(page)


def test_call_by_the_book_says_so(
    over: Meeting, host: StaffMember, co_host: StaffMember, staff_client: SignIn
) -> None:
    data = file([by(host, 0, 2700), by(co_host, 0, 2700)])
    page = staff_client(host).post(url("attendance", over), chosen(data), follow=True)
    assert "No child was alone with one adult, and none was without staff." in words(page)


def test_typed_name_that_would_be_a_tag_or_a_formula_is_text(
    over: Meeting, host: StaffMember, co_host: StaffMember, staff_client: SignIn
) -> None:
    evil = "<img src=x onerror=alert(1)>"
    data = file([by(host, 0, 2700), by(co_host, 0, 2700), guest(evil, 0, 60)])
    page = staff_client(host).post(url("attendance", over), chosen(data), follow=True)
    assert "<img" not in page.content.decode()
    assert evil in words_kept(page)


def words_kept(page: Any) -> str:
    """The source with its escaped signs turned back."""
    source: str = page.content.decode()
    return source.replace("&lt;", "<").replace("&gt;", ">")


# --- Who sees what --------------------------------------------------------------------------------
def test_page_is_for_who_runs_the_call_and_the_team_and_each_look_is_kept(
    over: Meeting, host: StaffMember, co_host: StaffMember, lead: StaffMember, head: StaffMember,
    office: StaffMember, colleague: StaffMember, stays: list[Stay], staff_client: SignIn,
) -> None:  # fmt: skip
    services.bring_report(over, by=host, data=file(stays))
    people = [host, co_host, lead, head, office, colleague]
    got = [staff_client(one).get(url("attendance", over)).status_code for one in people]
    assert got == [200, 200, 200, 200, 403, 404]
    looks = Entry.objects.filter(verb="attendance.read").order_by("pk")
    assert [entry.actor for entry in looks] == [one.actor for one in people[:4]]


def test_e30_parent_under_an_order_learns_nothing_of_their_own_child(
    over: Meeting, host: StaffMember, lead: StaffMember, stays: list[Stay], amy: Family,
    ben: Family, staff_client: SignIn,
) -> None:  # fmt: skip
    services.bring_report(over, by=host, data=file(stays))
    for name, (_, pupil) in (("Ben Brown", ben), ("Amy's iPad", amy)):
        services.recognise(over, by=host, key=key_of(over, name), pupil_id=pupil.pk)
    whole = words(staff_client(lead).get(url("attendance", over)))
    assert ("Amy Adams" in whole, "4 minutes 38 seconds" in whole) == (True, True)
    factories.make_blocked_guardian(
        amy[1], approved_by=host, blocked_from=date(2026, 1, 1), name=lead.name, email=lead.email
    )
    told = words(staff_client(lead).get(url("attendance", over)))
    assert "Ben Brown" in told
    assert [word for word in ("Amy", "alone with") if word in told] == []


def test_e30_host_who_is_kept_from_a_pupil_is_told_of_no_incident_of_the_report(
    over: Meeting, host: StaffMember, co_host: StaffMember, stays: list[Stay], amy: Family,
    staff_client: SignIn,
) -> None:  # fmt: skip
    services.bring_report(over, by=host, data=file(stays))
    services.recognise(over, by=host, key=key_of(over, "Amy's iPad"), pupil_id=amy[1].pk)
    factories.make_blocked_guardian(
        amy[1], approved_by=co_host, blocked_from=date(2026, 1, 1), name=host.name, email=host.email
    )
    told = [words(staff_client(one).get(url("detail", over))) for one in (co_host, host)]
    words_of_it = ("one adult alone", "The safeguarding team looks")
    assert [[one in page for one in words_of_it] for page in told] == [[True] * 2, [False] * 2]


def test_e74_page_passes_a_reference_to_the_log_of_concern_and_never_tells_of_one(
    over: Meeting, host: StaffMember, lead: StaffMember, stays: list[Stay], amy: Family,
    staff_client: SignIn,
) -> None:  # fmt: skip
    services.bring_report(over, by=host, data=file(stays))
    services.recognise(over, by=host, key=key_of(over, "Amy's iPad"), pupil_id=amy[1].pk)
    client = staff_client(lead)
    address = f"/concerns/log/?about=meetings.meeting%3A{over.pk}"
    before = client.get(url("attendance", over)).content.decode()
    assert address in before
    # What was found is asked about with its own time, and can be changed.
    found = f"{address}&amp;at=2026-09-17T13%3A20%3A00%2B0000"
    assert found in before
    whole = f"{address}&amp;at=2026-09-17T13%3A00%3A00%2B0000"
    assert whole in client.get(url("incidents")).content.decode()
    times = [
        re.findall(r'name="happened_at[^>]*value="([^"]*)"', client.get(one).content.decode())
        for one in (
            found.replace("&amp;", "&"),
            address,
            f"{address}&at=nonsense",
            f"{address}&at=2999-01-01T00:00:00%2B0000",
            f"{address}&at=2026-09-17T13:21:00",
        )
    ]
    now = ["2026-09-17T14:55"]
    assert times == [["2026-09-17T14:20"], now, now, now, now]


# --- Incidents ------------------------------------------------------------------------------------
def test_incident_of_a_report_says_how_long_and_leads_to_what_the_report_shows(
    over: Meeting, host: StaffMember, lead: StaffMember, stays: list[Stay], amy: Family,
    staff_client: SignIn,
) -> None:  # fmt: skip
    services.bring_report(over, by=host, data=file(stays))
    services.recognise(over, by=host, key=key_of(over, "Amy's iPad"), pupil_id=amy[1].pk)
    incident = Incident.objects.get(kind="one_to_one")
    client = staff_client(lead)
    page = client.get(url("incidents"))
    assert "4 minutes 38 seconds in all. Who it was, and when" in words(page)
    assert f"{url('attendance', over)}#found" in page.content.decode()
    assert f"{over.title} , Thursday 17 September, 2:00 pm reached the team" in words(page)
    ways = [
        f'href="{url("incidents")}"'
        in part(one.get(url("attendance", over)), 'id="found"', "</section>")
        for one in (client, staff_client(host))
    ]
    assert ways == [True, False]
    client = staff_client(lead)
    assert re.findall(r'name="seconds_seen"\s+value="(\d+)"', page.content.decode()) == ["278"]
    stale = {"note": "A moment only.", "seconds_seen": "100"}
    refused = client.post(url("settle", None, incident.pk), stale)
    assert refused.status_code == 422
    assert "A report that came meanwhile shows more." in words(refused)
    seen = stale | {"seconds_seen": "278"}
    assert client.post(url("settle", None, incident.pk), seen).status_code == 302
    incident.refresh_from_db()
    assert incident.settled_by == lead


# --- Reports that have not come -------------------------------------------------------------------
def test_host_is_reminded_of_a_missing_report_only_where_the_school_uses_them(
    over: Meeting, host: StaffMember, co_host: StaffMember, lead: StaffMember, stays: list[Stay],
    clock_at: SetClock,
) -> None:  # fmt: skip
    def cards(person: StaffMember) -> list[str]:
        return [card.url for card in selectors.home_cards(person.viewer(), clock.now())]

    ended = clock.now()
    clock_at(ended + timedelta(days=3))
    assert cards(host) == []
    School.objects.update(reports_within_days=3)
    assert (cards(host), cards(co_host), cards(lead)) == ([url("attendance", over)],) * 2 + ([],)
    clock_at(ended + timedelta(days=2))
    assert cards(host) == []
    clock_at(ended + timedelta(days=31))
    assert cards(host) == []
    clock_at(ended + timedelta(days=3))
    services.bring_report(over, by=host, data=file([*stays[:2]]))
    assert cards(host) == []


def test_page_of_a_closed_call_says_what_is_left_of_its_report(
    over: Meeting, host: StaffMember, lead: StaffMember, office: StaffMember, amy: Family,
    ben: Family, stays: list[Stay], staff_client: SignIn,
) -> None:  # fmt: skip
    def told(person: StaffMember) -> str:
        page = staff_client(person).get(url("detail", over))
        return plain(part(page, '<section class="verdict', "</section>")).partition(">")[2].strip()

    assert told(host) == "The call is closed."
    School.objects.update(reports_within_days=3)
    left = "The call is closed. Its attendance report is left. Bring the attendance report"
    assert (told(host), told(lead), told(office)) == (left, left, "The call is closed.")

    client = staff_client(host)
    client.post(url("attendance", over), chosen(file(stays)))
    say(client, over, "Ben Brown", f"pupil-{ben[1].pk}")
    say(client, over, "Amy's iPad", f"pupil-{amy[1].pk}")
    shows = (
        "The call is closed. The safeguarding team looks at what the attendance report shows. "
        "See what it shows"
    )
    assert (told(host), told(lead), told(office)) == (shows, shows, "The call is closed.")
    incident = "Attendance report: one adult alone with one pupil"
    seen = [
        incident in words(staff_client(one).get(url("detail", over)))
        for one in (host, lead, office)
    ]
    assert seen == [True, True, False]

    for one in Incident.objects.all():
        services.settle(one, by=lead, note="Spoken with Helen.", seconds_seen=one.seconds)
    nothing = "The call is closed. Nothing is left to do."
    assert (told(host), told(lead), told(office)) == (nothing, nothing, "The call is closed.")


def test_report_of_a_call_that_did_not_take_place_is_looked_for_by_nobody(
    host: StaffMember, co_host: StaffMember, amy: Family, clock_at: SetClock
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    School.objects.update(reports_within_days=0)
    clock_at(calls.ENDS)
    services.close(meeting, by=host, how=services.Ending(took_place=False))
    assert selectors.home_cards(host.viewer(), clock.now()) == []


# --- Cost -----------------------------------------------------------------------------------------
def test_page_of_many_costs_as_many_queries_as_one_of_few(
    over: Meeting, host: StaffMember, co_host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)

    def cost(people: int, times: int) -> int:
        crowd = [
            guest(f"Guest {number}", 60.0 * time, 60.0 * time + 30)
            for number in range(people)
            for time in range(times)
        ]
        data = file([by(host, -300, 2700), by(co_host, -300, 2700), *crowd])
        services.bring_report(over, by=host, data=data)
        return queries(client, url("attendance", over))

    few = cost(2, 1)
    AttendanceReport.objects.update(brought_at=clock.now() - timedelta(hours=1))
    assert cost(25, 6) == few
