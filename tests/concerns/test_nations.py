"""A school in Scotland, Wales or Northern Ireland: its calendar, and the words of its lists (E105)."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from concerns import services
from concerns.models import Agency, Outcome
from school.models import School, StaffMember
from tests import factories
from tests.concerns import log as make

pytestmark = pytest.mark.django_db
# Saint Andrew's Day, a bank holiday in Scotland alone: Monday 30 November 2026.
ST_ANDREW = datetime(2026, 11, 30, 9, tzinfo=ZoneInfo("Europe/London"))


def test_e105_a_school_is_in_england_unless_it_says_otherwise(school: School) -> None:
    assert School().nation == school.nation == "ENG"


@pytest.mark.parametrize(
    ("nation", "due_on"),
    [
        ("ENG", date(2026, 11, 30)),
        ("WLS", date(2026, 11, 30)),
        ("NIR", date(2026, 11, 30)),
        ("SCT", date(2026, 12, 1)),
    ],
)
def test_e105_what_can_wait_waits_over_the_holidays_of_the_schools_own_nation(
    nation: str,
    due_on: date,
    clock_at: Callable[[datetime], time_machine.Traveller],
    host: StaffMember,
    lead: StaffMember,
) -> None:
    factories.make_school(nation=nation)
    clock_at(ST_ANDREW)
    concern = make.log(host, make.child(factories.make_pupil()), urgent=False)
    assert concern.acknowledge_by.astimezone(ST_ANDREW.tzinfo).date() == due_on


def test_e105_whom_one_tells_and_what_is_decided_stand_in_the_words_of_the_schools_lists(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    staff_client: Callable[..., Client],
) -> None:
    factories.make_school(nation="SCT")
    reporter = Agency.objects.create(name="Children's Reporter", takes_reports=True)
    hearing = Outcome.objects.create(name="Referred to a children's hearing")
    concern = services.acknowledge(make.log(host, urgent=False), by=lead)
    client = staff_client(lead)
    for act, name, row in (("refer", "agency", reporter), ("notify", "agency", reporter)):
        page = client.get(reverse(f"concerns:{act}", args=[concern.reference]))
        assert list(page.context["form"].fields[name].queryset) == [row]

    decide = reverse("concerns:decide", args=[concern.reference])
    client.post(decide, {"outcome": hearing.pk, "reasons": "They hear it next week."})

    assert concern.entries.get(kind="decision").outcome == hearing
