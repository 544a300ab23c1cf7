"""The picture of a call: a bar for each person, and where a rule was broken; geometry, no drawing.

Places are in hundredths of the width, so that one drawing fits a telephone, a screen and a sheet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from schoolsafe.lib import clock

# A bar of one second has to be seen on a call of two hours.
LEAST_WIDTH = 0.4
MOST_TICKS = 5
STEPS = tuple(timedelta(minutes=one) for one in (1, 2, 5, 10, 15, 20, 30, 60, 120, 240, 480))
# Marks that stand closer than this would lie on each other on a telephone.
MARK_APART = 9.0
EDGE = 6.0


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """From one instant to another; with the number of what was broken, where something was."""

    starts_at: datetime
    ends_at: datetime
    number: int = 0


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A stretch as it is drawn."""

    x: str
    width: str


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A line down the picture, with the time of day."""

    x: str
    label: str
    anchor: str


@dataclass(frozen=True, kw_only=True)
class Mark:
    """The numbers of what was broken about here, above the bars."""

    x: str
    label: str
    anchor: str


@dataclass(frozen=True, kw_only=True)
class Scale:
    """What the whole width stands for."""

    starts_at: datetime
    ends_at: datetime

    def place(self, at: datetime) -> float:
        """Return where an instant lies, in hundredths of the width; what lies outside is at the edge."""
        whole = (self.ends_at - self.starts_at).total_seconds()
        share = 100 * (at - self.starts_at).total_seconds() / whole
        return min(max(share, 0.0), 100.0)

    def bar(self, stretch: Stretch) -> Bar:
        """Return where a stretch is drawn; the shortest can still be seen, and none leaves the picture."""
        start, end = self.place(stretch.starts_at), self.place(stretch.ends_at)
        width = max(end - start, LEAST_WIDTH)
        return Bar(x=percent(min(start, 100 - width)), width=percent(width))


def percent(share: float) -> str:
    """Write a place as an attribute of the drawing."""
    return f"{share:.3f}%"


def scale_of(stretches: Iterable[Stretch]) -> Scale:
    """Return a scale on which all of these can be seen, with a little air on both sides."""
    all_of_them = list(stretches)
    starts_at = min(one.starts_at for one in all_of_them)
    ends_at = max(one.ends_at for one in all_of_them)
    air = max((ends_at - starts_at) / 50, timedelta(seconds=30))
    return Scale(starts_at=starts_at - air, ends_at=ends_at + air)


def ticks(scale: Scale) -> tuple[Tick, ...]:
    """Return lines at full minutes of the school's clock: never more than can be read on a telephone."""
    whole = scale.ends_at - scale.starts_at
    step = next((one for one in STEPS if whole / one <= MOST_TICKS), STEPS[-1])
    here = clock.local(scale.starts_at)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    first = scale.starts_at + (-(here - midnight) % step)
    count = min(int((scale.ends_at - first) / step) + 1, MOST_TICKS + 1)
    found = [(first + step * number) for number in range(count)]
    return tuple(
        Tick(
            x=percent(scale.place(at)),
            label=clock.time_in_words(at),
            anchor=_anchor(scale.place(at)),
        )
        for at in found
    )


def marks(scale: Scale, broken: Sequence[Stretch]) -> tuple[Mark, ...]:
    """Return the numbers of what was broken where it was; those that would overlap stand together."""
    places = sorted((_middle(scale, one), one.number) for one in broken)
    groups: list[tuple[float, list[int]]] = []
    for place, number in places:
        if groups and place - groups[-1][0] < MARK_APART:
            groups[-1][1].append(number)
        else:
            groups.append((place, [number]))
    return tuple(
        Mark(x=percent(place), label=_label(numbers), anchor=_anchor(place))
        for place, numbers in groups
    )


def _middle(scale: Scale, stretch: Stretch) -> float:
    return (scale.place(stretch.starts_at) + scale.place(stretch.ends_at)) / 2


def _label(numbers: Sequence[int]) -> str:
    """Return one number, or from which to which."""
    first, last = min(numbers), max(numbers)
    return f"{first}" if first == last else f"{first}\N{EN DASH}{last}"


def _anchor(place: float) -> str:
    """Return on which side of its place a label stands, so that it stays in the picture."""
    if place < EDGE:
        return "start"
    return "end" if place > 100 - EDGE else "middle"
