"""The hours in which families are left in peace."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """From when until when a school writes to no family unless it must; equal times are never."""

    begins: time = time(20)
    ends: time = time(7, 30)

    def until(self, at: datetime) -> datetime | None:
        """Return when the quiet that an instant lies in ends, or None when it lies in none.

        `at` shows the school's own wall clock: on the two nights of a clock change the quiet is an
        hour shorter or longer, and still ends when the wall clock says so.
        """
        wall = at.time()
        if self.begins == self.ends:
            return None
        if self.begins < self.ends:
            return self._ending(at, days=0) if self.begins <= wall < self.ends else None
        if wall >= self.begins:
            return self._ending(at, days=1)
        return self._ending(at, days=0) if wall < self.ends else None

    def _ending(self, at: datetime, *, days: int) -> datetime:
        """Return the end on that day or the next, by way of the instant: some times do not exist."""
        day = at.date() + timedelta(days=days)
        wall = datetime.combine(day, self.ends, tzinfo=at.tzinfo)
        return datetime.fromtimestamp(wall.timestamp(), tz=at.tzinfo)


def waits_until_morning(*, morning: datetime, needed_by: datetime | None) -> bool:
    """Tell whether a message that can wait does: not when it is of no use any more by then."""
    return needed_by is None or needed_by >= morning
