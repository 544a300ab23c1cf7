"""Destroying calls whose time is up, with their consent, registers, reports and letters."""

from collections import Counter
from collections.abc import Collection
from datetime import date

from audit import services as audit
from consent.models import Question
from meetings import selectors
from meetings.models import Meeting, Series
from meetings.selectors import Holds
from notices import services as notices
from school.keeping import Stand
from school.models import Pupil
from school.services import System, forget_revisions
from school.services.removing import Found, delete, hanging
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def destroy_calls(ids: Collection[int], *, by: System, holds: Holds) -> dict[str, int]:
    """Destroy those of these calls that are due now, and return how many rows of each kind went.

    The calls are locked and then the pupils in them, against a hold that is placed this moment; then
    everything is asked again. Two people have agreed to it.
    """
    today = clock.today()
    rows = list(Meeting.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    pupils = set().union(*selectors.pupils_on([row.pk for row in rows]).values())
    list(Pupil.objects.select_for_update().filter(pk__in=pupils).order_by("pk"))
    due = _due([row.pk for row in rows], holds, today=today)
    return remove([row for row in rows if row.pk in due])


def _due(ids: Collection[int], holds: Holds, *, today: date) -> set[int]:
    found = selectors.stands(Meeting.objects.filter(pk__in=ids), holds, today=today)
    return selectors.without_what_others_rest_on(
        pk for pk, stand in found.items() if stand is Stand.DUE
    )


def remove(calls: Collection[Meeting]) -> dict[str, int]:
    """Remove calls with all that hangs on them and was sent about them; the caller holds the locks."""
    questions = {call.question_id for call in calls if call.question_id is not None}
    found: Found = hanging(Meeting, {call.pk for call in calls})
    for model, keys in hanging(Question, questions).items():
        found.setdefault(model, set()).update(keys)
    _check(found, {call.pk for call in calls}, questions)
    abouts = _named(found)
    series = {call.series_id for call in calls if call.series_id is not None}
    gone = Counter({model._meta.label_lower: len(keys) for model, keys in found.items()})
    gone.update(notices.forget(abouts))
    gone.update(notices.forget(abouts))
    gone["school.revision"] = forget_revisions(abouts)
    delete(found)
    gone.update(_forget_series(series))
    return {label: count for label, count in sorted(gone.items()) if count}


def _check(found: Found, calls: set[int], questions: set[int]) -> None:
    """Refuse to take along what is of another call, or of another room."""
    strange = {model._meta.label for model in found} - {
        label for label in (model._meta.label for model in found) if label.split(".")[0] in OURS
    }
    if strange or found.get(Meeting, set()) - calls or found.get(Question, set()) - questions:
        raise NotAllowed("Something of another call hangs on one of these: nothing was destroyed.")


OURS = frozenset({"meetings", "consent"})


def _named(found: Found) -> set[str]:
    """Return under which names the outbox and the ladders know these rows."""
    names = set()
    for model, keys in found.items():
        names |= {f"{model._meta.label_lower}:{pk}" for pk in keys}
        if hasattr(model, "about"):
            names |= {str(row.about) for row in model._base_manager.filter(pk__in=keys)}
    return names


def _forget_series(ids: Collection[int]) -> dict[str, int]:
    """Remove the series of which no date is left, with what was sent about all of its dates."""
    empty = list(Series.objects.filter(pk__in=ids, meetings=None))
    gone = Counter(notices.forget([one.about for one in empty]))
    Series.objects.filter(pk__in=[one.pk for one in empty]).delete()
    gone["meetings.series"] = len(empty)
    return dict(gone)
