"""The numbers for the governors as tables and bars, and the files of an inspection."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from concerns.policy import Level
from concerns.policy.report import Pace, numbers, staff_numbers
from concerns.selectors.report import Counts, ListedCase
from schoolsafe.lib import clock
from schoolsafe.lib.bars import Cell, Figure, Row, Table, lines, with_bars
from schoolsafe.lib.small_numbers import Name

Numbers = Mapping[Name, int | None]
ACKNOWLEDGED = {
    Pace.IN_TIME: "Acknowledged in time",
    Pace.LATE: "Acknowledged late",
    Pace.WAITING: "Not acknowledged",
}
DECIDED = {Pace.IN_TIME: "In time", Pace.LATE: "Late", Pace.WAITING: "Not decided"}
LEVELS = {Level.FULL: "Allegations and the like", Level.LOW: "Low-level concerns"}
WHOLE = "These terms"
CASE_HEAD = (
    "Reference",
    "Logged",
    "Acknowledged",
    "Decided",
    "Closed",
    "Category",
    "Status",
    "Referral made",
)


def report_figures(counts: Counts) -> tuple[Figure, ...]:
    """Return the figures of concerns as they may be shown; none where nothing was counted."""
    found = numbers(counts.children)
    adults = staff_numbers(counts.adults)
    return (
        _concerns(counts, found),
        _single("outcome", "Outcomes", "Outcome", "What was decided, as it stands now.", counts.outcomes, found),
        _single(
            "decided", "Decisions", "Time", "How soon it was decided.",
            {pace.value: words for pace, words in DECIDED.items()}, found,
        ),
        _adults(counts, adults),
    )  # fmt: skip


def _concerns(counts: Counts, found: Numbers) -> Figure:
    """Return the concerns about children by term and by category."""
    kinds = {pace.value: words for pace, words in ACKNOWLEDGED.items()}
    tables = (
        _crossed("row", "Term", counts.terms, kinds, found),
        _crossed("group", "Category", _used(counts.categories, "group", found), kinds, found),
    )
    return Figure(
        key="concerns",
        title="Concerns for children",
        says="Each concern once, in the term in which it was logged.",
        kinds=tuple(kinds.values()),
        tables=tables if found else (),
    )


def _adults(counts: Counts, found: Numbers) -> Figure:
    """Return the concerns about adults, in no sum with the others."""
    kinds = {level.value: words for level, words in LEVELS.items()}
    return Figure(
        key="adults",
        title="Concerns about adults who work here",
        says="They are counted apart and are in no number above.",
        kinds=tuple(kinds.values()),
        tables=(_crossed("row", "Term", counts.terms, kinds, found, key="adults"),)
        if found
        else (),
    )


def _used(names: Mapping[str, str], side: str, found: Numbers) -> dict[str, str]:
    """Return those of a list of which there was any."""
    return {key: words for key, words in names.items() if (side, key) in found}


def _crossed(
    side: str,
    of: str,
    names: Mapping[str, str],
    kinds: Mapping[str, str],
    found: Numbers,
    *,
    key: str = "concerns",
) -> Table:
    """Return one table by rows and kinds; a number that nobody has counted is none."""
    rows = [
        _row(
            words,
            {kinds[kind]: found.get((side, name, kind), 0) for kind in kinds},
            found.get((side, name), 0),
        )
        for name, words in names.items()
    ]
    whole = _row(
        WHOLE,
        {kinds[kind]: found.get(("kind", kind), 0) for kind in kinds},
        found.get(("all",), 0),
        is_total=True,
    )
    table = (*with_bars(rows), whole)
    return Table(key=f"{key}-{side}", label=f"By {of.lower()}", of=of, rows=table)


def _row(
    label: str, cells: Mapping[str, int | None], total: int | None, *, is_total: bool = False
) -> Row:
    """Return one row of a table."""
    return Row(
        label=label,
        cells=tuple(Cell(label=words, value=value) for words, value in cells.items()),
        total=Cell(label="Together", value=total),
        is_total=is_total,
    )


def _single(
    name: str, title: str, of: str, says: str, words: Mapping[str, str], found: Numbers
) -> Figure:
    """Return one way to divide the concerns, as one column."""
    kind = "Concerns"
    rows = []
    for key, label in words.items():
        if ("by", name, key) in found:
            value = found["by", name, key]
            rows.append(_row(label, {kind: value}, value))
    table = Table(key=name, label=f"By {of.lower()}", of=of, rows=tuple(with_bars(rows)))
    return Figure(
        key=name,
        title=title,
        says=says,
        kinds=(kind,),
        tables=(table,) if rows else (),
        has_total=False,
    )


def inspection_lines(
    year: str, figures: Iterable[Figure], cases: Sequence[ListedCase]
) -> list[tuple[object, ...]]:
    """Return the numbers, and below them the list of cases, as the lines of a spreadsheet (A55)."""
    return [*lines(year, figures), (), CASE_HEAD, *(_case(case) for case in cases)]


def _case(case: ListedCase) -> tuple[object, ...]:
    """Return a case as one line."""
    days = (case.logged_on, case.acknowledged_on, case.decided_on, case.closed_on)
    referred = "Yes" if case.is_referred else "No"
    return (case.reference, *(_day(day) for day in days), case.categories, case.status, referred)


def _day(day: date | None) -> str:
    return "" if day is None else clock.date_in_words(day)
