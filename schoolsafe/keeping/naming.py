"""What names a pupil or a guardian, in every room: what of it goes with them, and what keeps them.

Found by Django's own relations: one that stands in neither table keeps them, and a test fails.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from meetings.models import Meeting
from notices.models import Ladder, Notice
from notices.services.ageing import OVER
from school import keeping, selectors
from school.models import FamilyRequest, Guardian, Pupil
from schoolsafe.lib import clock

# Letters about a concern go with it.
CONCERNS = "concerns."
Person = type[Pupil] | type[Guardian]
# Of the school's own record: it says something of them alone.
GOES = frozenset(
    {
        "school.Guardianship.pupil",
        "school.OwnConsent.pupil",
        "school.Pupil_siblings.from_pupil",
        "school.Pupil_siblings.to_pupil",
        "school.SourcedId.guardian",
        "school.SourcedId.pupil",
        "school.TeachingGroup_pupils.pupil",
    }
)


def _all(since: datetime) -> Q:
    return Q()


def _asked_lately(since: datetime) -> Q:
    """Pick requests that are open, or ended so lately that they are kept themselves: others go with the person."""
    return Q(ended_at=None) | Q(ended_at__gte=since)


def _copied_lately(since: datetime) -> Q:
    """Pick copies that left the house so lately that the school has to answer for them."""
    return Q(made_at__gte=since)


def _moved_on_lately(since: datetime) -> Q:
    """Pick leavings of which something was written so lately."""
    return Q(raised_at__gte=since) | Q(steps__at__gte=since)


def _not_lifted(since: datetime) -> Q:
    """Pick holds that stand: lifted ones go with the last concern, or with a pupil who is in none."""
    return Q(lifted_at=None)


def _not_ended(since: datetime) -> Q:
    """Pick statuses that stand; ended ones go as lifted holds do."""
    return Q(ended_on=None)


@dataclass(frozen=True, kw_only=True)
class Keeps:
    """Which rows of a relation keep whom they name, and what they hang on that may go first."""

    only: Callable[[datetime], Q] = _all
    call: str = ""
    question: str = ""
    pupil: str = ""
    is_letter: bool = False


ASKED = Keeps(question="question")
KEEPS: Mapping[str, Keeps] = {
    "concerns.AccessRequest.guardian": Keeps(pupil="pupil"),
    "concerns.AccessRequest.pupil": Keeps(only=_asked_lately),
    "concerns.Copy.pupil": Keeps(only=_copied_lately),
    "concerns.Hold.pupil": Keeps(only=_not_lifted),
    "concerns.Involved.pupil": Keeps(),
    "concerns.Moved.pupil": Keeps(),
    "concerns.StatusFlag.pupil": Keeps(only=_not_ended),
    "concerns.Transfer.pupil": Keeps(only=_moved_on_lately),
    "consent.Request.guardian": ASKED,
    "consent.Request.pupil": ASKED,
    "consent.StandingConsent.guardian": Keeps(question="answer__request__question"),
    "consent.StandingConsent.pupil": Keeps(question="answer__request__question"),
    "meetings.Closing_left_early.pupil": Keeps(call="closing__meeting"),
    "meetings.Participant.pupil": Keeps(call="report__meeting"),
    "meetings.Place.pupil": Keeps(call="meeting"),
    "meetings.Recognition.pupil": Keeps(call="meeting"),
    "meetings.RegisterEntry.pupil": Keeps(call="meeting"),
    "meetings.Share.guardian": Keeps(call="meeting"),
    "meetings.Share.pupil": Keeps(call="meeting"),
    "notices.Notice.guardian": Keeps(is_letter=True),
    "notices.Notice.pupil": Keeps(is_letter=True),
    "school.FamilyRequest.guardian": Keeps(only=_asked_lately),
    "school.FamilyRequest.pupil": Keeps(only=_asked_lately),
    "school.Guardianship.guardian": Keeps(pupil="pupil"),
}


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


def names(model: Person, ids: Collection[int]) -> dict[str, int]:
    """Return under which names letters and ladders know these people and what goes with them, each with its person."""
    found = {f"{model._meta.label_lower}:{pk}": pk for pk in ids}
    for _, relation in relations(model):
        table = relation.related_model
        if table._meta.app_label != model._meta.app_label or table._meta.auto_created:
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
    known = names(model, ids)
    found = set()
    for table in apps.get_models():
        if "about" in {one.name for one in table._meta.concrete_fields}:
            rows = table._base_manager.filter(about__in=known)
            if table is Ladder:
                rows = rows.filter(ended_at=None)
            found |= {known[name] for name in rows.values_list("about", flat=True)}
    return found | (_in_letters(ids) if model is Pupil else set())


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
