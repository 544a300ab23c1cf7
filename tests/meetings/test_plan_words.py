"""What a plan says of itself while it is typed: its title, and an end before its start."""

from datetime import timedelta
from uuid import uuid4

import pytest

from meetings import pages
from meetings.forms import PlanForm
from meetings.forms.plan import names_pupil
from school.models import Pupil, StaffMember
from schoolsafe.lib import clock
from tests import factories
from tests.meetings import calls


def form_of(host: StaffMember, *pupils: Pupil, **typed: object) -> PlanForm:
    day = clock.today() + timedelta(days=3)
    given: dict[str, object] = {
        "key": str(uuid4()),
        "title": "Reading group",
        "purpose": calls.make_purpose().pk,
        "day": f"{day:%Y-%m-%d}",
        "starts": "10:00",
        "ends": "10:30",
        "pupils": [pupil.pk for pupil in pupils],
        "is_recorded": "on",
    }
    return PlanForm(given | typed, host=host)


@pytest.mark.parametrize(
    ("title", "is_named"),
    [
        ("Poetry lunch with Freya Price", True),
        ("freya's reading", True),
        ("The Price family", True),
        ("Reading group", False),
        ("Freyas and Prices", False),
    ],
)
def test_title_that_names_a_pupil_is_found(title: str, is_named: bool) -> None:
    assert names_pupil(title, Pupil(given_name="Freya", family_name="Price")) is is_named


def test_title_that_names_a_pupil_on_the_call_is_refused_beside_the_field(
    host: StaffMember,
) -> None:
    freya, tom = factories.make_pupil("Freya", "Price"), factories.make_pupil("Tom", "Brandt")
    form = form_of(host, freya, tom, title="Poetry with Freya")
    assert form.errors == {
        "title": ["Every family reads this: leave Freya Price's name out of it."]
    }


def test_end_before_the_start_is_not_called_safe_while_it_is_typed(host: StaffMember) -> None:
    pupils = [factories.make_pupil(), factories.make_pupil()]
    now = clock.now()
    box = pages.planning_box(form_of(host, *pupils, ends="09:00").facts(now), now)
    assert [finding.code for finding in box.findings if finding.blocks] == ["times_wrong"]
    assert box.tone == "stop"
