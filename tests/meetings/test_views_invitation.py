"""Dropping the Outlook invitation on a call: what is shown, what is asked, what is kept (P4, P13)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from audit.models import Entry
from meetings import policy, services
from meetings.invitation.refusals import SENTENCES
from meetings.invitation.refusals import InvitationRefusal as R
from meetings.models import Meeting
from meetings.policy import organiser_finding
from meetings.teams import LinkRefusal
from meetings.teams.refusals import SENTENCES as LINK_SENTENCES
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.uploads import MOST_KEPT
from tests.meetings import calls
from tests.meetings.invitations import calendar as file_of
from tests.meetings.invitations import event, invited, of_call
from tests.meetings.pages import summary, url, words
from tests.meetings.test_teams import CLASSIC, SHORT

Family = tuple[Guardian, Pupil]
SignIn = Callable[..., Client]
SetClock = Callable[[datetime], time_machine.Traveller]
HOUR = timedelta(hours=1)
OTHER_LINK = calls.LINK.replace(calls.THREAD_ID, "b3RoZXI")


@pytest.fixture
def meeting(host: StaffMember, co_host: StaffMember, amy: Family, ben: Family) -> Meeting:
    what = calls.plan_of([amy[1], ben[1]], co_hosts=[co_host])
    return services.plan(by=host, what=what)


def drop(client: Client, meeting: Meeting, data: bytes, name: str = "invite.ics") -> Any:
    file = SimpleUploadedFile(name, data, content_type="text/calendar")
    return client.post(url("read_invitation", meeting), {"invitation": file})


def made_by(person: StaffMember) -> str:
    return f"ORGANIZER;CN=Somebody:mailto:{person.email.upper()}"


def sealed_in(page: HttpResponse) -> str:
    return str(page.context["form"]["read"].value())  # type: ignore[attr-defined]


def take(client: Client, meeting: Meeting, page: Any, **more: str) -> Any:
    return client.post(url("take_invitation", meeting), {"read": sealed_in(page), **more})


def kept(meeting: Meeting) -> tuple[str, datetime]:
    meeting.refresh_from_db()
    return meeting.join_url, meeting.starts_at


def test_invitation_is_shown_before_anything_is_kept(
    meeting: Meeting, host: StaffMember, staff_client: SignIn
) -> None:
    data = of_call(calls.STARTS, calls.ENDS, ORGANIZER=made_by(host))
    page = drop(staff_client(host), meeting, data)
    shown = words(page)
    assert (page.status_code, kept(meeting)[0]) == (200, "")
    for said in ("Reading group, Year 5", host.email, "The school's own Teams"):
        assert said in shown
    assert "is not a host of this call" not in shown
    assert [secret for secret in calls.SECRETS if secret in shown] == []


def test_link_of_the_invitation_is_kept_once_a_person_says_so(
    meeting: Meeting, host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    page = drop(client, meeting, of_call(calls.STARTS, calls.ENDS))
    assert "times" not in page.context["form"].fields
    answer = take(client, meeting, page)
    assert (answer.status_code, kept(meeting)) == (302, (calls.LINK, calls.STARTS))
    verbs = list(Entry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs[-2:] == ["meeting.set_link", "meeting.take_invitation"]


def test_other_time_is_shown_and_the_person_chooses(
    meeting: Meeting, host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    page = drop(client, meeting, of_call(calls.STARTS + HOUR, calls.ENDS + HOUR))
    shown = words(page)
    assert "Keep the planned time: Thursday 17 September, 2:00 pm until 2:45 pm" in shown
    assert "time of the invitation: Thursday 17 September, 3:00 pm until 3:45 pm" in shown

    unsaid = take(client, meeting, page)
    assert (unsaid.status_code, kept(meeting)) == (422, ("", calls.STARTS))
    assert summary(unsaid) == ["Which time holds? – Say which time holds."]

    take(client, meeting, unsaid, times="keep")
    assert kept(meeting) == (calls.LINK, calls.STARTS)
    take(client, meeting, unsaid, times="take")
    assert kept(meeting) == (calls.LINK, calls.STARTS + HOUR)


@pytest.mark.parametrize(
    ("times", "starts_at"), [("take", calls.STARTS + HOUR), ("keep", calls.STARTS)]
)
def test_time_without_a_zone_is_asked_about(
    meeting: Meeting, host: StaffMember, staff_client: SignIn, times: str, starts_at: datetime
) -> None:
    client = staff_client(host)
    naive = {"DTSTART": "DTSTART:20260917T150000", "DTEND": "DTEND:20260917T154500"}
    page = drop(client, meeting, of_call(calls.STARTS, calls.ENDS, **naive))
    assert "Is 3:00 pm the time on the school's clock?" in words(page)
    assert take(client, meeting, page).status_code == 422
    take(client, meeting, page, times=times)
    assert kept(meeting) == (calls.LINK, starts_at)


def test_time_without_a_zone_is_asked_about_also_where_it_looks_right(
    meeting: Meeting, host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    naive = {"DTSTART": "DTSTART:20260917T140000", "DTEND": "DTEND:20260917T144500"}
    page = drop(client, meeting, of_call(calls.STARTS, calls.ENDS, **naive))
    assert take(client, meeting, page).status_code == 422
    take(client, meeting, page, times="unsure")
    assert kept(meeting) == (calls.LINK, calls.STARTS)


def test_meeting_made_by_somebody_else_is_said_and_may_be_meant(
    meeting: Meeting, host: StaffMember, colleague: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    page = drop(client, meeting, of_call(calls.STARTS, calls.ENDS, ORGANIZER=made_by(colleague)))
    assert "made by somebody who is not a host of this call" in words(page)
    take(client, meeting, page)
    assert kept(meeting)[0] == calls.LINK


@pytest.mark.parametrize(
    ("organiser", "adults", "code"),
    [
        ("A@School.example", ["b@school.example", "a@school.example"], None),
        ("a@school.example", [], "organiser_not_on_call"),
        ("c@school.example", ["a@school.example"], "organiser_not_on_call"),
        ("", ["", "a@school.example"], "organiser_not_on_call"),
    ],
)
def test_p13_who_made_the_meeting_is_on_the_call(
    organiser: str, adults: list[str], code: str | None
) -> None:
    finding = organiser_finding(organiser, adults)
    assert (finding and (finding.code, finding.blocks)) == (code and (code, False))


def test_reserve_who_made_the_meeting_is_no_host(
    host: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    amy: Family,
    ben: Family,
    staff_client: SignIn,
) -> None:
    what = calls.plan_of([amy[1], ben[1]], co_hosts=[co_host], reserves=[colleague])
    meeting = services.plan(by=host, what=what)
    said = {
        person: "not a host of this call"
        in words(
            drop(
                staff_client(host),
                meeting,
                of_call(calls.STARTS, calls.ENDS, ORGANIZER=made_by(person)),
            )
        )
        for person in (host, co_host, colleague)
    }
    assert said == {host: False, co_host: False, colleague: True}


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "invite.ics", "This file is empty. Save the invitation again."),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"x" * 99, "m.msg", SENTENCES[R.OUTLOOK_ITEM]),
        (b"Received: from a\r\n\r\nx", "m.eml", SENTENCES[R.MAIL]),
        (b"x" * (MOST_KEPT + 1), "big.ics", SENTENCES[R.TOO_LARGE]),
        (
            of_call(calls.STARTS, calls.ENDS, link=CLASSIC),
            "other.ics",
            LINK_SENTENCES[LinkRefusal.OTHER_TENANT],
        ),
        (file_of(event(), method="CANCEL"), "gone.ics", SENTENCES[R.CANCELLED]),
    ],
)
def test_refused_file_is_said_on_the_page_of_the_call(
    meeting: Meeting,
    host: StaffMember,
    staff_client: SignIn,
    data: bytes,
    name: str,
    sentence: str,
) -> None:
    page = drop(staff_client(host), meeting, data, name)
    assert (page.status_code, kept(meeting)[0]) == (422, "")
    assert sentence in words(page)


def test_no_file_is_asked_for(meeting: Meeting, host: StaffMember, staff_client: SignIn) -> None:
    page = staff_client(host).post(url("read_invitation", meeting))
    assert (page.status_code, "Choose the invitation first" in words(page)) == (422, True)


def test_link_that_another_call_has_is_refused_on_the_page_that_asked(
    meeting: Meeting,
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    staff_client: SignIn,
) -> None:
    other = services.plan(by=host, what=calls.plan_of([amy[1], ben[1]], co_hosts=[co_host]))
    services.set_link(other, by=host, text=OTHER_LINK)
    client = staff_client(host)
    page = drop(client, meeting, of_call(calls.STARTS + HOUR, calls.ENDS + HOUR, link=OTHER_LINK))
    refused = take(client, meeting, page, times="keep")
    assert (refused.status_code, kept(meeting)) == (422, ("", calls.STARTS))
    # What was read is still there: the other time is a way out.
    assert "Reading group, Year 5" in words(refused)


def test_time_that_breaks_the_policy_is_refused_and_the_link_with_it(
    meeting: Meeting, host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    page = drop(client, meeting, of_call(calls.STARTS, calls.STARTS + 9 * HOUR))
    refused = take(client, meeting, page, times="take")
    assert (refused.status_code, kept(meeting)) == (422, ("", calls.STARTS))
    assert "lasts four hours at most" in words(refused)


def test_short_link_says_that_it_proves_nothing(
    meeting: Meeting, host: StaffMember, staff_client: SignIn
) -> None:
    page = drop(staff_client(host), meeting, of_call(calls.STARTS, calls.ENDS, link=SHORT))
    assert "It does not tell whose it is" in words(page)


@pytest.mark.parametrize("read", ["", "x", "x:y:z", invited(OTHER_LINK).seal()[:-3]])
def test_what_was_read_cannot_be_changed_on_the_way(
    meeting: Meeting, host: StaffMember, staff_client: SignIn, read: str
) -> None:
    answer = staff_client(host).post(url("take_invitation", meeting), {"read": read})
    assert (answer.status_code, kept(meeting)[0]) == (302, "")


def test_what_was_read_is_kept_for_two_hours_alone(
    meeting: Meeting, host: StaffMember, staff_client: SignIn, clock_at: SetClock
) -> None:
    client = staff_client(host)
    page = drop(client, meeting, of_call(calls.STARTS, calls.ENDS))
    clock_at(clock.now() + 2 * HOUR + timedelta(seconds=1))
    take(client, meeting, page)
    assert kept(meeting)[0] == ""


def test_series_is_said_to_repeat(
    meeting: Meeting, host: StaffMember, staff_client: SignIn
) -> None:
    data = of_call(calls.STARTS, calls.ENDS, "RRULE:FREQ=WEEKLY")
    assert "It comes again." in words(drop(staff_client(host), meeting, data))


def test_page_of_the_file_leads_back_to_the_call(
    meeting: Meeting, host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    for page in ("read_invitation", "take_invitation"):
        assert client.get(url(page, meeting)).url == url("detail", meeting)  # type: ignore[attr-defined]


def test_call_that_is_over_takes_no_invitation(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    meeting = services.cancel(calls.agreed(host, [amy, ben], co_hosts=[co_host]), by=host)
    assert meeting.status == policy.Status.CANCELLED.value
    page = drop(staff_client(host), meeting, of_call(calls.STARTS, calls.ENDS))
    assert page.status_code == 403


def test_form_is_taken_by_a_site_that_checks_where_it_came_from(
    meeting: Meeting, host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    client.handler.enforce_csrf_checks = True
    shown = client.get(url("detail", meeting)).content.decode()
    form = shown.partition("data-drop>")[2].partition("</form>")[0]
    token = form.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    file = SimpleUploadedFile("invite.ics", of_call(calls.STARTS, calls.ENDS))
    sent = {"invitation": file, "csrfmiddlewaretoken": token}
    assert client.post(url("read_invitation", meeting), sent).status_code == 200
