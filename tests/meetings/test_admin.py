"""The records of calls: for looking, each look kept, and the Teams address in none of them."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from audit.models import Entry
from meetings import services
from meetings.models import Meeting, Participant, Place, Presence, Purpose
from school.models import Guardian, Pupil, StaffMember
from tests import factories
from tests.meetings import calls
from tests.meetings.teams_reports import by, file, guest

Family = tuple[Guardian, Pupil]
SignIn = Callable[..., Client]
RECORDS = {
    "meeting": "meeting.read",
    "share": "share.read",
    "registerentry": "register.read",
    "closing": "closing.read",
    "incident": "incident.read",
    "attendancereport": "attendance.read",
    "participant": "attendance.read",
    "presence": "attendance.read",
    "recognition": "attendance.read",
}


@pytest.fixture
def closed(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    clock_at: Callable[[datetime], time_machine.Traveller],
) -> Meeting:
    """A call with a line in every record."""
    meeting = calls.opened(host, [amy], co_hosts=[co_host])
    clock_at(calls.STARTS)
    services.admit(meeting, by=host, pupil_ids=[amy[1].pk])
    meeting = services.close(meeting, by=host, how=services.Ending(hung_up=True))
    data = file([by(host, 0, 60), by(co_host, 0, 60), guest("Dad's iPad", 0, 60)])
    services.bring_report(meeting, by=host, data=data)
    unnamed = Participant.objects.get(staff=None)
    return services.recognise(meeting, by=host, key=unnamed.key, pupil_id=amy[1].pk)


def row(record: str, meeting: Meeting) -> str:
    """The address of a row of one record about this call."""
    found = {
        "meeting": meeting,
        "share": meeting.shares.first(),
        "registerentry": meeting.register.first(),
        "closing": getattr(meeting, "closing", None),
        "incident": meeting.incidents.first(),
        "attendancereport": meeting.attendance_reports.first(),
        "participant": Participant.objects.first(),
        "presence": Presence.objects.first(),
        "recognition": meeting.recognitions.first(),
    }[record]
    assert found is not None
    return reverse(f"admin:meetings_{record}_change", args=[found.pk])


@pytest.mark.parametrize("record", RECORDS)
def test_record_is_read_by_the_lead_and_each_look_is_kept(
    record: str, closed: Meeting, lead: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(lead)
    assert client.get(reverse(f"admin:meetings_{record}_changelist")).status_code == 200
    before = Entry.objects.filter(verb=RECORDS[record]).count()
    page = client.get(row(record, closed))
    assert page.status_code == 200
    last = Entry.objects.filter(verb=RECORDS[record]).latest("pk")
    assert (last.actor, Entry.objects.filter(verb=RECORDS[record]).count()) == (
        lead.actor,
        before + 1,
    )
    assert Meeting.objects.get().join_url == calls.LINK
    for secret in calls.SECRETS:
        assert secret not in page.content.decode()
    assert client.post(row(record, closed), {"title": "Changed"}).status_code == 403
    assert Meeting.objects.get().title == "Reading together"


def test_e74_closing_does_not_tell_that_something_was_troubling(
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    amy: Family,
    clock_at: Callable[[datetime], time_machine.Traveller],
    staff_client: SignIn,
) -> None:
    pages = []
    for was_troubling in (True, False):
        meeting = calls.opened(host, [amy], co_hosts=[co_host])
        clock_at(calls.STARTS)
        how = services.Ending(was_troubling=was_troubling)
        meeting = services.close(meeting, by=host, how=how)
        assert meeting.closing.was_troubling is was_troubling
        pages.append(staff_client(lead).get(row("closing", meeting)).content.decode())
        clock_at(calls.STARTS - timedelta(days=2))
    assert [page for page in pages if "roubling" in page] == []


@pytest.mark.parametrize("record", RECORDS)
def test_record_is_shut_to_the_office_to_it_and_to_teachers(
    record: str,
    closed: Meeting,
    host: StaffMember,
    office: StaffMember,
    it_superuser: StaffMember,
    staff_client: SignIn,
) -> None:
    got = [staff_client(who).get(row(record, closed)) for who in (host, office, it_superuser)]
    assert [page.status_code for page in got] == [302, 403, 403]
    assert [page for page in got if b"Reading together" in page.content] == []


def test_purpose_is_kept_by_those_who_keep_reference_data(
    lead: StaffMember, office: StaffMember, staff_client: SignIn
) -> None:
    typed = {"name": "Choir", "recording_rule": "advised", "guidance": "Sing.", "is_offered": "on"}
    add = reverse("admin:meetings_purpose_add")
    assert staff_client(office).post(add, typed).status_code == 403
    assert staff_client(lead).post(add, typed).status_code == 302
    assert list(Purpose.objects.values_list("name", "recording_rule")) == [("Choir", "advised")]


# --- Who was on a call, beside it -------------------------------------------------------------------------
def beside(client: Client, meeting: Meeting) -> dict[str, list[tuple[str, ...]]]:
    """What stands beside the record of a call: by heading, its lines."""
    page = client.get(reverse("admin:meetings_meeting_change", args=[meeting.pk]))
    assert page.status_code == 200
    found = {}
    for one in page.context["inline_admin_formsets"]:
        rows = [[cell for line in row for cell in line] for row in _lines(one)]
        found[str(one.opts.verbose_name_plural)] = [
            tuple(strip_tags(cell) for cell in row) for row in rows
        ]
    return found


def _lines(formset: Any) -> list[list[list[str]]]:
    return [
        [[str(field.contents()) for field in line] for fieldset in row for line in fieldset]
        for row in formset
    ]


def test_adults_and_pupils_stand_beside_a_call_for_those_who_see_it(
    host: StaffMember, co_host: StaffMember, lead: StaffMember, amy: Family, ben: Family,
    staff_client: SignIn,
) -> None:  # fmt: skip
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host])
    services.revise(meeting, by=host, what=calls.as_it_is(meeting, pupils=[ben[1]]))
    assert beside(staff_client(lead), meeting) == {
        "adults": [("Helen Host", "Host", "-", "-"), ("Colin Cohost", "Co-host", "-", "-")],
        "pupils": [(str(amy[1]), "15 September 2026, 2:00 pm"), (str(ben[1]), "-")],
    }


def test_e30_pupil_from_whom_a_reader_is_kept_stands_in_no_record_of_a_call(
    closed: Meeting, amy: Family, lead: StaffMember, deputy: StaffMember, staff_client: SignIn
) -> None:
    """Somebody said that an entry of the report was theirs: it is about them as well."""
    factories.make_blocked_guardian(
        amy[1], approved_by=lead, blocked_from=date(2026, 1, 1), name="D.", email=deputy.email
    )
    ipad = Participant.objects.get(staff=None)
    theirs = {
        "registerentry": closed.register.get(pupil=amy[1], kind="admitted"),
        "participant": ipad,
        "presence": ipad.presences.get(),
        "recognition": closed.recognitions.get(pupil=amy[1]),
    }
    for who, is_told in ((lead, True), (deputy, False)):
        client = staff_client(who)
        assert bool(beside(client, closed)["pupils"]) is is_told
        for record, one in theirs.items():
            listed = client.get(reverse(f"admin:meetings_{record}_changelist"))
            assert (one in listed.context["cl"].result_list) is is_told
            page = client.get(reverse(f"admin:meetings_{record}_change", args=[one.pk]))
            assert page.status_code == (200 if is_told else 302)


def test_e30_order_that_begins_before_the_call_keeps_its_pupil_out_today(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, lead: StaffMember,
    deputy: StaffMember, staff_client: SignIn,
) -> None:  # fmt: skip
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host])
    factories.make_blocked_guardian(
        amy[1], approved_by=lead, blocked_from=date(2026, 9, 17), name="D.", email=deputy.email
    )
    assert beside(staff_client(deputy), meeting)["pupils"] == [(str(ben[1]), "-")]
    assert len(beside(staff_client(lead), meeting)["pupils"]) == 2


def test_record_of_a_call_asks_as_often_for_thirty_pupils_as_for_one(
    host: StaffMember, co_host: StaffMember, lead: StaffMember, amy: Family, staff_client: SignIn,
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    meeting = calls.asked(host, [amy[1]], co_hosts=[co_host])
    client = staff_client(lead)
    beside(client, meeting)
    with CaptureQueriesContext(connection) as once:
        beside(client, meeting)
    more = [factories.make_pupil() for _ in range(29)]
    Place.objects.bulk_create(Place(meeting=meeting, pupil=pupil) for pupil in more)
    with django_assert_num_queries(len(once)):
        assert len(beside(client, meeting)["pupils"]) == 30
