"""What Teams reported is brought, kept without its file, told to the team; names are confirmed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import services as audit
from audit.models import Entry
from meetings import attendance, selectors, services
from meetings.attendance import FindingKind, ReportRefused
from meetings.models import (
    AttendanceReport,
    Incident,
    Meeting,
    Participant,
    Presence,
    Recognition,
)
from notices import services as notices
from notices.models import Ladder
from school.models import Guardian, Pupil, StaffMember
from school.services import SWEEP
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed, Overtaken
from tests import factories
from tests.meetings import calls
from tests.meetings.teams_reports import Stay, by, file, guest

Family = tuple[Guardian, Pupil]
SetClock = Callable[[datetime], time_machine.Traveller]
M = 60.0
HOUR = timedelta(hours=1)


@pytest.fixture
def over(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, clock_at: SetClock
) -> Meeting:
    """A call with two adults and two pupils that was run by the book; it is ten minutes after it."""
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host])
    clock_at(calls.STARTS)
    services.admit(meeting, by=host, pupil_ids=[amy[1].pk, ben[1].pk])
    clock_at(calls.ENDS)
    services.end(meeting, by=host)
    clock_at(calls.ENDS + timedelta(minutes=5))
    meeting = services.close(meeting, by=host, how=services.Ending())
    clock_at(calls.ENDS + timedelta(minutes=10))
    return meeting


@pytest.fixture
def known(amy: Family, ben: Family) -> tuple[Pupil, Pupil]:
    """Amy and Ben have accounts of the school, by which a report knows them."""
    for _, pupil in (amy, ben):
        Pupil.objects.filter(pk=pupil.pk).update(email=f"{pupil.given_name}@Pupils.example")
        pupil.refresh_from_db()
    return amy[1], ben[1]


def pupil_stay(pupil: Pupil, begins: float, ends: float) -> Stay:
    return Stay(str(pupil), begins, ends, pupil.email.lower())


def by_the_book(host: StaffMember, co_host: StaffMember, *pupils: Pupil) -> list[Stay]:
    """Both adults from before until after the pupils."""
    return [
        by(host, -5 * M, 45 * M),
        by(co_host, -4 * M, 45 * M),
        *(pupil_stay(pupil, 0, 44 * M) for pupil in pupils),
    ]


def alone(host: StaffMember, co_host: StaffMember, *pupils: Pupil) -> list[Stay]:
    """The co-host goes after 20 minutes, and the second pupil a minute later: 278 seconds alone."""
    first, second = pupils
    return [
        by(host, -5 * M, 45 * M),
        by(co_host, -4 * M, 20 * M),
        pupil_stay(first, 0, 21 * M + 278),
        pupil_stay(second, 0, 21 * M),
    ]


def incidents() -> dict[str, int | None]:
    return dict(Incident.objects.order_by("pk").values_list("kind", "seconds"))


def kinds(meeting: Meeting) -> list[tuple[str, int]]:
    told = selectors.told(meeting)
    assert told is not None
    return [(one.kind.value, one.seconds) for one in told.findings.findings]


# --- Bringing -------------------------------------------------------------------------------------
def test_p1_p13_call_by_the_book_raises_nothing(
    over: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil]
) -> None:
    done = services.bring_report(over, by=host, data=file(by_the_book(host, co_host, *known)))
    assert done.is_new
    assert done.report.consented == sorted(pupil.pk for pupil in known)
    assert kinds(over) == []
    assert incidents() == {}
    entry = Entry.objects.get(verb="meeting.report")
    assert entry.detail == {"report": done.report.pk, "source": "upload", "people": 4}
    assert audit.verify() is None


def test_p1_one_to_one_is_found_to_the_second_and_reaches_the_team_at_once(
    over: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil],
    lead: StaffMember,
) -> None:  # fmt: skip
    services.bring_report(over, by=host, data=file(alone(host, co_host, *known)))
    told = selectors.told(over)
    assert told is not None
    [one] = [x for x in told.findings.findings if x.kind is FindingKind.ONE_TO_ONE]
    assert one.start == calls.STARTS + timedelta(minutes=21)
    assert one.end == calls.STARTS + timedelta(minutes=21, seconds=278)
    assert set(one.who) == {f"staff-{host.pk}", f"pupil-{known[0].pk}"}
    assert incidents()["one_to_one"] == 278
    incident = Incident.objects.get(kind="one_to_one")
    notices.run_due(clock.now())
    ladder = Ladder.objects.open().get(about=f"meetings.incident:{incident.pk}")
    assert ladder.kind == "meeting_incident"
    assert ladder.step == 1


def test_p13_pupils_without_staff_are_found_to_the_second(
    over: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil]
) -> None:
    stays = [
        by(host, -5 * M, 40 * M),
        by(co_host, -4 * M, 40 * M),
        *(pupil_stay(pupil, 0, 40 * M + 63) for pupil in known),
    ]
    services.bring_report(over, by=host, data=file(stays))
    assert incidents() == {"no_staff": 63}


def test_report_keeps_no_file_and_no_second_name_of_somebody_known(
    over: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil]
) -> None:
    stays = [*by_the_book(host, co_host, *known), guest("Dad's iPad", 60, 120)]
    services.bring_report(over, by=host, data=file(stays))
    people = list(Participant.objects.order_by("pk"))
    assert {(one.staff_id, one.pupil_id, one.name, one.address) for one in people} == {
        (host.pk, None, "", ""),
        (co_host.pk, None, "", ""),
        (None, known[0].pk, "", ""),
        (None, known[1].pk, "", ""),
        (None, None, "Dad's iPad", ""),
    }
    assert Presence.objects.count() == 5
    with connection.cursor() as cursor:
        for model in (AttendanceReport, Participant, Presence):
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")  # noqa: S608
            stored = repr(cursor.fetchall())
            assert not [word for word in ("iPad", "Amy", "Reading", "@") if word in stored]


def test_same_file_twice_is_one_report(
    over: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil]
) -> None:
    data = file(alone(host, co_host, *known))
    first = services.bring_report(over, by=host, data=data)
    again = services.bring_report(over, by=co_host, data=data)
    assert (first.is_new, again.is_new, again.report) == (True, False, first.report)
    assert AttendanceReport.objects.count() == 1
    assert Entry.objects.filter(verb="meeting.report").count() == 1


def test_call_that_was_started_twice_has_two_reports_that_are_read_as_one(
    over: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil]
) -> None:
    first = [by(host, -60, 600), by(co_host, -60, 600), *(pupil_stay(x, 0, 600) for x in known)]
    second = [by(host, 700, 2640), pupil_stay(known[0], 720, 2600)]
    services.bring_report(over, by=host, data=file(first))
    assert kinds(over) == []
    services.bring_report(over, by=host, data=file(second))
    told = selectors.told(over)
    assert told is not None
    assert [one.name for one in told.findings.people] == [
        co_host.name, host.name, *(str(x) for x in known)
    ]  # fmt: skip
    [person] = [one for one in told.findings.people if one.key == f"staff-{host.pk}"]
    assert [one.seconds for one in person.intervals] == [660, 1940]
    assert incidents() == {"one_to_one": 1880}


def test_report_of_the_same_time_takes_the_place_of_the_other_and_both_stay(
    over: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil],
    clock_at: SetClock,
) -> None:  # fmt: skip
    services.bring_report(over, by=host, data=file(alone(host, co_host, *known)))
    clock_at(clock.now() + HOUR)
    services.bring_report(over, by=co_host, data=file(by_the_book(host, co_host, *known)))
    told = selectors.told(over)
    assert told is not None
    assert ([one.brought_by for one in told.reports], len(told.counting)) == ([host, co_host], 1)
    assert kinds(over) == []
    # What the first one showed is with the team, and only the team settles it.
    assert Incident.objects.get(kind="one_to_one").settled_at is None


def test_e68_e70_report_of_another_hour_is_asked_about_and_taken_when_a_person_says_so(
    over: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil]
) -> None:
    data = file(by_the_book(host, co_host, *known), start=calls.STARTS - 4 * HOUR)
    with pytest.raises(services.ReportDoubtful, match="9:55 am"):
        services.bring_report(over, by=host, data=data)
    assert AttendanceReport.objects.count() == 0
    services.bring_report(over, by=host, data=data, is_of_this_call=True)
    assert "other_time" in [kind for kind, _ in kinds(over)]
    assert incidents() == {"before_opening": 2 * 44 * 60}


def test_e68_report_of_another_day_or_of_nothing_is_refused_and_nothing_is_kept(
    over: Meeting, host: StaffMember, co_host: StaffMember
) -> None:
    other_day = file([by(host, 0, 60)], start=calls.STARTS - timedelta(days=3))
    for data in (other_day, b"", b"\x89PNG\r\n\x1a\n", b"Name,Age\nAmy,7\n"):
        with pytest.raises(ReportRefused):
            services.bring_report(over, by=host, data=data)
    assert AttendanceReport.objects.count() == 0
    assert not Entry.objects.filter(verb="meeting.report").exists()


def test_report_without_comings_and_goings_says_that_the_check_could_not_be_made(
    over: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil]
) -> None:
    data = file(alone(host, co_host, *known), has_activities=False)
    services.bring_report(over, by=host, data=data)
    told = selectors.told(over)
    assert told is not None
    assert attendance.NotChecked.ALONE in told.findings.not_checked
    assert incidents() == {}


def test_report_is_brought_by_who_runs_the_call_or_the_team_and_when_it_is_over(
    host: StaffMember, co_host: StaffMember, lead: StaffMember, office: StaffMember,
    colleague: StaffMember, amy: Family, ben: Family, clock_at: SetClock,
) -> None:  # fmt: skip
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host])
    data = file([by(host, 0, 60)])
    clock_at(calls.ENDS - timedelta(seconds=1))
    with pytest.raises(NotAllowed, match="when everybody has left"):
        services.bring_report(meeting, by=host, data=data)
    clock_at(calls.ENDS)
    for person in (office, colleague):
        with pytest.raises(NotAllowed, match="Only the people who run this call"):
            services.bring_report(meeting, by=person, data=data)
    assert services.bring_report(meeting, by=lead, data=data).is_new
    cancelled = services.cancel(calls.planned(host, [amy[1]], co_hosts=[co_host],
                                              starts_at=calls.STARTS + 24 * HOUR,
                                              ends_at=calls.ENDS + 24 * HOUR), by=host)  # fmt: skip
    with pytest.raises(NotAllowed):
        services.bring_report(cancelled, by=host, data=data)


def test_report_of_graph_is_taken_by_the_same_rules_and_once(
    over: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil]
) -> None:
    data = file(alone(host, co_host, *known))
    day = clock.local(over.starts_at).date()
    report = replace(
        attendance.read_report(data, day=day, tz=clock.zone()), layout=attendance.Layout.GRAPH
    )
    assert services.take_report(over, by=SWEEP, report=report, now=clock.now()).is_new
    assert not services.take_report(over, by=SWEEP, report=report, now=clock.now()).is_new
    row = AttendanceReport.objects.get()
    assert (row.source, row.brought_by) == ("graph", None)
    Meeting.objects.update(status="open", ends_at=clock.now() + HOUR)
    with pytest.raises(NotAllowed, match="when everybody has left"):
        services.take_report(over, by=SWEEP, report=replace(report, title="Later"), now=clock.now())
    Meeting.objects.update(status="closed", ends_at=calls.ENDS)
    assert incidents()["one_to_one"] == 278
    # Of the same time Microsoft's own counts, whatever file comes later.
    services.bring_report(over, by=host, data=file(by_the_book(host, co_host, *known)))
    assert ("one_to_one", 278) in kinds(over)


# --- Who could not be named by the report ---------------------------------------------------------
@pytest.fixture
def guests(over: Meeting, host: StaffMember, co_host: StaffMember, amy: Family) -> Meeting:
    """The co-host goes, and somebody stays on with the host who calls themselves "Amy's iPad"."""
    stays = [
        by(host, -5 * M, 45 * M),
        by(co_host, -4 * M, 20 * M),
        guest("Ben Brown", 0, 19 * M),
        guest("Amy's iPad", 0, 30 * M),
    ]
    services.bring_report(over, by=host, data=file(stays))
    return over


def keys(meeting: Meeting) -> dict[str, str]:
    """The keys of those whom nobody has named, by the name that they typed."""
    told = selectors.told(meeting)
    assert told is not None
    return {person.name: person.key for person in told.open_names}


def test_e55_typed_name_proves_nothing_and_is_offered_to_be_confirmed(
    guests: Meeting, amy: Family, ben: Family
) -> None:
    told = selectors.told(guests)
    assert told is not None
    assert {one.name: one.offers for one in told.open_names} == {
        "Ben Brown": (f"pupil-{ben[1].pk}",),
        "Amy's iPad": (),
    }
    assert incidents() == {}


def test_e55_confirmed_name_counts_with_who_and_when_and_what_follows_reaches_the_team(
    guests: Meeting, host: StaffMember, co_host: StaffMember, amy: Family, ben: Family
) -> None:
    found = keys(guests)
    services.recognise(guests, by=co_host, key=found["Amy's iPad"], pupil_id=amy[1].pk)
    row = Recognition.objects.get()
    assert (row.pupil, row.recognised_by, row.recognised_at) == (amy[1], co_host, clock.now())
    # From when the co-host went until Amy did: whoever "Ben Brown" is, he had gone by then.
    assert incidents() == {"one_to_one": 600}
    services.recognise(guests, by=host, key=found["Ben Brown"], pupil_id=ben[1].pk)
    assert keys(guests) == {}
    assert incidents() == {"one_to_one": 600}
    assert Entry.objects.filter(verb="meeting.recognise").count() == 2


def test_name_that_is_nobodys_reaches_the_team_at_once(guests: Meeting, host: StaffMember) -> None:
    services.recognise(guests, by=host, key=keys(guests)["Amy's iPad"])
    assert incidents() == {"unknown_person": 1800}
    assert list(keys(guests)) == ["Ben Brown"]


def test_name_said_wrongly_is_said_again_and_both_stay(
    guests: Meeting, host: StaffMember, amy: Family, ben: Family
) -> None:
    key = keys(guests)["Amy's iPad"]
    services.recognise(guests, by=host, key=key, pupil_id=ben[1].pk)
    services.recognise(guests, by=host, key=key, pupil_id=amy[1].pk)
    assert [row.pupil for row in Recognition.objects.order_by("pk")] == [ben[1], amy[1]]
    told = selectors.told(guests)
    assert told is not None
    assert told.plan.confirmed[key] == f"pupil-{amy[1].pk}"


def test_only_open_names_are_said_and_only_people_of_the_call(
    guests: Meeting, host: StaffMember, office: StaffMember, colleague: StaffMember, amy: Family,
    cat: Family,
) -> None:  # fmt: skip
    key = keys(guests)["Amy's iPad"]
    known = Participant.objects.get(staff=host).key
    wrong: list[tuple[StaffMember, str, dict[str, int]]] = [
        (office, key, {"pupil_id": amy[1].pk}),
        (host, known, {"pupil_id": amy[1].pk}),
        (host, "in-nobody", {"pupil_id": amy[1].pk}),
        (host, key, {"pupil_id": cat[1].pk}),
        (host, key, {"staff_id": colleague.pk}),
        (host, key, {"staff_id": host.pk, "pupil_id": amy[1].pk}),
    ]
    for person, which, who in wrong:
        with pytest.raises(NotAllowed):
            services.recognise(guests, by=person, key=which, **who)
    assert Recognition.objects.count() == 0


def test_p1_names_that_nobody_tells_within_a_day_are_taken_for_the_worst(
    guests: Meeting, clock_at: SetClock
) -> None:
    due = clock.now() + timedelta(days=1)
    clock_at(due - timedelta(minutes=1))
    notices.run_due(clock.now())
    assert incidents() == {}
    clock_at(due)
    notices.run_due(clock.now())
    assert incidents() == {"one_to_one": 600, "unknown_person": 2940}
    # Another sweep that had seen it due as well finds it done.
    services.presume_worst(AttendanceReport.objects.get(), by=SWEEP, now=clock.now())
    notices.run_due(clock.now())
    assert Entry.objects.filter(verb="meeting.presume_worst").count() == 1
    assert selectors.names_overdue(clock.now()) == []
    assert audit.verify() is None


def test_confirmation_holds_for_a_later_report_of_the_same_people(
    guests: Meeting, host: StaffMember, co_host: StaffMember, amy: Family, clock_at: SetClock
) -> None:
    services.recognise(guests, by=host, key=keys(guests)["Amy's iPad"], pupil_id=amy[1].pk)
    clock_at(clock.now() + HOUR)
    later = [by(host, -300, 2700), by(co_host, -240, 2700), guest("Amy's iPad", 0, 1800)]
    services.bring_report(guests, by=host, data=file(later))
    assert keys(guests) == {}


# --- Incidents ------------------------------------------------------------------------------------
def test_settled_incident_comes_again_when_a_later_report_shows_more_and_not_otherwise(
    over: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil],
    lead: StaffMember, clock_at: SetClock,
) -> None:  # fmt: skip
    def bring(seconds: float) -> None:
        clock_at(clock.now() + HOUR)
        stays = [
            by(host, -300, 2700),
            by(co_host, -240, 1200),
            pupil_stay(known[0], 0, 1200 + seconds),
            pupil_stay(known[1], 0, 1200),
        ]
        services.bring_report(over, by=host, data=file(stays))

    bring(100)
    bring(130)
    assert incidents() == {"one_to_one": 130}
    services.settle(Incident.objects.get(), by=lead, note="Spoke with Helen.", seconds_seen=130)
    bring(135)
    bring(90)
    assert Incident.objects.count() == 1
    bring(200)
    assert list(Incident.objects.order_by("pk").values_list("turn", "seconds")) == [
        (1, 130),
        (2, 200),
    ]
    assert Ladder.objects.open().filter(kind="meeting_incident").count() == 1


def test_incident_is_not_settled_by_somebody_who_has_not_seen_that_it_grew(
    over: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil],
    lead: StaffMember,
) -> None:  # fmt: skip
    services.bring_report(over, by=host, data=file(alone(host, co_host, *known)))
    incident = Incident.objects.get(kind="one_to_one")
    with pytest.raises(Overtaken):
        services.settle(incident, by=lead, note="A moment only.", seconds_seen=12)
    assert services.settle(incident, by=lead, note="Spoke.", seconds_seen=278).settled_by == lead


def test_what_the_closing_brought_already_is_one_incident(
    host: StaffMember, amy: Family, ben: Family, known: tuple[Pupil, Pupil], lead: StaffMember,
    clock_at: SetClock,
) -> None:  # fmt: skip
    meeting = calls.opened(host, [amy, ben], is_recorded=True)
    clock_at(calls.STARTS)
    services.admit(meeting, by=host, pupil_ids=[amy[1].pk, ben[1].pk])
    clock_at(calls.ENDS)
    services.close(meeting, by=host, how=services.Ending())
    assert incidents() == {"not_recorded": None}
    stays = [by(host, -300, 2700), *(pupil_stay(pupil, 0, 2600) for pupil in known)]
    services.bring_report(meeting, by=host, data=file(stays))
    assert set(incidents()) == {"not_recorded"}
    services.settle(Incident.objects.get(), by=lead, note="Spoke.")
    clock_at(clock.now() + HOUR)
    services.bring_report(meeting, by=host, data=file([*stays, by(host, 2700, 2701)]))
    assert Incident.objects.count() == 1


# --- Consent as it stood --------------------------------------------------------------------------
def test_p5_pupil_without_consent_on_the_call_reaches_the_team(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, cat: Family,
    clock_at: SetClock,
) -> None:  # fmt: skip
    meeting = calls.asked(host, [amy[1], ben[1], cat[1]], co_hosts=[co_host])
    for family in (amy, ben):
        calls.answer(meeting, *family)
    meeting = services.share_by_email(meeting, by=host)
    clock_at(calls.STARTS - timedelta(minutes=5))
    calls.confirm(meeting, host, co_host)
    services.open_door(meeting, by=host)
    services.admit(meeting, by=host, pupil_ids=[amy[1].pk, ben[1].pk])
    clock_at(calls.ENDS)
    services.end(meeting, by=host)
    uninvited = factories.make_pupil("Una", "Unasked", email="una@pupils.example")
    stays = [
        by(host, -300, 2700),
        by(co_host, -300, 2700),
        guest("Cat Clark", 0, 60),
        Stay("Una", 100, 130, "una@pupils.example"),
    ]
    services.bring_report(meeting, by=host, data=file(stays))
    assert incidents() == {"no_consent": 30}
    services.recognise(meeting, by=host, key=keys(meeting)["Cat Clark"], pupil_id=cat[1].pk)
    assert incidents() == {"no_consent": 90}
    told = selectors.told(meeting)
    assert told is not None
    assert str(uninvited) in [person.name for person in told.findings.people]


def test_p5_yes_that_ends_after_the_call_changes_nothing_about_it(
    over: Meeting, host: StaffMember, co_host: StaffMember, known: tuple[Pupil, Pupil],
    amy: Family,
) -> None:  # fmt: skip
    services.bring_report(over, by=host, data=file(by_the_book(host, co_host, *known)))
    amy[0].guardianships.update(counts_for_consent=False)
    assert kinds(over) == []


# --- Many -----------------------------------------------------------------------------------------
def test_report_of_many_is_brought_and_read_in_as_many_queries_as_one_of_few(
    over: Meeting, host: StaffMember, co_host: StaffMember
) -> None:
    def stays(people: int, times: int) -> list[Stay]:
        crowd = [
            guest(f"Guest {number}", 60.0 * time, 60.0 * time + 30)
            for number in range(people)
            for time in range(times)
        ]
        return [by(host, -300, 2700), by(co_host, -300, 2700), *crowd]

    def costs(people: int, times: int) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as bringing:
            services.bring_report(over, by=host, data=file(stays(people, times)))
        with CaptureQueriesContext(connection) as reading:
            selectors.told(over)
        return len(bringing), len(reading)

    few = costs(3, 2)
    AttendanceReport.objects.update(brought_at=clock.now() - HOUR)
    assert costs(30, 8) == few
