"""School years that were destroyed, as the ledger outside the database keeps them."""

from typing import Any

from school.models import Disposal


def years_ledger() -> list[dict[str, Any]]:
    """Return every certificate of a school year for the ledger: numbers, days and the two people by number (E97)."""
    rows = Disposal.objects.exclude(finished_at=None).order_by("pk")
    return [
        {
            "certificate": row.reference,
            "year": row.year_ends_on.isoformat(),
            "proposed_by": row.proposed_by_id,
            "proposed_at": row.proposed_at.isoformat(),
            "agreed_by": row.agreed_by_id,
            "agreed_at": row.agreed_at.isoformat() if row.agreed_at is not None else "",
            "finished_at": row.finished_at.isoformat() if row.finished_at is not None else "",
            "rows": row.rows,
        }
        for row in rows
    ]
