"""Copies of a child's file that leave the house."""

from collections.abc import Sequence
from hashlib import sha256

from audit import services as audit
from audit.services import Row
from concerns import policy, selectors
from concerns.models import Attachment, Concern, Copy
from concerns.selectors import Filed
from school.models import Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

CHANGED = "What you may read has changed meanwhile. Look at it again."


@audit.atomic()
def record_copy(
    pupil: Pupil,
    concerns: Sequence[Concern],
    *,
    by: StaffMember,
    code: str,
    for_whom: str,
    reason: str,
    content: bytes,
    text_sha256: str,
    files: Sequence[Filed] = (),
    is_alone: bool = False,
    is_whole: bool = False,
) -> Copy:
    """Put on record that a copy was made, before it is handed out: for whom, why, and its hash (A52).

    Each concern in it says so too, with the codes of its files inside. `is_alone` says that it is one
    concern and not the file, `is_whole` that nothing typed by hand was left out of it (A51). Raises NotAllowed for whoever makes none, without a reason, or when they
    have come to stand outside one of the concerns while it was made.
    """
    now, viewer = clock.now(), by.viewer()
    if not policy.may_copy_files(viewer):
        raise NotAllowed("The safeguarding team and the headteacher make copies.")
    if not for_whom.strip() or not reason.strip():
        raise NotAllowed("Say for whom the copy is, and why they may have it.")
    ids = sorted(concern.pk for concern in concerns)
    locked = Concern.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    if not ids or [row.pk for row in locked] != ids:
        raise NotAllowed("There is nothing to copy.")
    if Concern.objects.filter(pk__in=ids).visible_to(viewer).count() != len(ids):
        raise NotAllowed(CHANGED)
    _check_files(files, pupil, ids)
    copy = Copy.objects.create(
        code=code,
        pupil=pupil,
        made_at=now,
        made_by=by,
        for_whom=for_whom,
        reason=reason,
        sha256=sha256(content).hexdigest(),
        text_sha256=text_sha256,
        is_alone=is_alone,
        is_whole=is_whole,
    )
    copy.concerns.set(ids)
    rows = [
        Row(
            actor=by.actor,
            verb="concern.copy",
            object=row.object,
            detail={"copy": code, **selectors.codes_of(files, row)},
        )
        for row in locked
    ]
    made = Row(
        actor=by.actor,
        verb="concern.copy.make",
        object=f"school.pupil:{pupil.pk}",
        detail={"copy": code},
    )
    audit.record_many(at=now, rows=[made, *rows])
    return copy


def _check_files(files: Sequence[Filed], pupil: Pupil, ids: Sequence[int]) -> None:
    """Refuse a copy with a file that was sealed off, or came to stand beside another child, meanwhile."""
    named = {one.file.pk for one in files}
    kept = Attachment.objects.filter(pk__in=named, concern__in=ids, sealed_at=None, removed_at=None)
    alone = {one.file.concern_id for one in files if not one.has_others}
    rows = Concern.objects.filter(pk__in=alone).prefetch_related("involved", "moved")
    if kept.count() != len(named) or any(selectors.holds_others(row, pupil) for row in rows):
        raise NotAllowed(CHANGED)
