"""What the pages show of the files of a concern."""

from dataclasses import dataclass

from concerns.models import Attachment, Concern, NotTaken, PictureElsewhere
from school.models import StaffMember


@dataclass(frozen=True, kw_only=True)
class Files:
    """The files of a concern and the pictures that are elsewhere, as one person may see them."""

    attached: list[Attachment]
    elsewhere: list[PictureElsewhere]
    not_taken: list[NotTaken]

    def __bool__(self) -> bool:
        return bool(self.attached or self.elsewhere or self.not_taken)

    @property
    def to_try_again(self) -> list[NotTaken]:
        """Return what was not taken, and nothing has been attached since by whoever brought it."""
        last = {file.attached_by_id: file.attached_at for file in self.attached}
        return [row for row in self.not_taken if row.by_id not in last or row.at >= last[row.by_id]]


def files_of(concern: Concern, *, only_of: StaffMember | None = None) -> Files:
    """Return the files of a concern; of one person alone for its reporter (E5). In four queries."""
    attached = concern.attachments.listed()
    elsewhere = concern.pictures_elsewhere.select_related("by")
    not_taken = concern.files_not_taken.select_related("by")
    if only_of is not None:
        attached, elsewhere = attached.attached_by(only_of), elsewhere.filter(by=only_of)
        not_taken = not_taken.filter(by=only_of)
    rows = list(attached)
    for row in rows:
        row.concern = concern
    return Files(attached=rows, elsewhere=list(elsewhere), not_taken=list(not_taken))
