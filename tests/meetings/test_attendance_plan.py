"""What is known of a call goes into the comparison: agreed names, a yes taken back, which meeting it is."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consent import services as consent
from consent.models import Request
from meetings import selectors, services
from meetings.attendance import FindingKind
from meetings.models import AttendanceReport, Incident, Meeting, Recognition
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib.rules import NotAllowed
from tests.meetings import calls
from tests.meetings.pages import url
from tests.meetings.teams_reports import Stay, by, file, guest
from tests.meetings.test_barred import block

Family = tuple[Guardian, Pupil]
SetClock = Callable[[datetime], time_machine.Traveller]
SignIn = Callable[[StaffMember], Client]
M = 60.0
OWN = f"19:meeting_{calls.THREAD_ID}@thread.v2"
SHORT = "https://teams.microsoft.com/meet/41234567890?p=Abc"
OTHER = "19:meeting_b3RoZXI@thread.v2"


@pytest.fixture
def known(amy: Family, ben: Family) -> tuple[Pupil, Pupil]:
    """Amy and Ben have accounts of the school, by which a report knows them."""
    for _, pupil in (amy, ben):
        Pupil.objects.filter(pk=pupil.pk).update(email=f"{pupil.given_name}@pupils.example".lower())
        pupil.refresh_from_db()
    return amy[1], ben[1]


@pytest.fixture
def running(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family,
    known: tuple[Pupil, Pupil], clock_at: SetClock,
) -> Meeting:  # fmt: skip
    """A call with two adults, in which both pupils are."""
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host])
    services.agree_name(meeting, by=host, pupil_id=known[0].pk, name="Dad's iPad")
    clock_at(calls.STARTS)
    return services.admit(meeting, by=host, pupil_ids=[one.pk for one in known])


def ended(meeting: Meeting, host: StaffMember, clock_at: SetClock) -> Meeting:
    clock_at(calls.ENDS)
    services.end(meeting, by=host)
    return services.close(meeting, by=host, how=services.Ending(was_recorded=False))


def stays(host: StaffMember, co_host: StaffMember, *pupils: Pupil) -> list[Stay]:
    """Everybody from the start until a minute before the end."""
    return [
        by(host, -60, 44 * M),
        by(co_host, -60, 44 * M),
        *(Stay(str(one), 0, 44 * M, one.email) for one in pupils),
    ]


def found(meeting: Meeting) -> list[tuple[str, int, tuple[str, ...]]]:
    told = selectors.told(meeting)
    assert told is not None
    return [(one.kind.value, one.seconds, one.who) for one in told.findings.findings]


# --- A yes that is taken back while the call is on ----------------------------------------------------
def test_p5_yes_taken_back_during_the_call_is_missing_from_that_second_and_not_before(
    running: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil],
    ben: Family, clock_at: SetClock,
) -> None:  # fmt: skip
    clock_at(calls.STARTS + timedelta(minutes=20))
    calls.withdraw(running, *ben)
    meeting = ended(running, host, clock_at)
    services.bring_report(meeting, by=host, data=file(stays(host, co_host, *known)))
    assert found(meeting) == [("without_consent", 24 * 60, (f"pupil-{known[1].pk}",))]
    assert Incident.objects.get(kind="no_consent").seconds == 24 * 60


def test_p5_yes_taken_back_after_the_call_changes_nothing_about_it(
    running: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil],
    ben: Family, clock_at: SetClock,
) -> None:  # fmt: skip
    clock_at(calls.STARTS + timedelta(minutes=44))
    calls.withdraw(running, *ben)
    meeting = ended(running, host, clock_at)
    services.bring_report(meeting, by=host, data=file(stays(host, co_host, *known)))
    assert found(meeting) == []


def test_p5_mailbox_disowned_during_the_call_takes_its_yes_with_it_from_then_on(
    running: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil],
    ben: Family, clock_at: SetClock,
) -> None:  # fmt: skip
    clock_at(calls.STARTS + timedelta(minutes=30))
    request = Request.objects.get(question=running.question_id, pupil=ben[1])
    consent.disown(request, by=ben[0])
    meeting = ended(running, host, clock_at)
    services.bring_report(meeting, by=host, data=file(stays(host, co_host, *known)))
    assert found(meeting) == [("without_consent", 14 * 60, (f"pupil-{known[1].pk}",))]


def test_comparison_asks_the_same_whether_one_or_both_took_it_back(
    running: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil],
    amy: Family, ben: Family, clock_at: SetClock,
) -> None:  # fmt: skip
    def asked() -> int:
        with CaptureQueriesContext(connection) as context:
            selectors.told(running)
        return len(context)

    clock_at(calls.STARTS + timedelta(minutes=20))
    calls.withdraw(running, *ben)
    meeting = ended(running, host, clock_at)
    services.bring_report(meeting, by=host, data=file(stays(host, co_host, *known)))
    AttendanceReport.objects.update(consented=[known[0].pk])
    asked()
    one = asked()
    AttendanceReport.objects.update(consented=[])
    assert asked() == one


# --- The name agreed with a pupil -----------------------------------------------------------------------
def test_e55_agreed_name_is_offered_for_its_pupil_and_proves_nothing(
    running: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil],
    clock_at: SetClock,
) -> None:  # fmt: skip
    meeting = ended(running, host, clock_at)
    said = [*stays(host, co_host, known[1]), guest("Dad's iPad", 0, 600), guest("Mum", 0, 600)]
    services.bring_report(meeting, by=host, data=file(said))
    told = selectors.told(meeting)
    assert told is not None
    assert {one.name: one.offers for one in told.open_names} == {
        "Dad's iPad": (f"pupil-{known[0].pk}",),
        "Mum": (),
    }


def test_e55_name_that_was_taken_back_is_offered_no_more(
    running: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil],
    clock_at: SetClock,
) -> None:  # fmt: skip
    services.agree_name(running, by=host, pupil_id=known[0].pk, name="")
    meeting = ended(running, host, clock_at)
    said = [*stays(host, co_host, known[1]), guest("Dad's iPad", 0, 600)]
    services.bring_report(meeting, by=host, data=file(said))
    told = selectors.told(meeting)
    assert told is not None
    assert [one.offers for one in told.open_names] == [()]


def test_e30_typed_name_gives_nobody_away_who_is_kept_from_the_reader(
    running: Meeting, host: StaffMember, co_host: StaffMember, lead: StaffMember,
    known: tuple[Pupil, Pupil], clock_at: SetClock, staff_client: SignIn,
) -> None:  # fmt: skip
    meeting = ended(running, host, clock_at)
    said = [
        *stays(host, co_host, known[1]),
        guest("Dad's iPad", 0, 600),
        guest("Amy Adams", 0, 300),
        guest("Mum", 0, 200),
    ]
    services.bring_report(meeting, by=host, data=file(said))
    told = selectors.told(meeting)
    assert told is not None
    [ipad] = [one.key for one in told.open_names if one.name == "Dad's iPad"]
    services.recognise(meeting, by=host, key=ipad)
    client = staff_client(co_host)
    shown = ("Dad&#x27;s iPad", "Amy Adams", "Mum")

    def read() -> list[str]:
        html = client.get(url("attendance", meeting)).content.decode()
        return [name for name in shown if name in html]

    assert read() == list(shown)
    block(known[0], lead, email=co_host.email)
    assert read() == ["Mum"]


def test_e30_who_is_kept_from_a_pupil_can_give_no_entry_their_name_nor_take_it_away(
    running: Meeting, host: StaffMember, co_host: StaffMember, lead: StaffMember,
    known: tuple[Pupil, Pupil], clock_at: SetClock,
) -> None:  # fmt: skip
    amy, ben = known
    meeting = ended(running, host, clock_at)
    said = [*stays(host, co_host), guest("Dad's iPad", 0, 600), guest("Mum", 0, 200)]
    services.bring_report(meeting, by=host, data=file(said))
    told = selectors.told(meeting)
    assert told is not None
    keys = {one.name: one.key for one in told.open_names}
    services.recognise(meeting, by=host, key=keys["Dad's iPad"], pupil_id=amy.pk)
    block(amy, lead, email=co_host.email)
    refusals = []
    for facts in (
        {"key": keys["Mum"], "pupil_id": amy.pk},
        {"key": keys["Mum"], "pupil_id": 9999},
        {"key": keys["Dad's iPad"], "pupil_id": ben.pk},
        {"key": "nothing", "pupil_id": ben.pk},
    ):
        with pytest.raises(NotAllowed) as refused:
            services.recognise(meeting, by=co_host, **facts)
        refusals.append(str(refused.value))
    # As for a pupil, and for an entry, that does not exist.
    assert (refusals[0], refusals[2]) == (refusals[1], refusals[3])
    assert [row.pupil for row in Recognition.objects.all()] == [amy]
    services.recognise(meeting, by=co_host, key=keys["Mum"], pupil_id=ben.pk)
    assert [row.pupil for row in Recognition.objects.order_by("pk")] == [amy, ben]


# --- Which Teams meeting the report is of -------------------------------------------------------------
def test_e68_report_that_names_the_call_s_own_meeting_is_taken_whatever_its_title(
    running: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil],
    clock_at: SetClock,
) -> None:  # fmt: skip
    meeting = ended(running, host, clock_at)
    data = file(stays(host, co_host, *known), title="Something else", meeting_id=OWN)
    services.bring_report(meeting, by=host, data=data)
    assert found(meeting) == []


def test_e70_report_that_names_another_meeting_is_asked_about_and_says_so_when_taken(
    running: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil],
    clock_at: SetClock,
) -> None:  # fmt: skip
    meeting = ended(running, host, clock_at)
    data = file(stays(host, co_host, *known), meeting_id=OTHER)
    with pytest.raises(services.ReportDoubtful, match="names another Teams meeting than that of"):
        services.bring_report(meeting, by=host, data=data)
    assert AttendanceReport.objects.count() == 0
    services.bring_report(meeting, by=host, data=data, is_of_this_call=True)
    assert [kind for kind, _, _ in found(meeting)] == [FindingKind.OTHER_MEETING.value]


def test_short_link_names_no_meeting_that_a_report_could_be_held_against(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family,
    known: tuple[Pupil, Pupil], clock_at: SetClock,
) -> None:  # fmt: skip
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host])
    Meeting.objects.filter(pk=meeting.pk).update(join_url=SHORT)
    clock_at(calls.STARTS)
    services.admit(meeting, by=host, pupil_ids=[one.pk for one in known])
    meeting = ended(meeting, host, clock_at)
    data = file(stays(host, co_host, *known), meeting_id=OTHER)
    services.bring_report(meeting, by=host, data=data)
    assert [kind for kind, _, _ in found(meeting)] == []


def test_e71_report_of_the_meeting_whose_link_leaked_on_this_call_is_its_own(
    running: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil],
    clock_at: SetClock,
) -> None:  # fmt: skip
    services.report_leak(running, by=host, seen=running.class_link_version)
    other = calls.LINK.replace(calls.THREAD_ID, "YW5vdGhlcg")
    services.set_link(running, by=host, text=other, old_one_ended=True)
    meeting = ended(running, host, clock_at)
    services.bring_report(meeting, by=host, data=file(stays(host, co_host, *known), meeting_id=OWN))
    assert FindingKind.OTHER_MEETING.value not in [kind for kind, _, _ in found(meeting)]
