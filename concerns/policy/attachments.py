"""What may be attached to a concern, who opens it, and how one that must not be there is dealt with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from concerns.policy.access import Guarded, may_follow, may_view
from school.roles import Viewer
from schoolsafe.lib.rules import NotAllowed

MEGABYTE = 1024 * 1024
MOST_BYTES = 10 * MEGABYTE
MOST_AT_ONCE = 10
MOST_BYTES_AT_ONCE = 40 * MEGABYTE
# Of one concern, all that whoever attaches may see.
MOST_FILES = 60
MOST_BYTES_IN_ALL = 200 * MEGABYTE


class SealedAs(StrEnum):
    """Why a file is not shown any more."""

    WRONG_CONCERN = "wrong_concern"
    WRONG_FILE = "wrong_file"
    UNLAWFUL = "unlawful"

    @property
    def label(self) -> str:
        """Return the reason in words."""
        return SEALED_LABELS[self]


SEALED_LABELS = {
    SealedAs.WRONG_CONCERN: "It belongs to another concern or another child",
    SealedAs.WRONG_FILE: "It is not the file that was meant",
    SealedAs.UNLAWFUL: "It is, or may be, a picture that nobody may hold",
}


class Copied(StrEnum):
    """What is known of copies of a picture that nobody may copy (E16)."""

    NOBODY = "nobody"
    UNKNOWN = "unknown"
    SOMEBODY = "somebody"

    @property
    def label(self) -> str:
        """Return it in words."""
        return COPIED_LABELS[self]


COPIED_LABELS = {
    Copied.NOBODY: "Nobody has copied, sent or saved it",
    Copied.UNKNOWN: "I do not know whether anybody has",
    Copied.SOMEBODY: "It has been copied, sent or saved",
}


class FileAction(StrEnum):
    """What a person can do with an attached file."""

    OPEN = "open"
    SEAL = "seal"
    PROPOSE = "propose"
    CONFIRM = "confirm"
    DECLINE = "decline"


@dataclass(frozen=True, kw_only=True)
class FileFacts:
    """An attached file as the rules see it."""

    attached_by: int
    sealed_as: SealedAs | None = None
    proposed_by: int | None = None
    is_removed: bool = False


def _may_open(viewer: Viewer, concern: Guarded, file: FileFacts) -> bool:
    """Let in the readers of the concern, and its reporter to what they attached themselves (E5)."""
    is_own = may_follow(viewer, concern) and viewer.staff_id == file.attached_by
    return file.sealed_as is None and (may_view(viewer, concern) or is_own)


def _may_seal(viewer: Viewer, concern: Guarded, file: FileFacts) -> bool:
    """Let readers take a file out of sight, once."""
    return may_view(viewer, concern) and file.sealed_as is None


def _may_propose(viewer: Viewer, concern: Guarded, file: FileFacts) -> bool:
    """Let readers ask for the removal of what nobody may hold; everything else stays until its day."""
    is_unlawful = file.sealed_as is SealedAs.UNLAWFUL
    is_asked = file.proposed_by is not None
    return may_view(viewer, concern) and is_unlawful and not is_asked and not file.is_removed


def _may_confirm(viewer: Viewer, concern: Guarded, file: FileFacts) -> bool:
    """Let another reader than the one who asked confirm a removal: it takes two people (E96)."""
    return _may_decline(viewer, concern, file) and viewer.staff_id != file.proposed_by


def _may_decline(viewer: Viewer, concern: Guarded, file: FileFacts) -> bool:
    """Let any reader, also the one who asked, say that a file stays after all."""
    is_asked = file.proposed_by is not None
    return may_view(viewer, concern) and is_asked and not file.is_removed


FILE_RULES: dict[FileAction, Callable[[Viewer, Guarded, FileFacts], bool]] = {
    FileAction.OPEN: _may_open,
    FileAction.SEAL: _may_seal,
    FileAction.PROPOSE: _may_propose,
    FileAction.CONFIRM: _may_confirm,
    FileAction.DECLINE: _may_decline,
}
FILE_REFUSALS = {
    FileAction.OPEN: "This file is not shown any more.",
    FileAction.SEAL: "This file has been taken out of sight already.",
    FileAction.PROPOSE: "Only a file that nobody may hold is removed, and it is asked for once.",
    FileAction.CONFIRM: "Removing a file takes two people: somebody else has to confirm it.",
    FileAction.DECLINE: "Nobody has asked for this file to be removed.",
}


def file_actions(viewer: Viewer, concern: Guarded, file: FileFacts) -> frozenset[FileAction]:
    """Return what a person may do with a file now; its page shows these and no others."""
    return frozenset(
        action for action, allows in FILE_RULES.items() if allows(viewer, concern, file)
    )


def check_file_action(
    action: FileAction, viewer: Viewer, concern: Guarded, file: FileFacts
) -> None:
    """Raise NotAllowed when a person may not do this with a file now."""
    if action not in file_actions(viewer, concern, file):
        raise NotAllowed(FILE_REFUSALS[action])


def fault_of_sizes(sizes: Sequence[int]) -> str:
    """Return what is wrong with the number or the sizes of files brought at once, or nothing."""
    if len(sizes) > MOST_AT_ONCE:
        return f"Choose at most {MOST_AT_ONCE} files at once."
    if any(size > MOST_BYTES for size in sizes):
        return f"A file may have {MOST_BYTES // MEGABYTE} MB at most."
    if sum(sizes) > MOST_BYTES_AT_ONCE:
        return f"These files together have more than {MOST_BYTES_AT_ONCE // MEGABYTE} MB. Attach some now and the others afterwards."
    return ""


def faults_of_each(sizes: Sequence[int]) -> list[str]:
    """Return, of each file that comes with a concern, why it can't be taken, or nothing (A10).

    As many as fit are taken, in their order: one that is too large keeps no other out.
    """
    faults, taken = [], list[int]()
    for size in sizes:
        fault = fault_of_sizes([*taken, size])
        if not fault:
            taken.append(size)
        faults.append(fault)
    return faults


def check_room(new: Sequence[int], there: Sequence[int]) -> None:
    """Raise NotAllowed when a concern would have too many files, or too much in them."""
    if fault := fault_of_sizes(new):
        raise NotAllowed(fault)
    if len(new) + len(there) > MOST_FILES or sum(new) + sum(there) > MOST_BYTES_IN_ALL:
        raise NotAllowed(
            f"A concern takes {MOST_FILES} files and {MOST_BYTES_IN_ALL // MEGABYTE} MB at most. "
            "Keep the others where they are, and write here where that is."
        )
