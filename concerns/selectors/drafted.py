"""Who is named in concerns that nobody has sent yet."""

import json
from collections.abc import Collection

from concerns.models import Draft


def drafted(pupil_ids: Collection[int]) -> set[int]:
    """Return which of these pupils somebody has ticked in a draft: for the sweep, and never for a page (A14)."""
    return _chosen("pupils", pupil_ids)


def drafted_staff(staff_ids: Collection[int]) -> set[int]:
    """Return which of these members of staff somebody has chosen in a draft, for the sweep alone too (A14)."""
    return _chosen("staff", staff_ids)


def _chosen(name: str, ids: Collection[int]) -> set[int]:
    """Return which of these stand in a field of a draft. Drafts are sealed, and few: each is opened."""
    wanted = {str(pk): pk for pk in ids}
    if not wanted:
        return set()
    kept = (json.loads(draft.typed) for draft in Draft.objects.only("typed"))
    return {wanted[one] for typed in kept for one in typed.get(name, ()) if one in wanted}
