"""A family answers while the school closes, changes or asks. On PostgreSQL, with threads."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection

from consent import services
from consent.models import Answer, LinkWish
from consent.policy import Status
from consent.selectors.unsettled import settled_meanwhile
from consent.services import Occurrence, Outdated, TooLate
from meetings.models import Meeting
from meetings.services import share_by_email
from notices import services as outbox
from notices.models import Notice
from school import services as people
from school.models import Guardian, Pupil, StaffMember
from school.policy import Reach
from school.selectors import reach_of
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.consent.builders import answer, ask, consent_of, plan, request_of, wish
from tests.meetings import calls

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

TIMES = 12


def together(*works: Callable[[], object]) -> list[Any]:
    """Do several things in threads that start at the same moment; return what each gave back."""
    gate = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def go(place: int, work: Callable[[], object]) -> None:
        try:
            gate.wait(10)
            results[place] = work()
        except Exception as fault:  # noqa: BLE001 - the test looks at it
            results[place] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.mark.parametrize("attempt", range(TIMES))
def test_answer_against_close_is_either_there_or_refused(
    host: StaffMember, maya: Pupil, mum: Guardian, attempt: int
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    said, closed = together(
        lambda: answer(asked, takes_part=True), lambda: services.close(question, by=host)
    )
    assert closed.closed_at is not None
    assert type(said) in {Answer, TooLate}
    assert Answer.objects.count() == (1 if isinstance(said, Answer) else 0)


@pytest.mark.parametrize("attempt", range(TIMES))
def test_answer_against_change_is_never_a_yes_to_a_plan_not_read(
    host: StaffMember, maya: Pupil, mum: Guardian, attempt: int
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    said, _ = together(
        lambda: answer(asked, takes_part=True, version=1),
        lambda: services.reword(question, by=host, asked=plan(staff=("Carol",))),
    )
    assert type(said) in {Answer, Outdated}
    assert consent_of(question, maya).status in {Status.VOID, Status.WAITING}


@pytest.mark.parametrize("attempt", range(TIMES))
def test_two_guardians_at_once_are_both_heard(
    host: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian, attempt: int
) -> None:
    question = ask(host, maya)
    first, second = request_of(question, maya, mum), request_of(question, maya, dad)
    results = together(
        lambda: answer(first, takes_part=True),
        lambda: answer(second, takes_part=False, relationship="father"),
    )
    assert [type(result) for result in results] == [Answer, Answer]
    assert consent_of(question, maya).status is Status.CONFLICT


@pytest.mark.parametrize("attempt", range(TIMES))
def test_withdrawing_twice_at_once_is_once(
    host: StaffMember, maya: Pupil, mum: Guardian, attempt: int
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    answer(asked, takes_part=True)
    results = together(*[lambda: services.withdraw(asked, by=mum)] * 3)
    assert len(set(results)) == 1
    assert [said.kind for said in Answer.objects.order_by("id")] == ["yes", "withdrawn"]
    assert consent_of(question, maya).status is Status.WITHDRAWN


@pytest.mark.parametrize("attempt", range(TIMES))
def test_one_form_sent_several_times_at_once_is_one_answer_with_one_receipt(
    host: StaffMember, maya: Pupil, mum: Guardian, attempt: int
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    results = together(*[lambda: answer(asked, takes_part=True)] * 4)
    assert [type(result) for result in results] == [Answer] * 4
    assert len(set(results)) == 1
    assert Answer.objects.count() == 1
    assert Notice.objects.filter(kind="consent_receipt").count() == 1


@pytest.mark.parametrize("attempt", range(TIMES))
def test_one_form_for_several_dates_sent_twice_at_once_is_one_answer_for_each(
    host: StaffMember, maya: Pupil, mum: Guardian, attempt: int
) -> None:
    questions = [ask(host, maya, about=f"meetings.meeting:{number}") for number in (1, 2, 3)]
    rows = [request_of(question, maya, mum) for question in questions]

    def press() -> list[Answer]:
        return services.answer_dates(
            rows, by=mum, takes_part=True, may_be_recorded=None, name=mum.name,
            relationship="mother", versions={row.pk: 1 for row in rows},
        )  # fmt: skip

    one, two = together(press, press)
    assert one == two
    assert Answer.objects.count() == 3
    assert Notice.objects.filter(kind="consent_receipt").count() == 1


@pytest.mark.parametrize("attempt", range(TIMES))
def test_new_link_asked_for_at_once_is_sent_once(
    host: StaffMember, maya: Pupil, mum: Guardian, attempt: int
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    results = together(*[lambda: services.send_new_link(asked, by=mum)] * 3)
    assert sorted(results) == [False, False, True]
    together(*[lambda: wish(mum.email)] * 3)
    assert LinkWish.objects.count() == 2
    assert Notice.objects.filter(kind="consent_new_link").count() == 1


def letters_to(*kinds: str) -> list[tuple[str, str]]:
    """Which letters of these kinds ended how."""
    rows = Notice.objects.filter(kind__in=kinds).order_by("pk")
    return list(rows.values_list("state", "why"))


@pytest.mark.parametrize("attempt", range(TIMES))
def test_e47_answer_against_reminder_leaves_one_letter_or_none_and_none_afterwards(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any, attempt: int
) -> None:
    question = ask(host, maya)
    outbox.run_due(clock.now())
    travel(question.closes_at - timedelta(days=7))
    outbox.climb_due(now=clock.now())
    asked = request_of(question, maya, mum)
    said, report = together(
        lambda: answer(asked, takes_part=True), lambda: outbox.run_due(clock.now())
    )
    assert isinstance(said, Answer)
    assert report.sent <= 2  # the reminder, and the receipt when it was quick
    outbox.run_due(clock.now())
    [(state, why)] = letters_to("consent_reminder")
    assert (state, why) in {("sent", ""), ("dropped", "the family has answered")}
    before = len(mail.outbox)
    travel(question.closes_at - timedelta(days=2))
    outbox.run_due(clock.now())
    assert len(mail.outbox) == before


@pytest.mark.parametrize("attempt", range(TIMES))
def test_address_change_against_letter_sends_it_once_to_one_of_both(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, attempt: int
) -> None:
    ask(host, maya)
    changed, *_ = together(
        lambda: people.change_email(mum, by=office, email="new@family.example"),
        lambda: outbox.run_due(clock.now()),
        lambda: outbox.run_due(clock.now()),
    )
    assert isinstance(changed, Guardian), changed
    outbox.run_due(clock.now())
    assert letters_to("consent_request") == [("sent", "")]
    asking = [letter for letter in mail.outbox if "may Maya take part" in letter.subject]
    [to] = [letter.to for letter in asking]
    assert to in (["amina@family.example"], ["new@family.example"])


@pytest.mark.parametrize("attempt", range(TIMES))
def test_e47_answer_against_a_reminder_by_hand_is_one_after_the_other(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, attempt: int
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    pairs, seen = [(question.pk, maya.pk)], [(asked.pk,)]
    said, reminded = together(
        lambda: answer(asked, takes_part=True),
        lambda: services.remind(by=office, pairs=pairs, seen=seen),
    )
    assert isinstance(said, Answer)
    letters = Notice.objects.filter(kind="consent_reminder").count()
    # Either it was sent before the answer came, or the answer was seen and nothing was.
    assert letters == (0 if isinstance(reminded, services.Changed) else 1), reminded


@pytest.mark.parametrize("attempt", range(TIMES))
def test_e47_two_people_who_remind_at_once_send_one_letter(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, attempt: int
) -> None:
    question = ask(host, maya)
    pairs, seen = [(question.pk, maya.pk)], [(request_of(question, maya, mum).pk,)]
    both = together(*[lambda: services.remind(by=office, pairs=pairs, seen=seen) for _ in range(2)])
    assert sorted(isinstance(one, services.Changed) for one in both) == [False, True]
    assert Notice.objects.filter(kind="consent_reminder").count() == 1


@pytest.mark.parametrize("attempt", range(TIMES))
def test_e34_two_who_change_an_address_a_letter_and_an_answer_leave_one_address_told_once(
    host: StaffMember, office: StaffMember, deputy: StaffMember, maya: Pupil, mum: Guardian,
    attempt: int,
) -> None:  # fmt: skip
    question = ask(host, maya)
    asked, seen = request_of(question, maya, mum), reach_of(mum)
    other, typed = (
        Reach(email=f"{name}@family.example", language="en") for name in ("other", "typed")
    )
    by_other, by_page, _, said, _ = together(
        lambda: services.change_reach(mum, by=deputy, wanted=other, seen=seen),
        lambda: services.change_reach(mum, by=office, wanted=typed, seen=seen),
        lambda: outbox.run_due(clock.now()),
        lambda: answer(asked, takes_part=True),
        lambda: outbox.run_due(clock.now()),
    )
    # Whoever came second is told, and writes over nothing.
    both = sorted(type(one).__name__ for one in (by_other, by_page))
    assert both == ["Guardian", "Overtaken"], (by_other, by_page)
    assert isinstance(said, Answer), said
    mum.refresh_from_db()
    winner = other if isinstance(by_other, Guardian) else typed
    assert (mum.email, mum.email_changed_by) == (
        winner.email,
        deputy if winner is other else office,
    )
    outbox.run_due(clock.now())
    assert [letter.to for letter in mail.outbox if "address" in letter.subject.casefold()] == [
        ["amina@family.example"]
    ]
    assert {letter.to[0] for letter in mail.outbox} <= {"amina@family.example", winner.email}
    # A yes that came after the change waits until the address is settled.
    assert consent_of(question, maya).is_given is (said.address_changed_at is None)
    receipts = [letter for letter in mail.outbox if "Your answer" in letter.subject]
    assert len(receipts) == 1


@pytest.mark.parametrize("attempt", range(TIMES))
def test_e46_correction_against_a_bounce_leaves_the_new_address_open(
    host: StaffMember, deputy: StaffMember, maya: Pupil, mum: Guardian, attempt: int
) -> None:
    ask(host, maya)
    outbox.run_due(clock.now())
    seen, wanted = reach_of(mum), Reach(email="other@family.example", language="en")
    by_other, closed = together(
        lambda: services.change_reach(mum, by=deputy, wanted=wanted, seen=seen),
        lambda: people.close_email("amina@family.example", by=people.SWEEP, at=clock.now()),
    )
    assert (type(by_other), closed) == (Guardian, None)
    mum.refresh_from_db()
    assert (mum.email, mum.email_closed_at) == (wanted.email, None)


@pytest.mark.parametrize("attempt", range(TIMES))
def test_e34_confirmation_against_another_change_lets_no_yes_from_the_replaced_address_through(
    host: StaffMember, office: StaffMember, deputy: StaffMember, maya: Pupil, mum: Guardian,
    attempt: int,
) -> None:  # fmt: skip
    question = ask(host, maya)
    services.correct_address(mum, by=office, email="new@family.example")
    mum.refresh_from_db()
    said = answer(request_of(question, maya, mum), takes_part=True)
    assert said.address_changed_at is not None
    confirmed, changed, _ = together(
        lambda: services.confirm_address(
            mum, by=deputy, email="new@family.example", how="telephone"
        ),
        lambda: services.correct_address(mum, by=office, email="third@family.example"),
        lambda: outbox.run_due(clock.now()),
    )
    assert isinstance(changed, Guardian), changed
    # Either it was sure whose the address was before it was replaced, or it never will be.
    assert isinstance(confirmed, Guardian | NotAllowed), confirmed
    assert consent_of(question, maya).is_given is isinstance(confirmed, Guardian)


@pytest.mark.parametrize("attempt", range(TIMES))
def test_e34_yes_against_the_confirmation_of_its_address_counts_in_the_end(
    host: StaffMember, office: StaffMember, deputy: StaffMember, maya: Pupil, mum: Guardian,
    attempt: int,
) -> None:  # fmt: skip
    question = ask(host, maya)
    services.correct_address(mum, by=office, email="new@family.example")
    mum.refresh_from_db()
    asked = request_of(question, maya, mum)
    said, confirmed = together(
        lambda: answer(asked, takes_part=True),
        lambda: services.confirm_address(
            mum, by=deputy, email="new@family.example", how="telephone"
        ),
    )
    assert (type(said), type(confirmed)) == (Answer, Guardian), (said, confirmed)
    for pk in settled_meanwhile(clock.now()):
        services.settle_in_time(pk, by=people.SWEEP, now=clock.now())
    assert consent_of(question, maya).is_given


@pytest.mark.parametrize("attempt", range(TIMES))
def test_e34_confirmation_while_a_call_is_shared_and_another_family_withdraws_brings_one_link(
    host: StaffMember, co_host: StaffMember, office: StaffMember, deputy: StaffMember,
    maya: Pupil, mum: Guardian, attempt: int,
) -> None:  # fmt: skip
    """Three who touch one call by different ways: nobody waits for ever, and her link goes once."""
    others = [factories.make_pupil(name) for name in ("Ada", "Ben")]
    families = [(factories.make_guardian(pupil), pupil) for pupil in others]
    meeting = calls.asked(host, [maya, *others], co_hosts=[co_host])
    services.correct_address(mum, by=office, email="new@family.example")
    mum.refresh_from_db()
    for guardian, pupil in [(mum, maya), *families]:
        calls.answer(meeting, guardian, pupil)
    confirmed, shared, withdrawn = together(
        lambda: services.confirm_address(
            mum, by=deputy, email="new@family.example", how="telephone"
        ),
        lambda: share_by_email(meeting, by=host),
        lambda: calls.withdraw(meeting, *families[0]),
    )
    found = (type(confirmed), type(shared), type(withdrawn))
    assert found == (Guardian, Meeting, Answer), (confirmed, shared, withdrawn)
    outbox.run_due(clock.now())
    letters = Notice.objects.filter(kind="meeting_join_link", guardian=mum)
    assert [(one.state, one.pupil_ids) for one in letters] == [("sent", [maya.pk])]


@pytest.mark.parametrize("attempt", range(TIMES))
def test_dates_answered_from_the_last_on_and_a_letter_about_all_of_them_never_wait_for_each_other(
    host: StaffMember, maya: Pupil, mum: Guardian, attempt: int
) -> None:
    calls_ = [
        Occurrence(
            about=f"meetings.meeting:{number}",
            asked=plan(starts_at=clock.now() + timedelta(days=10 + 7 * number)),
            pupil_ids=[maya.pk],
        )
        for number in range(3)
    ]
    asked = services.ask_series(by=host, series="meetings.series:1", calls=calls_)
    first, second, third = (request_of(question, maya, mum) for question in asked)
    said, noted = together(
        lambda: services.answer_dates(
            [third, first, second],
            by=mum,
            takes_part=True,
            may_be_recorded=None,
            name=mum.name,
            relationship="mother",
            versions={row.pk: 1 for row in (first, second, third)},
        ),
        lambda: services.mark_failed([first.pk, second.pk, third.pk], now=clock.now()),
    )
    assert [type(one) for one in said] == [Answer] * 3
    assert noted is None
