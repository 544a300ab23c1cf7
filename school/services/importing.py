"""Doing the changes of an import, many rows at a time, and keeping what would undo them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from school.imports import Adult, Change, Group, Register, Roster, Verb, named_apart
from school.models import Guardian, Guardianship, Pupil, SourcedId, StaffMember, TeachingGroup
from school.services import revisions
from school.services.addresses import change_emails
from school.services.each import record_each
from school.services.families import add_guardians, enrol, tie
from school.services.system import System
from schoolsafe.lib import clock

BATCH = 500
PUPIL_FIELDS = ("given_name", "family_name", "year_group", "born_on")


@dataclass(frozen=True)
class Kind:
    """How rows of one model are named in the audit and in what is kept for undoing."""

    name: str
    model: Any


PUPILS, GUARDIANS, TIES, GROUPS = (
    Kind("pupil", Pupil),
    Kind("guardian", Guardian),
    Kind("guardianship", Guardianship),
    Kind("teachinggroup", TeachingGroup),
)


class Doing:
    """The changes of one run, done kind by kind. What it did stands in `done`."""

    def __init__(
        self,
        source: str,
        roster: Roster,
        on_record: Register,
        *,
        by: StaffMember | System,
        on: date,
        asked: frozenset[str],
    ) -> None:
        self.source, self.by, self.on, self.asked = source, by, on, asked
        self.children = {one.source_id: one for one in roster.children}
        self.adults = {one.source_id: one for one in roster.adults}
        self.teachers = {one.source_id: one.email.casefold() for one in roster.teachers}
        self.groups = {one.source_id: one for one in named_apart(roster, on_record)}
        self.staff = {one.email.casefold(): one.pk for one in on_record.staff}
        self.members = {one.pk: one for one in on_record.groups}
        self.pupil_pks = {one.source_id: one.pk for one in on_record.pupils if one.source_id}
        self.guardian_pks = {one.source_id: one.pk for one in on_record.guardians if one.source_id}
        self.done: dict[str, Any] = {
            "made": {"pupil": [], "guardian": [], "guardianship": [], "teachinggroup": []},
            "named": [],
            "changed": [],
            "members": [],
        }

    def do(self, changes: Iterable[Change]) -> dict[str, Any]:
        """Do them all, and return what would undo them."""
        by_verb: dict[Verb, list[Change]] = {verb: [] for verb in Verb}
        for change in changes:
            by_verb[change.verb].append(change)
        self._pupils(by_verb)
        self._guardians(by_verb)
        self._groups(by_verb)
        return self.done

    def _pupils(self, by_verb: Mapping[Verb, list[Change]]) -> None:
        new = [self.children[one.source_id] for one in by_verb[Verb.NEW_PUPIL]]
        rows = enrol(
            by=self.by,
            pupils=[
                Pupil(**{name: getattr(child, name) for name in PUPIL_FIELDS}) for child in new
            ],
        )
        self._made("pupil", rows)
        found = {child.source_id: row.pk for child, row in zip(new, rows, strict=True)}
        found |= {one.source_id: one.pk for one in by_verb[Verb.SAME_PUPIL]}
        self.pupil_pks |= found
        self._name("pupil", found)
        wanted: dict[int, dict[str, Any]] = {
            one.pk: self._wanted(one.source_id) for one in by_verb[Verb.CHANGE_PUPIL]
        }
        self._change(PUPILS, wanted, "pupil.change")
        self._change(
            PUPILS, {one.pk: {"left_on": None} for one in by_verb[Verb.CAME_BACK]}, "pupil.return"
        )
        self._change(
            PUPILS, {one.pk: {"left_on": self.on} for one in by_verb[Verb.LEAVE]}, "pupil.leave"
        )

    def _wanted(self, source_id: str) -> dict[str, Any]:
        """Return the facts of a child as the file has them; an empty cell takes nothing away."""
        child = self.children[source_id]
        wanted = {name: getattr(child, name) for name in PUPIL_FIELDS}
        return {name: value for name, value in wanted.items() if value is not None}

    def _guardians(self, by_verb: Mapping[Verb, list[Change]]) -> None:
        tied = {one.other_id for one in by_verb[Verb.NEW_TIE]}
        # Somebody who is tied to nobody is nobody's guardian.
        new = [
            self.adults[one.source_id]
            for one in by_verb[Verb.NEW_GUARDIAN]
            if one.source_id in tied
        ]
        beside = {one.source_id for one in by_verb[Verb.NEW_GUARDIAN] if one.before}
        rows = add_guardians(
            by=self.by, guardians=[self._guardian(one, one.source_id in beside) for one in new]
        )
        self._made("guardian", rows)
        found = {adult.source_id: row.pk for adult, row in zip(new, rows, strict=True)}
        found |= {one.source_id: one.pk for one in by_verb[Verb.SAME_GUARDIAN]}
        self.guardian_pks |= found
        self._name("guardian", found)
        self._change(
            GUARDIANS,
            {one.pk: self._said_of(one.source_id) for one in by_verb[Verb.CHANGE_GUARDIAN]},
            "guardian.change",
        )
        self._addresses(by_verb[Verb.CHANGE_ADDRESS])
        self._made("guardianship", tie(by=self.by, ties=self._ties(by_verb[Verb.NEW_TIE])))
        marked = {one.pk: {"doubt": one.after} for one in by_verb[Verb.MARK_TIE]}
        self._change(TIES, marked, "guardianship.mark")

    def _guardian(self, adult: Adult, is_beside_one_like_them: bool) -> Guardian:
        """Return a new guardian. Beside one of their name it may be the same person's new address (E34)."""
        guardian = Guardian(name=adult.name, email=adult.email, telephone=adult.telephone)
        if is_beside_one_like_them and adult.email:
            guardian.email_changed_at = clock.now()
            guardian.email_changed_by = self.by if isinstance(self.by, StaffMember) else None
        return guardian

    def _said_of(self, source_id: str) -> dict[str, Any]:
        adult = self.adults[source_id]
        said = {"name": adult.name, "telephone": adult.telephone}
        return {name: value for name, value in said.items() if value}

    def _addresses(self, changes: list[Change]) -> None:
        change_emails({one.pk: one.after for one in changes}, by=self.by)
        self.done["changed"] += [
            ["guardian", one.pk, "email", one.before, one.after] for one in changes
        ]

    def _ties(self, changes: list[Change]) -> list[Guardianship]:
        """Return new ties: asked only where the school confirms what the relationship means.

        Where the file says something against it, a relationship confirmed for all is not enough.
        """
        return [
            Guardianship(
                guardian_id=self.guardian_pks[one.other_id],
                pupil_id=self.pupil_pks[one.source_id],
                relationship=one.after,
                has_parental_responsibility=is_asked,
                has_care=False,
                counts_for_consent=is_asked,
                awaits_confirmation=not is_asked,
                doubt=one.before,
            )
            for one in changes
            for is_asked in [one.after in self.asked and not one.before]
        ]

    def _groups(self, by_verb: Mapping[Verb, list[Change]]) -> None:
        new = [self.groups[one.source_id] for one in by_verb[Verb.NEW_GROUP]]
        changed = {one.pk: self.groups[one.source_id] for one in by_verb[Verb.CHANGE_GROUP]}
        # Classes hand their names on at the start of a year: first all give theirs up.
        TeachingGroup.objects.bulk_update(
            [TeachingGroup(pk=pk, name=f"~{pk}") for pk in changed], ["name"], batch_size=BATCH
        )
        rows = TeachingGroup.objects.bulk_create([TeachingGroup(name=one.name) for one in new])
        record_each("group.form", "school.teachinggroup", [row.pk for row in rows], by=self.by)
        self._made("teachinggroup", rows)
        found = {group.source_id: row.pk for group, row in zip(new, rows, strict=True)}
        found |= {one.source_id: one.pk for one in by_verb[Verb.SAME_GROUP]}
        self._name("group", found)
        TeachingGroup.objects.bulk_update(
            [TeachingGroup(pk=pk, name=group.name) for pk, group in changed.items()],
            ["name"],
            batch_size=BATCH,
        )
        record_each("group.change", "school.teachinggroup", sorted(changed), by=self.by)
        renamed = {
            pk: (self.members[pk].name, group.name)
            for pk, group in changed.items()
            if self.members[pk].name != group.name
        }
        self.done["changed"] += [
            ["teachinggroup", pk, "name", before, after] for pk, (before, after) in renamed.items()
        ]
        self._fill({row.pk: group for row, group in zip(rows, new, strict=True)} | changed, renamed)

    def _fill(self, groups: Mapping[int, Group], renamed: Mapping[int, tuple[str, str]]) -> None:
        """Put into each class who the file says is in it; who teaches it is added, and nobody taken."""
        staff = TeachingGroup.staff.through
        coming, going, teaching = [], [], []
        # Whom no file of this source has named was put there by hand, and stays.
        ours = set(self.pupil_pks.values())
        for pk, group in groups.items():
            now = {self.pupil_pks[one] for one in group.child_ids if one in self.pupil_pks}
            before = self.members[pk].pupil_pks if pk in self.members else frozenset()
            coming += [(pk, pupil) for pupil in sorted(now - before)]
            going += [(pk, pupil) for pupil in sorted((before - now) & ours)]
            teaching += [
                (pk, self.staff[email])
                for one in group.teacher_ids
                if (email := self.teachers[one]) in self.staff
            ]
        take_out(going)
        put_in(coming)
        # Who taught it before stays: only who is new is a change.
        old = [pk for pk in groups if pk in self.members]
        known = staff.objects.filter(teachinggroup__in=old)
        there = set(known.values_list("teachinggroup_id", "staffmember_id"))
        teachers = _by_class(
            pair for pair in teaching if pair[0] in self.members and pair not in there
        )
        staff.objects.bulk_create(
            [staff(teachinggroup_id=group, staffmember_id=person) for group, person in teaching],
            ignore_conflicts=True,
        )
        self.done["members"] = [coming, going]
        # A class that is new says so itself.
        come = [(group, pupil) for group, pupil in coming if group in self.members]
        note_classes(come, going, renamed=renamed, teachers=teachers, by=self.by)

    # --- What every kind has in common ----------------------------------------------------------
    def _made(self, kind: str, rows: Iterable[Any]) -> None:
        self.done["made"][kind] += [row.pk for row in rows]

    def _name(self, kind: str, found: Mapping[str, int]) -> None:
        """Keep the file's names for what is on record now."""
        rows = SourcedId.objects.bulk_create(
            [
                SourcedId(source=self.source, identifier=name, **{f"{kind}_id": pk})
                for name, pk in found.items()
            ]
        )
        self.done["named"] += [row.pk for row in rows]

    def _change(self, kind: Kind, wanted: Mapping[int, Mapping[str, Any]], verb: str) -> None:
        """Set the wanted fields of many rows, and keep what they were."""
        rows = list(kind.model.objects.filter(pk__in=wanted).order_by("pk"))
        noted = [(revisions.reference(row), revisions.changes(row, wanted[row.pk])) for row in rows]
        for row in rows:
            for name, value in wanted[row.pk].items():
                before = getattr(row, name)
                if before != value:
                    self.done["changed"].append(
                        [kind.name, row.pk, name, told(before), told(value)]
                    )
                    setattr(row, name, value)
        fields = sorted({name for facts in wanted.values() for name in facts})
        if fields:
            kind.model.objects.bulk_update(rows, fields, batch_size=BATCH)
        revisions.note_many(noted, by=self.by)
        record_each(verb, f"school.{kind.name}", [row.pk for row in rows], by=self.by)


def told(value: Any) -> Any:
    """Return a fact as it can be kept in a text."""
    return value.isoformat() if isinstance(value, date) else value


def put_in(pairs: Iterable[tuple[int, int]]) -> None:
    """Put pupils into classes, in pairs of class and pupil."""
    inside = TeachingGroup.pupils.through
    inside.objects.bulk_create(
        [inside(teachinggroup_id=group, pupil_id=pupil) for group, pupil in pairs],
        ignore_conflicts=True,
    )


def note_classes(
    coming: Iterable[tuple[int, int]],
    going: Iterable[tuple[int, int]],
    *,
    renamed: Mapping[int, tuple[str, str]],
    teachers: Mapping[int, list[int]],
    by: StaffMember | System,
) -> None:
    """Keep what changed of classes: what they were called, who went and came, and who teaches them now too."""
    come, gone = _by_class(coming), _by_class(going)
    revisions.note_many(
        (
            (
                f"school.teachinggroup:{pk}",
                ({"name": renamed[pk]} if pk in renamed else {})
                | revisions.members("pupils", gone=gone.get(pk, ()), come=come.get(pk, ()))
                | revisions.members("staff", gone=(), come=set(teachers.get(pk, ()))),
            )
            for pk in sorted({*come, *gone, *renamed, *teachers})
        ),
        by=by,
    )


def _by_class(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for group, pupil in pairs:
        found.setdefault(group, []).append(pupil)
    return found


def take_out(pairs: Iterable[tuple[int, int]]) -> None:
    """Take pupils out of classes, in pairs of class and pupil."""
    for group, pupil_pks in _by_class(pairs).items():
        TeachingGroup.pupils.through.objects.filter(
            teachinggroup=group, pupil__in=pupil_pks
        ).delete()
