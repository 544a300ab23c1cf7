"""No number from which a child could be told is shown, and none can be calculated from the others."""

from collections.abc import Iterable
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolsafe.lib.small_numbers import FEWEST, Edge, hidden, shown, table_of

Counts = dict[tuple[str, str, str], int]
SIZES = st.one_of(st.integers(0, 8), st.integers(0, 60))


@st.composite
def measures(draw: st.DrawFn) -> Counts:
    """Counts by term, purpose and kind, most of them small."""
    rows, groups, kinds = draw(st.tuples(*[st.integers(1, 4)] * 3))
    return {
        (f"term {row}", f"purpose {group}", f"kind {kind}"): draw(SIZES)
        for row in range(rows)
        for group in range(groups)
        for kind in range(kinds)
    }


def spread(edge: Edge, gone: Iterable[Edge]) -> float:
    """By how much a hidden number may be more or less as far as anybody can calculate, exactly.

    The numbers of a net that fit what is shown differ by what can be moved round its hidden edges,
    so this is the greatest flow from the one end of the number to its other end and back.
    """
    others = [other for other in gone if other.name != edge.name]
    return _flow(edge.head, edge.tail, others) + min(
        edge.value, _flow(edge.tail, edge.head, others)
    )


def _flow(start: tuple[str, ...], end: tuple[str, ...], edges: list[Edge]) -> float:
    """The greatest flow: along an edge without bound, against it as much as stands there."""
    moved = dict.fromkeys((edge.name for edge in edges), 0)
    total = 0
    while way := _way(start, end, edges, moved):
        against = [edge.value + moved[edge.name] for edge, along in way if not along]
        if not against:
            return inf
        for edge, along in way:
            moved[edge.name] += min(against) if along else -min(against)
        total += min(against)
    return total


def _way(
    start: tuple[str, ...],
    end: tuple[str, ...],
    edges: list[Edge],
    moved: dict[tuple[str, ...], int],
) -> list[tuple[Edge, bool]]:
    """The shortest way on which something can still be moved; empty when there is none."""
    ways: dict[tuple[str, ...], list[tuple[Edge, bool]]] = {start: []}
    queue = [start]
    while queue and end not in ways:
        here = queue.pop(0)
        steps = [(edge.head, edge, True) for edge in edges if edge.tail == here]
        steps += [
            (edge.tail, edge, False)
            for edge in edges
            if edge.head == here and edge.value + moved[edge.name]
        ]
        for there, edge, along in steps:
            if there not in ways:
                ways[there] = [*ways[here], (edge, along)]
                queue.append(there)
    return ways.get(end, [])


@given(measures())
def test_no_hidden_number_can_be_told_to_within_less_than_the_fewest(counts: Counts) -> None:
    table = table_of(counts)
    gone = hidden(table.values())
    assert [
        edge.name
        for edge in table.values()
        if edge.name in gone and spread(edge, [table[name] for name in gone]) < FEWEST
    ] == []


@given(measures())
def test_what_is_shown_is_true_and_never_small(counts: Counts) -> None:
    table = table_of(counts)
    seen = {name: value for name, value in shown(counts).items() if value is not None}
    assert {name: table[name].value for name in seen} == seen
    assert [value for value in seen.values() if 0 < value < FEWEST] == []


@given(measures())
def test_without_a_small_number_everything_is_shown(counts: Counts) -> None:
    large = {name: value and value + FEWEST for name, value in counts.items()}
    assert hidden(table_of(large).values()) == frozenset()


@given(measures())
def test_the_numbers_of_a_table_add_up_as_the_net_says(counts: Counts) -> None:
    table = table_of(counts)
    balance: dict[tuple[str, ...], int] = {}
    for edge in table.values():
        balance[edge.tail] = balance.get(edge.tail, 0) - edge.value
        balance[edge.head] = balance.get(edge.head, 0) + edge.value
    assert set(balance.values()) == {0}


@pytest.mark.parametrize(
    ("small", "is_hidden"), [(0, False), (1, True), (FEWEST - 1, True), (FEWEST, False)]
)
def test_threshold_at_one_below_and_at_it(small: int, is_hidden: bool) -> None:
    counts = {
        ("Autumn", "Lesson", "yes"): small,
        ("Autumn", "Lesson", "no"): 20,
        ("Spring", "Lesson", "yes"): 20,
        ("Spring", "Lesson", "no"): 20,
    }
    assert (shown(counts)[("row", "Autumn", "yes")] is None) is is_hidden


def test_one_child_is_not_told_by_subtraction_from_the_totals() -> None:
    """One family said no in the autumn: neither the row nor the column nor the whole gives it away."""
    counts = {
        ("Autumn", "Lesson", "yes"): 29,
        ("Autumn", "Lesson", "no"): 1,
        ("Spring", "Lesson", "yes"): 22,
        ("Spring", "Lesson", "no"): 8,
    }
    assert {name for name, value in shown(counts).items() if value is None} == {
        ("row", "Autumn", "no"),
        ("row", "Autumn", "yes"),
        ("row", "Spring", "no"),
        ("row", "Spring", "yes"),
    }


def test_total_is_hidden_in_both_tables_or_in_none() -> None:
    """By term and by purpose the same families are counted: one table must not tell the other's."""
    counts = {("Autumn", "Lesson", "no"): 1, ("Autumn", "Mentoring", "yes"): 40}
    seen = shown(counts)
    assert seen[("kind", "no")] is None
    assert seen[("row", "Autumn", "no")] is None
    assert seen[("group", "Lesson", "no")] is None


def test_nothing_counted_is_an_empty_table() -> None:
    assert shown({}) == {}
