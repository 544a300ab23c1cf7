"""Two changes that are safe alone, at the same moment: on PostgreSQL, with real threads.

A deadlock or any other fault of the database comes out of `at_once` and fails the test.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.db import connection

from audit import services as audit
from audit.models import Entry
from consent.services import Outdated
from meetings import policy, services
from meetings.models import Meeting, RegisterEntry, Seat, Share
from meetings.services import Passage, Press
from notices import services as notices
from notices.kinds import Draft
from notices.models import Ladder, Notice
from school.models import Guardian, Pupil, StaffMember
from school.services import SWEEP
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.meetings import calls

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

Family = tuple[Guardian, Pupil]
ROUNDS = 25


@pytest.fixture
def families(school_day: datetime, host: StaffMember, co_host: StaffMember) -> list[Family]:
    """Amy and Ben, each with one parent; the clock stands two days before the call."""
    pupils = [factories.make_pupil("Amy", "Adams"), factories.make_pupil("Ben", "Brown")]
    return [
        (factories.make_guardian(pupil, name=name), pupil)
        for pupil, name in zip(pupils, ("Alice Adams", "Bob Brown"), strict=True)
    ]


@pytest.fixture
def open_call(
    families: list[Family],
    host: StaffMember,
    co_host: StaffMember,
    clock_at: Callable[[datetime], time_machine.Traveller],
) -> Meeting:
    """A recorded call with both adults, five minutes before its start: either one may be spared."""
    meeting = calls.opened(host, families, co_hosts=[co_host], is_recorded=True)
    clock_at(meeting.starts_at - timedelta(minutes=5))
    return meeting


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Do these at the same moment, each on its own connection; a refusal is an answer."""
    gate = Barrier(len(works))

    def one(work: Callable[[], Any]) -> Any:
        try:
            gate.wait(10)
            return work()
        except NotAllowed as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return [future.result(30) for future in [threads.submit(one, work) for work in works]]


def wind_back(meeting: Meeting) -> None:
    """Make the call as it was: everybody there, nobody sent out, nothing in the register."""
    RegisterEntry.objects.filter(meeting=meeting).delete()
    Seat.objects.filter(meeting=meeting).update(dropped_out_at=None)
    Meeting.objects.filter(pk=meeting.pk).update(on_hold_since=None)


@pytest.mark.parametrize("is_reversed", [False, True])
def test_co_host_leaves_while_the_other_pupil_is_removed_and_the_door_shuts(
    is_reversed: bool,
    open_call: Meeting,
    families: list[Family],
    host: StaffMember,
    co_host: StaffMember,
) -> None:
    (amys_mother, amy), (_, ben) = families
    changes: list[Callable[[], Any]] = [
        lambda: services.drop_out(open_call, by=co_host, staff=co_host),
        lambda: services.remove(open_call, by=host, pupil_id=ben.pk, reason="shouting"),
        lambda: calls.press(open_call, amys_mother, amy),
    ]
    for _ in range(ROUNDS):
        at_once(*(reversed(changes) if is_reversed else changes))

        assert calls.door(open_call, amys_mother, amy) is policy.Door.ON_HOLD
        assert calls.verdict(open_call) == ["one_to_one"]
        lines = list(
            RegisterEntry.objects.filter(meeting=open_call)
            .order_by("pk")
            .values_list("kind", flat=True)
        )
        assert lines.count("on_hold") == 1
        assert "at_door" not in lines[lines.index("on_hold") :]
        wind_back(open_call)
    assert audit.verify() is None


def test_last_pupils_are_admitted_while_the_co_host_leaves_and_nobody_is_left_alone(
    open_call: Meeting, families: list[Family], host: StaffMember, co_host: StaffMember
) -> None:
    (amys_mother, amy), _ = families
    for _ in range(ROUNDS):
        admitted, _ = at_once(
            lambda: services.admit(open_call, by=host, pupil_ids=[amy.pk]),
            lambda: services.drop_out(open_call, by=co_host, staff=co_host),
        )

        if isinstance(admitted, NotAllowed):
            assert not RegisterEntry.objects.filter(kind="admitted").exists()
        else:
            assert calls.door(open_call, amys_mother, amy) is policy.Door.ON_HOLD
        wind_back(open_call)


def said(meeting: Meeting) -> list[str]:
    """What stands in the register since the door was opened."""
    lines = RegisterEntry.objects.filter(meeting=meeting).exclude(kind="door_opened")
    return list(lines.order_by("pk").values_list("kind", flat=True))


@pytest.mark.parametrize("what", ["admit", "remove", "leave", "the same press"])
def test_two_devices_press_the_same_at_once_and_it_is_written_once(
    what: str, open_call: Meeting, families: list[Family], host: StaffMember, co_host: StaffMember
) -> None:
    (_, amy), (_, ben) = families
    both = [amy.pk, ben.pk]
    left = policy.EntryKind.LEFT
    for _ in range(ROUNDS):
        services.admit(open_call, by=host, pupil_ids=[amy.pk])
        press = Press(key=uuid4())
        changes: dict[str, Callable[[StaffMember], Any]] = {
            "admit": lambda by: services.admit(open_call, by=by, pupil_ids=both),
            "remove": lambda by: services.remove(open_call, by=by, pupil_id=amy.pk, reason="x"),
            "leave": lambda by: services.mark(open_call, by=by, pupil_id=amy.pk, kind=left),
            "the same press": lambda by: services.note_unknown_name(
                open_call,
                by=host,
                name="iPad",
                press=press,  # noqa: B023 - called in this round
            ),
        }
        change = changes[what]
        at_once(partial(change, host), partial(change, co_host), partial(change, host))

        expected = {
            "admit": ["admitted", "admitted"],
            "remove": ["admitted", "removed"],
            "leave": ["admitted", "left"],
            "the same press": ["admitted", "unknown_name"],
        }
        assert said(open_call) == expected[what]
        wind_back(open_call)
    assert audit.verify() is None


def test_press_from_a_queue_meets_a_removal_and_the_pupil_stays_removed(
    open_call: Meeting, families: list[Family], host: StaffMember, co_host: StaffMember
) -> None:
    (amys_mother, amy), _ = families
    for number in range(ROUNDS):
        late = Press(key=uuid4(), ago=timedelta(minutes=3))
        works: list[Callable[[], Any]] = [
            partial(services.admit, open_call, by=host, pupil_ids=[amy.pk], press=late),
            partial(services.remove, open_call, by=co_host, pupil_id=amy.pk, reason="shouting"),
            partial(services.admit, open_call, by=host, pupil_ids=[amy.pk], press=late),
        ]
        at_once(*(works if number % 2 else reversed(works)))

        kinds = said(open_call)
        assert kinds in (["removed"], ["admitted", "removed"])
        assert calls.door(open_call, amys_mother, amy) is policy.Door.REMOVED
        wind_back(open_call)


def test_call_is_ended_while_a_pupil_is_admitted_and_nobody_comes_in_afterwards(
    open_call: Meeting, families: list[Family], host: StaffMember, co_host: StaffMember
) -> None:
    (amys_mother, amy), _ = families
    for number in range(ROUNDS):
        works: list[Callable[[], Any]] = [
            partial(services.admit, open_call, by=host, pupil_ids=[amy.pk]),
            partial(services.end, open_call, by=co_host),
            partial(calls.press, open_call, amys_mother, amy),
        ]
        at_once(*(works if number % 2 else reversed(works)))

        kinds = said(open_call)
        assert kinds[-1] == "ended"
        assert calls.door(open_call, amys_mother, amy) is policy.Door.ENDED
        wind_back(open_call)
        Meeting.objects.filter(pk=open_call.pk).update(status="open", ended_at=None)


def test_consent_is_withdrawn_while_the_door_is_pressed_and_nobody_comes_in_afterwards(
    open_call: Meeting, families: list[Family]
) -> None:
    (mother, amy), _ = families
    seen = set()
    for number in range(ROUNDS):
        presses: list[Callable[[], Any]] = [lambda: calls.press(open_call, mother, amy)] * 2
        presses.insert(number % 3, lambda: calls.withdraw(open_call, mother, amy))
        answers = at_once(*presses)

        passages = [answer for answer in answers if isinstance(answer, Passage)]
        seen |= {passage.answer.door for passage in passages}
        # The chain is written under one lock: its order is the order of what happened.
        verbs = list(
            Entry.objects.filter(verb__in=["meeting.press", "consent.withdraw"])
            .order_by("pk")
            .values_list("verb", flat=True)
        )
        assert verbs[-1] == "consent.withdraw"
        urls = [passage.teams_url for passage in passages if passage.teams_url]
        opened = sum(1 for passage in passages if passage.answer.is_open)
        assert len(urls) == opened
        assert calls.press(open_call, mother, amy).teams_url == ""
        calls.answer(open_call, mother, amy)
        wind_back(open_call)
    assert seen <= {policy.Door.OPEN, policy.Door.NO_CONSENT}


def test_two_workers_claim_the_same_join_link_and_one_mail_leaves(
    open_call: Meeting, families: list[Family]
) -> None:
    (mother, amy), _ = families
    notices.run_due(clock.now())
    for number in range(ROUNDS):
        mail.outbox.clear()
        draft = Draft(
            kind="meeting_join_link",
            key=f"again:{number}",
            due_at=clock.now(),
            about=open_call.about,
            guardian_id=mother.pk,
            pupil_ids=(amy.pk,),
        )
        with calls.in_one_go():
            notices.queue([draft], now=clock.now())

        at_once(*[lambda: notices.run_due(clock.now())] * 3)

        assert [letter.to for letter in mail.outbox] == [[mother.email]]
        assert Notice.objects.get(key=f"again:{number}").state == "sent"


def test_e59_two_sweeps_that_find_a_call_turned_hold_it_once(
    open_call: Meeting, host: StaffMember, co_host: StaffMember, lead: StaffMember
) -> None:
    """With the recording off and one eligibility ended nobody but the sweep finds out."""
    Meeting.objects.filter(pk=open_call.pk).update(is_recorded=False)
    StaffMember.objects.filter(pk=co_host.pk).update(is_eligible_for_calls=False)
    for attempt in range(ROUNDS):
        looks = [partial(services.look_again, open_call, by=SWEEP, now=clock.now())] * 3
        assert at_once(*looks) == [None] * 3
        lines = RegisterEntry.objects.filter(meeting=open_call, kind="on_hold")
        assert lines.count() == 1
        assert Entry.objects.filter(verb="meeting.look_again").count() == attempt + 1
        # The clock stands, and a letter says what it is: that of the next attempt is the same.
        for kind in ("meeting_on_hold", "meeting_blocked_soon"):
            assert Notice.objects.filter(kind=kind, staff=host).count() == 1
        wind_back(open_call)
    assert audit.verify() is None


def test_two_revisions_at_once_leave_one_whole_plan_and_never_a_mixture(
    families: list[Family], host: StaffMember, co_host: StaffMember
) -> None:
    """One takes Ben off, the other the co-host: each is safe, both together a one-to-one."""
    (_, amy), (_, ben) = families
    meeting = calls.shared(host, families, co_hosts=[co_host], is_recorded=True)
    without_ben = calls.as_it_is(meeting, pupils=[amy])
    without_co_host = calls.as_it_is(meeting, co_hosts=[])
    for _ in range(ROUNDS):
        at_once(
            lambda: services.revise(meeting, by=host, what=without_ben),
            lambda: services.revise(meeting, by=host, what=without_co_host),
        )

        pupils = set(meeting.places.filter(taken_off_at=None).values_list("pupil_id", flat=True))
        adults = set(meeting.seats.values_list("staff_id", flat=True))
        assert (pupils, adults) in [
            ({amy.pk}, {host.pk, co_host.pk}),
            ({amy.pk, ben.pk}, {host.pk}),
        ]
        services.revise(
            meeting,
            by=host,
            what=calls.as_it_is(meeting, pupils=[amy, ben], co_hosts=[co_host]),
        )
    assert audit.verify() is None


def test_two_pages_kept_at_once_take_off_two_pupils_and_bring_neither_back(
    families: list[Family], host: StaffMember, co_host: StaffMember
) -> None:
    """Both saw the same plan: whoever comes second changes what is theirs to change."""
    (_, amy), (_, ben) = families
    cat = factories.make_pupil("Cat", "Clark")
    meeting = calls.planned(host, [amy, ben, cat], co_hosts=[co_host])
    for _ in range(ROUNDS):
        seen = calls.as_it_is(meeting)
        without_amy = calls.as_it_is(meeting, pupils=[ben, cat])
        without_ben = calls.as_it_is(meeting, pupils=[amy, cat])
        at_once(
            partial(services.revise, meeting, by=host, what=without_amy, seen=seen),
            partial(services.revise, meeting, by=co_host, what=without_ben, seen=seen),
        )

        left = meeting.places.filter(taken_off_at=None).values_list("pupil_id", flat=True)
        assert list(left) == [cat.pk]
        services.revise(meeting, by=host, what=calls.as_it_is(meeting, pupils=[amy, ben, cat]))


def test_sharing_pressed_twice_at_once_sends_each_family_one_mail(
    families: list[Family], host: StaffMember, co_host: StaffMember
) -> None:
    meeting = calls.agreed(host, families, co_hosts=[co_host])
    wanted = sorted(guardian.pk for guardian, _ in families)
    for _ in range(ROUNDS):
        at_once(
            lambda: services.share_by_email(meeting, by=host),
            lambda: services.share_by_email(meeting, by=co_host),
        )

        letters = Notice.objects.filter(kind="meeting_join_link")
        assert sorted(letters.values_list("guardian_id", flat=True)) == wanted
        assert sorted(Share.objects.values_list("guardian_id", flat=True)) == wanted
        assert Ladder.objects.open().filter(kind="meeting_closing").count() == 1
        Notice.objects.filter(kind="meeting_join_link").delete()
        Share.objects.all().delete()
        Ladder.objects.filter(kind="meeting_closing").delete()
        Meeting.objects.update(status="asked")


def test_everybody_at_once_ends_without_a_deadlock(
    families: list[Family], host: StaffMember, co_host: StaffMember
) -> None:
    """Revising, answering, sharing and two sweeps whose ladders are due: all take their locks in one order."""
    (mother, amy), (father, ben) = families
    meeting = calls.shared(host, families, co_hosts=[co_host])
    third = factories.make_pupil("Cat", "Clark")
    factories.make_guardian(third, name="Clara Clark")

    def say_again(guardian: Guardian, pupil: Pupil, *, takes_part: bool) -> None:
        try:
            calls.answer(meeting, guardian, pupil, takes_part=takes_part)
        except Outdated:
            return

    for number in range(ROUNDS):
        Ladder.objects.filter(ended_at=None).update(due_at=clock.now())
        minutes = timedelta(minutes=number + 1)
        what = calls.as_it_is(
            meeting,
            pupils=[amy, ben, third] if number % 2 else [amy, ben],
            starts_at=calls.STARTS + minutes,
            ends_at=calls.ENDS + minutes,
        )
        at_once(
            lambda what=what: services.revise(meeting, by=host, what=what),  # type: ignore[misc]
            lambda number=number: say_again(mother, amy, takes_part=number % 2 == 0),  # type: ignore[misc]
            lambda number=number: say_again(father, ben, takes_part=number % 3 > 0),  # type: ignore[misc]
            lambda: services.share_by_email(meeting, by=co_host),
            lambda: notices.run_due(clock.now()),
            lambda: notices.climb_due(now=clock.now()),
        )
    assert not Ladder.objects.filter(failures__gt=0).exists()
    assert audit.verify() is None
