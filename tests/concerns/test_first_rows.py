"""What a new school finds in the two lists it may edit: the migration's own rows."""

import importlib

import pytest
from django.apps import apps

from concerns.models import Category, Outcome

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
