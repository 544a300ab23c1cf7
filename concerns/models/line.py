"""Who reports to whom: whoever reports to somebody reads no concern about them (E1)."""

from collections.abc import Collection

from school.kin import above
from school.models import StaffMember


def managers_above(staff_ids: Collection[int]) -> dict[int, list[StaffMember]]:
    """Return for each of these people whom they report to, through others too, in two queries."""
    ties = StaffMember.objects.exclude(line_manager=None).values_list("pk", "line_manager")
    managers = {pk: manager for pk, manager in ties if manager is not None}
    lines = {pk: above(pk, managers) for pk in staff_ids}
    wanted = frozenset().union(*lines.values())
    rows = StaffMember.objects.select_related("user").in_bulk(wanted) if wanted else {}
    return {pk: [rows[manager] for manager in sorted(line)] for pk, line in lines.items()}
