"""Keeping the marks by which the words of concerns are found (ADR 24)."""

from collections.abc import Sequence

from audit import services as audit
from audit.services import Row
from concerns import selectors
from concerns.models import Concern, SearchMarks
from concerns.searching import marks_of
from school.models import StaffMember
from school.services import System
from schoolsafe.lib import clock
from schoolsafe.lib.blind import search_keys

BATCH = 200


def index(concern: Concern) -> None:
    """Mark every word of a concern, in the transaction that wrote one of them.

    The row must be locked by the caller, or be new.
    """
    _write([concern.pk])


def _write(ids: Sequence[int]) -> None:
    """Write the marks of concerns over those they had, from all that stands in them now."""
    key = search_keys()[0]
    concerns = selectors.with_texts(Concern.objects.filter(pk__in=ids))
    SearchMarks.objects.bulk_create(
        [
            SearchMarks(concern=row, marks=marks_of(selectors.texts_to_mark(row), key))
            for row in concerns
        ],
        update_conflicts=True,
        unique_fields=["concern"],
        update_fields=["marks"],
    )


def index_all(*, by: System) -> int:
    """Mark the words of every concern anew, and return how many there are.

    After the first key of encrypted texts has changed. Safe to interrupt and to repeat; whoever
    writes to a concern meanwhile waits for its batch.
    """
    count, last = 0, 0
    while batch := _index_batch(last):
        count, last = count + len(batch), batch[-1]
    _record(count, by=by)
    return count


@audit.atomic()
def _index_batch(last: int) -> list[int]:
    """Mark the next concerns; a word that is added meanwhile must not be written over."""
    after = Concern.objects.order_by("pk").filter(pk__gt=last)
    ids = list(after.select_for_update().values_list("pk", flat=True)[:BATCH])
    _write(ids)
    return ids


@audit.atomic()
def _record(count: int, *, by: System) -> None:
    """Write down that the marks were made anew."""
    audit.record(
        at=clock.now(), actor=by.actor, verb="concern.index", object="concerns.concern", count=count
    )


@audit.atomic()
def searched(found: Sequence[Concern], *, by: StaffMember, words: int) -> None:
    """Record that somebody looked for so many words, and which concerns that named: never the words."""
    rows = [
        Row(actor=by.actor, verb="concern.found.read", object=concern.object) for concern in found
    ]
    looked = Row(
        actor=by.actor,
        verb="concern.search.read",
        object="concerns.concern",
        detail={"words": words},
    )
    audit.record_many(at=clock.now(), rows=[looked, *rows])
