"""What the tests of a yes for the school year are made of."""

from datetime import timedelta
from typing import Any

from consent import services
from consent.models import Question, Request, StandingConsent
from consent.policy import Asked
from consent.selectors.covering import cover_now
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from tests.consent.builders import answer, ask, plan, request_of

KIND = "meetings.purpose:1"


def reading(days: int = 10, **facts: Any) -> Asked:
    """A call of the kind that a yes for the school year is about."""
    return plan(kind=KIND, starts_at=clock.now() + timedelta(days=days), **facts)


def give(
    host: StaffMember, pupil: Pupil, guardian: Guardian, *, about: str = "first", **facts: Any
) -> StandingConsent:
    """Say yes to a first call, and on its receipt to all of its kind."""
    question = ask(host, pupil, about=about, asked=reading(**facts))
    request = request_of(question, pupil, guardian)
    answer(request, takes_part=True, may_be_recorded=True)
    return give_by(request)


def give_by(request: Request) -> StandingConsent:
    """Say it with the link of a request."""
    cover = cover_now(request)
    assert cover is not None
    assert request.guardian is not None
    return services.give_standing(
        request, by=request.guardian, cover=cover, name=request.guardian.name
    )


def later(
    host: StaffMember, *pupils: Pupil, about: str = "later", days: int = 17, **facts: Any
) -> Question:
    """Ask about a later call of the same kind."""
    return ask(host, *pupils, about=about, asked=reading(days, **facts))
