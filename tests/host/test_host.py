"""The module in an intranet that stood before it, started as programs of their own.

Everything of the intranet is in this folder; what people do in it is in `scenes.py`. Here is what
docs/embedding.md says, held to the code.
"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from schoolsafe import embedding

ROOT = Path(__file__).resolve().parent.parent.parent
DOC = (ROOT / "docs" / "embedding.md").read_text("utf-8")
ROOMS = ("schoolsafe", "meetings", "concerns", "consent", "notices", "school", "audit")
# What only the project that runs on its own reads: how it is started, and the demo school.
ALONE = {"BASE_DIR", "PORT", "STATIC_ROOT", "VAR_DIR", "SMTP_URL", "CELERY_BROKER_URL"}
# What every Django project has already, or what the page tells the intranet to name itself.
OF_EVERY_PROJECT = {
    "ROOT_URLCONF",
    "DEFAULT_FROM_EMAIL",
    "LOGIN_URL",
    "PASSWORD_RESET_TIMEOUT",
    "SESSION_COOKIE_AGE",
    "SESSION_ENGINE",
    "SESSION_COOKIE_SECURE",
    "AUTH_USER_MODEL",
    "SECRET_KEY",
}
OF_EVERY_PROJECT |= {"LOCALE_PATHS"}


def run(var: Path, *argv: str) -> str:
    """Run a program in the intranet's settings and return what it says; it must end well."""
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment = kept | {
        "SCHOOLSAFE_VAR": str(var),
        "SCHOOLSAFE_MODE": "development",
        "DJANGO_SETTINGS_MODULE": "tests.host.settings",
    }
    done = subprocess.run(
        [sys.executable, *argv], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_intranet_is_checked_migrated_and_swept_by_the_commands_it_knows(tmp_path: Path) -> None:
    assert "no issues" in run(tmp_path, "manage.py", "check")
    assert "No changes detected" in run(
        tmp_path, "manage.py", "makemigrations", "--check", "--dry-run"
    )
    run(tmp_path, "manage.py", "migrate", "--verbosity", "0")
    run(tmp_path, "manage.py", "run_due")


def test_people_of_an_intranet_and_families_do_under_a_prefix_what_they_do_elsewhere(
    tmp_path: Path,
) -> None:
    options = ("--ds=tests.host.settings", "-q", "-p", "no:cacheprovider")
    said = run(tmp_path, "-m", "pytest", "tests/host/scenes.py", *options)
    assert re.search(r"^\d+ passed in", said, re.M), said


# --- The page -------------------------------------------------------------------------------------
def read_of_settings() -> Iterator[str]:
    """Every setting that the module's code reads of whatever project it is in."""
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            if path.name in {"settings.py", "embedding.py"} or "migrations" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                match node:
                    case ast.Attribute(value=ast.Name(id="settings"), attr=name) if name.isupper():
                        yield name


def test_every_setting_that_the_code_reads_is_handed_to_the_intranet_or_its_own() -> None:
    read = set(read_of_settings())
    assert {"SITE_URL", "LINK_KEYS", "DEVELOPMENT"} <= read
    assert read - set(embedding.taken()) - ALONE - OF_EVERY_PROJECT == set()


def test_page_shows_the_lines_that_the_intranet_of_the_tests_has() -> None:
    """A line of the page's examples stands in a file of this folder, whatever its indent."""
    files = [
        path for path in (ROOT / "tests" / "host").rglob("*") if path.suffix in {".py", ".html"}
    ]
    there = {line.strip() for path in files for line in path.read_text("utf-8").splitlines()}
    shown = re.findall(r"```(?:python|html)\n(.*?)```", DOC, re.S)
    lines = [line.strip() for block in shown for line in block.splitlines()]
    assert len(lines) >= 20
    assert [line for line in lines if line and not line.startswith("#") and line not in there] == []


@pytest.mark.parametrize("what", ["templates", "static"])
def test_page_names_every_folder_that_the_module_brings(what: str) -> None:
    [named] = re.findall(rf"^\| `{what}/` \| (.+) \|$", DOC, re.M)
    found = {path.name for path in (ROOT / what).iterdir()}
    assert set(re.findall(r"`([^`]+)`", named)) == found
