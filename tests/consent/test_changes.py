"""Several changes of one plan: a family is told once what changed since it was last told, and never less."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from consent import services
from consent.models import Question
from consent.policy import Asked, Status
from notices import services as outbox
from notices.models import Notice
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from tests.consent.builders import answer, ask, consent_of, page, plan, request_of

pytestmark = pytest.mark.django_db

CHANGED = "The video call has changed"
AGAIN = "The video call has changed: please answer again"
ASKED = "Please answer: may Maya take part in a video call?"
VOID = "Because of this, an earlier yes does not count any more."
STANDS = "You do not need to do anything: your answer stays as it is."


def sent() -> list[str]:
    """Send what is due; return the subjects of what left since the last time."""
    before = len(mail.outbox)
    outbox.run_due(clock.now())
    return [letter.subject for letter in mail.outbox[before:]]


def change(question: Question, by: StaffMember, asked: Asked) -> Question:
    return services.reword(question, by=by, asked=asked)


@pytest.fixture
def asked() -> Asked:
    return plan()


@pytest.fixture
def question(host: StaffMember, maya: Pupil, mum: Guardian, asked: Asked) -> Question:
    """Maya's mother was asked and said yes; everything about it has left."""
    question = ask(host, maya, asked=asked)
    answer(request_of(question, maya, mum), takes_part=True)
    sent()
    return question


def test_e39_four_changes_in_a_minute_are_one_letter_that_tells_of_all(
    host: StaffMember, question: Question, asked: Asked
) -> None:
    later = asked.starts_at + timedelta(days=1)
    ends = later + timedelta(minutes=45)
    for facts in (
        {"starts_at": later, "ends_at": ends},
        {"starts_at": later, "ends_at": ends, "title": "Poetry"},
        {"starts_at": later, "ends_at": ends, "title": "Poems"},
        {"starts_at": later, "ends_at": ends, "title": "Poems", "conduct": ("Be kind.",)},
    ):
        change(question, host, plan(**facts))
    assert sent() == [CHANGED]
    letter = mail.outbox[-1].body
    assert "New time: Saturday 26 September, 2:00 pm" in letter
    assert "What: Poems (was: Reading group)" in letter
    assert "The rules of the call have changed." in letter
    assert STANDS in letter


def test_e39_material_change_behind_a_small_one_asks_all_the_same(
    host: StaffMember, question: Question, asked: Asked, maya: Pupil
) -> None:
    change(question, host, plan(starts_at=asked.starts_at, staff=("Helen Host", "Carol")))
    change(
        question,
        host,
        plan(starts_at=asked.starts_at, staff=("Helen Host", "Carol"), title="Poems"),
    )
    assert consent_of(question, maya).status is Status.VOID
    assert sent() == [AGAIN]
    letter = mail.outbox[-1].body
    assert "With: Helen Host, Carol (was: Helen Host, Colin Cohost)" in letter
    assert "What: Poems (was: Reading group)" in letter
    assert (VOID in letter, STANDS in letter) == (True, False)


def test_e39_letter_tells_what_changed_since_the_last_one_that_left(
    host: StaffMember, question: Question, asked: Asked
) -> None:
    change(question, host, plan(starts_at=asked.starts_at, title="Poems"))
    assert sent() == [CHANGED]
    change(question, host, plan(starts_at=asked.starts_at, title="Songs"))
    change(question, host, plan(starts_at=asked.starts_at, title="Songs", conduct=("Be kind.",)))
    assert sent() == [CHANGED]
    assert "What: Songs (was: Poems)" in mail.outbox[-1].body
    assert "The rules of the call have changed." in mail.outbox[-1].body


def test_e39_letter_that_came_back_has_told_nobody(
    host: StaffMember, question: Question, asked: Asked
) -> None:
    change(question, host, plan(starts_at=asked.starts_at, title="Poems"))
    sent()
    Notice.objects.filter(kind="consent_changed").update(state="failed", fate="lost")
    change(question, host, plan(starts_at=asked.starts_at, title="Poems", conduct=("Be kind.",)))
    assert sent() == [CHANGED]
    assert "What: Poems (was: Reading group)" in mail.outbox[-1].body


def test_e39_change_that_is_taken_back_before_anything_left_is_no_news(
    host: StaffMember, question: Question, asked: Asked, maya: Pupil
) -> None:
    change(question, host, plan(starts_at=asked.starts_at, title="Poems"))
    change(question, host, asked)
    assert sent() == []
    assert consent_of(question, maya).is_given
    assert Notice.objects.filter(kind="consent_changed").order_by("pk").last().why == (  # type: ignore[union-attr]
        "the plan is as the family was told"
    )


def test_e39_material_change_that_is_taken_back_is_asked_about_with_the_reason(
    host: StaffMember, question: Question, asked: Asked, maya: Pupil, mum: Guardian, family: Client
) -> None:
    change(question, host, plan(starts_at=asked.starts_at, staff=("Helen Host", "Carol")))
    change(question, host, asked)
    assert consent_of(question, maya).status is Status.VOID
    assert sent() == [AGAIN]
    letter = mail.outbox[-1].body
    words = "The plan was changed and is now as we told you before."
    assert (words in letter, VOID in letter) == (True, True)
    shown = family.get(page(request_of(question, maya, mum))).content.decode()
    assert "Your earlier yes does not count any more." in shown
    assert "You said yes" not in shown


def test_e39_family_that_was_told_nothing_yet_is_asked_once_with_the_plan_of_now(
    host: StaffMember, maya: Pupil, mum: Guardian, asked: Asked
) -> None:
    question = ask(host, maya, asked=asked)
    change(question, host, plan(starts_at=asked.starts_at, title="Poems"))
    assert sent() == [ASKED]
    assert "What: Poems" in mail.outbox[-1].body


def test_e39_family_that_was_told_nothing_yet_is_asked_once_after_a_material_change(
    host: StaffMember, maya: Pupil, mum: Guardian, asked: Asked
) -> None:
    question = ask(host, maya, asked=asked)
    change(question, host, plan(starts_at=asked.starts_at, staff=("Helen Host", "Carol")))
    change(question, host, plan(starts_at=asked.starts_at, staff=("Helen Host", "Dan")))
    assert sent() == [ASKED]
    assert "With: Helen Host, Dan" in mail.outbox[-1].body
    assert "was:" not in mail.outbox[-1].body


def test_e39_who_said_no_is_asked_about_a_material_change_behind_a_small_one(
    host: StaffMember, maya: Pupil, mum: Guardian, asked: Asked
) -> None:
    question = ask(host, maya, asked=asked)
    answer(request_of(question, maya, mum), takes_part=False)
    sent()
    change(question, host, plan(starts_at=asked.starts_at, staff=("Helen Host", "Carol")))
    change(
        question,
        host,
        plan(starts_at=asked.starts_at, staff=("Helen Host", "Carol"), title="Poems"),
    )
    assert sent() == [AGAIN]
    change(
        question,
        host,
        plan(starts_at=asked.starts_at, staff=("Helen Host", "Carol"), title="Songs"),
    )
    assert sent() == []


def test_e39_who_read_the_change_on_the_page_is_told_of_what_came_after_it(
    host: StaffMember, question: Question, asked: Asked, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    carol = {"starts_at": asked.starts_at, "staff": ("Helen Host", "Carol")}
    change(question, host, plan(**carol))
    answer(request_of(question, maya, mum), takes_part=True)
    change(question, host, plan(**carol, title="Poems"))
    subjects = sent()
    [letter] = [one for one in mail.outbox[-len(subjects) :] if one.subject == CHANGED]
    assert "What: Poems (was: Reading group)" in letter.body
    assert ("Carol (was" in letter.body, STANDS in letter.body) == (False, True)
    assert AGAIN not in subjects


def test_e39_who_has_not_answered_is_not_told_that_an_answer_stands(
    host: StaffMember, maya: Pupil, mum: Guardian, asked: Asked
) -> None:
    question = ask(host, maya, asked=asked)
    sent()
    change(question, host, plan(starts_at=asked.starts_at, title="Poems"))
    assert sent() == [CHANGED]
    letter = mail.outbox[-1].body
    assert (STANDS in letter, VOID in letter) == (False, False)
    assert "Please read the plan and answer yes or no." in letter
