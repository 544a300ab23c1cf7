"""What is on record beside what a file says, and the runs there have been."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from school.imports import (
    GroupOnRecord,
    GuardianOnRecord,
    Proposal,
    PupilOnRecord,
    Register,
    StaffOnRecord,
    TieOnRecord,
    compare,
)
from school.imports.roster import loaded
from school.models import (
    Guardian,
    Guardianship,
    ImportRun,
    Pupil,
    SourcedId,
    StaffMember,
    TeachingGroup,
)


def register(source: str) -> Register:
    """Return everybody on record, with the names that a source has for them, in seven queries."""
    ids = _source_ids(source)
    ties = tuple(
        TieOnRecord(guardian_pk=guardian, pupil_pk=pupil, is_ordered=since is not None)
        for guardian, pupil, since in Guardianship.objects.order_by("pk").values_list(
            "guardian", "pupil", "blocked_from"
        )
    )
    ordered = {tie.pupil_pk for tie in ties if tie.is_ordered}
    members: dict[int, set[int]] = defaultdict(set)
    inside = TeachingGroup.pupils.through.objects.values_list("teachinggroup", "pupil")
    for group, pupil in inside:
        members[group].add(pupil)
    return Register(
        pupils=tuple(
            PupilOnRecord(
                pk=row.pk,
                given_name=row.given_name,
                family_name=row.family_name,
                year_group=row.year_group,
                born_on=row.born_on,
                left_on=row.left_on,
                source_id=ids["pupil"].get(row.pk, ""),
                is_guarded=row.is_address_confidential or row.pk in ordered,
            )
            for row in Pupil.objects.order_by("pk")
        ),
        guardians=tuple(
            GuardianOnRecord(
                pk=row.pk,
                name=row.name,
                email=row.email,
                telephone=row.telephone,
                source_id=ids["guardian"].get(row.pk, ""),
            )
            for row in Guardian.objects.order_by("pk")
        ),
        ties=ties,
        groups=tuple(
            GroupOnRecord(
                pk=pk,
                name=name,
                pupil_pks=frozenset(members[pk]),
                source_id=ids["group"].get(pk, ""),
            )
            for pk, name in TeachingGroup.objects.order_by("pk").values_list("pk", "name")
        ),
        staff=tuple(
            StaffOnRecord(pk=pk, email=email)
            for pk, email in StaffMember.objects.working()
            .order_by("pk")
            .values_list("pk", "user__email")
        ),
    )


def _source_ids(source: str) -> dict[str, dict[int, str]]:
    """Return by kind and number the names that a source has."""
    found: dict[str, dict[int, str]] = {"pupil": {}, "guardian": {}, "group": {}}
    rows = SourcedId.objects.filter(source=source)
    for name, *numbers in rows.values_list("identifier", "pupil", "guardian", "group"):
        for kind, number in zip(found, numbers, strict=True):
            if number is not None:
                found[kind][number] = name
    return found


def proposal_of(run: ImportRun, *, on: date) -> Proposal:
    """Return what a run would change, as people stand on record now."""
    return compare(loaded(run.roster), register(run.source), on=on)


def import_runs() -> QuerySet[ImportRun]:
    """Return the runs, newest first."""
    return ImportRun.objects.select_related("proposed_by", "decided_by", "undone_by")


@dataclass(frozen=True, kw_only=True)
class Unconfirmed:
    """The ties of one relationship that came from a file and nobody has confirmed."""

    relationship: str
    ties: tuple[Guardianship, ...]


def unconfirmed_ties(*, but_not: Iterable[int] = ()) -> list[Unconfirmed]:
    """Return by relationship the ties that wait for the school to say what they mean."""
    rows = (
        Guardianship.objects.filter(Q(pupil__left_on=None), awaits_confirmation=True)
        .exclude(pupil__in=list(but_not))
        .select_related("guardian", "pupil")
        .order_by("relationship", "pupil__year_group", "pupil__family_name", "pk")
    )
    found: dict[str, list[Guardianship]] = defaultdict(list)
    for row in rows:
        found[row.relationship].append(row)
    return [Unconfirmed(relationship=name, ties=tuple(ties)) for name, ties in found.items()]
