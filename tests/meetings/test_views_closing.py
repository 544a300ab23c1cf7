"""The closing form in all its branches, calling off, and settling what went wrong."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client

from meetings import services
from meetings.models import Closing, Incident, Meeting
from school.models import Guardian, Pupil, StaffMember
from tests.meetings import calls
from tests.meetings.pages import beside, part, summary, url, words

Family = tuple[Guardian, Pupil]
SignIn = Callable[..., Client]
SetClock = Callable[[datetime], time_machine.Traveller]

KEPT = {"recorded": "yes", "recording_kept_at": "OneDrive, Calls", "destroy_by": "2026-10-17"}
FINE = {"ended": "end_meeting", "recorded": "no", "troubling": "no"}


@pytest.fixture
def call(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, clock_at: SetClock
) -> Meeting:
    """Two adults, two pupils, and the time is over."""
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host])
    clock_at(calls.ENDS)
    return meeting


def test_close_is_offered_once_the_call_has_begun_and_not_before(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, clock_at: SetClock,
    staff_client: SignIn,
) -> None:  # fmt: skip
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host])
    offered = []
    for at in (calls.STARTS - timedelta(minutes=1), calls.STARTS):
        clock_at(at)
        page = staff_client(host).get(url("detail", meeting))
        assert page.status_code == 200
        offered.append(url("close", meeting) in page.content.decode())
    assert offered == [False, True]


def test_call_on_hold_says_why_once_with_its_clause(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, clock_at: SetClock,
    staff_client: SignIn,
) -> None:  # fmt: skip
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host])
    clock_at(calls.STARTS)
    services.drop_out(meeting, by=host, staff=co_host)
    page = words(staff_client(host).get(url("detail", meeting)))
    finding = calls.blocking(meeting)[0]
    assert (page.count(finding.words), page.count(finding.mend)) == (1, 1)
    assert f"On hold. {finding.words} Clause {finding.clause}" in page


def test_end_leads_to_the_closing_form(
    call: Meeting, host: StaffMember, staff_client: SignIn
) -> None:
    answer = staff_client(host).post(url("end", call))
    assert answer["Location"] == url("close", call)
    assert Meeting.objects.get().status == "ended"


def test_call_that_ended_well_is_closed(
    call: Meeting, host: StaffMember, staff_client: SignIn
) -> None:
    page = staff_client(host).post(url("close", call), FINE, follow=True)
    assert page.redirect_chain == [(url("detail", call), 302)]
    assert "The call is closed." in words(page)
    assert "Ended for everyone with 'End meeting'." in words(page)
    assert Incident.objects.count() == 0
    again = staff_client(host).get(url("close", call))
    assert "Nothing to close" in words(again)


def test_p13_call_that_was_hung_up_warns_and_reaches_the_team(
    call: Meeting, host: StaffMember, staff_client: SignIn
) -> None:
    page = staff_client(host).post(url("close", call), FINE | {"ended": "hung_up"}, follow=True)
    assert "Pupils may still be in the call. Join it again now from Outlook" in words(page)
    assert [row.kind for row in Incident.objects.all()] == ["hung_up"]


def test_p14_troubling_call_leads_to_the_log_of_concern_with_its_reference(
    call: Meeting, host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    answer = client.post(url("close", call), FINE | {"troubling": "yes"})
    assert answer["Location"] == f"/concerns/log/?about=meetings.meeting%3A{call.pk}"
    assert f'value="meetings.meeting:{call.pk}"' in client.get(answer["Location"]).content.decode()
    assert Meeting.objects.get().status == "closed"


def test_recording_is_kept_with_its_place(
    call: Meeting, host: StaffMember, staff_client: SignIn
) -> None:
    Meeting.objects.update(is_recorded=True)
    client = staff_client(host)
    assert "It was planned to be recorded." in words(client.get(url("close", call)))
    typed = FINE | KEPT
    page = client.post(url("close", call), typed, follow=True)
    assert "Recorded; kept at OneDrive, Calls." in words(page)
    assert "The call is closed." in words(page)
    assert Incident.objects.count() == 0


def test_p5_recording_that_families_had_not_agreed_to_reaches_the_team_at_once(
    call: Meeting, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    told = "If it was recorded all the same, the safeguarding team is told at once."
    assert told in words(client.get(url("close", call)))
    typed = FINE | KEPT
    page = words(client.post(url("close", call), typed, follow=True))
    assert "Families had agreed to a call that is not recorded." in page
    assert "The call was recorded, and families had agreed to no recording." in page
    assert "Nothing is left to do" not in page
    assert [row.kind for row in Incident.objects.all()] == ["recorded_anyway"]
    listed = words(staff_client(lead).get(url("incidents")))
    assert "Recorded, and families had agreed to no recording" in listed


def test_call_that_did_not_take_place_is_not_asked_about_its_recording(
    call: Meeting, host: StaffMember, staff_client: SignIn
) -> None:
    page = staff_client(host).post(
        url("close", call), {"ended": "not_held", "troubling": "no"}, follow=True
    )
    assert "The call did not take place." in words(page)
    closing = Closing.objects.get()
    assert (closing.took_place, closing.was_recorded) == (False, False)


@pytest.mark.parametrize(
    ("typed", "faults"),
    [
        (
            {},
            {
                "ended": "Say how the call ended.",
                "troubling": "Say whether anything was troubling.",
            },
        ),
        (
            {"ended": "end_meeting", "troubling": "no"},
            {"recorded": "Say whether the call was recorded."},
        ),
        (
            FINE | {"recorded": "yes"},
            {
                "recording_kept_at": "Write down where the recording is kept.",
                "destroy_by": "Say by which day it is destroyed.",
            },
        ),
    ],
)
def test_closing_that_misses_something_keeps_what_was_typed(
    typed: dict[str, str],
    faults: dict[str, str],
    call: Meeting,
    host: StaffMember,
    staff_client: SignIn,
) -> None:
    answer = staff_client(host).post(url("close", call), typed)
    assert answer.status_code == 422
    # There is a field for words on it.
    assert "What you wrote is still here. Nothing has been saved yet." in words(answer)
    assert {field: beside(answer, field) for field in faults} == {
        field: [fault] for field, fault in faults.items()
    }
    assert [one.split(" – ")[1] for one in summary(answer)] == list(faults.values())
    assert part(answer, "<main", "</main>").count(" checked") == len(typed)
    assert Closing.objects.count() == 0


def test_closing_against_the_register_is_said_in_the_summary(
    call: Meeting, host: StaffMember, amy: Family, staff_client: SignIn, clock_at: SetClock
) -> None:
    clock_at(calls.STARTS)
    services.admit(call, by=host, pupil_ids=[amy[1].pk])
    answer = staff_client(host).post(url("close", call), {"ended": "not_held", "troubling": "no"})
    assert (answer.status_code, summary(answer)) == (
        422,
        ["The register shows that pupils were let in, so the call took place."],
    )


# --- Calling off ----------------------------------------------------------------------------------
def test_cancel_asks_first_and_then_shuts_every_link(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    client = staff_client(host)
    assert "Cancel the call?" in words(client.get(url("cancel", meeting)))
    assert Meeting.objects.get().status == "shared"
    page = client.post(url("cancel", meeting), follow=True)
    assert "The call is cancelled" in words(page)
    assert calls.door(meeting, *amy) == "cancelled"


def test_open_call_is_not_cancelled_but_ended(
    call: Meeting, host: StaffMember, staff_client: SignIn
) -> None:
    page = staff_client(host).get(url("cancel", call))
    assert "An open call is ended from its register." in words(page)
    assert staff_client(host).post(url("cancel", call)).status_code == 403
    assert Meeting.objects.get().status == "open"


# --- Incidents ------------------------------------------------------------------------------------
def hung_up(call: Meeting, host: StaffMember) -> Incident:
    """Bring a call to the team."""
    services.close(call, by=host, how=services.Ending(hung_up=True))
    return Incident.objects.get()


def test_incident_is_settled_with_what_was_done(
    call: Meeting, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    incident = hung_up(call, host)
    client = staff_client(lead)
    assert "Hung up without 'End meeting'" in words(client.get(url("incidents")))
    settle = url("settle", None, incident.pk)
    empty = client.post(settle, {"note": " "})
    assert (empty.status_code, summary(empty)) == (
        422,
        ["What was done? – Write down what was done."],
    )
    page = client.post(settle, {"note": "Rang every family."}, follow=True)
    assert "No open incidents" in words(page)
    assert "Rang every family." in words(page)
    late = client.post(settle, {"note": "Me too."}, follow=True)
    assert "Somebody has settled this already. Nothing was added." in words(late)
    assert Incident.objects.get().settled_note == "Rang every family."


def test_incident_of_ones_own_call_is_refused_beside_the_field(
    deputy: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    staff_client: SignIn,
    clock_at: SetClock,
) -> None:
    meeting = calls.opened(deputy, [amy, ben], co_hosts=[co_host])
    clock_at(calls.ENDS)
    incident = hung_up(meeting, deputy)
    answer = staff_client(deputy).post(
        url("settle", None, incident.pk), {"note": "All was well, believe me."}
    )
    own = "You were on this call: somebody else settles it."
    assert answer.status_code == 422
    assert (beside(answer, "note"), summary(answer)) == ([own], [f"What was done? – {own}"])
    assert "All was well, believe me." in answer.content.decode()
    assert Incident.objects.get().settled_at is None


def test_incidents_are_hidden_from_everybody_else(
    call: Meeting, host: StaffMember, office: StaffMember, staff_client: SignIn
) -> None:
    incident = hung_up(call, host)
    for person in (host, office):
        client = staff_client(person)
        assert client.get(url("incidents")).status_code == 403
        assert client.post(url("settle", None, incident.pk), {"note": "x"}).status_code == 403
    assert Incident.objects.get().settled_at is None
