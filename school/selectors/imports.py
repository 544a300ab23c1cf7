"""What is on record beside what a file says, and the runs there have been."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from school.imports import (
    READY,
    ColumnMapping,
    Doubt,
    Field,
    GroupOnRecord,
    GuardianOnRecord,
    Proposal,
    PupilOnRecord,
    Register,
    Roster,
    StaffOnRecord,
    TieOnRecord,
    Verb,
    compare,
)
from school.imports.roster import loaded
from school.kin import Known, is_one_person
from school.models import (
    Guardian,
    Guardianship,
    HeadingMapping,
    ImportRun,
    Pupil,
    SourcedId,
    StaffMember,
    TeachingGroup,
)
from school.selectors.kin import kin_among

OF_PUPIL = (
    "pk",
    "given_name",
    "family_name",
    "year_group",
    "born_on",
    "left_on",
    "is_address_confidential",
)
OF_GUARDIAN = ("pk", "name", "email", "telephone")


def register(source: str) -> Register:
    """Return everybody on record, with the names that a source has for them, in seven queries."""
    ids = _source_ids(source)
    ties = _ties()
    ordered = {tie.pupil_pk for tie in ties if tie.is_ordered}
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
            for row in Pupil.objects.order_by("pk").values_list(*OF_PUPIL, named=True)
        ),
        guardians=tuple(
            GuardianOnRecord(
                pk=row.pk,
                name=row.name,
                email=row.email,
                telephone=row.telephone,
                source_id=ids["guardian"].get(row.pk, ""),
            )
            for row in Guardian.objects.order_by("pk").values_list(*OF_GUARDIAN, named=True)
        ),
        ties=ties,
        groups=_groups(ids["group"]),
        staff=tuple(
            StaffOnRecord(pk=pk, email=email)
            for pk, email in StaffMember.objects.working()
            .order_by("pk")
            .values_list("pk", "user__email")
        ),
    )


def _ties() -> tuple[TieOnRecord, ...]:
    """Return every tie between a guardian and a pupil, in one query."""
    rows = Guardianship.objects.order_by("pk").values_list(
        "pk", "guardian", "pupil", "blocked_from", "awaits_confirmation", "doubt"
    )
    return tuple(
        TieOnRecord(
            pk=pk,
            guardian_pk=guardian,
            pupil_pk=pupil,
            is_ordered=since is not None,
            is_waiting=is_waiting,
            doubt=Doubt(doubt) if doubt else None,
        )
        for pk, guardian, pupil, since, is_waiting, doubt in rows
    )


def _groups(ids: dict[int, str]) -> tuple[GroupOnRecord, ...]:
    """Return every class with who is in it, in two queries."""
    members: dict[int, set[int]] = defaultdict(set)
    inside = TeachingGroup.pupils.through.objects.values_list("teachinggroup", "pupil")
    for group, pupil in inside:
        members[group].add(pupil)
    return tuple(
        GroupOnRecord(pk=pk, name=name, pupil_pks=frozenset(members[pk]), source_id=ids.get(pk, ""))
        for pk, name in TeachingGroup.objects.order_by("pk").values_list("pk", "name")
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


def shown_to(staff: StaffMember, run: ImportRun, *, on: date) -> Proposal:
    """Return what a run would change, without what it says of the family of whoever looks.

    A parent on the staff must not learn from a file where the other parent is reached (E30, E35).
    """
    roster, on_record = loaded(run.roster), register(run.source)
    proposal = compare(roster, on_record, on=on)
    ours = own_children(staff, roster, on_record, proposal)
    return proposal.without(ours, roster)


def own_children(
    staff: StaffMember, roster: Roster, on_record: Register, proposal: Proposal
) -> frozenset[str]:
    """Return the children of a file who are a member of staff's own: as on record, or as the file says."""
    pks = {one.source_id: one.pk for one in on_record.pupils if one.source_id}
    pks |= {one.source_id: one.pk for one in proposal.changes if one.verb is Verb.SAME_PUPIL}
    kin = kin_among(staff, pks.values())
    mine = Known(name=staff.name, email=staff.email, telephone=staff.telephone)
    me = {
        adult.source_id
        for adult in roster.adults
        if is_one_person(mine, Known(name=adult.name, email=adult.email, telephone=adult.telephone))
    }
    said = {bond.child_id for bond in roster.bonds if bond.adult_id in me}
    return frozenset(said | {name for name, pk in pks.items() if pk in kin})


def is_about_family(staff: StaffMember, run: ImportRun, *, on: date) -> bool:
    """Tell whether a run would change, or has changed, anything about the family of a member of staff.

    Somebody else takes it back or throws it away: an address that goes back is a changed address (E30, E34).
    """
    if run.stage == ImportRun.PROPOSED:
        return shown_to(staff, run, on=on).is_part
    if not run.done:
        return False
    done = json.loads(run.done)
    return bool(kin_among(staff, _pupils_of(done))) or _was_among(staff, done)


def _pupils_of(done: Mapping[str, Any]) -> frozenset[int]:
    """Return every pupil of whom a run changed anything: themselves, a tie, an adult or a class of theirs."""
    touched = {kind: set(pks) for kind, pks in done["made"].items()}
    for kind, pk, *_ in done["changed"]:
        touched[kind].add(pk)
    named = SourcedId.objects.filter(pk__in=done["named"])
    for kind in ("pupil", "guardian"):
        touched[kind].update(named.exclude(**{kind: None}).values_list(kind, flat=True))
    ties = Guardianship.objects.filter(
        Q(pk__in=touched["guardianship"]) | Q(guardian__in=touched["guardian"])
    )
    moved = {pupil for pairs in done["members"] for _, pupil in pairs}
    return frozenset(touched["pupil"] | moved | set(ties.values_list("pupil", flat=True)))


def _was_among(staff: StaffMember, done: Mapping[str, Any]) -> bool:
    """Tell whether a member of staff is one of the adults whom a run changed, as they stood before."""
    before: dict[int, dict[str, str]] = defaultdict(dict)
    for kind, pk, name, was, _ in done["changed"]:
        if kind == "guardian":
            before[pk][name] = was
    mine = Known(name=staff.name, email=staff.email, telephone=staff.telephone)
    return any(
        is_one_person(
            mine,
            Known(
                name=before[row.pk].get("name", row.name),
                email=before[row.pk].get("email", row.email),
                telephone=before[row.pk].get("telephone", row.telephone),
            ),
        )
        for row in Guardian.objects.filter(pk__in=before)
    )


def import_runs() -> QuerySet[ImportRun]:
    """Return the runs, newest first."""
    return ImportRun.objects.select_related("proposed_by", "decided_by", "undone_by")


@dataclass(frozen=True, kw_only=True)
class Unconfirmed:
    """The ties of one relationship that came from a file and nobody has confirmed."""

    relationship: str
    ties: tuple[Guardianship, ...]


def unconfirmed_ties(staff: StaffMember) -> list[Unconfirmed]:
    """Return by relationship the ties that wait for the school to say what they mean.

    Without those of the own family of whoever looks: somebody else confirms them (E30).
    """
    rows = list(
        Guardianship.objects.filter(pupil__left_on=None, awaits_confirmation=True)
        .select_related("guardian", "pupil")
        .order_by("relationship", "pupil__year_group", "pupil__family_name", "pk")
    )
    kin = kin_among(staff, {row.pupil_id for row in rows})
    found: dict[str, list[Guardianship]] = defaultdict(list)
    for row in rows:
        if row.pupil_id not in kin:
            found[row.relationship].append(row)
    return [Unconfirmed(relationship=name, ties=tuple(ties)) for name, ties in found.items()]


def mappings() -> dict[str, ColumnMapping]:
    """Return every mapping of headings by its source: what the school said, or else the ready-made."""
    said = {
        row.source: ColumnMapping(
            source=row.source,
            title=row.title,
            columns={Field(name): tuple(headings) for name, headings in row.columns.items()},
        )
        for row in HeadingMapping.objects.all()
    }
    return READY | said


def mapping_said(source: str) -> HeadingMapping | None:
    """Return what the school has said of a source, if anything, with who said it."""
    return HeadingMapping.objects.select_related("changed_by").filter(source=source).first()
