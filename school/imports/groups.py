"""Classes of a file beside the classes on record."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from school.imports.proposal import Change, Section, Verb
from school.imports.pupils import Known
from school.imports.register import GroupOnRecord, Register
from school.imports.roster import Group, Roster


def groups(roster: Roster, register: Register, pupils: Mapping[str, Known]) -> Iterator[Change]:
    """Compare the classes; a class that is gone from the file is noted and stays."""
    if not roster.lists_classes:
        return
    by_id = {group.source_id: group for group in register.groups if group.source_id}
    ours = frozenset(pupil.pk for pupil in register.pupils if pupil.source_id)
    by_name = {group.name.casefold(): group for group in register.groups if not group.source_id}
    for group in named_apart(roster, register):
        found = by_id.get(group.source_id) or by_name.get(group.name.casefold())
        if found is None:
            yield _new(group)
        else:
            yield from _members(group, found, pupils, ours)
    here = {group.source_id for group in roster.groups}
    for source_id, known in by_id.items():
        if source_id not in here:
            words = f"The class {known.name} is not in the file. It stays."
            yield _note(source_id, words)
    yield from _teachers(roster, register)


def named_apart(roster: Roster, register: Register) -> list[Group]:
    """Return the classes of a roster, none called like one on record that is not in the file."""
    here = {group.source_id for group in roster.groups}
    staying = [one for one in register.groups if one.source_id and one.source_id not in here]
    taken = {one.name.casefold() for one in staying}
    return [
        replace(group, name=f"{group.name[:40]} ({group.source_id[-15:]})")
        if group.name.casefold() in taken
        else group
        for group in roster.groups
    ]


def _new(group: Group) -> Change:
    return Change(
        verb=Verb.NEW_GROUP,
        section=Section.NEW,
        source_id=group.source_id,
        words=f"{group.name}, {len(group.child_ids)} {'pupil' if len(group.child_ids) == 1 else 'pupils'}.",
        after=" ".join((group.name, *sorted(group.child_ids))),
    )


def _members(
    group: Group,
    found: GroupOnRecord,
    pupils: Mapping[str, Known],
    ours: frozenset[int],
) -> Iterator[Change]:
    """Compare the pupils of one class; whom no file has named stays in it."""
    needs: tuple[str, ...] = ()
    if not found.source_id:
        same = Change(
            verb=Verb.SAME_GROUP,
            section=Section.CHANGED,
            source_id=group.source_id,
            pk=found.pk,
            words=f"The class {group.name} is on record already.",
            before=found.name,
            after=group.name,
        )
        needs = (same.key,)
        yield same
    inside = {pupils[pk].pupil.pk for pk in group.child_ids if pk in pupils}
    coming = [
        pk
        for pk in group.child_ids
        if pk not in pupils
        or (pupils[pk].pupil.pk not in found.pupil_pks and not pupils[pk].is_odd)
    ]
    going = (found.pupil_pks - inside) & ours
    if not coming and not going and found.name == group.name:
        return
    renamed = "" if found.name == group.name else f" It is called {group.name} now."
    yield Change(
        verb=Verb.CHANGE_GROUP,
        section=Section.CHANGED,
        source_id=group.source_id,
        pk=found.pk,
        words=f"{found.name}: {len(coming)} come, {len(going)} go.{renamed}",
        before=" ".join((found.name, *map(str, sorted(found.pupil_pks)))),
        after=" ".join((group.name, *sorted(group.child_ids))),
        needs=needs,
    )


def _teachers(roster: Roster, register: Register) -> Iterator[Change]:
    """Note who teaches a class and has no account here: accounts are not made by an import."""
    here = {person.email.casefold() for person in register.staff}
    teaching = {pk for group in roster.groups for pk in group.teacher_ids}
    for teacher in roster.teachers:
        if teacher.source_id in teaching and teacher.email.casefold() not in here:
            words = f"{teacher.name} teaches a class and has no account here under that address."
            yield _note(teacher.source_id, words)


def _note(source_id: str, words: str) -> Change:
    return Change(verb=Verb.NOTE, section=Section.NOTED, source_id=source_id, words=words)
