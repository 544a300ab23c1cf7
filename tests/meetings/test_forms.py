"""What is typed about a call, made into facts and plans."""

from datetime import date, timedelta
from typing import Any

import pytest

from meetings import policy, services
from meetings.forms import ChecklistForm, ClosingForm, PlanForm, showing
from meetings.services import Ending
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from tests import factories
from tests.meetings import calls
from tests.meetings.pages import plan_form

Family = tuple[Guardian, Pupil]
KEEP_UNTIL = date(2026, 10, 17)
KEPT = {"recorded": "yes", "recording_kept_at": "OneDrive", "destroy_by": "2026-10-17"}
HELD = {"ended": "end_meeting", "recorded": "no", "troubling": "no"}


def test_plan_form_offers_pupils_on_roll_and_working_colleagues_only(
    host: StaffMember,
    co_host: StaffMember,
    office: StaffMember,
    leaver: StaffMember,
    amy: Family,
) -> None:
    factories.make_pupil("Gone", "Away", left_on=date(2026, 7, 20))
    form = PlanForm.blank(host)
    fields: dict[str, Any] = form.fields
    assert list(fields["pupils"].queryset) == [amy[1]]
    assert list(fields["co_hosts"].queryset) == [co_host]
    assert list(fields["reserves"].queryset) == [co_host]


def test_plan_form_takes_nobody_who_is_not_offered(
    host: StaffMember, co_host: StaffMember, office: StaffMember, amy: Family
) -> None:
    gone = factories.make_pupil("Gone", "Away", left_on=date(2026, 7, 20))
    form = PlanForm(plan_form([gone], co_hosts=[office.pk, host.pk]), host=host)
    assert set(form.errors) == {"pupils", "co_hosts"}


def test_plan_form_of_a_call_says_back_what_the_call_is(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Family, ben: Family
) -> None:
    meeting = calls.planned(
        host, [amy[1], ben[1]], co_hosts=[co_host], reserves=[colleague], is_recorded=True
    )
    form = PlanForm(showing(services.plan_of(meeting)), host=host)
    assert form.is_valid(), form.errors
    assert form.what() == calls.as_it_is(meeting)
    assert (form.plan_key, form.guidance) == (None, "")


@pytest.mark.parametrize(
    ("typed", "starts", "minutes"),
    [
        ({}, calls.STARTS, 45),
        ({"ends": ""}, calls.STARTS, 30),
        ({"day": ""}, None, 30),
        ({"starts": "half past two"}, None, 30),
    ],
)
def test_facts_of_what_is_typed_so_far_do_not_mind_what_is_missing(
    typed: dict[str, str],
    starts: Any,
    minutes: int,
    host: StaffMember,
    amy: Family,
) -> None:
    now = clock.now()
    facts = PlanForm(plan_form([amy[1]], **typed), host=host).facts(now)
    assert facts.starts_at == starts or facts.starts_at == now + timedelta(days=1)
    assert facts.ends_at - facts.starts_at == timedelta(minutes=minutes)
    assert [place.name for place in facts.places] == ["Amy Adams"]
    assert [seat.name for seat in facts.seats] == ["Helen Host"]


def test_plan_form_means_the_wall_clock_of_the_day_in_winter_too(
    host: StaffMember, amy: Family
) -> None:
    form = PlanForm(plan_form([amy[1]], day="2026-11-17"), host=host)
    assert form.is_valid(), form.errors
    assert form.what().starts_at.isoformat() == "2026-11-17T14:00:00+00:00"


@pytest.mark.parametrize(
    ("typed", "ending"),
    [
        (HELD, Ending()),
        (HELD | {"ended": "hung_up"}, Ending(hung_up=True)),
        (HELD | {"troubling": "yes"}, Ending(was_troubling=True)),
        (
            HELD | KEPT,
            Ending(was_recorded=True, recording_kept_at="OneDrive", destroy_by=KEEP_UNTIL),
        ),
        (HELD | {"recording_kept_at": "nowhere"}, Ending()),
        (
            HELD | KEPT | {"ended": "not_held"},
            Ending(took_place=False),
        ),
    ],
)
def test_closing_form_says_how_the_call_ended(typed: dict[str, str], ending: Ending) -> None:
    form = ClosingForm(typed, is_planned_recorded=True, keep_until=KEEP_UNTIL)
    assert form.is_valid(), form.errors
    assert form.how() == ending


def test_checklist_offers_what_is_needed_and_no_more() -> None:
    needed = frozenset({policy.CheckItem.CONDUCT, policy.CheckItem.RECORDING})
    form = ChecklistForm({"items": ["recording", "conduct"]}, needed=needed)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["items"] == ["conduct", "recording"]
    assert not ChecklistForm({"items": ["conduct"]}, needed=needed).is_valid()
    assert not ChecklistForm({"items": ["conduct", "background"]}, needed=needed).is_valid()
