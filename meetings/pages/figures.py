"""The figures of a school year as tables, bars and lines: made of nothing but the numbers that may be shown."""

from collections.abc import Iterable

from meetings.selectors.figures import Measure
from school.years import OUTSIDE, Year
from schoolsafe.lib.bars import Cell, Figure, Row, Table, with_bars
from schoolsafe.lib.small_numbers import Name, shown

TITLES = {"calls": "Calls", "answers": "Answers of families", "incidents": "Incidents"}
SAYS = {
    "calls": "Each call once, in the term in which it begins.",
    "answers": "One for each person asked about each pupil on each call: what they say now.",
    "incidents": "What reached the safeguarding team by itself, in the term of the call.",
}


def figures(
    year: Year, measures: Iterable[Measure], purposes: dict[str, str]
) -> tuple[Figure, ...]:
    """Return the figures of a school year as they may be shown."""
    return tuple(_figure(year, measure, purposes) for measure in measures)


def _figure(year: Year, measure: Measure, purposes: dict[str, str]) -> Figure:
    numbers = shown(measure.counts)
    terms = {str(term.pk): term.name for term in year.terms}
    if any(row == OUTSIDE for row, *_ in measure.counts):
        terms |= {OUTSIDE: "Outside term" if terms else "All the time"}
    used = {group for _, group, _ in measure.counts}
    groups = {key: name for key, name in purposes.items() if key in used}
    tables = (
        _table("row", "Term", terms, measure, numbers),
        _table("group", "Purpose", groups, measure, numbers),
    )
    return Figure(
        key=measure.name,
        title=TITLES[measure.name],
        says=SAYS[measure.name],
        kinds=tuple(measure.kinds.values()),
        tables=tables if measure.counts else (),
    )


def _table(
    side: str,
    of: str,
    names: dict[str, str],
    measure: Measure,
    numbers: dict[Name, int | None],
) -> Table:
    """Return one table; a number that nobody has counted is none."""
    label = f"By {of.lower()}"
    kinds = measure.kinds
    rows = [
        Row(
            label=name,
            cells=tuple(
                Cell(label=kinds[kind], value=numbers.get((side, key, kind), 0)) for kind in kinds
            ),
            total=Cell(label="Together", value=numbers.get((side, key), 0)),
        )
        for key, name in names.items()
    ]
    whole = Row(
        label="The school year",
        cells=tuple(
            Cell(label=kinds[kind], value=numbers.get(("kind", kind), 0)) for kind in kinds
        ),
        total=Cell(label="Together", value=numbers.get(("all",), 0)),
        is_total=True,
    )
    return Table(key=f"{measure.name}-{side}", label=label, of=of, rows=(*with_bars(rows), whole))
