"""Whom to suggest as the second adult or the reserve: who is free and eligible, nearest first."""

from collections.abc import Iterable
from dataclasses import dataclass

from school.kin import home

MOST_SUGGESTED = 5


@dataclass(frozen=True, kw_only=True)
class Colleague:
    """A colleague of the host as they stand at the time of a call."""

    staff_id: int
    name: str
    is_eligible: bool = True
    is_away: bool = False
    is_on_a_call: bool = False
    is_on_duty: bool = False
    # Of one of the chosen pupils: it is told to nobody, they are not offered (E30, E31).
    is_barred: bool = False
    household: str = ""
    calls_together: int = 0
    teaches: str = ""

    @property
    def is_free(self) -> bool:
        """Tell whether the colleague would count, and has nothing else at that time (E59)."""
        return self.is_eligible and not (self.is_away or self.is_on_a_call or self.is_barred)

    @property
    def busy_because(self) -> str:
        """Return why the colleague is not suggested, as far as anybody may read it."""
        if not self.is_eligible:
            return "not eligible for calls"
        if self.is_away:
            return "away then"
        return "on another call then" if self.is_on_a_call else ""


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """A colleague who could sit there: why they are near, and what to think about."""

    staff_id: int
    name: str
    why: str
    caution: str = ""


def suggested(
    colleagues: Iterable[Colleague], *, host_household: str, closed_because: str = ""
) -> list[Suggestion]:
    """Return who could be the second adult, nearest first: those one works with, then who teaches them.

    Whoever is away, not eligible, on another call or barred is not suggested (E59, E30). One household
    comes last and says so (E60); so does who is on safeguarding duty. On a day on which the school is
    closed nobody is taken to be free.
    """
    if closed_because:
        return []
    free = [one for one in colleagues if one.is_free]
    free.sort(key=lambda one: (*_distance(one, host_household), one.name))
    return [
        Suggestion(
            staff_id=one.staff_id,
            name=one.name,
            why=_why(one),
            caution=_caution(one, host_household),
        )
        for one in free[:MOST_SUGGESTED]
    ]


def _distance(one: Colleague, host_household: str) -> tuple[bool, bool, int, bool]:
    return (
        shares_home(one.household, host_household),
        one.is_on_duty,
        -one.calls_together,
        not one.teaches,
    )


def shares_home(one: str, other: str) -> bool:
    """Tell whether two members of staff are of one household (E60)."""
    return home(one) != "" and home(one) == home(other)


def _why(one: Colleague) -> str:
    """Return what makes a colleague near, in words."""
    near = []
    if one.calls_together:
        times = "1 call" if one.calls_together == 1 else f"{one.calls_together} calls"
        near.append(f"{times} with you lately")
    if one.teaches:
        near.append(f"teaches {one.teaches}")
    return ", ".join(["free then", *near])


def _caution(one: Colleague, host_household: str) -> str:
    if shares_home(one.household, host_household):
        return "of your household: a weaker safeguard"
    return "on safeguarding duty then" if one.is_on_duty else ""
