"""What is opened in a spreadsheet calculates nothing, whoever typed it."""

import ast
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from meetings.models import Meeting, Purpose
from school.models import StaffMember, Term
from schoolsafe.lib.spreadsheet import cell, written
from tests.test_architecture import SOURCES

SignIn = Callable[..., Client]


def views_of(kind: str) -> dict[str, str]:
    """The functions of the product that answer with files of one kind, by their source."""
    return {
        f"{path}:{node.name}": ast.unparse(node)
        for path, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and kind in ast.unparse(node) and "/views/" in path
    }


def test_every_export_is_written_by_the_one_writer() -> None:
    found = views_of("text/csv")
    assert set(found) == {
        "concerns/views/report.py:inspection",
        "consent/views/office.py:export",
        "meetings/views/figures.py:figures_csv",
    }
    assert [name for name, text in found.items() if "spreadsheet.written(" not in text] == []


def test_nothing_else_writes_commas() -> None:
    writers = [
        path
        for path, tree in SOURCES.items()
        if not path.startswith("schoolsafe/demo/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "csv.writer"
    ]
    assert writers == ["schoolsafe/lib/spreadsheet.py"]


def test_sign_that_nobody_sees_begins_no_formula() -> None:
    assert cell("\0=1+1") == "'\0=1+1"


def test_comma_quote_and_line_stay_inside_their_cell() -> None:
    """RFC 4180, 2.6 and 2.7."""
    assert written([['a,"b"\n=c', "d"]]) == '\ufeff"a,""b""\n=c",d\r\n'


@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0"])
def test_figures_take_no_formula_from_the_name_of_a_term(
    name: str, host: StaffMember, head: StaffMember, school_day: datetime, staff_client: SignIn
) -> None:
    Term.objects.all().delete()
    Term.objects.create(name=name, starts_on=date(2026, 9, 3), ends_on=date(2026, 12, 18))
    at = datetime(2026, 9, 10, 9, tzinfo=UTC)
    Meeting.objects.bulk_create(
        Meeting(
            title="Reading", purpose=Purpose.objects.get_or_create(name="=Lesson")[0],
            starts_at=at, ends_at=at + timedelta(minutes=45), status="closed",
            scheduled_at=at - timedelta(days=1), planned_by=host,
        )
        for _ in range(8)
    )  # fmt: skip
    text = staff_client(head).get(reverse("meetings:figures_csv")).content.decode()
    assert f"'{name}" in text
    assert "'=Lesson" in text
    assert f",{name}" not in text
    assert ",=Lesson" not in text
