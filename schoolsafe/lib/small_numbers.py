"""Which numbers of a table may be shown, so that no child can be told from them, by subtraction either.

A table is a net: each number is an edge between two points, and at every point what comes in is what
goes out. That is all that anybody can calculate with: a row adds up to its total, a column to its
own, and two tables of the same things have the same totals. Where the hidden numbers lie on a ring,
all of them can be more or less by the same amount and every sum still holds, so nobody can tell them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush

# The fewest that are shown, as in the Department for Education's tables of schools, which show no
# result of five pupils or fewer. None at all names nobody, and is shown.
FEWEST = 6

Name = tuple[str, ...]
Point = tuple[str, ...]
SOURCE, SINK = ("source",), ("sink",)
# What a total costs to hide, beside one number within.
TOTAL, WHOLE = 4, 9


@dataclass(frozen=True, kw_only=True)
class Edge:
    """One number of a table, between two points of the net."""

    name: Name
    tail: Point
    head: Point
    value: int
    cost: int = 1


def table_of(counts: Mapping[tuple[str, str, str], int]) -> dict[Name, Edge]:
    """Return the numbers of one measure: by row and kind, by group and kind, with every total.

    `counts` is by row (a term), group (a purpose) and kind. The number of a row and a kind is named
    ("row", row, kind), of a group and a kind ("group", group, kind); the totals ("row", row),
    ("group", group), ("kind", kind) and ("all",).
    """
    sums: dict[Name, int] = {}
    for (row, group, kind), count in counts.items():
        for name in (
            ("row", row, kind),
            ("group", group, kind),
            ("row", row),
            ("group", group),
            ("kind", kind),
            ("all",),
        ):
            sums[name] = sums.get(name, 0) + count
    return {name: _edge(name, value) for name, value in sums.items()}


def chained(
    table: Mapping[Name, Edge], others: Mapping[str, Mapping[str, int]]
) -> dict[Name, Edge]:
    """Return a table with other ways in which the same things are divided: each adds up to the same whole.

    What comes out of the table goes through each of them in its turn, and back to the beginning: where
    one of them hides nothing, its sum is known, and tells what another hides together. A number of one is
    named ("by", its name, what it is of).
    """
    if ("all",) not in table or not others:
        return dict(table)
    points = [("after", name) for name in others]
    ends = [*points[1:], SOURCE]
    found = dict(table)
    found[("all",)] = replace(table[("all",)], head=points[0])
    for (name, counts), tail, head in zip(others.items(), points, ends, strict=True):
        for key, value in counts.items():
            of = ("by", name, key)
            found[of] = Edge(name=of, tail=tail, head=head, value=value)
    return found


def seen(table: Mapping[Name, Edge]) -> dict[Name, int | None]:
    """Return every number of a table, None in the place of one that is not shown."""
    gone = hidden(table.values())
    return {name: None if name in gone else edge.value for name, edge in table.items()}


def _edge(name: Name, value: int) -> Edge:
    """Return a number with the points between which it stands."""
    match name:
        case ("row", row, kind):
            return Edge(name=name, tail=("row", row), head=("kind", kind), value=value)
        case ("group", group, kind):
            return Edge(name=name, tail=("both", kind), head=("group", group), value=value)
        case ("row", row):
            return Edge(name=name, tail=SOURCE, head=("row", row), value=value, cost=TOTAL)
        case ("group", group):
            return Edge(name=name, tail=("group", group), head=SINK, value=value, cost=TOTAL)
        case ("kind", kind):
            return Edge(
                name=name, tail=("kind", kind), head=("both", kind), value=value, cost=TOTAL
            )
        case _:
            return Edge(name=name, tail=SINK, head=SOURCE, value=value, cost=WHOLE)


def hidden(edges: Iterable[Edge]) -> frozenset[Name]:
    """Return the numbers that are not shown: the small ones, and others that would tell them.

    Each lies on a ring of hidden numbers round which at least FEWEST can be moved, so from what is
    shown no hidden number can be told to within less than that.
    """
    rows = sorted(edges, key=lambda edge: edge.name)
    small = [edge for edge in rows if 0 < edge.value < FEWEST]
    gone = {edge.name for edge in small}
    for edge in small:
        gone |= {other.name for other in _ring(edge, rows, gone)}
    return frozenset(gone)


def _ring(edge: Edge, edges: Sequence[Edge], gone: set[Name]) -> list[Edge]:
    """Return the cheapest way back from the end of a number to its beginning.

    Along it every number can grow; against it only one that can spare FEWEST may shrink. There always
    is one: what a number adds to can grow with it, up to the whole.
    """
    ways = _ways(edge, edges)
    queue: list[tuple[int, int, Point]] = [(0, 0, edge.head)]
    best: dict[Point, int] = {edge.head: 0}
    came: dict[Point, tuple[Point, Edge]] = {}
    while queue:
        cost, _, here = heappop(queue)
        for there, other in ways.get(here, []):
            total = cost if other.name in gone else cost + other.cost
            if total < best.get(there, total + 1):
                best[there] = total
                came[there] = (here, other)
                # What is found first stands before what costs the same: the same numbers each time.
                heappush(queue, (total, len(came), there))
    return _walked(came, edge)


def _ways(edge: Edge, edges: Sequence[Edge]) -> dict[Point, list[tuple[Point, Edge]]]:
    """Return where one gets from each point, by which number, without the one that is to be hidden."""
    ways: dict[Point, list[tuple[Point, Edge]]] = {}
    for other in edges:
        if other.name == edge.name:
            continue
        ways.setdefault(other.tail, []).append((other.head, other))
        if other.value >= FEWEST:
            ways.setdefault(other.head, []).append((other.tail, other))
    return ways


def _walked(came: Mapping[Point, tuple[Point, Edge]], edge: Edge) -> list[Edge]:
    """Return the numbers on the way that was found."""
    found: list[Edge] = []
    here: Point = edge.tail
    while here != edge.head:
        here, other = came[here]
        found.append(other)
    return found


def shown(counts: Mapping[tuple[str, str, str], int]) -> dict[Name, int | None]:
    """Return every number of a measure, None in the place of one that is not shown."""
    return seen(table_of(counts))
