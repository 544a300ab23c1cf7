"""What a school says of the headings of its own exports."""

from audit import services as audit
from school.imports import SOURCES, ColumnMapping, lacking
from school.models import HeadingMapping, StaffMember
from school.roles import may_import_people
from school.services import revisions
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def save_mapping(mapping: ColumnMapping, *, by: StaffMember) -> HeadingMapping:
    """Keep which heading of a source means what, in place of what was kept of it before.

    Raises NotAllowed for staff who may not, for the name of a format, and for headings that say too
    little or the same of two fields.
    """
    _check_may(by)
    if mapping.source in SOURCES:
        raise NotAllowed("This is the name of a format, whose headings are fixed.")
    if faults := lacking(mapping.columns):
        raise NotAllowed(faults[0][1])
    columns = {
        field.value: list(headings) for field, headings in mapping.columns.items() if headings
    }
    before = HeadingMapping.objects.select_for_update().filter(source=mapping.source).first()
    row, _ = HeadingMapping.objects.update_or_create(
        source=mapping.source,
        defaults={
            "title": mapping.title,
            "columns": columns,
            "changed_at": clock.now(),
            "changed_by": by,
        },
    )
    if before is not None:
        said = {"title": mapping.title, "columns": columns}
        revisions.note(row, revisions.changes(before, said), by=by)
    was = before.columns if before else {}
    changed = sorted(one for one in was | columns if was.get(one) != columns.get(one))
    _record(row, "save", by=by, fields=changed)
    return row


@audit.atomic()
def drop_mapping(source: str, *, by: StaffMember) -> None:
    """Forget what was said of a source: one that is ready-made has its own headings again.

    Raises NotAllowed for staff who may not. Nothing happens where nothing was said.
    """
    _check_may(by)
    row = HeadingMapping.objects.select_for_update().filter(source=source).first()
    if row is None:
        return
    revisions.note_gone(row, by=by)
    _record(row, "drop", by=by, fields=sorted(row.columns))
    row.delete()


def _check_may(by: StaffMember) -> None:
    if not may_import_people(by.viewer()):
        raise NotAllowed("Only the office, the safeguarding team and the headteacher say this.")


def _record(row: HeadingMapping, what: str, *, by: StaffMember, **detail: object) -> None:
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb=f"mapping.{what}",
        object=f"school.headingmapping:{row.pk}",
        source=row.source,
        **detail,
    )
