"""The ladder played on the demo school, as a visitor would."""

from datetime import timedelta

from concerns import selectors
from concerns.policy import Urgency
from concerns.selectors import Question
from school.models import StaffMember, Term
from school.roles import Role
from schoolsafe.lib import clock
from tests.demo.conftest import Demo


def test_e77_friday_before_half_term_with_the_lead_on_leave_and_the_deputy_the_childs_mother(
    demo: Demo,
) -> None:
    today = clock.local(demo.now).date()
    last = Term.objects.filter(ends_on__gt=today).order_by("ends_on").first()
    assert last is not None
    friday = last.ends_on - timedelta(days=(last.ends_on.weekday() - 4) % 7)
    at = clock.at(friday, clock.local(demo.now).time().replace(hour=17, minute=30))
    lead = StaffMember.objects.holding(Role.DSL, on=today).get()
    team = StaffMember.objects.holding(Role.SAFEGUARDING, on=today)
    deputy = team.exclude(pk=lead.pk).order_by("pk")[0]
    question = Question(
        at=at,
        urgency=Urgency.ROUTINE,
        away=frozenset({lead.pk}),
        outside=frozenset({deputy.pk}),
    )

    played = selectors.play(question)

    told = {name for rung in played.rungs for name in rung.told}
    assert told.isdisjoint({lead.name, deputy.name})
    assert all(rung.told for rung in played.rungs)
    assert played.rungs[-1].tells_reporter
    assert played.rungs[-1].at - at < timedelta(days=4)
    assert [row for row in played.telephones if row.number] == played.telephones != []
    assert played.telephones[0].name not in {lead.name, deputy.name}
    assert [day.why_closed for day in played.days][1:3] == ["a weekend", "a weekend"]
