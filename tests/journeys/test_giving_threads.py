"""A yes for the year is given in the moment in which its ground is taken away. On PostgreSQL."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from consent import selectors
from consent import services as consent
from consent.models import Answer, Request, StandingConsent
from consent.policy import Status
from consent.selectors.covering import cover_now
from meetings.models import Meeting
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.journeys.test_standing_threads import at_once
from tests.meetings import calls

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

ROUNDS = 8
Family = tuple[Guardian, Pupil]


@pytest.fixture
def families(school_day: datetime) -> list[Family]:
    """Amy and Ben, each with a parent."""
    factories.make_term()
    pupils = [factories.make_pupil("Amy", "Adams"), factories.make_pupil("Ben", "Brown")]
    return [
        (factories.make_guardian(pupil, name=name), pupil)
        for pupil, name in zip(pupils, ("Alice Adams", "Bob Brown"), strict=True)
    ]


def asked_of(meeting: Meeting, family: Family) -> Request:
    rows = Request.objects.select_related("question", "pupil", "guardian")
    return rows.get(question=meeting.question_id, guardian=family[0], pupil=family[1])


def refused_or_done(change: Callable[[], object]) -> Callable[[], None]:
    """Either order is right: who comes second may be refused."""

    def do() -> None:
        try:
            change()
        except NotAllowed:
            return

    return do


@pytest.mark.parametrize("how", ["undo", "set aside", "disown"])
@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_yes_for_the_year_never_outlives_the_answer_on_which_it_was_given(
    how: str,
    attempt: int,
    host: StaffMember,
    co_host: StaffMember,
    office: StaffMember,
    families: list[Family],
) -> None:
    amy = families[0]
    first = calls.agreed(host, families, co_hosts=[co_host])
    asked = asked_of(first, amy)
    said = Answer.objects.get(request=asked)
    cover = cover_now(asked)
    assert cover is not None
    take_away = {
        "undo": lambda: consent.undo(asked, by=amy[0]),
        "set aside": lambda: consent.invalidate(said, by=office, reason="It was not her."),
        "disown": lambda: consent.disown(asked, by=amy[0]),
    }[how]
    at_once(
        take_away,
        refused_or_done(
            lambda: consent.give_standing(asked, by=amy[0], cover=cover, name=amy[0].name)
        ),
    )
    assert not StandingConsent.objects.filter(ended_at=None).exists()
    later = calls.asked(
        host,
        [pupil for _, pupil in families],
        co_hosts=[co_host],
        starts_at=calls.STARTS + timedelta(days=7),
        ends_at=calls.ENDS + timedelta(days=7),
    )
    assert later.question_id is not None
    found = selectors.pupil_consents([later.question_id], clock.now())
    assert found[later.question_id, amy[1].pk].status is not Status.GIVEN


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_e26_answer_in_the_moment_of_the_disowning_never_stands(
    attempt: int, host: StaffMember, co_host: StaffMember, families: list[Family]
) -> None:
    amy = families[0]
    meeting = calls.asked(host, [pupil for _, pupil in families], co_hosts=[co_host])
    asked = asked_of(meeting, amy)
    at_once(
        lambda: consent.disown(asked, by=amy[0]),
        refused_or_done(lambda: calls.answer(meeting, *amy)),
    )
    asked.refresh_from_db()
    said = Answer.objects.filter(request=asked, recorded_at__lte=asked.disowned_at).exists()
    found = selectors.pupil_consents([asked.question_id], clock.now())
    status = found[asked.question_id, amy[1].pk].status
    # One that came first waits for staff; one that came second was given after "not me".
    assert (status is Status.GIVEN) == (Answer.objects.exists() and not said)
