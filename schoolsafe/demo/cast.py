"""Everybody and everything that the stories of the demo school are about."""

from dataclasses import dataclass

from meetings.models import Purpose
from school.models import Pupil, StaffMember, TeachingGroup
from schoolsafe.demo.days import Days


@dataclass(frozen=True, kw_only=True)
class Cast:
    """The people by the names under which the stories call them.

    `pupils` are those of the awkward families, `years` the others; `groups` go by their names.
    """

    days: Days
    staff: dict[str, StaffMember]
    pupils: dict[str, Pupil]
    years: dict[int, list[Pupil]]
    groups: dict[str, TeachingGroup]
    purposes: dict[str, Purpose]

    def some(self, year: int, first: int, count: int) -> list[Pupil]:
        """Return a few ordinary pupils of a year."""
        return self.years[year][first : first + count]

    def named(self, *names: str) -> list[Pupil]:
        """Return pupils of awkward families."""
        return [self.pupils[name] for name in names]
