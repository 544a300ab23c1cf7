"""Who left and goes with a school year: pupils and their guardians, then staff; and destroying pupils and guardians."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from audit import services as audit
from concerns import services as concerns
from concerns.selectors.drafted import drafted
from notices import services as notices
from school import keeping, selectors
from school import services as school
from school.keeping import Former
from school.models import Disposal, Guardian, Pupil
from school.services import SWEEP
from schoolsafe.keeping import colleagues, naming
from schoolsafe.keeping.holding import held_pupils
from schoolsafe.keeping.naming import Going

BATCH = 25


@dataclass(frozen=True, kw_only=True)
class People:
    """Who goes with a school year, as things stand: pupils and staff with the day on which they left, and guardians.

    Nothing says how many stay: a pupil who is kept for a concern would tell of it (E8).
    """

    pupils: Mapping[int, date]
    guardians: frozenset[int]
    staff: Mapping[int, date]

    def are_of(self, year_ends_on: date) -> bool:
        """Tell whether one of them left in that very year."""
        days = (*self.pupils.values(), *self.staff.values())
        return any(keeping.year_end(day) == year_ends_on for day in days)


def due(
    year_ends_on: date, *, calls: Collection[int], letters_before: datetime, today: date
) -> People:
    """Return who goes with a school year once these calls, and the letters until then, have gone.

    At most: what names somebody without a foreign key is asked only where they are destroyed.
    """
    left = selectors.left_by(year_ends_on)
    first = Going(calls=calls, letters_before=letters_before)
    days = {pk: day for pk, day in left.values_list("pk", "left_on") if day is not None}
    years = selectors.spans().keep_years
    kept = naming.named(Pupil, left.order_by().values("pk"), going=first)
    held = held_pupils(days.keys() - kept)
    pupils = {
        pk: day
        for pk, day in days.items()
        if keeping.former_goes(
            Former(left_on=day, is_held=pk in held, is_named=pk in kept),
            year_ends_on=year_ends_on,
            years=years,
            today=today,
        )
    }
    theirs = selectors.of_nobody_but(pupils.keys())
    numbers = set(theirs.values_list("pk", flat=True))
    then = Going(calls=calls, letters_before=letters_before, pupils=pupils.keys())
    stay = naming.named(Guardian, numbers, going=then)
    staff = colleagues.due(year_ends_on, going=then, today=today)
    return People(pupils=pupils, guardians=frozenset(numbers - stay), staff=staff)


def destroy_people(row: Disposal) -> dict[str, int]:
    """Destroy the first batch of those who left, or, once there is none, of guardians of nobody."""
    former = selectors.left_by(row.year_ends_on)
    left = sorted(
        set(former.values_list("pk", flat=True)) - naming.named(Pupil, former.values("pk"))
    )
    for first in range(0, len(left), BATCH):
        gone = _pupils(left[first : first + BATCH], row)
        if gone:
            return gone
    untied = selectors.of_nobody_but(())
    numbers = set(untied.values_list("pk", flat=True))
    alone = sorted(numbers - naming.named(Guardian, numbers))
    for first in range(0, len(alone), BATCH):
        gone = _guardians(alone[first : first + BATCH], row)
        if gone:
            return gone
    return {}


@audit.atomic()
def _pupils(ids: Collection[int], row: Disposal) -> dict[str, int]:
    """Lock these pupils, ask everything again, and destroy who still goes."""
    found = school.lock_former(ids, row, held=held_pupils, named=_kept_pupils)
    if not found:
        return {}
    gone = Counter(notices.forget(naming.names(Pupil, found).keys()))
    gone.update(concerns.forget_former(found))
    gone.update(school.remove_pupils(found, row, by=SWEEP))
    return {label: count for label, count in gone.items() if count}


@audit.atomic()
def _guardians(ids: Collection[int], row: Disposal) -> dict[str, int]:
    """Lock these guardians, ask everything again, and destroy who still goes."""
    found = school.lock_untied(ids, named=_kept_guardians)
    if not found:
        return {}
    gone = Counter(notices.forget(naming.names(Guardian, found).keys()))
    gone.update(school.remove_guardians(found, row, by=SWEEP))
    return {label: count for label, count in gone.items() if count}


def _kept_pupils(ids: Collection[int]) -> set[int]:
    return naming.named(Pupil, ids) | naming.spoken_of(Pupil, ids) | drafted(ids)


def _kept_guardians(ids: Collection[int]) -> set[int]:
    return naming.named(Guardian, ids) | naming.spoken_of(Guardian, ids)
