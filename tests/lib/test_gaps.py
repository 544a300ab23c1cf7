"""A text with gaps shows to everybody the common part and their own, and to nobody another's."""

from collections.abc import Mapping

from django.utils.html import escape
from django.utils.safestring import mark_safe

from schoolsafe.lib.gaps import Gapped


def greeting(own: Mapping[str, str]) -> str:
    return f"<p>{escape(own['name'])}, see /c/{own['token']}/, {own['name']}.</p>"


def test_page_fills_every_gap_and_escapes_what_is_not_safe() -> None:
    text = Gapped.of(greeting, "name", "token")
    assert text.page({"name": "<b>", "token": "abc"}) == "<p>&lt;b&gt;, see /c/abc/, &lt;b&gt;.</p>"
    safe = {"name": mark_safe("<b>O</b>"), "token": "abc"}
    assert text.page(safe) == "<p><b>O</b>, see /c/abc/, <b>O</b>.</p>"


def test_plain_fills_every_gap_as_it_is() -> None:
    text = Gapped.of(lambda own: f"Dear {own['name']}", "name")
    assert text.plain({"name": "O'Neil & Sons"}) == "Dear O'Neil & Sons"


def test_value_that_looks_like_a_mark_opens_no_gap() -> None:
    marks: dict[str, str] = {}

    def write(own: Mapping[str, str]) -> str:
        marks.update(own)
        return f"{own['name']} {own['token']}"

    text = Gapped.of(write, "name", "token")
    assert text.plain({"name": marks["token"], "token": "secret"}) == f"{marks['token']} secret"


def test_gap_that_the_text_does_not_use_is_no_fault() -> None:
    assert Gapped.of(lambda own: "All the same", "name").page({"name": "Maya"}) == "All the same"
