"""The records of calls: for looking, each look kept, and the Teams address in none of them."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from meetings import services
from meetings.models import Meeting, Participant, Presence, Purpose
from school.models import Guardian, Pupil, StaffMember
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
