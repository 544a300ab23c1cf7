"""Where the demo school may be loaded, and where not."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from school.models import School
from schoolsafe.demo.again import start_over

ROOT = Path(__file__).resolve().parent.parent.parent


def test_load_in_production_is_refused(settings: Any) -> None:
    settings.DEVELOPMENT = False
    with pytest.raises(CommandError) as refused:
        call_command("load_demo", again=True)
    assert str(refused.value) == "The demo school is for development only: this is production."


def test_load_with_a_mail_server_is_refused(db: None, settings: Any) -> None:
    settings.SMTP_URL = "smtp://localhost:25"
    with pytest.raises(CommandError) as refused:
        call_command("load_demo")
    assert str(refused.value) == (
        "The letters of the demo school stay in its own mailbox: unset SMTP_URL to load it."
    )
    assert not School.objects.exists()


def test_start_over_while_schoolsafe_runs_is_refused(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    with (tmp_path / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
            pytest.skip("another refusal comes first")
        with pytest.raises(CommandError) as refused:
            start_over()
    assert str(refused.value) == "schoolsafe is running. Press Ctrl-C in its window first."


def test_load_again_on_the_embedded_database_throws_the_old_letters_away(tmp_path: Path) -> None:
    old = tmp_path / "mailbox" / "00000000000000000001-1-0.eml"
    old.parent.mkdir()
    old.write_text("To: nobody@mail.example\n\nYesterday's.")
    (tmp_path / "schoolsafe.sqlite3").write_bytes(b"")
    unwanted = {"DATABASE_URL", "SMTP_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    environment = {name: value for name, value in os.environ.items() if name not in unwanted}
    ran = subprocess.run(
        [sys.executable, "manage.py", "load_demo", "--again"],
        cwd=ROOT,
        env=environment | {"SCHOOLSAFE_VAR": str(tmp_path), "SCHOOLSAFE_MODE": "development"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.splitlines()[1:] == [
        "Sign in with a click: http://localhost:8000/people/",
        "Or with a password: helen.marsh@elmfield.example (or anybody else there), "
        "elmfield-demo-school",
    ]
    assert not old.exists()
    assert len(list(old.parent.glob("*.eml"))) > 100
