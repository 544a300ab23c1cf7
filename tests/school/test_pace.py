"""Each number that the school may choose changes what its rule says, and without a choice nothing did."""

from dataclasses import fields, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from concerns.policy import Status, Urgency, ladder, transfer
from concerns.policy.transfer import Leaving, Whither
from consent.policy import timing
from notices.models import Notice
from school import selectors, terms
from school.calendar import Calendar
from school.models import School, StaffMember
from school.pace import PACE, SPANS, Pace, Spans
from school.services import change_setting
from school.settings import SETTINGS
from tests import factories
from tests.concerns.log import child, log
from tests.concerns.test_policy import DEPUTY, HEAD, LEAD, a_concern, a_team

LONDON = ZoneInfo("Europe/London")
USUAL = Calendar(opens_at=time(8, 30), closes_at=time(16), zone=LONDON, nation="ENG",
                 terms=((date(2026, 9, 1), date(2026, 12, 18)),))  # fmt: skip
# A Tuesday in term, ten in the morning.
TEN = datetime(2026, 9, 15, 10, 0, tzinfo=LONDON)
LEFT = date(2026, 9, 15)


def calendar(**chosen: int) -> Calendar:
    return replace(USUAL, pace=Pace.of(chosen))


def test_defaults_of_the_rules_are_those_of_the_settings() -> None:
    assert {one.name: one.default for one in (*fields(Pace), *fields(Spans))} == {
        name: SETTINGS[name].default for name in (*PACE, *SPANS)
    }


@pytest.mark.parametrize("odd", [{"call_minutes": "9"}, {"call_minutes": True}, {"nonsense": 1}])
def test_what_is_no_number_or_no_name_is_as_suggested(odd: dict[str, object]) -> None:
    assert Pace.of(odd) == Pace()
    assert Spans.of(odd | {"keep_years": "1"}) == Spans()


@pytest.mark.parametrize(
    ("chosen", "urgent", "due"),
    [
        ({}, True, [0, 15, 30, 60, 120]),
        ({"urgent_team_minutes": 10}, True, [0, 10, 30, 60, 120]),
        ({"urgent_head_minutes": 20}, True, [0, 15, 20, 60, 120]),
        ({"urgent_chair_minutes": 45}, True, [0, 15, 30, 45, 105]),
        ({}, False, [0, 120, 360, 420]),
        ({"routine_team_hours": 1}, False, [0, 60, 360, 420]),
    ],
)
def test_e79_alerts_climb_at_the_pace_that_is_chosen(
    chosen: dict[str, int], urgent: bool, due: list[int]
) -> None:
    urgency = Urgency.URGENT if urgent else Urgency.ROUTINE
    concern = a_concern(urgency=urgency, logged_at=TEN, clock_began_at=TEN)
    waits = [ladder.due_at(concern, step, calendar(**chosen)) - TEN for step in range(len(due))]
    assert waits == [timedelta(minutes=one) for one in due]


@pytest.mark.parametrize(
    ("chosen", "hour", "head"),
    [
        # Logged at ten: two hours later is noon, the day ends at four.
        ({}, 10, 16),
        ({"routine_head_hours": 3}, 10, 13),
        ({"routine_head_hours": 6}, 10, 16),
        # Late in the day the end of it comes first, and never before the team has had its second chance.
        ({"routine_head_hours": 3}, 13, 16),
        ({"routine_head_hours": 6}, 13, 16),
        ({"routine_head_hours": 2, "routine_team_hours": 1}, 12, 14),
    ],
)
def test_p14_e77_headteacher_hears_of_a_routine_concern_the_same_day_or_sooner(
    chosen: dict[str, int], hour: int, head: int
) -> None:
    concern = a_concern(urgency=Urgency.ROUTINE, clock_began_at=TEN.replace(hour=hour))
    assert ladder.due_at(concern, 2, calendar(**chosen)) == TEN.replace(hour=head)
    # Then the last step, an hour later.
    assert ladder.due_at(concern, 3, calendar(**chosen)) == TEN.replace(hour=head + 1)


@pytest.mark.parametrize("began", [TEN + timedelta(hours=one) for one in range(0, 24 * 7, 5)])
def test_e77_headteacher_never_hears_later_than_without_a_choice(began: datetime) -> None:
    concern = a_concern(urgency=Urgency.ROUTINE, clock_began_at=began)
    usual = ladder.due_at(concern, 2, USUAL)
    for hours in range(2, 7):
        assert ladder.due_at(concern, 2, calendar(routine_head_hours=hours)) <= usual


@pytest.mark.parametrize(
    ("chosen", "asked"),
    [({}, [0, 1, 2]), ({"decide_all_days": 2}, [0, 2, 3]), ({"decide_all_days": 3}, [0, 3, 4])],
)
def test_e21_everybody_is_asked_for_a_decision_so_many_days_later(
    chosen: dict[str, int], asked: list[int]
) -> None:
    day, second = timedelta(days=1), timedelta(seconds=1)
    concern = a_concern(status=Status.ACKNOWLEDGED, taken_by=LEAD, decide_by=TEN)
    pace = calendar(**chosen)
    for step, days in enumerate(asked):
        rung = ladder.rung_at(concern, a_team(), pace, now=TEN + days * day)
        assert rung is not None
        assert (rung.step, rung.due_at) == (step, TEN + days * day)
        assert rung.tell == ((LEAD,) if step == 0 else (LEAD, DEPUTY, HEAD))
        coming = ladder.next_rung(concern, a_team(), pace, now=TEN + days * day - second)
        assert (coming and coming.due_at) == rung.due_at


@pytest.mark.parametrize(
    ("chosen", "day"), [({}, 16), ({"decide_school_days": 2}, 17), ({"decide_school_days": 4}, 21)]
)
def test_e21_decision_is_due_so_many_school_days_later(chosen: dict[str, int], day: int) -> None:
    until = ladder.decide_by(calendar(**chosen), acknowledged_at=TEN)
    assert until == datetime(2026, 9, day, 16, 0, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("chosen", "days"),
    [
        ({}, [15, 17, 21]),
        ({"transfer_due_days": 4}, [15, 17, 18]),
        ({"transfer_warn_days": 2}, [15, 16, 21]),
    ],
)
def test_g31_file_of_a_leaver_is_due_and_reminded_of(
    chosen: dict[str, int], days: list[int]
) -> None:
    plan = transfer.plan_of(Leaving(left_on=LEFT, whither=Whither.SCHOOL), calendar(**chosen))
    assert plan is not None
    assert [at.day for at in plan.first] == days
    assert transfer.due_on(calendar(**chosen), LEFT).day == days[-1]


@pytest.mark.parametrize(("chosen", "day"), [({}, 22), ({"receipt_chase_days": 3}, 18)])
def test_e91_receipt_is_chased(chosen: dict[str, int], day: int) -> None:
    sent = Leaving(left_on=LEFT, whither=Whither.SCHOOL, sent_at=TEN)
    plan = transfer.plan_of(sent, calendar(**chosen))
    assert plan is not None
    assert [at.day for at in plan.first] == [day]


@pytest.mark.parametrize(
    ("chosen", "before"),
    [
        ({}, [(168, False), (48, False), (24, True)]),
        ({"remind_first_days": 14}, [(336, False), (48, False), (24, True)]),
        ({"remind_second_days": 3}, [(168, False), (72, False), (24, True)]),
        ({"tell_asker_hours": 36}, [(168, False), (48, False), (36, True)]),
    ],
)
def test_families_are_reminded_at_the_pace_that_is_chosen(
    chosen: dict[str, int], before: list[tuple[int, bool]]
) -> None:
    starts_at = TEN + timedelta(days=30)
    rungs = timing.rungs(asked_at=TEN, starts_at=starts_at, pace=Pace.of(chosen))
    assert [
        ((starts_at - one.at) // timedelta(hours=1), one.tells_asker) for one in rungs
    ] == before


@pytest.mark.parametrize(
    ("most", "had", "may"), [(3, 2, True), (3, 3, False), (2, 1, True), (2, 2, False)]
)
def test_families_are_chased_as_often_as_is_chosen(most: int, had: int, may: bool) -> None:
    assert timing.may_chase(had=had, pace=Pace(most_messages=most)) is may


def test_what_is_chosen_reaches_the_rules(lead: StaffMember) -> None:
    assert terms.calendar().pace == selectors.pace() == Pace()
    change_setting("urgent_team_minutes", 10, by=lead, why="It is a big site.", seen=0)
    change_setting("most_messages", 2, by=lead, why="Families complain.", seen=0)
    expected = Pace(urgent_team_minutes=10, most_messages=2)
    assert terms.calendar().pace == selectors.pace() == expected
    assert selectors.spans() == Spans()
    assert School.objects.current().chosen == {"urgent_team_minutes": 10, "most_messages": 2}


def test_e87_reporter_at_home_is_reminded_when_the_school_says(
    school_day: datetime, host: StaffMember, deputy: StaffMember, lead: StaffMember
) -> None:
    change_setting("call_minutes", 10, by=lead, why="Sooner.", seen=0)
    log(host, child(factories.make_pupil()), is_from_home=True)
    due = set(Notice.objects.filter(kind="concern_nag").values_list("due_at", flat=True))
    assert due == {school_day + timedelta(minutes=10)}


def test_acknowledge_by_is_what_the_school_says(
    school_day: datetime, host: StaffMember, deputy: StaffMember, lead: StaffMember
) -> None:
    change_setting("urgent_team_minutes", 10, by=lead, why="Sooner.", seen=0)
    concern = log(host, child(factories.make_pupil()), urgent=True)
    assert concern.acknowledge_by == school_day + timedelta(minutes=10)
