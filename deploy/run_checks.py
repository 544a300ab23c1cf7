"""`make check`: everything that can be said about the code without running the tests.

Each check is one line; the words of a tool are shown only when it has found something.
"""

import base64
import os
import secrets
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"


class Check(NamedTuple):
    words: str
    argv: list[str]
    production: bool = False


def files(*patterns: str) -> list[str]:
    """Return the tree's own files of one kind."""
    answer = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [name for name in answer.stdout.splitlines() if (ROOT / name).exists()]


def tool(name: str, *words: str) -> list[str]:
    return [str(BIN / name), *words]


def manage(*words: str) -> list[str]:
    return [str(BIN / "python"), "manage.py", *words]


def checks() -> list[Check]:
    templates = files("*.html")
    found = [
        Check("types (mypy, strict)", tool("mypy")),
        Check("layout of the code (ruff format)", tool("ruff", "format", "--check", ".")),
        Check("habits of the code (ruff check)", tool("ruff", "check", ".")),
        Check("who may import whom (import-linter)", tool("lint-imports")),
        Check("Django's checks", manage("check")),
        Check(
            "Django's checks for production",
            manage("check", "--deploy", "--fail-level", "WARNING"),
            production=True,
        ),
        Check("no migration is missing", manage("makemigrations", "--check", "--dry-run")),
        Check("no secret in the tree", [sys.executable, "deploy/find_secrets.py"]),
        Check("vendored files are unchanged", [sys.executable, "deploy/vendor.py", "--check"]),
        Check(
            "every language has what families read",
            [sys.executable, "deploy/collect_messages.py", "--check"],
        ),
    ]
    if templates:
        found += [
            Check("layout of the templates (djlint)", tool("djlint", "--check", *templates)),
            Check("habits of the templates (djlint)", tool("djlint", "--lint", *templates)),
            Check(
                "tags of the templates (djade)",
                tool("djade", "--check", "--target-version", "5.2", *templates),
            ),
        ]
    return found


def throw_away_keys() -> dict[str, str]:
    """Make production settings that hold for one run and are written nowhere."""
    return {
        "SCHOOLSAFE_MODE": "production",
        "SITE_URL": "https://intranet.school.example",
        "DATABASE_URL": "postgresql://schoolsafe@localhost/schoolsafe",
        "REDIS_URL": "redis://localhost:6379/0",
        "SMTP_URL": "smtp+tls://localhost:587",
        "MAIL_FROM": "office@school.example",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "LINK_KEYS": secrets.token_urlsafe(48),
        "FIELD_KEYS": "f1:" + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "AUDIT_KEYS": "a1:" + secrets.token_urlsafe(48),
    }


def run(check: Check, var: str) -> bool:
    """Run one check and report it; tell whether it found nothing."""
    environment = {**os.environ, "SCHOOLSAFE_VAR": var, "PYTHONWARNINGS": "default"}
    environment |= throw_away_keys() if check.production else {}
    done = subprocess.run(
        check.argv, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    is_clean = done.returncode == 0
    report = f"  ok    {check.words}" if is_clean else f"  FAULT {check.words}\n{done.stdout}"
    print(report, flush=True)
    return is_clean


def main() -> int:
    with tempfile.TemporaryDirectory() as var, ThreadPoolExecutor(2) as pool:
        clean = list(pool.map(lambda check: run(check, var), checks()))
    print(f"{sum(clean)} of {len(clean)} checks found nothing.")
    return 0 if all(clean) else 1


if __name__ == "__main__":
    sys.exit(main())
