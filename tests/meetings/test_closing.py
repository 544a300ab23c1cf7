"""Ending, closing, calling off and settling: what must not be reaches the safeguarding team."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from audit import services as audit
from audit.models import Entry
from consent import services as consent
from consent.models import Question, Request
from meetings import services
from meetings.models import Closing, Incident, Meeting
from meetings.services import Ending
from notices import services as notices
from notices.models import Ladder, Notice
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.meetings import calls

Family = tuple[Guardian, Pupil]
SetClock = Callable[[datetime], time_machine.Traveller]
Mailbox = Callable[[], list[Any]]
DESTROY_BY = date(2026, 10, 17)
RECORDED = Ending(was_recorded=True, recording_kept_at="OneDrive", destroy_by=DESTROY_BY)


@pytest.fixture
def open_call(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, clock_at: SetClock
) -> Meeting:
    """Two adults, two pupils, not recorded; the door is open and the call is under way."""
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host])
    clock_at(calls.STARTS + timedelta(minutes=5))
    return meeting


def incidents() -> list[str]:
    return sorted(Incident.objects.values_list("kind", flat=True))


def verbs() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("verb", flat=True))


def test_end_shuts_the_door_for_everyone_and_is_written_down_once(
    open_call: Meeting, host: StaffMember, amy: Family, ben: Family
) -> None:
    meeting = services.end(open_call, by=host)
    assert (meeting.status, meeting.ended_at) == ("ended", clock.now())
    assert [calls.door(meeting, *family) for family in (amy, ben)] == ["ended", "ended"]
    with pytest.raises(NotAllowed):
        services.end(meeting, by=host)
    assert verbs().count("meeting.end") == 1
    assert Ladder.objects.open().filter(kind="meeting_closing").count() == 1


def test_close_of_a_call_about_which_nobody_was_asked_needs_no_question(
    open_call: Meeting, host: StaffMember
) -> None:
    Meeting.objects.filter(pk=open_call.pk).update(question=None)
    assert services.close(open_call, by=host, how=Ending()).status == "closed"


def test_end_is_for_those_who_run_it_and_the_safeguarding_team(
    open_call: Meeting, colleague: StaffMember, deputy: StaffMember
) -> None:
    with pytest.raises(NotAllowed):
        services.end(open_call, by=colleague)
    assert services.end(open_call, by=deputy).status == "ended"


def test_close_keeps_the_answers_and_lets_everything_rest(
    open_call: Meeting, host: StaffMember, co_host: StaffMember
) -> None:
    Meeting.objects.filter(pk=open_call.pk).update(is_recorded=True)
    kept = {"recording_kept_at": " SharePoint, folder 7 ", "destroy_by": DESTROY_BY}
    how = Ending(was_recorded=True, note="All well.", **kept)

    meeting = services.close(open_call, by=co_host, how=how)

    closing = Closing.objects.get()
    assert (closing.recording_kept_at, closing.note, closing.closed_by) == (
        "SharePoint, folder 7",
        "All well.",
        co_host,
    )
    assert (meeting.status, meeting.ended_at, incidents()) == ("closed", clock.now(), [])
    assert [ladder.kind for ladder in Ladder.objects.open()] == ["meeting_recording"]
    assert Question.objects.get().closed_at == clock.now()
    with pytest.raises(NotAllowed):
        services.close(meeting, by=host, how=how)
    assert verbs().count("meeting.close") == 1


@pytest.mark.parametrize(
    ("is_left_alone", "how", "expected"),
    [
        (False, Ending(), []),
        (False, Ending(hung_up=True), ["hung_up"]),
        (True, Ending(), ["not_recorded"]),
        (False, RECORDED, ["recorded_anyway"]),
        (True, RECORDED, ["recorded_anyway"]),
        (True, Ending(hung_up=True), ["hung_up", "not_recorded"]),
        (True, Ending(took_place=False, hung_up=True), []),
    ],
)
def test_closing_raises_incidents_with_a_ladder_each(
    open_call: Meeting,
    host: StaffMember,
    co_host: StaffMember,
    is_left_alone: bool,
    how: Ending,
    expected: list[str],
) -> None:
    if is_left_alone:
        services.drop_out(open_call, by=host, staff=co_host)
    services.close(open_call, by=host, how=how)
    assert incidents() == expected
    assert Ladder.objects.open().filter(kind="meeting_incident").count() == len(expected)


def test_closing_that_cannot_be_true_is_refused(
    host: StaffMember, co_host: StaffMember, amy: Family, open_call: Meeting
) -> None:
    with pytest.raises(NotAllowed, match="where the recording is kept"):
        services.close(open_call, by=host, how=Ending(was_recorded=True, recording_kept_at=" "))
    services.admit(open_call, by=host, pupil_ids=[amy[1].pk])
    with pytest.raises(NotAllowed, match="so the call took place"):
        services.close(open_call, by=host, how=Ending(took_place=False))
    later = calls.shared(
        host,
        [amy],
        co_hosts=[co_host],
        starts_at=calls.STARTS + timedelta(days=3),
        ends_at=calls.ENDS + timedelta(days=3),
    )
    with pytest.raises(NotAllowed, match="has not begun"):
        services.close(later, by=host, how=Ending())
    assert Closing.objects.count() == 0


def test_cancel_shuts_every_door_and_tells_those_who_were_asked(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    cat: Family,
    blocked_father: Guardian,
    mailbox: Mailbox,
) -> None:
    meeting = calls.shared(host, [amy, cat], co_hosts=[co_host])
    before = len(mailbox())

    services.cancel(meeting, by=host)

    assert calls.door(meeting, *amy) == "cancelled"
    letters = mailbox()[before:]
    assert sorted(letter.to[0] for letter in letters) == sorted(
        [amy[0].email, cat[0].email, co_host.email]
    )
    assert not Ladder.objects.open().exists()
    with pytest.raises(NotAllowed):
        services.cancel(meeting, by=host)
    assert verbs().count("meeting.cancel") == 1


@pytest.mark.parametrize(
    ("is_mailbox_wrong", "why"),
    [
        (True, "a message to this address came back or reached somebody else"),
        (False, "the e-mail reached somebody else: ring the family"),
    ],
)
def test_e26_cancellation_is_not_told_in_a_mailbox_that_is_another_person_s(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, mailbox: Mailbox,
    is_mailbox_wrong: bool, why: str,
) -> None:  # fmt: skip
    """The link to Amy's page was disowned; Ben's father is told as ever."""
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host])
    before = len(mailbox())
    request = Request.objects.get(guardian=amy[0])
    consent.disown(request, by=amy[0], is_mailbox_wrong=is_mailbox_wrong)

    services.cancel(meeting, by=host)

    assert sorted(letter.to[0] for letter in mailbox()[before:]) == sorted(
        [ben[0].email, co_host.email]
    )
    dropped = Notice.objects.get(kind="meeting_called_off", guardian=amy[0])
    assert (dropped.state, dropped.why) == ("dropped", why)


def test_e26_pupil_of_18_is_not_told_in_a_mailbox_that_is_another_person_s(
    host: StaffMember, co_host: StaffMember, amy: Family, mailbox: Mailbox
) -> None:
    grown = factories.make_pupil("Gail", born_on=date(2008, 1, 1), email="gail@pupil.example")
    meeting = calls.asked(host, [grown, amy[1]], co_hosts=[co_host])
    before = len(mailbox())
    own = Request.objects.get(pupil=grown)
    consent.disown(own, by=consent.PupilAlone(grown.pk))
    services.cancel(meeting, by=host)
    assert sorted(letter.to[0] for letter in mailbox()[before:]) == sorted(
        [amy[0].email, co_host.email]
    )


def test_cancel_before_links_left_takes_them_back(
    host: StaffMember, co_host: StaffMember, amy: Family, mailbox: Mailbox
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    services.cancel(meeting, by=host)
    mailbox()
    assert Notice.objects.get(kind="meeting_join_link").state == "dropped"


def test_cancel_of_a_draft_tells_the_adults_only(
    host: StaffMember, co_host: StaffMember, amy: Family, mailbox: Mailbox
) -> None:
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host])
    services.cancel(meeting, by=host)
    assert [letter.to for letter in mailbox()] == [[co_host.email]]


def test_cancel_of_an_open_call_is_refused(open_call: Meeting, host: StaffMember) -> None:
    with pytest.raises(NotAllowed):
        services.cancel(open_call, by=host)


# --- Never closed ---------------------------------------------------------------------------------
def test_call_that_nobody_closes_is_reminded_of_and_then_reaches_the_team(
    open_call: Meeting,
    host: StaffMember,
    co_host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    mailbox: Mailbox,
    clock_at: SetClock,
) -> None:
    mailbox()

    def after(minutes: int) -> tuple[int, list[str], list[int | None]]:
        clock_at(calls.ENDS + timedelta(minutes=minutes))
        mailbox()
        reminded = Notice.objects.filter(kind="meeting_unclosed", state="sent").count()
        team = Notice.objects.filter(kind="meeting_incident", state="sent").order_by("staff_id")
        return reminded, incidents(), list(team.values_list("staff_id", flat=True))

    assert after(9) == (0, [], [])
    assert after(10) == (2, [], [])
    assert after(30) == (4, [], [])
    assert after(61)[:2] == (6, ["unclosed"])
    assert after(62)[2] == sorted([deputy.pk, lead.pk])
    assert audit.verify() is None

    services.close(open_call, by=host, how=Ending(hung_up=True))
    assert incidents() == ["hung_up", "unclosed"]
    assert not Ladder.objects.open().filter(kind="meeting_closing").exists()


def test_sweep_gives_an_unclosed_call_that_lost_its_ladder_a_new_one(open_call: Meeting) -> None:
    Ladder.objects.all().delete()
    notices.repair(now=clock.now())
    assert Ladder.objects.open().filter(kind="meeting_closing", about=open_call.about).count() == 1


# --- Settling -------------------------------------------------------------------------------------
@pytest.fixture
def incident(open_call: Meeting, host: StaffMember) -> Incident:
    """The host hung up instead of ending the call."""
    services.close(open_call, by=host, how=Ending(hung_up=True))
    return Incident.objects.get()


def test_incident_is_settled_once_with_what_was_done(
    incident: Incident, lead: StaffMember, deputy: StaffMember
) -> None:
    settled = services.settle(incident, by=lead, note=" Spoke with Helen. ")
    assert (settled.settled_by, settled.settled_at, settled.settled_note) == (
        lead,
        clock.now(),
        "Spoke with Helen.",
    )
    with pytest.raises(NotAllowed, match="already"):
        services.settle(incident, by=deputy, note="Me too.")
    assert not Ladder.objects.open().filter(kind="meeting_incident").exists()
    assert verbs().count("incident.settle") == 1


def test_incident_is_not_settled_by_others_nor_without_words(
    incident: Incident, host: StaffMember, office: StaffMember, lead: StaffMember
) -> None:
    for person in (host, office):
        with pytest.raises(NotAllowed, match="safeguarding team"):
            services.settle(incident, by=person, note="Nothing.")
    with pytest.raises(NotAllowed, match="what was done"):
        services.settle(incident, by=lead, note="  ")
    assert Incident.objects.get().settled_at is None


def test_incident_is_not_settled_by_somebody_who_was_on_the_call(
    host: StaffMember, lead: StaffMember, head: StaffMember, amy: Family, clock_at: SetClock
) -> None:
    meeting = calls.opened(host, [amy], co_hosts=[lead])
    clock_at(calls.STARTS)
    services.close(meeting, by=host, how=Ending(hung_up=True))
    with pytest.raises(NotAllowed, match="You were on this call"):
        services.settle(Incident.objects.get(), by=lead, note="Fine.")
    assert services.settle(Incident.objects.get(), by=head, note="Spoke.").settled_by == head


def test_adult_pupil_is_told_that_the_call_is_off(
    host: StaffMember, co_host: StaffMember, mailbox: Mailbox
) -> None:
    grown = factories.make_pupil("Gail", born_on=date(2008, 1, 1), email="gail@pupil.example")
    meeting = calls.asked(host, [grown], co_hosts=[co_host])
    before = len(mailbox())
    services.cancel(meeting, by=host)
    assert sorted(letter.to[0] for letter in mailbox()[before:]) == sorted(
        [grown.email, co_host.email]
    )


def test_e26_cancelling_takes_back_no_warning_about_what_was_done_with_a_link(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, mailbox: Mailbox
) -> None:
    """Somebody answered for Amy's mother, and Ben's father's no was undone: both must know it."""
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host])
    before = len(mailbox())
    hers, his = (Request.objects.get(guardian=one[0]) for one in (amy, ben))
    for request, name, takes_part in ((hers, "Boris Badman", True), (his, ben[0].name, False)):
        consent.answer(
            request,
            by=request.guardian,
            takes_part=takes_part,
            may_be_recorded=None,
            name=name,
            relationship="father",
            version=1,
        )
    consent.undo(his, by=ben[0])
    services.cancel(meeting, by=host)
    letters = {(one.to[0], one.subject) for one in mailbox()[before:]}
    assert {
        (amy[0].email, f"Somebody answered for {amy[1].given_name} with your link"),
        (ben[0].email, "Your answer about the video call does not count any more"),
    } <= letters
    [warning] = [one for one in mailbox() if one.to == [amy[0].email] and "Somebody" in one.subject]
    assert "Answer it yourself" not in warning.body
    states = dict(Notice.objects.filter(kind="consent_receipt").values_list("kind", "state"))
    assert states == {"consent_receipt": "dropped"}


def test_call_that_families_joined_and_that_is_said_not_to_have_been_reaches_the_team(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, clock_at: SetClock
) -> None:
    """Both families pressed Join, then the co-host was gone."""
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host])
    clock_at(calls.STARTS)
    for family in (amy, ben):
        calls.press(meeting, *family)
    services.drop_out(meeting, by=host, staff=co_host)
    services.end(meeting, by=host)
    clock_at(calls.ENDS)
    services.close(meeting, by=host, how=services.Ending(took_place=False))
    assert [incident.kind for incident in meeting.incidents.all()] == ["not_recorded"]
