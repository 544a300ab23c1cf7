"""A copy of a child's file with the files of its concerns."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from django.db.models import Prefetch, prefetch_related_objects

from concerns.models import Attachment, Concern
from concerns.policy.enclosing import Fate, fate_of, that_fit
from concerns.policy.redaction import Redactor
from concerns.selectors.copies import Record, alone, holds_others, record_of
from concerns.selectors.filed import Filed, read
from concerns.selectors.parts import concern_part
from school.models import Pupil
from school.roles import Viewer

PLAIN = Redactor(child="", others=())


def record_with_files(
    pupil: Pupil,
    viewer: Viewer,
    *,
    besides: Sequence[str] = (),
    ticked: Collection[str] = (),
    only: str = "",
) -> Record:
    """Return what leaves with the files of its concerns, each with what becomes of it (A52, E93).

    One of a concern that holds anybody who is left out goes only where its name is among `ticked`.
    `only` is the reference of the one concern that leaves; empty for the whole file.
    """
    record = record_of(pupil, viewer, besides=besides)
    record = alone(record, only) if only else record
    fetch_files(record.concerns)
    files = list[Filed]()
    for concern in record.concerns:
        attached = list(concern.attachments.all())
        has_others = bool(attached) and _is_touched(record, concern, attached)
        files += [_filed(file, has_others=has_others, ticked=ticked) for file in attached]
    fates = that_fit([(one.fate, one.file.size) for one in files])
    fitting = zip(files, fates, strict=True)
    return replace(record, files=tuple(replace(one, fate=fate) for one, fate in fitting))


def fetch_files(concerns: Sequence[Concern]) -> None:
    """Fetch the files of concerns, without what is in them."""
    rows = Attachment.objects.defer("original", "redrawn")
    prefetch_related_objects(list(concerns), Prefetch("attachments", rows))


def files_to_decide(record: Record) -> tuple[Filed, ...]:
    """Return the files of these concerns for a request: whether one goes is decided of each (G38)."""
    fetch_files(record.concerns)
    return tuple(
        _filed(file, has_others=False, ticked=())
        for concern in record.concerns
        for file in concern.attachments.all()
    )


def read_files(record: Record) -> Record:
    """Return a copy with what is in the files that go; what cannot be read is named as such."""
    return replace(record, files=read(record.files))


def _filed(file: Attachment, *, has_others: bool, ticked: Collection[str]) -> Filed:
    fate = fate_of(
        is_removed=file.removed_at is not None,
        is_sealed=file.sealed_at is not None,
        has_others=has_others,
        is_ticked=file.served_name in ticked,
    )
    return Filed(file=file, fate=fate, has_others=has_others)


def _is_touched(record: Record, concern: Concern, files: Sequence[Attachment]) -> bool:
    """Tell whether a concern holds anybody who is left out: in it, or named in its words."""
    words = [str(file.words) for file in files]
    if holds_others(concern, record.pupil) or any(record.redact(one) != one for one in words):
        return True
    plain = replace(record, redact=PLAIN, labels={})
    return concern_part(record, concern) != concern_part(plain, concern)


def going(record: Record) -> list[Filed]:
    """Return the files that are inside a copy."""
    return [one for one in record.files if one.fate is Fate.GOES and one.content is not None]
