"""Where a figure is taken: a school of its own, a stopwatch, and a line that says how it went."""

import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import django
from django.db import connection


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure with its target; `at_least` or `at_most`, never both."""

    name: str
    value: float
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def is_met(self) -> bool:
        if self.at_least is not None:
            return self.value >= self.at_least
        return self.at_most is None or self.value <= self.at_most

    @property
    def target(self) -> str:
        if self.at_least is not None:
            return f"at least {self.at_least:g}"
        return "" if self.at_most is None else f"at most {self.at_most:g}"

    def line(self) -> str:
        word = "" if not self.target else "met" if self.is_met else "NOT MET"
        value = f"{self.value:,.0f}" if self.value >= 1000 else f"{self.value:.2f}".rstrip("0")
        return f"{self.name:<58} {value.rstrip('.'):>9}  {self.target:<14} {word:<8} {self.note}"


def say(words: str) -> None:
    sys.stdout.write(words.rstrip() + "\n")
    sys.stdout.flush()


def tell(name: str, value: float, **facts: Any) -> None:
    """Print a figure, and keep it for the table at the end."""
    vendor = " (PostgreSQL)" if connection.vendor == "postgresql" else ""
    figure = Figure(name=name + vendor, value=value, **facts)
    say(figure.line())
    if "BENCH_RESULTS" in os.environ:
        with Path(os.environ["BENCH_RESULTS"]).open("a") as results:
            results.write(json.dumps(asdict(figure)) + "\n")


def open_school() -> None:
    """Load the product with the place that the runner has prepared."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "schoolsafe.settings")
    django.setup()


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the queries of a block, transactions left out."""
    seen: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE")):
            seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


def seconds(work: Callable[[], object], watch: Callable[[], float] = time.perf_counter) -> float:
    """Return how long a piece of work takes by a watch."""
    gc.collect()
    began = watch()
    work()
    return watch() - began


def interleaved(rounds: int, **sides: Callable[[], float]) -> dict[str, float]:
    """Take each side in turn, several times over, and return the median of each."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(rounds):
        # Every other round the other way round: nobody is always the one who finds it warm.
        for name, side in list(sides.items())[:: 1 if turn % 2 == 0 else -1]:
            taken[name].append(side())
    return {name: statistics.median(values) for name, values in taken.items()}
