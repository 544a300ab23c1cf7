"""Reminders by the ladder and by hand: never too many, never two for one."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from consent import policy, selectors, services
from consent.models import Request
from notices import services as outbox
from notices.models import Notice
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.consent.builders import answer, ask, plan, request_of

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NOW = datetime.fromisoformat("2026-09-15T13:00:00+00:00")


@pytest.mark.parametrize(
    ("before", "replaced"),
    [
        (None, False),
        (timedelta(0), True),
        (timedelta(days=3), True),
        (timedelta(days=3, seconds=1), False),
        (timedelta(days=-1), False),
    ],
)
def test_reminder_by_hand_replaces_the_next_one_within_three_days(
    before: timedelta | None, replaced: bool
) -> None:
    reminded_at = None if before is None else NOW - before
    assert policy.is_replaced(reminded_at=reminded_at, at=NOW) is replaced


@pytest.mark.parametrize(("had", "may"), [(0, True), (2, True), (3, False), (9, False)])
def test_nobody_is_chased_a_fourth_time(had: int, may: bool) -> None:
    assert policy.may_chase(had=had) is may


def reminders() -> int:
    return Notice.objects.filter(kind="consent_reminder").count()


def test_reminder_by_hand_goes_to_those_who_have_not_answered(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian, dad: Guardian
) -> None:
    question = ask(host, maya, tom)
    outbox.run_due(clock.now())
    answer(request_of(question, tom, mum), takes_part=True)
    mail.outbox.clear()
    assert services.remind(question, by=host) == 2
    assert services.remind(question, by=host) == 0
    outbox.run_due(clock.now())
    asked = [letter for letter in mail.outbox if "Reminder" in letter.subject]
    assert sorted(letter.to[0] for letter in asked) == [
        "amina@family.example", "bayo@family.example",
    ]  # fmt: skip
    assert "Tom" not in "".join(letter.body for letter in asked)


def test_reminder_by_hand_takes_the_place_of_the_next_automatic_one(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    """Automatic ones are due after three and after eight days."""
    start = clock.now()
    question = ask(host, maya)
    travel(start + DAY)
    services.remind(question, by=host)
    travel(start + 3 * DAY)
    outbox.run_due(clock.now())
    assert reminders() == 1
    travel(start + 8 * DAY)
    outbox.run_due(clock.now())
    assert reminders() == 2


def test_reminder_by_hand_long_before_replaces_nothing(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    start = clock.now()
    question = ask(host, maya)
    travel(start + 4 * DAY)
    services.remind(question, by=host)
    travel(start + 8 * DAY)
    outbox.run_due(clock.now())
    assert reminders() == 2


def test_reminder_when_nobody_can_answer_is_refused(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    question = ask(host, maya)
    travel(question.closes_at)
    with pytest.raises(NotAllowed, match="nobody can answer any more"):
        services.remind(question, by=host)


def test_who_said_yes_hears_of_every_change_however_many(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    asked = plan()
    question = ask(host, maya, asked=asked)
    answer(request_of(question, maya, mum), takes_part=True)
    outbox.run_due(clock.now())
    mail.outbox.clear()
    for hours in range(1, 7):
        moved = plan(starts_at=asked.starts_at + timedelta(hours=hours))
        question = services.reword(question, by=host, asked=moved)
        outbox.run_due(clock.now())
    assert [letter.subject for letter in mail.outbox] == ["The video call has changed"] * 6


def test_who_has_not_answered_hears_of_three_things_at_most(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    asked = plan()
    question = ask(host, maya, asked=asked)
    for hours in range(1, 7):
        outbox.run_due(clock.now())
        moved = plan(starts_at=asked.starts_at + timedelta(hours=hours))
        question = services.reword(question, by=host, asked=moved)
    outbox.run_due(clock.now())
    assert len(mail.outbox) == 3


def test_letters_to_ask_counts_people_not_children(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian, dad: Guardian
) -> None:
    factories.make_pupil("Nobody")
    hidden = factories.make_pupil("Hidden", is_address_confidential=True)
    factories.tie_guardian(mum, hidden)
    adult = factories.make_pupil(
        "Adult", born_on=clock.today().replace(year=2000), email="a@x.example"
    )
    pupils = list(Pupil.objects.values_list("pk", flat=True))
    # Mother for two, mother for the hidden one, father, and the pupil who is 18.
    assert selectors.letters_to_ask(None, pupils, clock.now()) == 4
    question = ask(host, maya, tom, hidden, adult)
    assert Notice.objects.count() == 4
    assert selectors.letters_to_ask(question, pupils, clock.now()) == 0


class Chasing(RuleBasedStateMachine):
    """A call that is moved, changed, answered, reminded of and asked again, over many days."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.host = factories.make_staff("Host")
        factories.make_school()
        self.maya, self.tom = factories.make_pupil("Maya"), factories.make_pupil("Tom")
        self.mum = factories.make_guardian(self.maya, name="Mum", email="mum@x.example")
        factories.tie_guardian(self.mum, self.tom)
        self.dad = factories.make_guardian(self.maya, name="Dad", email="dad@x.example")
        self.now = NOW
        self.days = 20
        self.question: Any = None
        with self.at():
            self.question = ask(self.host, self.maya, self.tom, asked=self.plan())

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def at(self) -> Any:
        return clock.standing_at(self.now)

    def plan(self, **facts: Any) -> Any:
        return plan(starts_at=NOW + timedelta(days=self.days), **facts)

    @rule(days=st.integers(-6, 9), adult=st.sampled_from(["Colin", "Carol", "Rita"]))
    def change(self, days: int, adult: str) -> None:
        self.days = max(self.days + days, (self.now - NOW).days + 2)
        with self.at():
            self.question = services.reword(
                self.question, by=self.host, asked=self.plan(staff=("Host", adult))
            )

    @rule(hours=st.sampled_from([1, 5, 24, 24, 72]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def sweep(self) -> None:
        outbox.run_due(self.now)

    @rule()
    def remind(self) -> None:
        with self.at():
            if self.question.is_open(now=self.now):
                services.remind(self.question, by=self.host)

    @rule(who=st.sampled_from(["mum", "dad"]), yes=st.booleans())
    def say(self, who: str, yes: bool) -> None:
        request = request_of(self.question, self.maya, getattr(self, who))
        with self.at():
            if request.ended_at is None and self.question.is_open(now=self.now):
                answer(request, takes_part=yes)

    @rule()
    def take_off_and_ask_again(self) -> None:
        with self.at():
            if self.question.is_open(now=self.now):
                services.release(self.question, by=self.host, pupil_ids=[self.maya.pk])
                self.now += timedelta(seconds=1)
        with self.at():
            if self.question.is_open(now=self.now):
                self.question = services.ask(
                    by=self.host, about=self.question.about, asked=self.question.asked,
                    pupil_ids=[self.maya.pk], closes_at=self.question.closes_at,
                )  # fmt: skip

    @invariant()
    def nobody_is_chased_more_than_three_times(self) -> None:
        rows = Notice.objects.filter(
            kind__in=["consent_request", "consent_reminder", "consent_changed"]
        ).exclude(state="dropped")
        for guardian in (self.mum, self.dad):
            chased = [
                row
                for row in rows.filter(guardian=guardian)
                if not (row.detail.get("by") or row.detail.get("is_news"))
            ]
            assert len(chased) <= 3, [(row.kind, row.state) for row in chased]

    @invariant()
    def nobody_is_reminded_twice_a_day(self) -> None:
        rows = Notice.objects.filter(kind="consent_reminder").values_list("key", flat=True)
        assert len(set(rows)) == len(rows)
        assert Request.objects.count() == 3


def test_whatever_happens_to_a_call_nobody_is_chased_a_fourth_time() -> None:
    run_state_machine_as_test(
        Chasing,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
