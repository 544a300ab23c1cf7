"""While a question waits for its day: nobody is asked twice, reminded before it, or told of its end."""

from datetime import date, timedelta
from typing import Any

import pytest

from consent import services as consent
from consent.models import Question
from consent.services import reminding
from meetings import services
from meetings.models import Meeting
from notices.models import Notice
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from tests import factories
from tests.meetings import calls, series
from tests.meetings.test_chosen import (
    ASKED,
    REMINDED,
    Commits,
    Family,
    Mailbox,
    SetClock,
    StaffClient,
    choose,
    had,
    in_days,
)
from tests.notices.notify import FakeNotify

CALLED_OFF = "The video call is cancelled"


@pytest.fixture(autouse=True)
def _asked_three_weeks_before(lead: StaffMember) -> None:
    choose(lead, "ask_days_before", 21)


def put_on(meeting: Meeting, host: StaffMember, clock_at: SetClock, *pupils: Pupil) -> Meeting:
    """Change who is on a call, a minute later."""
    clock_at(clock.now() + timedelta(minutes=1))
    what = calls.as_it_is(meeting, pupils=list(pupils))
    return services.revise(Meeting.objects.get(pk=meeting.pk), by=host, what=what)


def off_and_on(
    meeting: Meeting, host: StaffMember, clock_at: SetClock, pupil: Pupil, other: Pupil
) -> Meeting:
    for pupils in ([other], [pupil, other]) * 2:
        meeting = put_on(meeting, host, clock_at, *pupils)
    return meeting


# --- Asked once (M3) ------------------------------------------------------------------------------
@pytest.mark.parametrize("is_safe", [False, True])
def test_p5_family_of_a_pupil_taken_off_and_on_again_is_asked_once(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    mailbox: Mailbox,
    clock_at: SetClock,
    is_safe: bool,
) -> None:
    Pupil.objects.filter(pk=amy[1].pk).update(is_address_confidential=is_safe)
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host], **in_days(28))
    meeting = off_and_on(meeting, host, clock_at, amy[1], ben[1])

    assert had(mailbox, amy) == []
    clock_at(meeting.starts_at - timedelta(days=21))
    assert (len(had(mailbox, amy)), len(had(mailbox, ben))) == (1, 1)


def test_e41_pupil_who_answers_alone_is_asked_once(
    host: StaffMember, co_host: StaffMember, ben: Family, mailbox: Mailbox, clock_at: SetClock
) -> None:
    noor = factories.make_pupil(
        "Noor", "Nasser", born_on=date(2008, 1, 1), email="noor@pupil.example"
    )
    meeting = calls.asked(host, [noor, ben[1]], co_hosts=[co_host], **in_days(28))
    meeting = off_and_on(meeting, host, clock_at, noor, ben[1])

    clock_at(meeting.starts_at - timedelta(days=21))
    assert [one.to for one in mailbox()].count([noor.email]) == 1


def test_guardian_reached_by_text_message_is_asked_once(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    mailbox: Mailbox,
    clock_at: SetClock,
    notify: FakeNotify,
) -> None:
    Guardian.objects.filter(pk=amy[0].pk).update(email="", telephone="07700 900001")
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host], **in_days(28))
    meeting = off_and_on(meeting, host, clock_at, amy[1], ben[1])

    clock_at(meeting.starts_at - timedelta(days=21))
    mailbox()
    rows = Notice.objects.filter(guardian=amy[0], kind="consent_request")
    assert list(rows.values_list("channel", "state")) == [("sms", "sent")]


def test_family_asked_about_a_series_is_asked_once(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    mailbox: Mailbox,
    clock_at: SetClock,
) -> None:
    facts = in_days(28)
    days = series.weekly(3, facts["starts_at"].date())
    first, *_ = series.asked(host, [amy[1], ben[1]], days=days, co_hosts=[co_host], **facts)
    assert had(mailbox, amy) == []
    for pupils in ([ben[1]], [amy[1], ben[1]]):
        clock_at(clock.now() + timedelta(minutes=1))
        first = Meeting.objects.get(pk=first.pk)
        services.revise_later(first, by=host, what=calls.as_it_is(first, pupils=pupils))
        assert had(mailbox, amy) == []

    for weeks in range(2):
        clock_at(first.starts_at - timedelta(days=21 - 7 * weeks))
        assert had(mailbox, amy) == ["Please answer: a series of video calls"]


def test_pupil_who_comes_back_after_the_letter_was_dropped_is_asked(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    mailbox: Mailbox,
    clock_at: SetClock,
) -> None:
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host], **in_days(28))
    put_on(meeting, host, clock_at, ben[1])
    clock_at(meeting.starts_at - timedelta(days=21))
    assert (had(mailbox, amy), len(had(mailbox, ben))) == ([], 1)

    put_on(meeting, host, clock_at, amy[1], ben[1])
    assert had(mailbox, amy) == [ASKED]


def test_pupil_who_comes_back_is_asked_by_the_new_time_of_a_call_that_was_moved(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    mailbox: Mailbox,
    clock_at: SetClock,
    django_capture_on_commit_callbacks: Commits,
) -> None:
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host], **in_days(28))
    mailbox()
    put_on(meeting, host, clock_at, ben[1])
    clock_at(clock.now() + timedelta(minutes=1))
    meeting = Meeting.objects.get(pk=meeting.pk)
    what = calls.as_it_is(meeting, pupils=[amy[1], ben[1]], **in_days(7))
    with django_capture_on_commit_callbacks(execute=True):
        services.revise(meeting, by=host, what=what)

    assert had(mailbox, amy) == [ASKED]


# --- Reminded (M6) --------------------------------------------------------------------------------
def test_e47_nobody_is_reminded_by_hand_before_the_question_has_left(
    host: StaffMember, co_host: StaffMember, amy: Family, mailbox: Mailbox, clock_at: SetClock
) -> None:
    meeting = calls.asked(host, [amy[1]], co_hosts=[co_host], **in_days(28))
    assert had(mailbox, amy) == []
    pair = (meeting.question_id or 0, amy[1].pk)

    found = reminding.due([pair], by=host, now=clock.now())
    assert (found.letters, [one.why for one in found.spared]) == (
        (),
        ["has not been asked yet: the question waits for its day and leaves by itself"],
    )

    clock_at(meeting.starts_at - timedelta(days=21))
    assert had(mailbox, amy) == [ASKED]
    found = reminding.due([pair], by=host, now=clock.now())
    reminding.remind(by=host, pairs=[pair], seen=found.keys)
    assert had(mailbox, amy) == [ASKED, REMINDED]


def test_e47_nobody_is_reminded_by_hand_whose_waiting_question_has_changed(
    host: StaffMember, co_host: StaffMember, amy: Family, mailbox: Mailbox, clock_at: SetClock
) -> None:
    meeting = calls.asked(host, [amy[1]], co_hosts=[co_host], **in_days(28))
    mailbox()
    clock_at(clock.now() + timedelta(minutes=1))
    services.revise(meeting, by=host, what=calls.as_it_is(meeting, is_recorded=True))
    assert had(mailbox, amy) == []

    pair = (meeting.question_id or 0, amy[1].pk)
    assert reminding.due([pair], by=host, now=clock.now()).letters == ()


def test_e47_nobody_is_reminded_by_the_ladder_before_the_question_has_left(
    host: StaffMember, co_host: StaffMember, amy: Family, mailbox: Mailbox, clock_at: SetClock
) -> None:
    meeting = calls.asked(host, [amy[1]], co_hosts=[co_host], **in_days(28))
    assert had(mailbox, amy) == []
    # Whatever holds it back on its day, the first reminder is due before it leaves.
    late = meeting.starts_at - timedelta(days=6)
    Notice.objects.filter(kind="consent_request").update(try_at=late)
    clock_at(meeting.starts_at - timedelta(days=7))
    assert had(mailbox, amy) == []
    clock_at(late)
    assert had(mailbox, amy) == [ASKED]
    clock_at(meeting.starts_at - timedelta(days=2))
    assert had(mailbox, amy) == [ASKED, REMINDED]


# --- A safe address (E33) -------------------------------------------------------------------------
def test_e33_letter_that_waited_hides_the_plan_once_one_of_its_children_has_a_safe_address(
    host: StaffMember, co_host: StaffMember, mailbox: Mailbox, clock_at: SetClock
) -> None:
    amy, ann = factories.make_pupil("Amy"), factories.make_pupil("Ann")
    mother = factories.make_guardian(amy, ann, name="Alice Adams")
    meeting = calls.asked(host, [amy, ann], co_hosts=[co_host], **in_days(28))
    mailbox()
    Pupil.objects.filter(pk=ann.pk).update(is_address_confidential=True)
    clock_at(meeting.starts_at - timedelta(days=21))
    letters = [letter for letter in mailbox() if letter.to == [mother.email]]
    assert len(letters) == 1
    said = [str(part) for part in (letters[0].subject, letters[0].body)]
    told = ["Reading together", host.name, co_host.name]
    assert [word for word in told if any(word in text for text in said)] == []


# --- Called off (M5) ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("before", "told"), [("nothing", []), ("telephone", [CALLED_OFF]), ("paper", [CALLED_OFF]), ("asked", [ASKED, CALLED_OFF])]
)  # fmt: skip
def test_call_that_is_called_off_is_told_to_who_heard_of_it(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    mailbox: Mailbox,
    clock_at: SetClock,
    before: str,
    told: list[str],
) -> None:
    meeting = calls.asked(host, [amy[1]], co_hosts=[co_host], **in_days(28))
    assert had(mailbox, amy) == []
    if before == "telephone":
        calls.answer(meeting, *amy)
    if before == "paper":
        consent.print_forms(Question.objects.get(pk=meeting.question_id), by=host)
    if before == "asked":
        clock_at(meeting.starts_at - timedelta(days=21))
        mailbox()
    services.cancel(Meeting.objects.get(pk=meeting.pk), by=host)

    assert had(mailbox, amy) == told


# --- What pages say (L2, L4) ----------------------------------------------------------------------
def test_page_says_before_asking_until_when_the_question_waits(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: StaffClient
) -> None:
    far = calls.planned(host, [amy[1]], co_hosts=[co_host], **in_days(28))
    near = calls.planned(host, [amy[1]], co_hosts=[co_host])
    client = staff_client(host)

    page = client.get(f"/meetings/{far.pk}/").content.decode()
    assert "1 message, it waits until Thursday 24 September, 2:00 pm." in page
    page = client.get(f"/meetings/{near.pk}/").content.decode()
    assert "1 message, it will be out at about" in page


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (in_days(28), "The families will be asked on Thursday 24 September, 2:00 pm. Reminders"),
        ({}, "The families are being asked. Reminders"),
    ],
)
def test_page_says_after_asking_from_when_on_families_are_asked(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    staff_client: StaffClient,
    facts: dict[str, Any],
    words: str,
) -> None:
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host], **facts)
    answer = staff_client(host).post(f"/meetings/{meeting.pk}/ask/", follow=True)
    assert words in answer.content.decode()
