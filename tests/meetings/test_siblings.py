"""Two children of one family on a call: each one's link comes, whoever of them says yes first or again (E38, E44)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection

from meetings import links
from meetings.models import Meeting
from notices import services as outbox
from notices.models import Notice
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from tests import factories
from tests.consent.test_races import together
from tests.meetings import calls

Family = tuple[Guardian, Pupil]
SetClock = Callable[[datetime], time_machine.Traveller]
Mailbox = Callable[[], list[Any]]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def kim(school: object) -> Pupil:
    """Kim Kay."""
    return factories.make_pupil("Kim", "Kay")


@pytest.fixture
def leo(school: object) -> Pupil:
    """Leo Kay, her brother."""
    return factories.make_pupil("Leo", "Kay")


@pytest.fixture
def mother(kim: Pupil, leo: Pupil) -> Guardian:
    """Karen Kay, the mother of both."""
    return factories.make_guardian(kim, leo, name="Karen Kay")


@pytest.fixture
def meeting(
    host: StaffMember, co_host: StaffMember, mother: Guardian, kim: Pupil, leo: Pupil
) -> Meeting:
    """A call with both; the one letter with both links has not left."""
    return calls.shared(host, [(mother, kim), (mother, leo)], co_hosts=[co_host])


def times(meeting: Meeting, person: Guardian, *pupils: Pupil) -> list[int]:
    """In how many letters that left each child's living link stands."""
    found = []
    for pupil in pupils:
        place = calls.place(meeting, pupil)
        link = links.personal(place.pk, person.pk, place.link_version)
        sent = [one for one in mail.outbox if one.to == [person.email]]
        found.append(sum(link in str(one.body) for one in sent))
    return found


def test_e44_child_left_out_of_the_letter_has_its_link_after_a_new_yes(
    meeting: Meeting, mother: Guardian, kim: Pupil, leo: Pupil, mailbox: Mailbox
) -> None:
    calls.withdraw(meeting, mother, leo)
    mailbox()
    assert times(meeting, mother, kim, leo) == [1, 0]
    calls.answer(meeting, mother, leo)
    mailbox()
    assert times(meeting, mother, kim, leo) == [1, 1]
    # The second letter is about him alone.
    assert "Kim" not in mail.outbox[-1].body
    calls.withdraw(meeting, mother, leo)
    calls.answer(meeting, mother, leo)
    mailbox()
    assert times(meeting, mother, kim, leo) == [1, 1]


def test_e44_first_of_two_who_say_yes_again_does_not_wait_for_the_other(
    meeting: Meeting, mother: Guardian, kim: Pupil, leo: Pupil, mailbox: Mailbox
) -> None:
    for pupil in (kim, leo):
        calls.withdraw(meeting, mother, pupil)
    mailbox()
    assert times(meeting, mother, kim, leo) == [0, 0]
    for pupil, have in ((kim, [1, 0]), (leo, [1, 1])):
        calls.answer(meeting, mother, pupil)
        mailbox()
        assert times(meeting, mother, kim, leo) == have


def test_e44_both_who_say_yes_again_before_the_post_goes_have_one_letter(
    meeting: Meeting, mother: Guardian, kim: Pupil, leo: Pupil, mailbox: Mailbox
) -> None:
    for pupil in (kim, leo):
        calls.withdraw(meeting, mother, pupil)
    mailbox()
    for pupil in (kim, leo):
        calls.answer(meeting, mother, pupil)
    mailbox()
    assert times(meeting, mother, kim, leo) == [1, 1]
    rows = Notice.objects.filter(kind="meeting_join_link").order_by("pk")
    assert list(rows.values_list("state", "why")) == [
        ("dropped", "the family's consent no longer stands"),
        ("sent", ""),
        ("dropped", "another letter has brought these links"),
    ]


STEPS = ["kim out", "leo out", "kim in", "leo in", "post"]


def possible(steps: tuple[str, ...]) -> bool:
    """Somebody takes back a yes before they give it again."""
    return all(steps.index(f"{who} out") < steps.index(f"{who} in") for who in ("kim", "leo"))


@pytest.mark.parametrize(
    "steps", [one for one in permutations(STEPS) if possible(one)], ids=", ".join
)
def test_e44_every_order_of_answers_and_post_brings_each_link_once(
    steps: tuple[str, ...],
    meeting: Meeting,
    mother: Guardian,
    kim: Pupil,
    leo: Pupil,
    mailbox: Mailbox,
    clock_at: SetClock,
) -> None:
    pupils = {"kim": kim, "leo": leo}
    for step in steps:
        clock_at(clock.now() + MINUTE)
        if step == "post":
            mailbox()
            continue
        who, way = step.split()
        act = calls.withdraw if way == "out" else calls.answer
        act(meeting, mother, pupils[who])
    mailbox()
    assert times(meeting, mother, kim, leo) == [1, 1]


def test_e44_second_parents_letters_are_their_own(
    host: StaffMember,
    co_host: StaffMember,
    mother: Guardian,
    kim: Pupil,
    leo: Pupil,
    mailbox: Mailbox,
) -> None:
    father = factories.make_guardian(kim, leo, name="Karl Kay", relationship="father")
    both = [(person, pupil) for person in (mother, father) for pupil in (kim, leo)]
    meeting = calls.shared(host, both, co_hosts=[co_host])
    # Where one parent says no the child has no link, whatever the other said.
    calls.withdraw(meeting, father, leo)
    mailbox()
    assert [times(meeting, one, kim, leo) for one in (mother, father)] == [[1, 0], [1, 0]]
    calls.answer(meeting, father, leo)
    mailbox()
    assert [times(meeting, one, kim, leo) for one in (mother, father)] == [[1, 1], [1, 1]]


def test_letter_that_is_just_being_written_is_waited_for(
    meeting: Meeting,
    mother: Guardian,
    kim: Pupil,
    leo: Pupil,
    mailbox: Mailbox,
    clock_at: SetClock,
) -> None:
    """Nobody knows yet whether it has both links: the new one asks again, and brings what is missing."""
    calls.withdraw(meeting, mother, leo)
    first = Notice.objects.get(kind="meeting_join_link")
    held_until = clock.now() + timedelta(minutes=10)
    Notice.objects.filter(pk=first.pk).update(state="sending", leased_until=held_until)
    calls.answer(meeting, mother, leo)
    mailbox()
    second = Notice.objects.get(kind="meeting_join_link", detail__is_missing=True)
    assert (second.state, second.why) == ("due", "another letter with links is being written")
    Notice.objects.filter(pk=first.pk).update(state="due", leased_until=None)
    clock_at(clock.now() + MINUTE)
    mailbox()
    assert times(meeting, mother, kim, leo) == [1, 1]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(8))
def test_e44_link_comes_when_the_letter_is_written_while_the_yes_comes(
    meeting: Meeting,
    mother: Guardian,
    kim: Pupil,
    leo: Pupil,
    clock_at: SetClock,
    attempt: int,
) -> None:
    """The letter may have asked a moment before the yes, and leave without the child's link."""
    assert connection.vendor == "postgresql"
    calls.withdraw(meeting, mother, leo)
    faults = together(
        lambda: outbox.run_due(clock.now()), lambda: calls.answer(meeting, mother, leo)
    )
    assert [fault for fault in faults if isinstance(fault, Exception)] == []
    for _ in range(2):
        clock_at(clock.now() + MINUTE)
        outbox.run_due(clock.now())
    assert times(meeting, mother, kim, leo) == [1, 1]
