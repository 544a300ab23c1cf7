"""Pages of a register that never count all of a hundred thousand rows."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property


class UpTo(Paginator):  # type: ignore[type-arg]
    """Pages of the first rows: beyond them a reader narrows the list down, which finds more than paging.

    Counting every row of a large table takes as long as the table is long, for a figure that nobody
    needs to the last digit.
    """

    MOST = 2_000

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        # The order would be kept inside the counted part, and everything sorted for it.
        return int(rows.order_by()[: self.MOST + 1].count())

    @property
    def count(self) -> int:
        """Return how many rows have a page here."""
        return min(self._counted, self.MOST)

    @property
    def has_more(self) -> bool:
        """Tell whether there are rows beyond those."""
        return self._counted > self.MOST
