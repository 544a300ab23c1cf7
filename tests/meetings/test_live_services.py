"""What the live register keeps: late and repeated presses, names, one pupil, cover, the second look."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from audit.models import Entry
from consent.models import Question
from meetings import policy, selectors, services
from meetings.models import Closing, Incident, Meeting, RegisterEntry
from meetings.services import Ending, Press
from notices import services as notices
from notices.models import Ladder, Notice
from school.models import Guardian, Pupil, School, StaffMember, YearLead
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.meetings import calls

Family = tuple[Guardian, Pupil]
SetClock = Callable[[datetime], time_machine.Traveller]
Mailbox = Callable[[], list[Any]]
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def open_call(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, clock_at: SetClock
) -> Meeting:
    """Two adults, two pupils; the door was opened five minutes before, and it is the hour."""
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host])
    clock_at(calls.STARTS)
    return meeting


def register() -> list[str]:
    return list(RegisterEntry.objects.order_by("pk").values_list("kind", flat=True))


def told(kind: str) -> list[int | None]:
    rows = Notice.objects.filter(kind=kind).order_by("staff_id")
    return list(rows.values_list("staff_id", flat=True))


def ids(*families: Family) -> list[int]:
    return [pupil.pk for _, pupil in families]


# --- Presses --------------------------------------------------------------------------------------
def test_press_that_is_sent_again_is_one_line(
    open_call: Meeting, host: StaffMember, co_host: StaffMember, amy: Family, ben: Family
) -> None:
    press = Press(key=uuid4())
    both, amy_id = ids(amy, ben), amy[1].pk
    muted = policy.EntryKind.MUTED
    changes: list[Callable[[Press], Any]] = [
        lambda p: services.admit(open_call, by=host, pupil_ids=both, press=p),
        lambda p: services.mark(open_call, by=host, pupil_id=amy_id, kind=muted, press=p),
        lambda p: services.note_unknown_name(open_call, by=host, name="iPad", press=p),
        lambda p: services.drop_out(open_call, by=host, staff=co_host, press=p),
        lambda p: services.come_back(open_call, by=host, staff=co_host, press=p),
        lambda p: services.remove(open_call, by=host, pupil_id=amy_id, reason="x", press=p),
    ]
    for change in changes:
        press = Press(key=uuid4())
        change(press)
        before = register()
        change(press)
        assert register() == before
    # The same key of somebody else is another press.
    services.note_unknown_name(open_call, by=co_host, name="iPad", press=press)
    assert register().count("unknown_name") == 2
    assert Entry.objects.filter(verb="meeting.admit").count() == 1


def test_press_that_waited_keeps_when_it_was_made(
    open_call: Meeting, host: StaffMember, amy: Family, clock_at: SetClock
) -> None:
    clock_at(calls.STARTS + 10 * MINUTE)
    waited, at_once = Press(key=uuid4(), ago=4 * MINUTE), Press(key=uuid4(), ago=MINUTE / 30)
    services.admit(open_call, by=host, pupil_ids=ids(amy), press=waited)
    services.note_unknown_name(open_call, by=host, name="iPad", press=at_once)
    rows = RegisterEntry.objects.order_by("pk").values_list("kind", "pressed_at", "at")
    now = clock.now()
    assert list(rows)[-2:] == [
        ("admitted", calls.STARTS + 6 * MINUTE, now),
        ("unknown_name", None, now),
    ]


def test_queue_that_is_sent_late_keeps_its_own_order(
    open_call: Meeting, host: StaffMember, amy: Family, clock_at: SetClock
) -> None:
    clock_at(calls.STARTS + 10 * MINUTE)
    amy_id = amy[1].pk
    services.admit(open_call, by=host, pupil_ids=[amy_id], press=Press(key=uuid4(), ago=5 * MINUTE))
    for minutes, kind in ((4, "muted"), (3, "unmuted"), (2, "left")):
        press = Press(key=uuid4(), ago=minutes * MINUTE)
        services.mark(open_call, by=host, pupil_id=amy_id, kind=policy.EntryKind(kind), press=press)
    assert register()[-4:] == ["admitted", "muted", "unmuted", "left"]


def test_press_that_waited_while_a_colleague_removed_the_pupil_is_refused_in_words(
    open_call: Meeting, host: StaffMember, co_host: StaffMember, amy: Family, ben: Family,
    clock_at: SetClock,
) -> None:  # fmt: skip
    services.admit(open_call, by=host, pupil_ids=ids(amy, ben))
    clock_at(calls.STARTS + 8 * MINUTE)
    services.mark(open_call, by=co_host, pupil_id=amy[1].pk, kind=policy.EntryKind.LEFT)
    services.remove(open_call, by=co_host, pupil_id=ben[1].pk, reason="shouting")
    clock_at(calls.STARTS + 10 * MINUTE)
    before = register()
    late = Press(key=uuid4(), ago=5 * MINUTE)
    with pytest.raises(NotAllowed, match="Something newer was noted"):
        services.admit(open_call, by=host, pupil_ids=ids(amy), press=late)
    with pytest.raises(NotAllowed, match="was removed. Let them back first"):
        services.admit(open_call, by=host, pupil_ids=ids(ben), press=late)
    with pytest.raises(NotAllowed, match="removed already"):
        services.remove(open_call, by=host, pupil_id=ben[1].pk, reason="too", press=late)
    assert register() == before
    # A removal is taken however late it comes.
    services.remove(open_call, by=host, pupil_id=amy[1].pk, reason="rude", press=late)
    assert register()[len(before) :][0] == "removed"


def test_adult_who_came_back_is_not_sent_away_by_an_older_press(
    open_call: Meeting, host: StaffMember, co_host: StaffMember, clock_at: SetClock
) -> None:
    services.drop_out(open_call, by=host, staff=co_host)
    clock_at(calls.STARTS + 8 * MINUTE)
    services.come_back(open_call, by=co_host, staff=co_host)
    clock_at(calls.STARTS + 9 * MINUTE)
    late = Press(key=uuid4(), ago=5 * MINUTE)
    with pytest.raises(NotAllowed, match="Something newer"):
        services.drop_out(open_call, by=host, staff=co_host, press=late)
    assert calls.verdict(open_call) == []


def test_what_stands_there_already_is_not_written_twice(
    open_call: Meeting, host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    amy_id = amy[1].pk
    for person in (host, co_host):
        services.admit(open_call, by=person, pupil_ids=[amy_id])
    for kind in ("muted", "presenting", "presented", "unmuted", "left"):
        for person in (host, co_host):
            services.mark(open_call, by=person, pupil_id=amy_id, kind=policy.EntryKind(kind))
    written = ["admitted", "muted", "presenting", "presented", "unmuted", "left"]
    assert register()[1:] == written


# --- Names ----------------------------------------------------------------------------------------
def test_e55_name_in_teams_is_kept_sealed_changed_and_taken_back_by_those_on_the_call(
    open_call: Meeting, host: StaffMember, colleague: StaffMember, amy: Family
) -> None:
    amy_id = amy[1].pk

    def shown() -> dict[int, str]:
        return selectors.names_in_teams(selectors.register(open_call))

    services.agree_name(open_call, by=host, pupil_id=amy_id, name=" Dad's iPad ")
    assert shown() == {amy_id: "Dad's iPad"}
    services.agree_name(open_call, by=host, pupil_id=amy_id, name="Amy A")
    assert shown() == {amy_id: "Amy A"}
    services.agree_name(open_call, by=host, pupil_id=amy_id, name="")
    assert shown() == {}
    with pytest.raises(NotAllowed):
        services.agree_name(open_call, by=colleague, pupil_id=amy_id, name="x")
    assert "iPad" not in str(list(Entry.objects.values_list("detail", flat=True)))


# --- Only one pupil turns up ----------------------------------------------------------------------
def test_e56_adults_wait_together_and_it_is_written_down(
    open_call: Meeting, host: StaffMember, amy: Family, ben: Family, clock_at: SetClock
) -> None:
    School.objects.update(wait_for_others_minutes=5)
    calls.press(open_call, *amy)
    services.wait_for_others(open_call, by=host)
    last = RegisterEntry.objects.latest("pk")
    assert (last.kind, last.pupil, last.actor) == ("waiting", amy[1], host.actor)
    clock_at(calls.STARTS + 5 * MINUTE)
    with pytest.raises(NotAllowed, match="time to wait is over"):
        services.wait_for_others(open_call, by=host)
    calls.press(open_call, *ben)
    with pytest.raises(NotAllowed, match="More than one pupil"):
        services.end_with_one(open_call, by=host)


def test_e56_call_to_which_one_pupil_came_is_ended_and_says_so(
    open_call: Meeting, host: StaffMember, amy: Family
) -> None:
    services.admit(open_call, by=host, pupil_ids=ids(amy))
    meeting = services.end_with_one(open_call, by=host)
    assert (meeting.status, meeting.ended_at) == ("ended", clock.now())
    assert register()[-2:] == ["one_came", "ended"]
    assert calls.door(open_call, *amy) == "ended"


# --- Adults ---------------------------------------------------------------------------------------
def test_e58_when_both_adults_are_gone_the_reserve_is_told_comes_in_and_ends_it(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, lead: StaffMember,
    amy: Family, ben: Family, clock_at: SetClock, mailbox: Mailbox,
) -> None:  # fmt: skip
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host], reserves=[colleague])
    clock_at(calls.STARTS)
    services.admit(meeting, by=host, pupil_ids=ids(amy, ben))
    for person in (host, co_host):
        services.drop_out(meeting, by=co_host, staff=person)

    assert sorted(told("meeting_no_adult"), key=str) == sorted([colleague.pk, lead.pk], key=str)
    assert [row.kind for row in Incident.objects.all()] == ["unattended"]
    assert calls.verdict(meeting) == ["no_adult"]
    assert [x.subject for x in mailbox() if x.to == [colleague.email]].count(
        "No adult is left on a call"
    ) == 1
    # Nobody is left to call them: they do it themselves, or end it at once.
    services.call_reserve(meeting, by=colleague, staff=colleague)
    calls.confirm(meeting, colleague)
    assert calls.verdict(meeting) == ["single_adult_unrecorded"]
    assert services.end(meeting, by=colleague).status == "ended"


def test_e58_reserve_ends_the_call_without_being_called(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Family,
    clock_at: SetClock,
) -> None:  # fmt: skip
    meeting = calls.opened(host, [amy], co_hosts=[co_host], reserves=[colleague])
    clock_at(calls.STARTS)
    assert services.end(meeting, by=colleague).status == "ended"


def test_e75_cover_is_named_and_families_who_were_told_of_others_are_asked_again(
    open_call: Meeting, host: StaffMember, co_host: StaffMember, colleague: StaffMember,
    amy: Family, mailbox: Mailbox, clock_at: SetClock,
) -> None:  # fmt: skip
    clock_at(calls.STARTS - MINUTE)
    services.drop_out(open_call, by=host, staff=co_host)
    mailbox()
    services.bring_cover(open_call, by=host, staff=colleague)

    seat = open_call.seats.get(staff=colleague)
    assert (seat.role, seat.called_at) == ("reserve", clock.now())
    assert "covered" in register()
    assert told("meeting_reserve_called") == [colleague.pk]
    assert colleague.name in Question.objects.get().asked.reserves
    # Before a child comes in: nobody does until the family has said yes to these adults.
    calls.confirm(open_call, colleague)
    assert calls.door(open_call, *amy) == "no_consent"
    assert [letter.to for letter in mailbox() if letter.to == [amy[0].email]] != []
    calls.answer(open_call, *amy)
    assert calls.door(open_call, *amy) == "open"


@pytest.mark.parametrize("unfit", ["not eligible", "away"])
def test_e75_e59_cover_who_may_not_count_is_refused(
    unfit: str, open_call: Meeting, host: StaffMember, colleague: StaffMember
) -> None:
    if unfit == "away":
        factories.make_absence(colleague, calls.STARTS - DAY, calls.STARTS + DAY)
    else:
        StaffMember.objects.filter(pk=colleague.pk).update(is_eligible_for_calls=False)
        colleague.refresh_from_db()
    with pytest.raises(NotAllowed, match=unfit):
        services.bring_cover(open_call, by=host, staff=colleague)
    assert not open_call.seats.filter(staff=colleague).exists()


# --- Removals -------------------------------------------------------------------------------------
def test_p11_removal_tells_the_year_lead_and_the_family_in_the_hosts_words(
    open_call: Meeting, host: StaffMember, colleague: StaffMember, lead: StaffMember,
    amy: Family, ben: Family, mailbox: Mailbox,
) -> None:  # fmt: skip
    YearLead.objects.create(staff=colleague, year_group=4)
    YearLead.objects.create(staff=lead, year_group=5)
    father = factories.make_blocked_guardian(
        amy[1], approved_by=lead, blocked_from=date(2026, 9, 1)
    )
    before = len(mailbox())

    services.remove(
        open_call, by=host, pupil_id=amy[1].pk, reason="Swore at Ben", for_family="Amy swore."
    )

    letters = mailbox()[before:]
    assert sorted(x.to[0] for x in letters) == sorted([amy[0].email, colleague.email])
    assert father.email not in str([x.to for x in letters])
    bodies = {x.to[0]: str(x.body) for x in letters}
    assert "Amy swore." in bodies[amy[0].email]
    assert "Amy" not in bodies[colleague.email]
    assert not any("Swore at Ben" in body for body in bodies.values())
    entry = RegisterEntry.objects.get(kind="removed")
    assert entry.for_family == "Amy swore."
    assert "swore" not in str(list(Notice.objects.values_list("detail", flat=True)))


def test_p11_removal_of_a_pupil_whom_nobody_looks_after_goes_to_the_safeguarding_team(
    open_call: Meeting, host: StaffMember, deputy: StaffMember, lead: StaffMember, amy: Family
) -> None:
    services.remove(open_call, by=host, pupil_id=amy[1].pk, reason="x")
    assert told("meeting_removal_note") == [deputy.pk, lead.pk]


# --- After the end --------------------------------------------------------------------------------
def test_e65_adults_are_asked_to_look_again_and_one_look_is_enough(
    open_call: Meeting, host: StaffMember, co_host: StaffMember, clock_at: SetClock,
    mailbox: Mailbox,
) -> None:  # fmt: skip
    services.end(open_call, by=host)
    with pytest.raises(NotAllowed, match="five minutes"):
        services.look_empty(open_call, by=host)
    clock_at(calls.STARTS + 5 * MINUTE)
    asked = [x for x in mailbox() if x.subject == "Is the call still empty?"]
    assert sorted(x.to[0] for x in asked) == sorted([host.email, co_host.email])
    for person in (host, co_host):
        services.look_empty(open_call, by=person)
    assert register().count("looked_empty") == 1
    assert Incident.objects.count() == 0


def test_e65_nobody_is_asked_who_has_looked(
    open_call: Meeting, host: StaffMember, clock_at: SetClock, mailbox: Mailbox
) -> None:
    services.end(open_call, by=host)
    clock_at(calls.STARTS + 5 * MINUTE)
    services.look_empty(open_call, by=host)
    assert not [x for x in mailbox() if x.subject == "Is the call still empty?"]


def test_e65_somebody_in_an_ended_call_reaches_the_team(
    open_call: Meeting, host: StaffMember
) -> None:
    services.close(open_call, by=host, how=Ending())
    for _ in range(2):
        services.find_somebody(open_call, by=host)
    assert [row.kind for row in Incident.objects.all()] == ["not_empty"]
    assert register().count("not_empty") == 1


# --- Recordings -----------------------------------------------------------------------------------
@pytest.fixture
def recorded(host: StaffMember, amy: Family, ben: Family, clock_at: SetClock) -> Meeting:
    """A call with one adult, recorded, and closed: the recording is kept for a month."""
    meeting = calls.opened(host, [amy, ben], is_recorded=True)
    clock_at(calls.ENDS)
    how = Ending(
        was_recorded=True,
        recording_kept_at="OneDrive",
        destroy_by=date(2026, 10, 17),
        left_early=(amy[1].pk, 999_999),
    )
    return services.close(meeting, by=host, how=how)


def test_closing_keeps_who_left_early(recorded: Meeting, amy: Family) -> None:
    assert list(Closing.objects.get().left_early.all()) == [amy[1]]


def test_recording_is_asked_about_on_its_day_and_a_week_later_by_the_team(
    recorded: Meeting, host: StaffMember, lead: StaffMember, clock_at: SetClock
) -> None:
    def asked(at: datetime) -> list[int | None]:
        clock_at(at)
        notices.run_due(at)
        return told("meeting_recording")

    due = clock.at(date(2026, 10, 17), datetime.min.time().replace(hour=8, minute=30))
    assert asked(due - MINUTE) == []
    assert asked(due) == [host.pk]
    assert asked(due + 7 * DAY) == [host.pk, host.pk, lead.pk]
    Ladder.objects.filter(kind="meeting_recording").delete()
    notices.repair(now=clock.now())
    assert Ladder.objects.open().filter(kind="meeting_recording").count() == 1

    services.destroy_recording(recorded, by=lead)

    closing = Closing.objects.get()
    assert (closing.destroyed_by, closing.destroyed_at) == (lead, clock.now())
    assert not Ladder.objects.open().filter(kind="meeting_recording").exists()
    with pytest.raises(NotAllowed, match="already"):
        services.destroy_recording(recorded, by=host)


def test_recording_of_a_call_that_the_team_looks_into_is_kept(
    recorded: Meeting, host: StaffMember, lead: StaffMember, colleague: StaffMember
) -> None:
    services.find_somebody(recorded, by=host)
    with pytest.raises(NotAllowed, match="keep the recording"):
        services.destroy_recording(recorded, by=host)
    services.settle(Incident.objects.get(), by=lead, note="Rang them.")
    with pytest.raises(NotAllowed, match="Only the people"):
        services.destroy_recording(recorded, by=colleague)
    services.destroy_recording(recorded, by=host)
