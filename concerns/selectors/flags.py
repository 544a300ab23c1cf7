"""The status of children, as far as somebody may know it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from concerns import policy
from concerns.models import StatusFlag
from school import roles
from school.models import Pupil
from school.roles import Viewer

KINDS = list(policy.FlagKind)


@dataclass(frozen=True, kw_only=True)
class Flag:
    """One status as a page shows it: notes only to whoever may read them too."""

    row: StatusFlag
    stands: bool
    notes: str
    end_notes: str


@dataclass(frozen=True, kw_only=True)
class Flagged:
    """A child with what stands of them now."""

    pupil: Pupil
    flags: Sequence[Flag]


def flags_of(pupil_ids: Iterable[int], viewer: Viewer, *, on: date) -> list[Flag]:
    """Return every status of these children that a person may know of, what stands now first."""
    rows = StatusFlag.objects.visible_to(viewer).filter(pupil__in=list(pupil_ids))
    return _shown(rows, viewer, on=on)


def flagged(viewer: Viewer, *, on: date) -> list[Flagged]:
    """Return the children with a status now, those with the gravest first."""
    rows = StatusFlag.objects.visible_to(viewer).open()
    children: dict[int, list[Flag]] = {}
    for flag in _shown(rows, viewer, on=on):
        children.setdefault(flag.row.pupil_id, []).append(flag)
    return [Flagged(pupil=flags[0].row.pupil, flags=flags) for flags in children.values()]


def _shown(rows: QuerySet[StatusFlag, Any], viewer: Viewer, *, on: date) -> list[Flag]:
    """Return rows as a page shows them."""
    reads = roles.may_see_status_notes(viewer)
    flags = [
        Flag(
            row=row,
            stands=policy.flag_stands(since=row.since, ended_on=row.ended_on, on=on),
            notes=str(row.notes) if reads else "",
            end_notes=str(row.end_notes) if reads else "",
        )
        for row in rows.select_related("pupil", "set_by", "ended_by")
    ]
    return sorted(
        flags,
        key=lambda flag: (
            not flag.stands,
            KINDS.index(policy.FlagKind(flag.row.kind)),
            flag.row.since,
        ),
    )
