"""The rows of the live register, each written once for as long as it says the same.

A register renews itself every few seconds on every device of a call, and mostly nothing has changed:
its templates took most of its time. What is kept is found by everything that stands in it alone.
"""

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

from crispy_forms.utils import render_crispy_form
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.safestring import SafeString

from meetings.forms import RemovalForm
from meetings.pages import Line, Row
from schoolsafe.lib.gaps import Gapped

# A class on each of a hundred calls, and their records.
MOST_ROWS = 4096
MOST_RECORDS = 256


def rows(request: HttpRequest, pk: int, found: Iterable[Row], *, may_run: bool) -> SafeString:
    """Return the pupils of a call as they stand on its page."""
    token = {"csrf_token": get_token(request)}
    prefix = get_script_prefix()
    return SafeString("".join(_row(one, pk, may_run, prefix).page(token) for one in found))


def record(lines: Iterable[Line]) -> SafeString:
    """Return what happened on a call as it stands on its page."""
    return _record(tuple(lines))


@cache
def removal() -> SafeString:
    """Return the question why a pupil is sent out, which asks everybody the same."""
    return SafeString(render_crispy_form(RemovalForm(auto_id="removal_%s")))


@lru_cache(maxsize=MOST_ROWS)
def _row(row: Row, meeting_pk: int, may_run: bool, prefix: str) -> Gapped:
    """Write one row; the token of a person's own forms is left open."""

    def write(own: Mapping[str, str]) -> str:
        context = {"row": row, "meeting_pk": meeting_pk, "may_run": may_run, **own}
        return render_to_string("meetings/_register_row.html", context)

    return Gapped.of(write, "csrf_token")


@lru_cache(maxsize=MOST_RECORDS)
def _record(lines: tuple[Line, ...]) -> SafeString:
    return render_to_string("parts/_record.html", {"entries": lines})
