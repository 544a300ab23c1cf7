"""Where the ladder of a concern ends while the school is closed: at whoever said that they answer (G13)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from concerns import policy, selectors
from concerns.policy import Colleague, Desk, Urgency
from concerns.selectors import Question
from notices.models import Notice
from notices.services import run_due
from school import services
from school.models import StaffMember
from schoolsafe.lib import clock
from tests import factories
from tests.concerns import log as make
from tests.concerns.test_policy import CHAIR, DEPUTY, HEAD, HOURS, LEAD, LONDON, a_concern, a_team
from tests.concerns.test_simulation import SignIn, team

__all__ = ["team"]

# A Monday of half-term, a Tuesday of school, a bank holiday, and a Saturday of term.
HALF_TERM = datetime(2026, 10, 26, 10, tzinfo=LONDON)
SCHOOL = datetime(2026, 9, 15, 10, tzinfo=LONDON)
SATURDAY = datetime(2026, 9, 19, 10, tzinfo=LONDON)
BANK_HOLIDAY = datetime(2026, 12, 25, 10, tzinfo=LONDON)


def covered_by(*ids: int, **more: object) -> list[Colleague]:
    """The team, with the lead down for a weekly duty, and these who answer besides."""
    return a_team(facts={pk: {"is_covering": True, **more} for pk in ids})


def rung(at: datetime, step: int, people: list[Colleague], **facts: object) -> policy.Rung:
    """The rung on which a concern stands that was logged so long ago that this step is due at an instant."""
    concern = a_concern(logged_at=at, clock_began_at=at, **facts)
    began = at - (policy_due(concern, step) - at)
    there = policy.rung_at(replace(concern, clock_began_at=began), people, HOURS, now=at)
    assert there is not None
    return there


def policy_due(concern: policy.Facts, step: int) -> datetime:
    waits = (0, 15, 30, 60)
    return concern.clock_began_at + timedelta(minutes=waits[step])


@pytest.mark.parametrize(
    ("at", "covering", "told"),
    [
        # A weekly duty stands on school days, and at a weekend of term if somebody is down for it.
        (SCHOOL, (), (LEAD,)),
        (SATURDAY, (), (LEAD,)),
        (SCHOOL, (DEPUTY,), (LEAD, DEPUTY)),
        # While the school is closed nobody is there because it is a Monday: all of the team, at once.
        (HALF_TERM, (), (LEAD, DEPUTY)),
        (BANK_HOLIDAY, (), (LEAD, DEPUTY)),
        # Or whoever said that they answer.
        (HALF_TERM, (DEPUTY,), (DEPUTY,)),
        (BANK_HOLIDAY, (DEPUTY,), (DEPUTY,)),
    ],
)
def test_g13_urgent_first_tells_whoever_answers_on_that_day(
    at: datetime, covering: tuple[int, ...], told: tuple[int, ...]
) -> None:
    assert rung(at, 0, covered_by(*covering)).tell == told


@pytest.mark.parametrize(
    ("at", "covering", "facts", "told", "telephone"),
    [
        (SCHOOL, (DEPUTY,), {}, (HEAD, CHAIR), (LEAD, DEPUTY, HEAD)),
        (HALF_TERM, (), {}, (HEAD, CHAIR), (LEAD, DEPUTY, HEAD)),
        # The last rung is a person with a telephone number who said that they answer then.
        (HALF_TERM, (DEPUTY,), {}, (HEAD, CHAIR, DEPUTY), (DEPUTY, LEAD, HEAD)),
        (HALF_TERM, (HEAD,), {}, (HEAD, CHAIR), (HEAD, LEAD, DEPUTY)),
        # E81, E9: never whoever stands outside it, and nobody who does not read it.
        (HALF_TERM, (DEPUTY,), {"excluded": frozenset({DEPUTY})}, (HEAD, CHAIR), (LEAD, HEAD)),
        (HALF_TERM, (DEPUTY,), {"desk": Desk.HEADTEACHER}, (HEAD, CHAIR), (HEAD,)),
        (HALF_TERM, (DEPUTY,), {"desk": Desk.CHAIR}, (CHAIR,), (CHAIR,)),
    ],
)
def test_g13_while_the_school_is_closed_the_ladder_ends_at_whoever_said_that_they_answer(
    at: datetime,
    covering: tuple[int, ...],
    facts: dict[str, object],
    told: tuple[int, ...],
    telephone: tuple[int, ...],
) -> None:
    last = rung(at, 3, covered_by(*covering), **facts)
    assert (last.is_last, last.tell, last.telephone) == (True, told, telephone)


def test_g13_whoever_answers_and_is_away_all_the_same_is_passed_over() -> None:
    last = rung(HALF_TERM, 3, covered_by(DEPUTY, is_away=True))
    assert (last.tell, last.telephone) == ((HEAD, CHAIR), (LEAD, HEAD))
    assert last.skipped == (DEPUTY,)


def test_g13_whoever_answers_and_has_no_telephone_number_is_told_and_not_rung() -> None:
    last = rung(HALF_TERM, 3, covered_by(DEPUTY, has_telephone=False))
    assert (last.tell, last.telephone) == ((HEAD, CHAIR, DEPUTY), (LEAD, HEAD))


# --- With rows ------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_g13_simulator_plays_a_holiday_to_whoever_answers_in_it(
    team: dict[str, StaffMember],
) -> None:
    factories.make_duty(team["lead"], 0)
    question = Question(at=HALF_TERM, urgency=Urgency.URGENT)
    before = selectors.play(question)
    deputy = StaffMember.objects.get(pk=team["deputy"].pk)
    services.answer_besides(
        deputy,
        by=deputy,
        starts_at=datetime(2026, 10, 24, tzinfo=LONDON),
        ends_at=datetime(2026, 11, 2, tzinfo=LONDON),
    )
    after = selectors.play(question)

    assert "Nobody has said that they answer in this holiday." in before.alarms
    assert before.rungs[0].told == ("Leah Lead", "Dana Deputy")
    assert after.alarms == []
    assert [one.told for one in (after.rungs[0], after.rungs[-1])] == [
        ("Dana Deputy",),
        ("Hugo Head", "Chandra Chair", "Dana Deputy"),
    ]
    assert [one.name for one in after.telephones][0] == "Dana Deputy"


@pytest.mark.django_db
def test_g13_alert_of_the_holiday_goes_to_her_and_the_reporter_reads_whom_to_ring(
    team: dict[str, StaffMember],
    host: StaffMember,
    clock_at: object,
    staff_client: SignIn,
) -> None:
    deputy = StaffMember.objects.get(pk=team["deputy"].pk)
    services.answer_besides(
        deputy,
        by=deputy,
        starts_at=datetime(2026, 10, 24, tzinfo=LONDON),
        ends_at=datetime(2026, 11, 2, tzinfo=LONDON),
    )
    clock_at(HALF_TERM)  # type: ignore[operator]
    client: Client = staff_client(host)
    page = client.get(reverse("concerns:log"))
    make.log(host)
    run_due(clock.now())

    told = Notice.objects.filter(kind="concern_alert").values_list("staff", flat=True)
    assert list(told) == [deputy.pk]
    assert [one.name for one in page.context["first"]] == [
        "Dana Deputy",
        "Hugo Head",
        "Chandra Chair",
    ]
