"""Files that come with a concern: what can be taken is, what can't is said, and nothing stops the concern."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from audit import services as audit
from concerns import policy
from concerns.models import Attachment, Concern, NotTaken
from concerns.services.attachments import UNDECLARED, Checked, attach, check_file
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from schoolsafe.lib.scans import Unfit

SENT_WITH_IT = "Sent with the concern"


@dataclass(frozen=True, kw_only=True)
class Brought:
    """A file as it comes; of one that is too large only its size is known."""

    name: str
    size: int
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A file that is not taken, and why."""

    name: str
    why: str


def bring(
    concern: Concern,
    files: Sequence[Brought],
    *,
    by: StaffMember,
    words: str = "",
    is_declared: bool,
) -> list[Attachment]:
    """Attach what can be taken of the files that came with a concern, and write down what could not.

    The concern is filed before, and whatever is wrong with a file is said on its page: this refuses
    nothing. Without the answer about pictures none is looked into (E16).
    """
    checked, refused = _look_into(files, is_declared=is_declared)
    kept, denied = _attach(concern, checked, by=by, words=words.strip() or SENT_WITH_IT)
    note_not_taken(concern, [*refused, *denied], by=by)
    return kept


def _look_into(
    files: Sequence[Brought], *, is_declared: bool
) -> tuple[list[Checked], list[Refused]]:
    """Look into each file, before anything is locked: those that are fit, and the others with why."""
    if not is_declared:
        return [], [Refused(name=file.name, why=UNDECLARED) for file in files]
    checked, refused = [], []
    faults = policy.faults_of_each([file.size for file in files])
    for file, fault in zip(files, faults, strict=True):
        try:
            if fault:
                raise Unfit(fault)
            checked.append(check_file(file.name, file.content))
        except Unfit as unfit:
            refused.append(Refused(name=file.name, why=str(unfit)))
    return checked, refused


def _attach(
    concern: Concern, files: Sequence[Checked], *, by: StaffMember, words: str
) -> tuple[list[Attachment], list[Refused]]:
    """Attach all, or each by itself where the whole is refused: one keeps no other out."""
    if not files:
        return [], []
    try:
        return attach(concern, files, by=by, words=words, is_declared=True), []
    except NotAllowed as fault:
        if len(files) == 1:
            return [], [Refused(name=files[0].name, why=str(fault))]
    each = [_attach(concern, [file], by=by, words=words) for file in files]
    return [row for kept, _ in each for row in kept], [one for _, bad in each for one in bad]


@audit.atomic()
def note_not_taken(concern: Concern, refused: Iterable[Refused], *, by: StaffMember) -> None:
    """Write down which files were not taken and why, each once, however often the form is sent (E20)."""
    now = clock.now()
    concern = Concern.objects.select_for_update().get(pk=concern.pk)
    known = {(row.name, row.why) for row in concern.files_not_taken.filter(by=by)}
    new = [one for one in dict.fromkeys(refused) if (one.name, one.why) not in known]
    if not new:
        return
    NotTaken.objects.bulk_create(
        [NotTaken(concern=concern, at=now, by=by, name=one.name, why=one.why) for one in new]
    )
    audit.record(
        at=now,
        actor=by.actor,
        verb="concern.file_not_taken",
        object=concern.object,
        files=len(new),
    )
