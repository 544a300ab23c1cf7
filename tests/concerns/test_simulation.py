"""The page that plays the ladder: the rungs of the real one, for a concern that nobody has logged."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Entry as AuditEntry
from concerns import policy, selectors
from concerns.models import Concern
from concerns.policy import Urgency
from concerns.selectors import Question
from notices.models import Ladder, Notice
from notices.services import run_due
from school.models import StaffMember
from tests import factories
from tests.concerns import log as make
from tests.concerns.test_policy import HOURS, a_concern, a_team

LONDON = ZoneInfo("Europe/London")
SignIn = Callable[..., Client]
FRIDAY = datetime(2026, 10, 23, 17, 30, tzinfo=LONDON)
HALF_TERM = [date(2026, 10, 23) + timedelta(days=day) for day in range(5)]


@pytest.fixture
def team(
    school_day: datetime,
    lead: StaffMember,
    deputy: StaffMember,
    head: StaffMember,
    chair: StaffMember,
) -> dict[str, StaffMember]:
    """Those who handle concerns, all with a telephone; the autumn's terms, with half-term between."""
    factories.make_term("Autumn 1", date(2026, 9, 1), date(2026, 10, 23))
    factories.make_term("Autumn 2", date(2026, 11, 2), date(2026, 12, 18))
    StaffMember.objects.update(telephone="020 7946 0999")
    return {"lead": lead, "deputy": deputy, "head": head, "chair": chair}


def told(question: Question) -> list[tuple[str, tuple[str, ...], bool]]:
    return [
        (f"{rung.at.astimezone(LONDON):%a %d %H:%M}", rung.told, rung.tells_reporter)
        for rung in selectors.play(question).rungs
    ]


@pytest.mark.django_db
def test_e77_friday_before_half_term_with_the_lead_on_leave_and_the_deputy_the_childs_mother(
    team: dict[str, StaffMember],
) -> None:
    question = Question(
        at=FRIDAY,
        urgency=Urgency.ROUTINE,
        away=frozenset({team["lead"].pk}),
        outside=frozenset({team["deputy"].pk}),
    )

    played = selectors.play(question)

    assert told(question) == [
        ("Fri 23 17:30", ("Hugo Head",), False),
        ("Sat 24 17:30", ("Hugo Head",), False),
        ("Mon 26 16:30", ("Hugo Head",), False),
        ("Mon 26 17:30", ("Hugo Head",), True),
    ]
    assert {rung.skipped for rung in played.rungs} == {("Leah Lead", "Dana Deputy")}
    assert [row.name for row in played.telephones] == ["Hugo Head"]
    # The clocks go back in that night, and the wait is one of real hours (E67).
    assert [rung.zone for rung in played.rungs] == ["BST", "BST", "GMT", "GMT"]
    assert [(day.day, day.why_closed) for day in played.days] == [
        (HALF_TERM[0], ""),
        (HALF_TERM[1], "a weekend"),
        (HALF_TERM[2], "a weekend"),
        (HALF_TERM[3], "outside term"),
    ]
    assert played.alarms == ["Nobody of the safeguarding team is on duty at this moment."]


@pytest.mark.django_db
@pytest.mark.parametrize("urgent", [True, False])
def test_what_is_played_is_what_happens(
    urgent: bool,
    team: dict[str, StaffMember],
    host: StaffMember,
    clock_at: Callable[[datetime], Any],
    school_day: datetime,
) -> None:
    """A real concern is logged at that moment, and the sweep does the rest."""
    factories.make_duty(team["deputy"], 1)
    factories.make_absence(team["lead"], school_day, school_day + timedelta(minutes=20))
    urgency = Urgency.URGENT if urgent else Urgency.ROUTINE
    expected = [
        (rung.at, sorted(rung.told))
        for rung in selectors.play(Question(at=school_day, urgency=urgency)).rungs
    ]
    concern = make.log(host, urgent=urgent)

    real = []
    for at, _ in expected:
        clock_at(at)
        run_due(at)
        letters = Notice.objects.about(concern.object).filter(
            kind__in=["concern_alert", "concern_escalated"], due_at=at
        )
        real.append((at, sorted(letters.values_list("staff__name", flat=True))))

    assert real == expected


def test_e82_every_ladder_is_played_to_the_telephone() -> None:
    for urgency in Urgency:
        for desk in policy.Desk:
            rungs = policy.play(a_concern(urgency=urgency, desk=desk), lambda _: a_team(), HOURS)

            assert [rung.step for rung in rungs] == [0, 1, 2, 3]
            assert rungs[-1].tells_reporter


def test_a_rung_is_made_of_the_people_of_its_own_moment() -> None:
    """The lead leaves between the first rung and the second."""
    crews = [a_team(), a_team()[1:]]

    rungs = policy.play(a_concern(), lambda now: crews[now > a_concern().clock_began_at], HOURS)

    assert [rung.tell[:2] for rung in rungs[:2]] == [(1,), (2,)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("about", "desk", "first"),
    [
        ("host", "the headteacher", ("Hugo Head",)),
        ("deputy", "the headteacher", ("Hugo Head",)),
        ("head", "the chair of governors", ("Chandra Chair",)),
        ("chair", "the headteacher", ("Hugo Head",)),
    ],
)
def test_e1_e2_played_about_a_member_of_staff(
    about: str,
    desk: str,
    first: tuple[str, ...],
    team: dict[str, StaffMember],
    request: pytest.FixtureRequest,
) -> None:
    person: StaffMember = request.getfixturevalue(about)

    played = selectors.play(Question(at=FRIDAY, urgency=Urgency.URGENT, about=person))

    assert (played.desk, played.rungs[0].told) == (desk, first)


@pytest.mark.django_db
def test_e78_a_year_whose_bank_holidays_nobody_knows_is_an_alarm(
    team: dict[str, StaffMember], lead: StaffMember, staff_client: SignIn
) -> None:
    far = datetime(2300, 1, 10, 10, tzinfo=LONDON)

    alarms = selectors.play(Question(at=far, urgency=Urgency.URGENT)).alarms

    assert "The bank holidays of 2300 are not known: every weekday of it counts as open." in alarms


@pytest.mark.django_db
def test_e78_the_queue_says_that_the_calendar_is_not_complete(
    school_day: datetime, lead: StaffMember, staff_client: SignIn
) -> None:
    text = staff_client(lead).get(reverse("concerns:list")).content.decode()

    assert "The school calendar is not complete." in text
    assert "No term dates are entered for September 2026" in text


@pytest.mark.django_db
def test_the_page_writes_nothing_tells_nobody_and_says_no_reason(
    team: dict[str, StaffMember], staff_client: SignIn
) -> None:
    make.log(factories.make_staff("Rita Reporter"))
    before = [model.objects.count() for model in (Concern, Ladder, Notice, AuditEntry)]
    typed = {
        "at": "2026-10-23T17:30",
        "urgency": "routine",
        "away": [team["lead"].pk],
        "outside": [team["deputy"].pk],
    }

    answer = staff_client(team["head"]).post(reverse("concerns:simulator"), typed)

    text = answer.content.decode()
    result = text[text.index("If nobody acknowledges it") : text.index("Suppose</h2>")]
    assert "Skipped: Leah Lead, Dana Deputy" in result
    assert "Friday 23 October" in result
    assert [word for word in ("family", "leave", "away", "conflict") if word in result] == []
    after = [model.objects.count() for model in (Concern, Ladder, Notice, AuditEntry)]
    assert after == before


@pytest.mark.django_db
def test_the_page_keeps_what_was_typed_and_says_what_is_missing(
    team: dict[str, StaffMember], staff_client: SignIn
) -> None:
    answer = staff_client(team["lead"]).post(
        reverse("concerns:simulator"), {"at": "half past", "away": [team["deputy"].pk]}
    )

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Write the day and the time" in text
    assert "half past" in text


@pytest.mark.django_db
def test_a_hole_in_the_rota_and_a_team_without_telephones_are_alarms(
    team: dict[str, StaffMember], school_day: datetime
) -> None:
    factories.make_duty(team["deputy"], 1)
    StaffMember.objects.update(telephone="")

    alarms = selectors.play(Question(at=school_day, urgency=Urgency.URGENT)).alarms

    assert alarms == [
        "Dana Deputy is on duty and has no telephone number.",
        "The last rung has nobody at school who can be telephoned.",
    ]


# --- The rota -----------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(("telephone", "slots"), [("", 0), ("020 7946 0999", 1)])
def test_e89_the_rota_takes_no_duty_of_somebody_who_cannot_be_rung(
    telephone: str, slots: int, lead: StaffMember, deputy: StaffMember, staff_client: SignIn
) -> None:
    StaffMember.objects.filter(pk=deputy.pk).update(telephone=telephone)
    typed = {"staff": deputy.pk, "weekday": 1, "starts_at": "08:00", "ends_at": "12:00"}

    answer = staff_client(lead).post(reverse("school:add_duty"), typed)

    assert deputy.duty_slots.count() == slots
    assert ("needs a telephone number" in answer.content.decode()) is (slots == 0)
