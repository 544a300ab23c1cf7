"""What is true of the code itself: who writes, who listens, what imports what, how long things are."""

import ast
import json
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import models

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("audit", "school", "notices", "consent", "meetings", "concerns", "schoolsafe")
DOMAINS = ("meetings", "concerns")

# --- Who writes -----------------------------------------------------------------------------------
WRITES = {
    "save",
    "create",
    "get_or_create",
    "update_or_create",
    "bulk_create",
    "bulk_update",
    "update",
    "delete",
}
# Everything outside a room's services that writes, each with its reason.
WRITERS = {
    "schoolsafe/lib/rotation.py": "seals the same text under a new key",
    "schoolsafe/lib/scans.py": "a picture into memory, no row",
    "schoolsafe/lib/logos.py": "a picture into memory, no row",
}
LONGEST_FUNCTION = 60
MOST_FUNCTIONS = 35
LONGEST_MODULE = 300


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the product, by its path from the root."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


SOURCES = dict(sources())


def is_service(path: str) -> bool:
    return bool(re.fullmatch(r"\w+/services(/\w+)?\.py", path))


def writes_in(tree: ast.Module) -> list[str]:
    """The calls that write rows: `x.save(...)`, `X.objects.filter(...).update(...)`."""
    found = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        name, target = node.func.attr, ast.unparse(node.func.value)
        if name not in WRITES:
            continue
        # Dictionaries, sets and hashes have an update of their own; rows are reached by a manager.
        if name == "update" and not re.search(r"objects|\.(filter|exclude|all)\(", target):
            continue
        found.append(f"line {node.lineno}: {target[-40:]}.{name}")
    return found


def test_only_services_write() -> None:
    found = {
        path: writes
        for path, tree in SOURCES.items()
        if not is_service(path) and (writes := writes_in(tree))
    }
    assert set(found) == set(WRITERS), found


# --- Services say who did it ----------------------------------------------------------------------
# Functions of services modules that record nothing anybody did, each with its reason.
WITHOUT_BY = {
    "consent/services/reaching.py:mark_failed": "the sender's own finding",
    "consent/services/reaching.py:mark_tried_again": "the sender's own finding",
    "consent/services/wishing.py:wish": "whoever typed an address: not known to be anybody",
    "meetings/services/starting.py:press": "the holder of a personal link, named by guardian_id",
}


def public_functions(path: str) -> Iterator[ast.FunctionDef]:
    for node in SOURCES[path].body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node


def decorators(function: ast.FunctionDef) -> set[str]:
    return {ast.unparse(one) for one in function.decorator_list}


@pytest.mark.parametrize("room", ["school", "consent", "meetings", "concerns"])
def test_every_change_has_an_author(room: str) -> None:
    silent = [
        f"{path}:{function.name}"
        for path in SOURCES
        if is_service(path) and path.startswith(f"{room}/") and "/services/_" not in path
        for function in public_functions(path)
        if "audit.atomic()" in decorators(function)
        and "by" not in {argument.arg for argument in function.args.kwonlyargs}
    ]
    assert sorted(silent) == sorted(name for name in WITHOUT_BY if name.startswith(f"{room}/"))


def test_every_change_is_written_into_the_audit_at_its_very_end() -> None:
    """Whoever holds the audit's chain waits for nobody: a change is `audit.atomic`, which sees to it."""
    others = {
        f"{path}:{node.lineno}"
        for path, tree in SOURCES.items()
        if is_service(path) and not path.startswith("audit/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "transaction.atomic"
    }
    assert others == set()


# --- Walls ----------------------------------------------------------------------------------------
def relations(model: type[models.Model]) -> Iterator[str]:
    for field in model._meta.get_fields():
        if field.is_relation and field.related_model is not None and field.concrete:
            other: Any = field.related_model
            yield other._meta.app_label


@pytest.mark.parametrize(("domain", "other"), [("meetings", "concerns"), ("concerns", "meetings")])
def test_no_row_of_one_domain_points_to_the_other(domain: str, other: str) -> None:
    pointing = set(apps.get_app_config(domain).get_models())
    assert {model.__name__ for model in pointing if other in set(relations(model))} == set()


def test_audit_points_to_nothing() -> None:
    assert [list(relations(model)) for model in apps.get_app_config("audit").get_models()] == [
        [] for _ in apps.get_app_config("audit").get_models()
    ]


def test_only_consent_announces_and_only_meetings_listen() -> None:
    signals = {
        f"{path}:{node.lineno}"
        for path, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"Signal", "dispatch.Signal"}
    }
    assert {place.split(":")[0] for place in signals} == {"consent/events.py"}
    listeners = {
        path
        for path, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom | ast.Import)
        and re.search(r"signals|django\.dispatch|consent\.events|consent import .*events",
                      ast.unparse(node))
    }  # fmt: skip
    senders = {path for path in listeners if path.startswith("consent/")}
    assert listeners - senders <= {"meetings/apps.py", "meetings/listeners.py"}


def test_nothing_of_ours_listens_to_model_signals() -> None:
    model_signals = (models.signals.pre_save, models.signals.post_save, models.signals.pre_delete,
                     models.signals.post_delete, models.signals.m2m_changed)  # fmt: skip
    heard = [entry[1]() for signal in model_signals for entry in signal.receivers]
    ours = [one for one in heard if one and one.__module__.split(".")[0] in ROOMS]
    assert ours == []


def test_nothing_is_sent_to_the_broker() -> None:
    """A request, a service and a sweep write rows; only the clock of Celery starts tasks."""
    published = [
        f"{path}:{node.lineno}"
        for path, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"delay", "apply_async", "delay_on_commit", "send_task"}
    ]
    assert published == []


PLAIN = (
    "meetings.policy",
    "meetings.teams",
    "concerns.chronology",
    "concerns.policy",
    "concerns.searching",
    "consent.policy",
    "notices.policy",
    "school.roles",
    "school.cover",
    "school.deciding",
    "school.idle",
    "school.pace",
    "school.policy",
    "school.settings",
    "school.supply",
    "school.team",
    "school.rights",
    "school.keeping",
    "schoolsafe.lib.rules",
)


@pytest.mark.parametrize("module", PLAIN)
def test_rules_load_neither_django_nor_celery(module: str) -> None:
    code = (
        f"import sys, json, {module}; "
        "print(json.dumps([name for name in ('django', 'celery') if name in sys.modules]))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert json.loads(ran.stdout) == []


# --- Pages ----------------------------------------------------------------------------------------
FRAMES = {"schoolsafe/frame.html", "family.html", "mail/base.html", "admin/base.html"}
# Parts of the admin's own pages: Django names them without an underscore.
ADMIN_PARTS = {
    "admin/change_form_object_tools.html",
    "admin/pagination.html",
    "admin/search_form.html",
}


def test_every_page_stands_in_a_frame() -> None:
    """Parts, written with an underscore, and text letters have none."""
    loose = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        name = str(path.relative_to(ROOT / "templates"))
        part = path.name.startswith("_") or re.search("parts/|snippets/|widgets/", name)
        if part or name in FRAMES or name in ADMIN_PARTS:
            continue
        text = re.sub(
            r"\{#.*?#\}|\{% comment.*?endcomment %\}", "", path.read_text("utf-8"), flags=re.S
        )
        start = re.match(r"\s*\{% extends \"(.+?)\"", text)
        ours = start and (start[1].startswith("admin/") or (ROOT / "templates" / start[1]).exists())
        if not ours:
            loose.append(name)
    assert loose == []


def test_no_page_carries_script_or_style() -> None:
    inline = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        name = str(path.relative_to(ROOT / "templates"))
        # A template tag may have an argument called style; a page may not.
        text = re.sub(r"\{%.*?%\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        scripts = re.findall(r"<script(?![^>]*\b(?:src=|type=\"application/json\"))", text)
        styles = [] if name.startswith("mail/") else re.findall(r"<style|\sstyle=\"", text)
        events = re.findall(r"\son[a-z]+=\"|hx-on|hx-vals='js:", text)
        if scripts or styles or events:
            inline.append(name)
    assert inline == []


def test_no_moment_stands_apart_from_its_comma() -> None:
    """What is included ends with a line, so the tag itself stands before a comma or a full stop."""
    apart = [
        f"{path.relative_to(ROOT)}: {found}"
        for room in ("concerns", "consent", "meetings", "parts", "school")
        for path in sorted((ROOT / "templates" / room).rglob("*.html"))
        for found in re.findall(
            r"parts/_(?:when|clock)\.html\"[^%]*%\}\s*[,.:;)]", path.read_text(encoding="utf-8")
        )
    ]
    assert apart == []


# --- Sizes ----------------------------------------------------------------------------------------
def function_lengths() -> dict[str, int]:
    """The lines of each function without its docstring."""
    lengths = {}
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                document = ast.get_docstring(node, clean=False)
                lengths[f"{path}:{node.name}"] = lines - (
                    len(document.splitlines()) if document else 0
                )
    return lengths


def test_functions_are_short() -> None:
    lengths = function_lengths()
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}
    assert sum(lines <= MOST_FUNCTIONS for lines in lengths.values()) >= 0.95 * len(lengths)
    assert statistics.median(lengths.values()) <= 10


def code_lines(path: str) -> int:
    """The lines of a module that are neither empty, nor a comment, nor a docstring."""
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    code = sum(bool(line.strip()) and not line.strip().startswith("#") for line in lines)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    texts = (
        ast.get_docstring(node, clean=False) or ""
        for node in ast.walk(SOURCES[path])
        if isinstance(node, documented)
    )
    return code - sum(bool(line.strip()) for text in texts for line in text.splitlines())


def test_modules_are_short() -> None:
    assert {path: code_lines(path) for path in SOURCES if code_lines(path) > LONGEST_MODULE} == {}


def test_no_module_is_a_drawer() -> None:
    drawers = {"utils", "helpers", "common", "misc", "manager", "handler", "data", "info"}
    assert [path for path in SOURCES if Path(path).stem in drawers] == []


def test_imports_stand_at_the_top() -> None:
    inside = [
        f"{path}:{function.name}"
        for path, tree in SOURCES.items()
        if Path(path).name != "apps.py"
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inside == []


def test_every_function_is_annotated() -> None:
    bare = [
        f"{path}:{node.name}"
        for path, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.returns is None
    ]
    assert bare == []


def test_only_the_clock_reads_the_clock() -> None:
    forbidden = ("timezone.now", "timezone.localdate", "datetime.now", "date.today", "time.time")
    readers = [
        f"{path}:{node.lineno}"
        for path, tree in SOURCES.items()
        if path != "schoolsafe/lib/clock.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node).endswith(forbidden)
    ]
    assert readers == []


# --- No test is timed -----------------------------------------------------------------------------
STOPWATCHES = {"perf_counter", "perf_counter_ns", "process_time", "process_time_ns", "thread_time"}


def test_how_long_things_take_is_measured_by_make_bench_alone() -> None:
    """A busy machine fails no build. A guard against waiting without end may read `monotonic`."""
    timed = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if "bench" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if {getattr(node, "id", ""), getattr(node, "attr", "")} & STOPWATCHES
        or (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Sub)
            and "monotonic()" in ast.unparse(node)
        )
    ]
    assert timed == []
