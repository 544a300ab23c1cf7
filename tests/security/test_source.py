"""What the source must not hold, and which addresses take a form without a token."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.test_architecture import SOURCES

ROOT = Path(__file__).resolve().parent.parent.parent
# What runs a text as a program, reads a text as an object, or puts a text into a query or a page as it is.
DANGEROUS = re.compile(
    r"(^|\.)(eval|exec|compile_command|system|popen|mark_safe|RawSQL|extra|raw|literal_eval)$"
    r"|^(pickle|marshal|shelve|yaml|dill)\.|\.from_string$|^Template$"
)


def dangerous() -> Iterator[str]:
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and DANGEROUS.search(ast.unparse(node.func)):
                yield f"{path}: {ast.unparse(node.func)}"
            if isinstance(node, ast.keyword) and node.arg == "shell":
                yield f"{path}: shell"


def test_no_text_is_run_or_taken_for_an_object_a_query_or_a_page() -> None:
    assert list(dangerous()) == []


# Queries put together from names of our own tables and columns, quoted by the database's own rule.
PUT_TOGETHER = {
    "notices/services/steps.py": "three of them, from constants, when the module loads",
    "schoolsafe/backup/databases.py": "names of the tables there are",
    "schoolsafe/lib/inserting.py": "a model's table and columns",
    "schoolsafe/lib/prepared.py": "what Django wrote of a query of ours",
}


def test_every_query_written_by_hand_takes_its_values_apart() -> None:
    """Names of tables and columns may be put in, by these; values never."""
    built = {
        path
        for path, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and re.search(r"cursor\.execute(many)?$", ast.unparse(node.func))
        and not isinstance(node.args[0], ast.Constant | ast.Name)
    }
    assert built == set(PUT_TOGETHER)


def test_no_form_and_no_register_takes_every_field_there_is() -> None:
    loose = [
        path
        for path, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) in {"fields", "exclude"}
        and "__all__" in ast.unparse(node.value)
    ]
    assert loose == []


# --- Forms without a token -------------------------------------------------------------------------
def views(
    patterns: list[URLPattern | URLResolver], space: str = ""
) -> Iterator[tuple[str, object]]:
    """Every address by its name, with what answers it."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from views(pattern.url_patterns, inner)
        else:
            yield f"{space}{pattern.name}", pattern.callback


FAMILIES = {
    f"consent:{name}"
    for name in (
        "wish", "year", "ask", "change", "recording", "refusal", "confirm", "withdraw", "undo",
        "standing", "help", "new_link", "not_me",
    )
} | {"meetings:join", "meetings:class_page"}  # fmt: skip
MACHINES = {"notices:notify_callback", "notices:mail_callback", "csp_report"}


def test_only_families_by_their_link_and_machines_send_forms_without_a_token() -> None:
    """A family's page has no cookie: its link and the origin stand for the token (schoolsafe/lib/origin.py)."""
    exempt = {
        name
        for name, view in views(get_resolver().url_patterns)
        if getattr(view, "csrf_exempt", False)
    }
    assert exempt == FAMILIES | MACHINES


def test_form_of_another_site_is_refused_before_anybody_is_asked(db: None) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"Origin": "https://evil.example"})
    for path in ("/accounts/login/", "/accounts/logout/", "/concerns/log/", "/meetings/plan/"):
        assert browser.post(path, {"login": "a@elmfield.example"}).status_code == 403


# --- What lies about -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path",
    ["/.git/config", "/static/", "/static/../manage.py", "/static/%2e%2e/schoolsafe/settings.py",
     "/var/keys", "/schoolsafe/settings.py", "/.env", "/static/.git/config"],
)  # fmt: skip
def test_nothing_of_the_folder_is_served(path: str, db: None) -> None:
    answer = Client(raise_request_exception=False).get(path)
    assert answer.status_code == 404


def test_script_puts_no_text_into_a_page_as_html() -> None:
    scripts = sorted((ROOT / "static").glob("*.js"))
    assert len(scripts) >= 4
    word = r"\.innerHTML|\.outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|postMessage"
    assert [one.name for one in scripts if re.search(word, one.read_text("utf-8"))] == []
