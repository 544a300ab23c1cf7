"""Destroying pupils who left, and guardians of nobody else: for the sweep, once two people have agreed."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import time, timedelta
from typing import Any

from django.db.models import Model, ProtectedError

from audit import services as audit
from audit.services import Row
from school import keeping, selectors
from school.keeping import Former
from school.models import (
    Disposal,
    FamilyRequest,
    FamilyRequestStep,
    Guardian,
    Guardianship,
    ImportRun,
    OwnConsent,
    Pupil,
    Revision,
    SourcedId,
)
from school.services.each import record_each
from school.services.revisions import forget
from school.services.system import System
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

# Returns which of these people something keeps.
Kept = Callable[[Collection[int]], set[int]]
NAMED = "Something that is kept still names one of these people: nothing was destroyed."


def lock_former(ids: Collection[int], row: Disposal, *, held: Kept, named: Kept) -> set[int]:
    """Lock these pupils, and return who of them goes as things stand now.

    Whoever marks one as back, holds one or writes one down somewhere waits, and finds them gone; or was
    first, and they stay.
    """
    today, years = clock.today(), selectors.spans().keep_years
    pupils = list(Pupil.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    numbers = [pupil.pk for pupil in pupils]
    on_hold, kept = held(numbers), named(numbers)
    return {
        pupil.pk
        for pupil in pupils
        if keeping.former_goes(
            Former(left_on=pupil.left_on, is_held=pupil.pk in on_hold, is_named=pupil.pk in kept),
            year_ends_on=row.year_ends_on,
            years=years,
            today=today,
        )
    }


def lock_untied(ids: Collection[int], *, named: Kept) -> set[int]:
    """Lock these guardians, and return who of them goes as things stand now."""
    rows = Guardian.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    numbers = list(rows.values_list("pk", flat=True))
    tied = Counter(
        Guardianship.objects.filter(guardian__in=numbers).values_list("guardian_id", flat=True)
    )
    kept = named(numbers)
    return {pk for pk in numbers if keeping.guardian_goes(pupils=tied[pk], is_named=pk in kept)}


@audit.atomic()
def remove_pupils(ids: Collection[int], row: Disposal, *, by: System) -> dict[str, int]:
    """Remove pupils with their ties, classes, decisions and old requests, and what all of these ever said.

    The caller holds the locks.
    """
    asked = FamilyRequest.objects.filter(pupil__in=ids)
    ties = Guardianship.objects.filter(pupil__in=ids)
    gone = Counter(_requests(asked))
    gone.update(_forget(Pupil, ids))
    gone.update(_forget(Guardianship, ties.values_list("pk", flat=True)))
    gone.update(_all(OwnConsent.objects.filter(pupil__in=ids)))
    gone.update(_all(ties))
    gone.update(_people(Pupil, ids, row, by=by))
    return dict(gone)


@audit.atomic()
def remove_guardians(ids: Collection[int], row: Disposal, *, by: System) -> dict[str, int]:
    """Remove guardians with their old requests and what their records ever said; the caller holds the locks."""
    gone = Counter(_requests(FamilyRequest.objects.filter(guardian__in=ids)))
    gone.update(_forget(Guardian, ids))
    gone.update(_people(Guardian, ids, row, by=by))
    return dict(gone)


@audit.atomic()
def forget_runs(row: Disposal, *, by: System) -> None:
    """Forget what imports of that time or before said of people: none of them is taken back any more."""
    before = clock.at(row.year_ends_on + timedelta(days=1), time.min)
    runs = ImportRun.objects.select_for_update(no_key=True).filter(proposed_at__lt=before)
    told = [run for run in runs.order_by("pk") if run.roster or run.done or run.file_name]
    for run in told:
        if run.stage == ImportRun.PROPOSED:
            run.stage, run.decided_at = ImportRun.DROPPED, clock.now()
        run.roster = run.done = run.file_name = ""
        run.save(update_fields=["stage", "decided_at", "roster", "done", "file_name"])
    record_each("import.forget", "school.importrun", [run.pk for run in told], by=by)


def _requests(rows: Any) -> dict[str, int]:
    """Remove what somebody asked: none is open, or the people would not go."""
    steps = _all(FamilyRequestStep.objects.filter(request__in=rows))
    return steps | _all(rows)


def _forget(model: type[Model], ids: Iterable[int]) -> dict[str, int]:
    """Destroy what records said before they were changed."""
    count = forget([f"{model._meta.label_lower}:{pk}" for pk in ids])
    return {Revision._meta.label_lower: count} if count else {}


def _all(rows: Any) -> dict[str, int]:
    return {rows.model._meta.label_lower: rows.delete()[1].get(rows.model._meta.label, 0)}


def _people(
    model: type[Pupil] | type[Guardian], ids: Collection[int], row: Disposal, *, by: System
) -> dict[str, int]:
    """Remove the people themselves. Raises NotAllowed when a row that is kept still points at one."""
    try:
        _, found = model._default_manager.filter(pk__in=ids).delete()
    except ProtectedError as fault:
        raise NotAllowed(NAMED) from fault
    name = model._meta.label_lower
    audit.record_many(
        at=clock.now(),
        rows=[
            Row(
                actor=by.actor,
                verb=f"{model._meta.model_name}.destroy",
                object=f"{name}:{pk}",
                detail={"disposal": row.reference},
            )
            for pk in sorted(ids)
        ],
    )
    ours = (model._meta.label, SourcedId._meta.label)
    return {label.lower(): found[label] for label in ours if label in found}
