"""What a new school finds in the two lists it may edit: the migration's own rows."""

import importlib
from datetime import datetime

import pytest
from django.apps import apps

from concerns import services
from concerns.models import Agency, Category, Entry, Outcome
from school.models import StaffMember
from tests.concerns import log as make

WORDS_OF_TODAY = importlib.import_module("concerns.migrations.0011_carry_over_to_casework")
MIGRATION = importlib.import_module("concerns.migrations.0002_offer_first_categories")


@pytest.mark.django_db
def test_a_new_school_finds_categories_and_outcomes_once() -> None:
    Category.objects.create(name="Neglect", guidance="In the school's own words.")

    MIGRATION.offer(apps, None)
    MIGRATION.offer(apps, None)

    categories = dict(Category.objects.values_list("name", "guidance"))
    assert categories == dict(MIGRATION.CATEGORIES) | {"Neglect": "In the school's own words."}
    outcomes = Outcome.objects.values_list("name", "is_referral")
    assert sorted(outcomes) == sorted(MIGRATION.OUTCOMES)


@pytest.mark.django_db
def test_g17_todays_words_take_the_place_of_those_that_nobody_decided_by() -> None:
    MIGRATION.offer(apps, None)

    WORDS_OF_TODAY.offer(apps, None)
    WORDS_OF_TODAY.offer(apps, None)

    offered = set(Outcome.objects.filter(is_used=True).values_list("name", flat=True))
    assert {"Family Help", "Referred to the LADO", "Referred to Channel (Prevent)"} <= offered
    assert not Outcome.objects.filter(name__in=WORDS_OF_TODAY.REPLACED).exists()
    agencies = Agency.objects.values_list("name", "takes_reports")
    assert sorted(agencies) == sorted(WORDS_OF_TODAY.AGENCIES)


@pytest.mark.django_db
def test_a_word_that_was_decided_by_stays_and_is_not_offered(
    school_day: datetime, host: StaffMember, lead: StaffMember
) -> None:
    MIGRATION.offer(apps, None)
    concern = services.acknowledge(make.log(host), by=lead)
    make.decide(concern, lead, outcome="Referred to Channel")

    WORDS_OF_TODAY.offer(apps, None)

    assert Entry.objects.get(kind="decision").outcome == Outcome.objects.get(
        name="Referred to Channel", is_used=False
    )
