"""A series is changed while a family answers all its dates. On PostgreSQL, with real threads."""

from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from audit import services as audit
from consent import selectors
from consent import services as consent
from consent.models import Answer, Request
from consent.services import Outdated, TooLate
from meetings import services
from meetings.models import Meeting
from notices import services as notices
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.journeys.test_standing_threads import at_once
from tests.meetings import calls, series

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ROUNDS = 8
DATES = 3


@pytest.fixture
def meetings(school_day: datetime, host: StaffMember, co_host: StaffMember) -> list[Meeting]:
    """Three dates, about which two families are asked."""
    pupils = [factories.make_pupil("Amy", "Adams"), factories.make_pupil("Ben", "Brown")]
    for pupil, name in zip(pupils, ("Alice Adams", "Bob Brown"), strict=True):
        factories.make_guardian(pupil, name=name)
    return series.asked(host, pupils, co_hosts=[co_host], days=series.weekly(DATES))


def say_yes_to_all(name: str) -> list[Answer]:
    rows = list(
        Request.objects.filter(guardian__name=name)
        .select_related("question", "pupil", "guardian")
        .order_by("question__closes_at")
    )
    guardian = rows[0].guardian
    assert guardian is not None
    return consent.answer_dates(
        rows,
        by=guardian,
        takes_part=True,
        may_be_recorded=None,
        name=name,
        relationship="mother",
        versions={row.pk: 1 for row in rows},
    )


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_answer_to_all_dates_against_a_change_of_all_is_never_a_yes_to_a_plan_not_read(
    host: StaffMember, colleague: StaffMember, meetings: list[Meeting], attempt: int
) -> None:
    def answer() -> int:
        try:
            return len(say_yes_to_all("Alice Adams"))
        except (Outdated, TooLate):
            return 0

    said, _, _ = at_once(
        answer,
        lambda: services.revise_later(
            meetings[0], by=host, what=calls.as_it_is(meetings[0], co_hosts=[colleague])
        ),
        lambda: notices.run_due(clock.now()),
    )
    assert said in {0, DATES}
    assert Answer.objects.count() == said
    given = selectors.pupil_consents([one.question_id or 0 for one in meetings], clock.now())
    assert not any(consent_of.is_given for consent_of in given.values())
    assert audit.verify() is None


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_two_families_and_two_hands_on_one_series_never_hang(
    host: StaffMember, co_host: StaffMember, meetings: list[Meeting], attempt: int
) -> None:
    def cancel() -> None:
        with suppress(NotAllowed):
            services.cancel_later(meetings[1], by=co_host)

    def move() -> None:
        hour = timedelta(hours=1)
        what = calls.as_it_is(
            meetings[0],
            starts_at=meetings[0].starts_at + hour,
            ends_at=meetings[0].ends_at + hour,
        )
        with suppress(NotAllowed):
            services.revise_later(meetings[0], by=host, what=what)

    def answer(name: str) -> None:
        with suppress(NotAllowed):
            say_yes_to_all(name)

    at_once(cancel, move, lambda: answer("Alice Adams"), lambda: answer("Bob Brown"))
    after = series.of(meetings[0].series) if meetings[0].series else []
    assert [one.status for one in after] == ["asked", "cancelled", "cancelled"]
    # All or none: nobody's answer is there for some of the dates alone.
    assert Answer.objects.count() in {0, DATES, 2 * DATES}
    assert audit.verify() is None
