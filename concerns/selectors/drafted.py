"""Which children are named in concerns that nobody has sent yet."""

import json
from collections.abc import Collection

from concerns.models import Draft


def drafted(pupil_ids: Collection[int]) -> set[int]:
    """Return which of these pupils somebody has ticked in a draft: for the sweep, and never for a page (A14).

    Drafts are sealed, and few: each is opened.
    """
    wanted = {str(pk): pk for pk in pupil_ids}
    if not wanted:
        return set()
    kept = (json.loads(draft.typed) for draft in Draft.objects.only("typed"))
    return {wanted[one] for typed in kept for one in typed.get("pupils", ()) if one in wanted}
