"""What names a pupil, a guardian or a member of staff, in every room.

Found by Django's own relations: one that stands in neither table of `relations` keeps them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from meetings.models import Meeting
from notices.models import Ladder, Notice
from notices.services.ageing import OVER
from school import keeping, selectors
from school.models import FamilyRequest, Guardian, Pupil, StaffMember
from schoolsafe.keeping.relations import GOES, KEEPS, Keeps
from schoolsafe.lib import clock
from schoolsafe.lib.rows import names_a_row

# Letters about a concern go with it.
CONCERNS = "concerns."
Person = type[Pupil] | type[Guardian] | type[StaffMember]


@dataclass(frozen=True, kw_only=True)
class Going:
    """What goes before the people do, for who wants to know now: calls, letters, pupils."""

    calls: Collection[int] = ()
    letters_before: datetime | None = None
    pupils: Collection[int] = field(default_factory=tuple)


def relations(model: Person) -> Iterator[tuple[str, models.ManyToOneRel]]:
    """Yield every foreign key to a person with its name, those of tables between two others too."""
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel):
            yield f"{relation.related_model._meta.label}.{relation.field.name}", relation


def named(
    model: Person, people: Collection[int] | QuerySet[Any], *, going: Going | None = None
) -> set[int]:
    """Return which of these people a row names that is kept, or that will be once `going` has gone."""
    last = keeping.last_due(clock.today(), years=selectors.spans().keep_years)
    since = clock.at(last + timedelta(days=1), time.min)
    found: set[int] = set()
    for label, relation in relations(model):
        if label in GOES:
            continue
        keeps, name = KEEPS.get(label, Keeps()), relation.field.attname
        rows = relation.related_model._base_manager.filter(
            keeps.only(since), **{f"{relation.field.name}__in": people}
        )
        if going is not None:
            rows = _left(rows, keeps, going)
        found.update(rows.order_by().values_list(name, flat=True).distinct())
    return found


def _left(rows: QuerySet[Any], keeps: Keeps, going: Going) -> QuerySet[Any]:
    """Return these rows without those that are gone by then."""
    if keeps.call and going.calls:
        rows = rows.exclude(**{f"{keeps.call}__in": going.calls})
    if keeps.question and going.calls:
        questions = Meeting.objects.filter(pk__in=going.calls).exclude(question=None)
        rows = rows.exclude(**{f"{keeps.question}__in": questions.values("question")})
    if keeps.pupil and going.pupils:
        rows = rows.exclude(**{f"{keeps.pupil}__in": going.pupils})
    if keeps.is_letter and going.letters_before is not None:
        rows = rows.exclude(
            ~Q(about__startswith=CONCERNS), state__in=OVER, ended_at__lt=going.letters_before
        )
    return rows


def names(model: Person, ids: Collection[int], *, only: Collection[str] = ()) -> dict[str, int]:
    """Return under which names letters and ladders know these people and what goes with them, each with its person.

    Of all relations of the school's own record, or of those of which the labels are given.
    """
    found = {f"{model._meta.label_lower}:{pk}": pk for pk in ids}
    for label, relation in relations(model):
        table = relation.related_model
        if table._meta.app_label != model._meta.app_label or table._meta.auto_created:
            continue
        if only and label not in only:
            continue
        rows = table._base_manager.filter(**{f"{relation.field.name}__in": ids})
        for row in rows:
            name = (
                row.object
                if isinstance(row, FamilyRequest)
                else f"{table._meta.label_lower}:{row.pk}"
            )
            found[name] = getattr(row, relation.field.attname)
    return found


def spoken_of(model: Person, ids: Collection[int]) -> set[int]:
    """Return which of these people are named in plain words, without a foreign key, by something that is kept."""
    return told_of(names(model, ids)) | (_in_letters(ids) if model is Pupil else set())


def told_of(known: Mapping[str, int]) -> set[int]:
    """Return which people, known by these names, a letter or a ladder is about."""
    found = set()
    for table in apps.get_models():
        if "about" in {one.name for one in table._meta.concrete_fields}:
            rows = table._base_manager.filter(about__in=known)
            if table is Ladder:
                rows = rows.filter(ended_at=None)
            found |= {known[name] for name in rows.values_list("about", flat=True)}
    return found


def _in_letters(ids: Collection[int]) -> set[int]:
    """Return which of these pupils a letter is about: it keeps their numbers as a list."""
    if not ids:
        return set()
    either = "|".join(str(pk) for pk in sorted(ids))
    letters = Notice.objects.annotate(listed=Cast("pupil_ids", TextField())).filter(
        listed__regex=rf"(^|[^0-9])({either})([^0-9]|$)"
    )
    listed = letters.order_by().values_list("pupil_ids", flat=True)
    return {pk for numbers in listed for pk in numbers} & set(ids)


def on_record(found: Collection[str]) -> set[str]:
    """Return which of the things that the audit names are still there; what it does not know counts as there.

    What was done to nothing in particular, such as a list that was read, is over once it is done.
    """
    keys: dict[str, set[str]] = defaultdict(set)
    for name in found:
        label, _, key = name.partition(":")
        if key:
            keys[label].add(key)
    return {f"{label}:{key}" for label, some in keys.items() for key in _there(label, some)}


def _there(label: str, keys: set[str]) -> set[str]:
    """Return which of these rows of a table are there, by number or by what stands in its place."""
    try:
        table = apps.get_model(label)
    except (LookupError, ValueError):
        return keys
    by = [one for one in table._meta.concrete_fields if one.primary_key or one.name in CODES]
    wanted = Q()
    for one in by:
        wanted |= Q(**{f"{one.name}__in": [key for key in keys if _fits(one, key)]})
    rows = table._base_manager.filter(wanted).order_by().values_list(*[one.name for one in by])
    return keys & {str(value) for row in rows for value in row}


# By what else than its number the audit names a row.
CODES = frozenset({"reference", "key"})


def _fits(column: "models.Field[Any, Any]", key: str) -> bool:
    """Tell whether a column can hold this: SQLite and PostgreSQL choke on what it cannot."""
    if isinstance(column, models.IntegerField):
        return names_a_row(key)
    try:
        column.to_python(key)
    except ValidationError:
        return False
    return True
