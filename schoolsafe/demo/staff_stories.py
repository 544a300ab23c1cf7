"""What the demo school has decided about its staff: roles, and who stands in for some days."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from school import services
from school.roles import Role
from schoolsafe.demo.cast import Cast
from schoolsafe.demo.telling import Story
from schoolsafe.lib import clock
from schoolsafe.staffing import changes


def stories(cast: Cast) -> list[Callable[[], Story]]:
    """Return every story about the staff."""
    told = (helping, governing, second_lead, standing_in)
    return [partial(story, cast) for story in told]


def helping(cast: Cast) -> Story:
    """Tell of a teaching assistant who helped out in the office for some days."""
    at = cast.days.before(18, 8, 10)
    yield at
    today = clock.local(at).date()
    last = clock.local(cast.days.before(8, 8)).date()
    changes.give(
        cast.staff["nina"],
        by=cast.staff["margaret"],
        role=Role.OFFICE,
        starts_on=today,
        ends_on=last,
    )


def governing(cast: Cast) -> Story:
    """Tell of the sports coach, whom the staff have elected: he is a governor from the next month on."""
    at = cast.days.before(3, 16, 5)
    yield at
    changes.give(
        cast.staff["steve"],
        by=cast.staff["margaret"],
        role=Role.GOVERNOR,
        starts_on=cast.days.today + timedelta(days=21),
        ends_on=None,
    )


def second_lead(cast: Cast) -> Story:
    """Tell of a deputy whom the headteacher has proposed as second lead: it waits for the lead."""
    at = cast.days.before(1, 15, 40)
    yield at
    changes.propose(
        cast.staff["ruth"],
        by=cast.staff["margaret"],
        role=Role.DSL,
        reason="Joan works three days a week from next month on. Ruth has done the lead's training.",
        starts_on=cast.days.today + timedelta(days=10),
        ends_on=None,
    )


def standing_in(cast: Cast) -> Story:
    """Tell of a supply teacher who takes Year 2 for this week and the next: the office has seen her papers."""
    yield cast.days.before(1, 7, 50)
    services.engage_supply(
        by=cast.staff["olive"],
        name="Wanda Nowak",
        email="wanda.nowak@elmfield.example",
        telephone="07700 900461",
        starts_on=cast.days.today,
        ends_on=cast.days.today + timedelta(days=7),
        is_checked=True,
    )
