"""What a copy of a child's file holds, whose names it leaves out, and which copies were made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db.models import prefetch_related_objects

from concerns.chronology import Line
from concerns.models import Concern, Copy, Involved
from concerns.policy.redaction import Other, Redactor, described, folded, named, shared_words
from concerns.selectors.casework import tombstones
from concerns.selectors.filed import Filed
from concerns.selectors.pupils import knew_of, pupil_file
from school.models import Guardianship, Pupil
from school.roles import Viewer

Key = tuple[str, object]


@dataclass(frozen=True, kw_only=True)
class Record:
    """All that one copy is made of: as one person may read it, with the names of others left out."""

    pupil: Pupil
    concerns: Sequence[Concern]
    lines: Sequence[Line]
    redact: Redactor
    labels: dict[int, str]
    knew: dict[int, list[str]]
    shared: Sequence[str]
    tombstones: Sequence[str]
    files: Sequence[Filed] = ()
    is_alone: bool = False


def record_of(pupil: Pupil, viewer: Viewer, *, besides: Sequence[str] = ()) -> Record:
    """Return what a person may read about a pupil as it may leave the house (A52, E93).

    Other children and those who answer for them alone stay behind, and whoever is named in `besides`.
    """
    file = pupil_file(pupil, viewer, together=False)
    concerns = sorted(file.concerns, key=lambda row: (row.logged_at, row.pk))
    prefetch_related_objects(concerns, "marks", "moved__pupil")
    children = _children(concerns, pupil)
    others = [
        *children.values(),
        *_mistaken(concerns, pupil),
        *_guardians(concerns, pupil),
        *_typed(besides),
    ]
    staff = {row.reporter.name for row in concerns}
    staff |= {entry.by.name for row in concerns for entry in row.entries.all()}
    return Record(
        pupil=pupil,
        concerns=concerns,
        lines=file.lines,
        redact=Redactor(child=str(pupil), others=others, kept=sorted(staff)),
        labels={
            row.pk: children[key].instead
            for concern in concerns
            for row in concern.involved.all()
            if (key := _key(row, concern, pupil)) is not None
        },
        knew=knew_of(concerns),
        tombstones=[row.words for row in tombstones(viewer, [pupil.pk])],
        shared=shared_words(str(pupil), others),
    )


def alone(record: Record, reference: str) -> Record:
    """Return one concern out of a record, for the product that keeps the file (A50); none if it is not in it.

    Names are left out as in the whole: who stands in another concern may be named in this one's words.
    """
    return replace(
        record,
        concerns=[row for row in record.concerns if row.reference == reference],
        lines=[line for line in record.lines if line.concern == reference],
        tombstones=(),
        is_alone=True,
    )


def holds_others(concern: Concern, pupil: Pupil) -> bool:
    """Tell whether another child is in a concern, or was by mistake: a file of it may show them (E93)."""
    return any(_key(row, concern, pupil) is not None for row in concern.involved.all()) or any(
        row.pupil_id != pupil.pk for row in concern.moved.all()
    )


def _key(row: Involved, concern: Concern, pupil: Pupil) -> Key | None:
    """Return which other child this is, None for an adult and for the child itself."""
    meant = next((one for one in concern.involved.all() if one.pk == row.meant_id), row)
    if meant.pupil_id is not None:
        return None if meant.pupil_id == pupil.pk else ("pupil", meant.pupil_id)
    if row.kind != Involved.Kind.CHILD:
        return None
    return "words", _plain(str(row.name))


def _plain(name: str) -> str:
    """Return a name as it is compared."""
    return " ".join(folded(name)[0].split())


def _children(concerns: Iterable[Concern], pupil: Pupil) -> dict[Key, Other]:
    """Return the other children in these concerns, numbered in the order of the record (E93)."""
    known: dict[Key, list[Involved]] = {}
    for concern in concerns:
        for row in concern.involved.all():
            key = _key(row, concern, pupil)
            if key is not None:
                known.setdefault(key, []).append(row)
    return {key: _child(rows, number) for number, (key, rows) in enumerate(known.items(), start=1)}


def _child(rows: Sequence[Involved], number: int) -> Other:
    """Return another child by every name that stands in the record."""
    instead = f"another child ({number})"
    found = [
        named(instead, str(row.pupil)) if row.pupil else described(instead, str(row.name))
        for row in rows
    ]
    return Other(
        instead=instead,
        names=tuple(dict.fromkeys(name for one in found for name in one.names)),
        words=tuple(dict.fromkeys(word for one in found for word in one.words)),
    )


def _guardians(concerns: Iterable[Concern], pupil: Pupil) -> list[Other]:
    """Return who answers for another child in these concerns and not for this one.

    An adult who stands in a concern themselves is a part of this child's record, and stays.
    """
    told = {_plain(row.who) for one in concerns for row in one.involved.all() if row.is_adult}
    ids = {row.pupil_id for concern in concerns for row in concern.involved.all()}
    ties = list(
        Guardianship.objects.filter(pupil__in=ids - {None})
        .select_related("guardian")
        .order_by("pk")
    )
    own = {tie.guardian_id for tie in ties if tie.pupil_id == pupil.pk}
    theirs = {
        tie.guardian_id: tie.guardian.name
        for tie in ties
        if tie.guardian_id not in own and _plain(tie.guardian.name) not in told
    }
    return [
        named(f"another child's adult ({number})", name)
        for number, name in enumerate(theirs.values(), start=1)
    ]


def _mistaken(concerns: Iterable[Concern], pupil: Pupil) -> list[Other]:
    """Return the children for whom one of these was filed by mistake: the words may name them (E11)."""
    wrong = {row.pupil_id: str(row.pupil) for one in concerns for row in one.moved.all()}
    wrong.pop(pupil.pk, None)
    return [
        named(f"a child named by mistake ({number})", name)
        for number, name in enumerate(wrong.values(), start=1)
    ]


def _typed(names: Iterable[str]) -> list[Other]:
    """Return what the person who makes the copy leaves out as well, as they typed it."""
    return [
        Other(instead=f"left out ({number})", names=(name,))
        for number, name in enumerate(names, start=1)
    ]


def copies_of(pupil: Pupil, viewer: Viewer) -> list[Copy]:
    """Return the copies of a pupil's whole file of which this person may know."""
    rows = Copy.objects.filter(pupil=pupil, is_alone=False)
    return list(rows.visible_to(viewer).select_related("made_by"))
