"""Files of a concern: taken, opened, sealed off, and removed by two people."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.conf import settings

from audit import services as audit
from concerns import policy
from concerns.models import Attachment, Concern, PictureElsewhere, Removal
from concerns.policy import Action, FileAction
from concerns.services import alerts, indexing, routing
from school.models import StaffMember
from school.services import SWEEP
from schoolsafe.lib import antivirus, clock, filetypes
from schoolsafe.lib.filetypes import FileKind
from schoolsafe.lib.rules import NotAllowed
from schoolsafe.lib.scans import Unfit

logger = logging.getLogger(__name__)
UNLAWFUL = (
    "This very file was removed here because nobody may hold it. Do not look at it, copy it or send "
    "it. Ring one of the people on this page now."
)
UNDECLARED = "Answer the question about pictures first. Without the answer no file is taken."
HARMFUL = (
    "The virus scanner says that this file is harmful. It was not kept. Do not open it; tell IT."
)
UNSCANNED = (
    "The virus scanner does not answer, so no file is taken now. Leave the file where it is and try "
    "again later. What you wrote does not wait for it."
)


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A file that has been looked into, and asked about where the school has a virus scanner."""

    name: str
    kind: FileKind
    original: bytes
    redrawn: bytes | None
    sha256: str

    @property
    def size(self) -> int:
        """Return how large the original is."""
        return len(self.original)


def check_file(name: str, content: bytes) -> Checked:
    """Look into a file, before anything is locked: asking the scanner takes time.

    Raises Unfit when it is of no kind that is taken, harmful, or the scanner gives no answer (E17).
    """
    judged = filetypes.judge(content)
    if settings.CLAMAV is not None:
        try:
            is_clean = antivirus.is_clean(content, clamav=settings.CLAMAV)
        except antivirus.Unanswered as fault:
            logger.error("ClamAV gave no answer: %s. No file is taken.", fault)
            raise Unfit(UNSCANNED) from fault
        if not is_clean:
            raise Unfit(HARMFUL)
    return Checked(
        name=name,
        kind=judged.kind,
        original=content,
        redrawn=judged.redrawn,
        sha256=sha256(content).hexdigest(),
    )


@audit.atomic()
def attach(
    concern: Concern, files: Sequence[Checked], *, by: StaffMember, words: str, is_declared: bool
) -> list[Attachment]:
    """Attach files to a concern; whoever took charge of it is told, or whoever may read it now.

    The same file from the same person is attached once (E20). Raises NotAllowed for whoever neither
    works on it nor logged it, without the answer about pictures (E16), for a file that was removed
    because nobody may hold it, or when there would be too many.
    """
    now = clock.now()
    concern, scene = _open(concern, Action.ATTACH, by=by, now=now)
    if not is_declared:
        raise NotAllowed(UNDECLARED)
    if not words.strip():
        raise NotAllowed("Say in a few words what it is.")
    if Removal.objects.filter(
        is_confirmed=True, sha256__in=[file.sha256 for file in files]
    ).exists():
        raise NotAllowed(UNLAWFUL)
    there = concern.attachments.filter(removed_at=None)
    own = there.attached_by(by)
    known = set(own.filter(sealed_at=None).values_list("sha256", flat=True))
    new = [
        file for file in {file.sha256: file for file in files}.values() if file.sha256 not in known
    ]
    # A refusal must not tell the reporter how much the team has attached.
    seen = there if policy.may_view(by.viewer(), scene.facts) else own
    policy.check_room([file.size for file in new], list(seen.values_list("size", flat=True)))
    kept = [_keep(concern, file, by=by, words=words, now=now) for file in new]
    if kept:
        indexing.index(concern)
        _tell(concern, what=f"file:{kept[0].pk}", by=by, now=now)
    return kept


def _keep(
    concern: Concern, file: Checked, *, by: StaffMember, words: str, now: datetime
) -> Attachment:
    """Write one file and its line of the audit: its hash proves the original, its name is not there."""
    row = Attachment.objects.create(
        concern=concern,
        attached_at=now,
        attached_by=by,
        words=words,
        name=file.name,
        kind=file.kind,
        size=file.size,
        sha256=file.sha256,
        original=file.original,
        redrawn=file.redrawn,
        is_declared=True,
    )
    _record(row, "attach", by=by, now=now, sha256=row.sha256, size=row.size)
    return row


@audit.atomic()
def tell_of_picture(
    concern: Concern,
    *,
    by: StaffMember,
    holder: str,
    place: str,
    copied: policy.Copied,
    text: str = "",
) -> PictureElsewhere:
    """Log that there is a picture that nobody may copy: who has the device, and where (E16).

    Raises NotAllowed for whoever neither works on the concern nor logged it, or without a holder and
    a place.
    """
    now = clock.now()
    concern, _ = _open(concern, Action.ATTACH, by=by, now=now)
    if not holder.strip() or not place.strip():
        raise NotAllowed("Say who has the device and where it is, or that you do not know.")
    row = PictureElsewhere.objects.create(
        concern=concern, at=now, by=by, holder=holder, place=place, copied=copied, text=text
    )
    indexing.index(concern)
    _tell(concern, what=f"picture:{row.pk}", by=by, now=now)
    audit.record(
        at=now,
        actor=by.actor,
        verb="concern.picture_elsewhere",
        object=concern.object,
        picture=row.pk,
        copied=row.copied,
    )
    return row


@audit.atomic()
def open_file(file: Attachment, *, by: StaffMember) -> bytes:
    """Return a file as it may be shown, with the look on the record: a picture drawn anew (E17).

    Raises NotAllowed for whoever may not open it, and for all once it is sealed off.
    """
    now = clock.now()
    file = _open_file(file, FileAction.OPEN, by=by, now=now)
    content = file.served
    if content is None:
        raise NotAllowed("This file is not shown any more.")
    _record(file, "attachment.read", by=by, now=now)
    return content


@audit.atomic()
def seal(
    file: Attachment, *, by: StaffMember, sealed_as: policy.SealedAs, reason: str
) -> Attachment:
    """Take a file out of everybody's sight; it stays, sealed, until its day or its removal.

    Raises NotAllowed for whoever does not work on the concern, without a reason, or the second time.
    """
    now = clock.now()
    file = _open_file(file, FileAction.SEAL, by=by, now=now)
    if not reason.strip():
        raise NotAllowed("Say why: the record shows that there was a file.")
    file.sealed_at, file.sealed_by = now, by
    file.sealed_as, file.sealed_because = sealed_as, reason
    file.save(update_fields=["sealed_at", "sealed_by", "sealed_as", "sealed_because"])
    _tell(file.concern, what=f"sealed:{file.pk}", by=by, now=now)
    _record(file, "seal_attachment", by=by, now=now, sealed_as=sealed_as)
    return file


@audit.atomic()
def propose_removal(file: Attachment, *, by: StaffMember, reason: str) -> Removal:
    """Ask for the content of a file that nobody may hold to be destroyed; somebody else confirms (E96).

    Raises NotAllowed unless it is sealed off as such, without a reason, or while it is asked already.
    """
    now = clock.now()
    file = _open_file(file, FileAction.PROPOSE, by=by, now=now)
    if not reason.strip():
        raise NotAllowed("Say why, and what the police or the LADO advised.")
    asked = Removal.objects.create(
        attachment=file, sha256=file.sha256, proposed_at=now, proposed_by=by, reason=reason
    )
    _tell(file.concern, what=f"removal:{asked.pk}", by=by, now=now)
    _record(file, "propose_removal", by=by, now=now)
    return asked


@audit.atomic()
def confirm_removal(file: Attachment, *, by: StaffMember) -> Attachment:
    """Destroy the content of a file that nobody may hold; hash and size stay, as the certificate.

    Raises NotAllowed for whoever asked for it, and when nobody has.
    """
    now = clock.now()
    file = _open_file(file, FileAction.CONFIRM, by=by, now=now)
    asked = _settle(file, by=by, is_confirmed=True, now=now)
    file.original, file.redrawn, file.removed_at = None, None, now
    file.save(update_fields=["original", "redrawn", "removed_at"])
    _record(
        file,
        "remove_attachment",
        by=by,
        now=now,
        sha256=file.sha256,
        size=file.size,
        proposed_by=asked.proposed_by_id,
    )
    return file


@audit.atomic()
def decline_removal(file: Attachment, *, by: StaffMember) -> Attachment:
    """Say that a file stays sealed and is not removed. Raises NotAllowed when nobody has asked for it."""
    now = clock.now()
    file = _open_file(file, FileAction.DECLINE, by=by, now=now)
    _settle(file, by=by, is_confirmed=False, now=now)
    _record(file, "decline_removal", by=by, now=now)
    return file


def _settle(file: Attachment, *, by: StaffMember, is_confirmed: bool, now: datetime) -> Removal:
    """Write down what became of the wish that stands."""
    asked = file.removals.get(settled_at=None)
    asked.settled_at, asked.settled_by, asked.is_confirmed = now, by, is_confirmed
    asked.save(update_fields=["settled_at", "settled_by", "is_confirmed"])
    return asked


def _open(
    concern: Concern, action: Action, *, by: StaffMember, now: datetime
) -> tuple[Concern, alerts.Scene]:
    """Lock a concern and check that this person may do this now."""
    concern = Concern.objects.select_for_update().get(pk=concern.pk)
    scene = alerts.look(concern, now=now)
    policy.next_status(action, by.viewer(), scene.facts)
    return concern, scene


def _open_file(
    file: Attachment, action: FileAction, *, by: StaffMember, now: datetime
) -> Attachment:
    """Lock the concern of a file and check that this person may do this with the file now."""
    concern = Concern.objects.select_for_update().get(pk=file.concern_id)
    row = Attachment.objects.get(pk=file.pk)
    row.concern = concern
    facts = alerts.look(concern, now=now).facts
    policy.check_file_action(action, by.viewer(), facts, row.facts())
    return row


def _tell(concern: Concern, *, what: str, by: StaffMember, now: datetime) -> None:
    """Tell whoever took charge that there is more to read, or whoever may read it now."""
    routing.follow(concern, by=SWEEP, now=now)
    scene = alerts.look(concern, now=now)
    told = policy.to_tell_of_more(scene.facts, scene.people, besides=by.pk)
    alerts.tell_of_more(concern, told, what=what, now=now)


def _record(
    file: Attachment, verb: str, *, by: StaffMember, now: datetime, **detail: object
) -> None:
    """Write the audit entry: the file by its code, and nothing of its name (E102)."""
    audit.record(
        at=now,
        actor=by.actor,
        verb=f"concern.{verb}",
        object=file.concern.object,
        file=file.code,
        **detail,
    )
