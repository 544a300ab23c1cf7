"""Every stored field stands in the register of processing; a new one that does not fails.

The classes and what they mean: `schoolsafe/processing/kinds.py`.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from school.roles import Role
from schoolsafe.lib.encryption import EncryptedFileField, EncryptedTextField
from schoolsafe.processing import register
from schoolsafe.processing.kinds import ROLE_WORDS, Activity, Kind

PAGE = Path(__file__).resolve().parent.parent / "docs" / "security" / "processing.md"

CLASSES = {kind.value for kind in Kind}
TABLE = register.classes()
# Text of the special class that is not encrypted, each with its reason.
IN_CLEAR = {
    "concerns.Concern.about": "one word of a closed list, by which it is sent to the right desk",
    "concerns.Attachment.sha256": "proves the original; it tells of a file only who has that very file",
    "concerns.Removal.sha256": "knows again what nobody may hold, without holding it",
    "concerns.Involved.email": "finds the account of an adult concerned, so that they see nothing",
    "concerns.SearchMarks.marks": "marks of words, of which several share each (ADR 24)",
    "school.Guardianship.block_reason": "a constraint proves that a block has one; a few words",
    "school.Guardianship.block_evidence": "where the papers are kept, never what they say",
}


def stored(model: type[models.Model]) -> Iterator[models.Field]:  # type: ignore[type-arg]
    """The fields of a model that hold something of their own."""
    for field in model._meta.get_fields():
        of_its_own = isinstance(field, models.Field) and field.concrete and not field.auto_created
        if of_its_own and not field.primary_key:
            yield field


def classified(label: str) -> dict[str, str]:
    """The class of each field of a model."""
    return TABLE[label]


def test_table_has_every_model() -> None:
    assert sorted(TABLE) == sorted(model._meta.label for model in apps.get_models())


@pytest.mark.parametrize("model", list(apps.get_models()), ids=lambda model: model._meta.label)
def test_every_field_is_classified(model: type[models.Model]) -> None:
    fields = sorted(field.name for field in stored(model))
    assert sorted(classified(model._meta.label)) == fields
    assert set(TABLE[model._meta.label].values()) <= CLASSES


def test_special_text_is_encrypted() -> None:
    clear = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in stored(model)
        if classified(model._meta.label)[field.name] == "special"
        and isinstance(field, models.CharField | models.TextField | models.BinaryField)
        and not field.choices
        and not isinstance(field, EncryptedTextField | EncryptedFileField)
    }
    assert clear == set(IN_CLEAR)


def test_nothing_secret_or_special_is_found_by_value() -> None:
    """No index on what only a key opens."""
    indexed = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in stored(model)
        if isinstance(field, EncryptedTextField | EncryptedFileField)
        and (field.db_index or field.unique)
    }
    assert indexed == set()


# --- The register as a whole (UK GDPR, Article 30) --------------------------------------------------
def test_every_record_and_every_field_stands_in_the_register_once() -> None:
    records = Counter(model for activity in register.ACTIVITIES for model in activity.holds)
    assert {model: number for model, number in records.items() if number > 1} == {}
    for activity in register.ACTIVITIES:
        fields = Counter((field.model, field.name) for field in activity.fields)
        assert {field: number for field, number in fields.items() if number > 1} == {}


@pytest.mark.parametrize("activity", register.ACTIVITIES, ids=lambda activity: activity.key)
def test_every_activity_says_what_article_30_asks_for(activity: Activity) -> None:
    told = dict(register.facts(activity))
    wanted = {
        "Why", "About whom", "Lawful basis", "Who else receives it", "How long it is kept",
        "Who may read it here",
    }  # fmt: skip
    # Where a field of the special class is kept, there is a ground for that too.
    is_special = Kind.SPECIAL in activity.kinds
    assert set(told) == wanted | ({"And for what is special"} if is_special else set())
    assert [name for name, words in told.items() if words.endswith(".")] == []


def test_register_names_its_activities_apart_and_every_role() -> None:
    keys = [activity.key for activity in register.ACTIVITIES]
    assert len(keys) == len(set(keys))
    assert set(ROLE_WORDS) == set(Role)


def test_it_reads_nothing_of_families_and_of_concerns() -> None:
    """Said by the rules themselves: an activity names the roles that its capability gives it to."""
    read = {one.key for one in register.ACTIVITIES if Role.IT in one.readers}
    assert read == {"staff", "school", "sending", "accounts"}


def test_page_of_the_documentation_is_the_register() -> None:
    """Write it anew: .venv/bin/python manage.py processing > docs/security/processing.md"""
    assert PAGE.read_text(encoding="utf-8") == register.markdown()
