"""Who of an earlier call comes onto one like it, and what is said of those who do not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from meetings.policy.suggesting import Colleague
from school.policy import HUSHED


@dataclass(frozen=True, kw_only=True)
class Former:
    """An adult or a pupil of the earlier call."""

    number: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Copied:
    """Who comes along, and in words who does not and why."""

    numbers: tuple[int, ...]
    left_out: tuple[str, ...]


def adults_copied(adults: Iterable[Former], colleagues: Mapping[int, Colleague]) -> Copied:
    """Return the adults who may still sit there (E59); of an order only what anybody may read (E30)."""
    known = list(adults)
    why = {one.number: _why_not(colleagues.get(one.number)) for one in known}
    return Copied(
        numbers=tuple(one.number for one in known if not why[one.number]),
        left_out=tuple(f"{one.name} {why[one.number]}." for one in known if why[one.number]),
    )


def pupils_copied(
    pupils: Iterable[Former], *, offered: Iterable[int], kept_from: Iterable[int]
) -> Copied:
    """Return the pupils who may still be invited; of whom one learns nothing, nothing is said (E30)."""
    may_come, hidden = set(offered), set(kept_from)
    known = [one for one in pupils if one.number not in hidden]
    return Copied(
        numbers=tuple(one.number for one in known if one.number in may_come),
        left_out=tuple(
            f"{one.name} is no longer on roll." for one in known if one.number not in may_come
        ),
    )


def _why_not(colleague: Colleague | None) -> str:
    if colleague is None:
        return "no longer takes calls here"
    if colleague.is_barred:
        return f"cannot be on this call: {HUSHED}"
    return "" if colleague.is_eligible else "is not eligible for calls"
