"""A call is made in Outlook and Teams through Graph: once, as the policy asks, whatever goes wrong."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from audit.models import Entry
from meetings import policy, services
from meetings.models import Meeting, TeamsEvent
from notices.models import Notice
from notices.services import run_due
from school.models import Guardian, Pupil, StaffMember
from school.services import SWEEP, change_setting
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests.meetings import calls
from tests.meetings.graph.fake import FakeGraph, fault

pytestmark = pytest.mark.django_db

Family = tuple[Guardian, Pupil]
State = policy.EventState
ORGANISER = calls.ORGANISER
MEETINGS = "/onlineMeetings"


def draft(host: StaffMember, families: list[Family], **facts: Any) -> Meeting:
    """A plan without a link."""
    return services.plan(by=host, what=calls.plan_of([pupil for _, pupil in families], **facts))


def sweep(minutes: float = 0) -> None:
    run_due(clock.now() + timedelta(minutes=minutes))


def of(meeting: Meeting) -> TeamsEvent:
    return TeamsEvent.objects.get(meeting=meeting)


@pytest.fixture
def wanted(
    graph: FakeGraph,
    known_host: StaffMember,
    known_co_host: StaffMember,
    amy: Family,
    ben: Family,
) -> Meeting:
    """A call whose host has pressed 'Create in Teams', and nobody has gone there yet."""
    meeting = draft(known_host, [amy, ben], co_hosts=[known_co_host])
    services.create_in_teams(meeting, by=known_host)
    return meeting


def test_p8_call_is_made_in_outlook_with_the_lobby_set_before_its_link_is_kept(
    graph: FakeGraph, wanted: Meeting, known_co_host: StaffMember
) -> None:
    assert graph.asked == []
    sweep()
    wanted.refresh_from_db()
    [event] = graph.standing()
    assert of(wanted).state == State.HARDENED
    assert wanted.join_url == event["onlineMeeting"]["joinUrl"]
    assert wanted.link_proves_tenant
    [sent] = graph.calls_to(
        "PATCH", graph.meetings[event["id"]]["said"]["id"].replace("*", "%2A").replace(":", "%3A")
    )
    assert sent == {
        "lobbyBypassSettings": {"scope": "organizer", "isDialInBypassEnabled": False},
        "allowedLobbyAdmitters": "organizerAndCoOrganizers",
        "allowedPresenters": "roleIsPresenter",
        "participants": {
            "attendees": [
                {"role": "coorganizer", "identity": {"user": {"id": str(known_co_host.entra_id)}}}
            ]
        },
        "allowMeetingChat": "disabled",
        "allowParticipantsToChangeName": False,
        "allowBreakoutRooms": False,
        "recordAutomatically": False,
    }
    verbs = Entry.objects.filter(object=wanted.about).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == [
        "meeting.plan",
        "meeting.teams_want",
        "meeting.teams_create",
        "meeting.set_link",
        "meeting.teams_harden",
    ]


def test_p11_chat_is_on_during_the_call_only_where_the_school_has_chosen_so(
    graph: FakeGraph, wanted: Meeting, lead: StaffMember
) -> None:
    change_setting("teams_chat", "limited", by=lead, why="They type answers.", seen=0)
    sweep()
    [event] = graph.standing()
    assert graph.meetings[event["id"]]["said"]["allowMeetingChat"] == "limited"


def test_event_says_what_the_plan_says_and_invites_colleagues_alone(
    graph: FakeGraph, wanted: Meeting, known_co_host: StaffMember, amy: Family, ben: Family
) -> None:
    sweep()
    [sent] = graph.calls_to("POST", "/events")
    mark = str(of(wanted).transaction)
    assert sent.pop("singleValueExtendedProperties")[0]["value"] == mark
    assert "Colleagues only" in sent.pop("body")["content"]
    assert sent == {
        "subject": "Reading together",
        "start": {"dateTime": "2026-09-17T13:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2026-09-17T13:45:00", "timeZone": "UTC"},
        "hideAttendees": True,
        "attendees": [
            {
                "type": "required",
                "emailAddress": {"address": known_co_host.email, "name": known_co_host.name},
            }
        ],
        "isOnlineMeeting": True,
        "onlineMeetingProvider": "teamsForBusiness",
        "allowNewTimeProposals": False,
        "transactionId": mark,
    }
    said = str(graph.asked)
    for guardian, pupil in (amy, ben):
        assert guardian.email not in said
        assert str(pupil) not in said


def test_recorded_call_records_by_itself(
    graph: FakeGraph, known_host: StaffMember, amy: Family, ben: Family
) -> None:
    meeting = draft(known_host, [amy, ben], is_recorded=True)
    services.create_in_teams(meeting, by=known_host)
    sweep()
    [one] = graph.meetings.values()
    assert one["said"]["recordAutomatically"] is True


@pytest.mark.parametrize("short", [True, False])
def test_short_and_long_links_are_both_found(
    graph: FakeGraph, wanted: Meeting, short: bool
) -> None:
    graph.short_links = short
    sweep()
    wanted.refresh_from_db()
    assert ("/meet/" in wanted.join_url) is short
    assert of(wanted).state == State.HARDENED


# --- Off, or not possible ---------------------------------------------------------------------------
def test_with_graph_off_nothing_is_wished_and_nothing_is_asked(
    known_host: StaffMember, amy: Family, ben: Family
) -> None:
    meeting = draft(known_host, [amy, ben], is_recorded=True)
    with pytest.raises(NotAllowed, match="switched off"):
        services.create_in_teams(meeting, by=known_host)
    assert TeamsEvent.objects.count() == 0


def test_host_without_an_entra_id_is_told_whom_to_ask(
    graph: FakeGraph, host: StaffMember, amy: Family, ben: Family
) -> None:
    meeting = draft(host, [amy, ben], is_recorded=True)
    with pytest.raises(NotAllowed, match="Ask IT"):
        services.create_in_teams(meeting, by=host)


def test_second_press_and_a_call_with_a_link_are_refused(
    graph: FakeGraph, wanted: Meeting, known_host: StaffMember
) -> None:
    with pytest.raises(NotAllowed, match="already"):
        services.create_in_teams(wanted, by=known_host)
    sweep()
    with pytest.raises(NotAllowed, match="already"):
        services.create_in_teams(wanted, by=known_host)
    assert TeamsEvent.objects.count() == 1


def test_colleague_who_does_not_run_the_call_creates_nothing(
    graph: FakeGraph, known_host: StaffMember, colleague: StaffMember, amy: Family, ben: Family
) -> None:
    meeting = draft(known_host, [amy, ben], is_recorded=True)
    with pytest.raises(NotAllowed):
        services.create_in_teams(meeting, by=colleague)


# --- Late, twice, not at all --------------------------------------------------------------------------
def test_meeting_that_is_not_there_yet_is_looked_for_again(
    graph: FakeGraph, wanted: Meeting
) -> None:
    graph.delay = 2
    sweep()
    assert of(wanted).state == State.CREATED
    wanted.refresh_from_db()
    assert wanted.join_url == ""
    assert "not have it ready" in of(wanted).fault
    sweep(1)
    sweep(2)
    assert of(wanted).state == State.HARDENED
    assert len(graph.standing()) == 1


@pytest.mark.parametrize("how", ["swallow", "drop"])
@pytest.mark.parametrize("dedupes", [True, False])
def test_answer_that_is_lost_never_leaves_two_events(
    graph: FakeGraph, wanted: Meeting, how: str, dedupes: bool
) -> None:
    graph.dedupes = dedupes
    getattr(graph, how)("POST", "/events")
    sweep()
    assert of(wanted).state == State.WANTED
    sweep(1)
    assert of(wanted).state == State.HARDENED
    assert len(graph.standing()) == 1


def test_second_event_of_one_wish_is_called_off(graph: FakeGraph, wanted: Meeting) -> None:
    """Graph has done a call twice that it should have done once."""
    graph.dedupes = False
    graph.delay = 1
    sweep()
    [event] = graph.standing()
    graph._create(event["user"], {k: event[k] for k in graph.calls_to("POST", "/events")[0]})
    assert len(graph.standing()) == 2
    sweep(1)
    wanted.refresh_from_db()
    [left] = graph.standing()
    assert left["id"] == of(wanted).event_id == event["id"]
    assert wanted.join_url == event["onlineMeeting"]["joinUrl"]


ALL_CALLS = [
    ("POST", "/events"),
    ("GET", "/events"),
    ("GET", "%2F1%2B%3D"),
    ("GET", MEETINGS),
    ("PATCH", "19%3AZmFrZUdyYXBo1"),
]
ODD_ANSWERS: list[tuple[int, Any]] = [
    (500, None),
    (502, b"<html>Bad gateway</html>"),
    (200, b"not json at all"),
    (200, ["a", "list"]),
    (200, {"value": "no list"}),
    (201, {"id": 7}),
    (200, {}),
    (302, None),
    (429, None),
]


@pytest.mark.parametrize(("method", "ending"), ALL_CALLS)
@pytest.mark.parametrize(("code", "body"), ODD_ANSWERS)
def test_whatever_microsoft_answers_there_is_one_event_in_the_end(
    graph: FakeGraph, wanted: Meeting, method: str, ending: str, code: int, body: Any
) -> None:
    graph.answer(method, ending, code, body)
    for minutes in (0, 2, 8, 20):
        sweep(minutes)
    wanted.refresh_from_db()
    assert of(wanted).state == State.HARDENED
    [event] = graph.standing()
    assert wanted.join_url == event["onlineMeeting"]["joinUrl"]
    assert graph.meetings[event["id"]]["said"]["lobbyBypassSettings"]["scope"] == "organizer"


def test_busy_microsoft_is_left_in_peace_for_as_long_as_it_asks(
    graph: FakeGraph, wanted: Meeting
) -> None:
    graph.answer("POST", "/events", 429, Retry_After="120")
    sweep()
    assert len(graph.calls_to("POST", "/events")) == 1
    event = of(wanted)
    assert (event.tries, event.try_at) == (0, clock.now() + timedelta(seconds=120))
    assert event.fault == "Microsoft is busy and asks to wait."
    sweep(1.9)
    assert len(graph.calls_to("POST", "/events")) == 1
    sweep(2)
    assert of(wanted).state == State.HARDENED


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("Tue, 15 Sep 2026 13:02:00 GMT", 120),
        ("999999", 3600),
        ("soon", 5),
        ("-7", 5),
        ("inf", 3600),
        ("nan", 5),
    ],
)
def test_time_to_wait_may_be_a_date_or_nonsense(
    graph: FakeGraph, wanted: Meeting, words: str, seconds: int
) -> None:
    graph.answer("POST", "/events", 429, Retry_After=words)
    sweep()
    assert of(wanted).try_at == clock.now() + timedelta(seconds=seconds)


def test_microsoft_away_is_asked_by_one_call_and_not_by_each(
    graph: FakeGraph, wanted: Meeting, known_host: StaffMember, known_co_host: StaffMember,
    amy: Family, ben: Family,
) -> None:  # fmt: skip
    for day in (7, 14):
        later = draft(
            known_host, [amy, ben], co_hosts=[known_co_host],
            starts_at=calls.STARTS + timedelta(days=day), ends_at=calls.ENDS + timedelta(days=day),
        )  # fmt: skip
        services.create_in_teams(later, by=known_host)
    graph.drop("POST", "/events")
    sweep()
    assert len(graph.asked) == 1
    sweep(1)
    sweep(2)
    assert {one.state for one in TeamsEvent.objects.all()} == {State.HARDENED}
    assert len(graph.standing()) == 3


# --- A person has to look ------------------------------------------------------------------------------
def test_missing_access_policy_is_said_and_tried_again_by_hand(
    graph: FakeGraph, wanted: Meeting, known_host: StaffMember, mailbox: Any
) -> None:
    graph.without_policy.add(ORGANISER)
    sweep()
    event = of(wanted)
    assert event.failed_at == clock.now()
    assert event.fault.endswith("Ask IT for the application access policy.")
    sweep(30)
    assert len(graph.calls_to("GET", MEETINGS)) == 1
    [notice] = Notice.objects.filter(kind="meeting_teams_failed")
    assert notice.staff_id == known_host.pk
    graph.without_policy.clear()
    assert services.try_again(wanted, by=known_host) == 1
    sweep()
    assert of(wanted).state == State.HARDENED
    assert len(graph.standing()) == 1


def test_microsoft_that_never_answers_is_given_up_after_half_an_hour_and_the_plan_stands(
    graph: FakeGraph, wanted: Meeting, known_host: StaffMember
) -> None:
    for _ in range(10):
        graph.answer("POST", "/events", 503)
    for minutes in range(0, 60, 4):
        sweep(minutes)
    event = of(wanted)
    assert event.failed_at is not None
    assert event.failed_at - event.wanted_at < timedelta(minutes=45)
    assert event.fault == "Microsoft does not answer, or not in a form that can be read."
    # Everything goes on without it.
    services.set_link(wanted, by=known_host, text=calls.LINK)
    wanted.refresh_from_db()
    assert wanted.join_url == calls.LINK
    sweep(120)
    assert of(wanted).state == State.CANCELLED
    assert graph.standing() == []


def test_lobby_that_reads_back_open_keeps_the_link_back(graph: FakeGraph, wanted: Meeting) -> None:
    graph.ignores_options = True
    for minutes in range(0, 60, 4):
        sweep(minutes)
    wanted.refresh_from_db()
    assert (
        of(wanted).fault
        == "Microsoft took the options of the meeting, and reads them back otherwise."
    )
    assert of(wanted).failed_at is not None
    assert wanted.join_url == ""


def test_failed_wish_is_let_go_of_and_called_off_in_outlook(
    graph: FakeGraph, wanted: Meeting, known_host: StaffMember
) -> None:
    graph.without_policy.add(ORGANISER)
    with pytest.raises(NotAllowed, match="nothing to let go"):
        services.forgo(wanted, by=known_host)
    sweep()
    assert len(graph.standing()) == 1
    services.forgo(wanted, by=known_host)
    sweep()
    assert of(wanted).state == State.CANCELLED
    assert graph.standing() == []
    graph.without_policy.clear()
    services.create_in_teams(wanted, by=known_host)
    sweep()
    assert len(graph.standing()) == 1


def test_link_that_may_not_be_kept_is_a_failure_with_its_reason(
    graph: FakeGraph, wanted: Meeting
) -> None:
    Meeting.objects.filter(pk=wanted.pk).update(status="ended")
    sweep()
    assert of(wanted).fault == "That is not possible at this stage of the call."
    assert of(wanted).failed_at is not None


# --- Tokens ---------------------------------------------------------------------------------------------
def test_token_that_is_taken_no_more_is_got_anew(graph: FakeGraph, wanted: Meeting) -> None:
    graph.delay = 1
    sweep()
    graph.revoked.add("token-1")
    sweep(1)
    assert of(wanted).state == State.HARDENED
    assert graph.tokens == 2


def test_expired_certificate_is_a_matter_for_it(graph: FakeGraph, wanted: Meeting) -> None:
    words = "AADSTS700027: Client assertion contains an invalid signature."
    graph.token_tricks.append((401, {"error": "invalid_client", "error_description": words}, {}))
    sweep()
    assert of(wanted).failed_at is not None
    assert of(wanted).fault.startswith("Microsoft does not accept this software's certificate")
    assert graph.asked == []


@pytest.mark.parametrize(
    ("code", "body"),
    [
        (503, {"error": "temporarily_unavailable"}),
        (500, b"no json"),
        (200, b"no json"),
        (200, ["a list"]),
    ],
)
def test_authority_that_is_away_is_asked_again(
    graph: FakeGraph, wanted: Meeting, clock_at: Any, code: int, body: Any
) -> None:
    graph.token_tricks.append((code, body, {}))
    sweep()
    assert of(wanted).failed_at is None
    # msal asks an authority that was away no more for a minute.
    clock_at(clock.now() + timedelta(minutes=2))
    sweep()
    assert of(wanted).state == State.HARDENED


def test_log_has_the_id_of_a_call_and_nothing_that_opens_or_names(
    graph: FakeGraph, wanted: Meeting, known_co_host: StaffMember, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    graph.drop("POST", "/events")
    sweep()
    sweep(1)
    ids = [one["client-request-id"] for one in graph.headers]
    said = caplog.text
    assert all(one in said for one in ids)
    wanted.refresh_from_db()
    for secret in (
        "token-1", ORGANISER, calls.TENANT, wanted.join_url, known_co_host.email, wanted.title,
        "the-secret", of(wanted).event_id,
    ):  # fmt: skip
        assert secret not in said


# --- The call changes -------------------------------------------------------------------------------------
def test_moved_call_moves_in_outlook_and_its_text_stays(
    graph: FakeGraph, wanted: Meeting, known_host: StaffMember
) -> None:
    sweep()
    later = calls.STARTS + timedelta(hours=1)
    services.revise(
        wanted, by=known_host,
        what=calls.as_it_is(wanted, starts_at=later, ends_at=later + timedelta(minutes=30)),
    )  # fmt: skip
    assert of(wanted).state == State.CHANGED
    sweep()
    [event] = graph.standing()
    assert event["start"]["dateTime"] == "2026-09-17T14:00:00"
    assert of(wanted).state == State.HARDENED
    [sent] = graph.calls_to("PATCH", "%2F1%2B%3D")
    assert set(sent) == {"subject", "start", "end", "hideAttendees", "attendees"}


def test_new_co_host_is_invited_and_made_a_co_organiser(
    graph: FakeGraph, wanted: Meeting, known_host: StaffMember, colleague: StaffMember
) -> None:
    StaffMember.objects.filter(pk=colleague.pk).update(
        entra_id="9" * 8 + "-9999-4999-8999-" + "9" * 12
    )
    colleague.refresh_from_db()
    sweep()
    services.revise(wanted, by=known_host, what=calls.as_it_is(wanted, co_hosts=[colleague]))
    sweep()
    [event] = graph.standing()
    assert [one["emailAddress"]["address"] for one in event["attendees"]] == [colleague.email]
    [one] = graph.meetings.values()
    assert [x["identity"]["user"]["id"] for x in one["said"]["participants"]["attendees"]] == [
        str(colleague.entra_id)
    ]


def test_change_that_outlook_need_not_know_sends_nothing(
    graph: FakeGraph, wanted: Meeting, known_host: StaffMember, cat: Family
) -> None:
    sweep()
    count = len(graph.asked)
    services.revise(
        wanted, by=known_host,
        what=calls.as_it_is(wanted, pupils=[*calls.as_it_is(wanted).pupils, cat[1]]),
    )  # fmt: skip
    sweep()
    assert len(graph.asked) == count


@pytest.mark.parametrize("stage", ["wanted", "created", "hardened"])
def test_cancelled_call_is_called_off_in_outlook_at_whatever_stage(
    graph: FakeGraph, wanted: Meeting, known_host: StaffMember, stage: str
) -> None:
    if stage == "created":
        graph.delay = 99
    if stage != "wanted":
        sweep()
    services.cancel(wanted, by=known_host)
    sweep(1)
    assert of(wanted).state == State.CANCELLED
    assert graph.standing() == []
    assert len(graph.events) == (stage != "wanted")


def test_call_cancelled_after_a_lost_answer_is_looked_for_until_nothing_can_come(
    graph: FakeGraph, wanted: Meeting, known_host: StaffMember
) -> None:
    graph.drop("POST", "/events")
    sweep()
    [sent] = graph.calls_to("POST", "/events")
    services.cancel(wanted, by=known_host)
    sweep(1)
    assert of(wanted).state == State.UNWANTED
    # Microsoft has done it all the same, minutes later.
    graph._create(ORGANISER, sent)
    sweep(5)
    assert graph.standing() == []
    assert of(wanted).state == State.CANCELLED


def test_link_pasted_before_microsoft_was_asked_lets_the_wish_go(
    graph: FakeGraph, wanted: Meeting, known_host: StaffMember
) -> None:
    services.set_link(wanted, by=known_host, text=calls.LINK)
    sweep()
    assert of(wanted).state == State.CANCELLED
    assert graph.events == {}


def test_link_pasted_from_an_event_that_stands_is_left_alone(
    graph: FakeGraph, wanted: Meeting, known_host: StaffMember
) -> None:
    """Whoever copies the link from Outlook must not have it called off."""
    graph.without_policy.add(ORGANISER)
    sweep()
    [event] = graph.standing()
    services.set_link(wanted, by=known_host, text=event["onlineMeeting"]["joinUrl"])
    graph.without_policy.clear()
    services.try_again(wanted, by=known_host)
    sweep()
    wanted.refresh_from_db()
    assert of(wanted).state == State.HARDENED
    assert [one["id"] for one in graph.standing()] == [event["id"]]
    assert wanted.join_url == event["onlineMeeting"]["joinUrl"]


def test_event_that_somebody_deleted_in_outlook_before_it_was_ready_is_said(
    graph: FakeGraph, wanted: Meeting
) -> None:
    graph.delay = 1
    sweep()
    graph.standing()[0]["isCancelled"] = True
    for minutes in range(0, 60, 4):
        sweep(minutes)
    assert of(wanted).fault == "The call is not in the host's Outlook calendar any more."
    assert of(wanted).failed_at is not None


def test_event_whose_link_was_taken_off_is_called_off_and_another_one_made(
    graph: FakeGraph, wanted: Meeting, known_host: StaffMember
) -> None:
    sweep()
    [old] = graph.standing()
    Meeting.objects.filter(pk=wanted.pk).update(join_url="", link_digest="")
    services.catch_up(wanted, by=SWEEP, now=clock.now())
    services.create_in_teams(wanted, by=known_host)
    sweep()
    [new] = graph.standing()
    assert new["onlineMeeting"]["joinUrl"] != old["onlineMeeting"]["joinUrl"]
    wanted.refresh_from_db()
    assert wanted.join_url == new["onlineMeeting"]["joinUrl"]


def test_fault_in_the_answer_to_cancel_is_tried_again(
    graph: FakeGraph, wanted: Meeting, known_host: StaffMember
) -> None:
    sweep()
    graph.answer("POST", "/cancel", 500, fault("ErrorInternalServerError", "x"))
    graph.swallow("POST", "/cancel")
    services.cancel(wanted, by=known_host)
    for minutes in (0, 1, 2):
        sweep(minutes)
    assert of(wanted).state == State.CANCELLED
    assert graph.standing() == []
