"""How many queries each page makes: the same at a hundred rows and at a hundred thousand, as `docs/queries.md` says.

`WRITE_QUERIES=1 pytest tests/test_queries.py` writes that page anew; whoever does looks at what became more.
"""

import os
from collections.abc import Callable
from pathlib import Path

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from school.models import StaffMember
from school.services import renew_marks
from tests import grown
from tests.access import records
from tests.access.table import Facts, Page
from tests.test_access import TABLE, cast, facts

__all__ = ["cast", "facts"]

LIST = Path(__file__).parents[1] / "docs" / "queries.md"
HEAD = """# Queries of each page

How many queries a page makes when somebody opens it again, on SQLite with everything switched on that
comes switched on. The number is the same with a hundred rows of everything and with a hundred thousand of
what grows year by year (pupils, guardians, calls, places, questions, answers, letters, concerns and their
entries, the audit): `tests/test_queries.py` opens every page in both schools and holds this table to what
it counts. A page that is only pressed, and never looked at, is not in it.

| page | opened by | queries |
|---|---|---|
"""
# Who opens a page: the first of these who may.
FIRST = ("lead", "head", "office", "host", "it_superuser", "deputy", "chair", "anonymous")
Counts = dict[str, tuple[str, int]]


def opens(page: Page) -> str:
    """Who opens this page, or nobody."""
    expected = page.expected()
    return next((who for who in FIRST if expected[who] in {"200", "200+"}), "")


def looked_at() -> dict[str, Page]:
    """Every page that can be looked at, by its name."""
    lists = {
        f"admin:{register}_changelist": Page(records.inside(*look))
        for register, (look, _) in records.REGISTERS.items()
    }
    pages = TABLE | records.AROUND | lists
    return {name: page for name, page in pages.items() if " " not in name and opens(page)}


def counted(browsers: dict[str, Client], facts: Facts) -> Counts:
    """Count what each page asks when all have been opened before: that somebody read is on some of them."""
    pages = looked_at()
    for name, page in pages.items():
        opened(browsers, name, page, facts)
    found = {}
    for name, page in pages.items():
        with CaptureQueriesContext(connection) as queries:
            opened(browsers, name, page, facts)
        found[name] = (opens(page), len(queries))
    return found


def opened(browsers: dict[str, Client], name: str, page: Page, facts: Facts) -> None:
    """Open a page to its last byte."""
    address = reverse(name, kwargs=page.args(facts))
    answer = browsers[opens(page)].get(address, page.data(facts))
    assert answer.status_code == 200, name
    assert answer.getvalue()


def written(counts: Counts) -> str:
    rows = [f"| `{name}` | {who} | {number} |" for name, (who, number) in sorted(counts.items())]
    return HEAD + "\n".join(rows) + "\n"


def test_every_page_makes_as_many_queries_with_a_hundred_rows_as_with_a_hundred_thousand(
    facts: Facts, cast: dict[str, StaffMember], staff_client: Callable[[StaffMember], Client]
) -> None:
    browsers = {who: staff_client(cast[who]) if who in cast else Client() for who in FIRST}
    renew_marks()
    few = grown.grow(to_many=False)
    assert {name for name in grown.LONG if few.get(name, 0) < grown.HUNDRED} == set()
    at_a_hundred = counted(browsers, facts)
    many = grown.grow(to_many=True)
    assert {name for name in grown.LONG if many[name] < grown.MANY} == set()
    assert counted(browsers, facts) == at_a_hundred
    if os.environ.get("WRITE_QUERIES"):
        LIST.write_text(written(at_a_hundred))
    assert LIST.read_text() == written(at_a_hundred)
