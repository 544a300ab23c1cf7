"""A start with something missing ends in one line that names it and says what to do."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.run_checks import throw_away_keys
from schoolsafe.lib.rules import SetupFault

ROOT = Path(__file__).resolve().parent.parent.parent
SETTINGS = throw_away_keys()


def start(argv: list[str], tmp_path: Path, **settings: str) -> tuple[int, str]:
    """Start in production with these settings; return how it ended and what it said."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        [sys.executable, *argv], cwd=ROOT, check=False, capture_output=True, text=True,
        env=kept | settings | {"SCHOOLSAFE_VAR": str(tmp_path)},
    )  # fmt: skip
    return done.returncode, done.stderr


def fault_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **settings: str) -> str:
    """Read the settings with this environment; return why they stop the start."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    for name, value in (settings | {"SCHOOLSAFE_VAR": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SetupFault) as fault:
        runpy.run_path(str(ROOT / "schoolsafe" / "settings.py"))
    return str(fault.value)


@pytest.mark.parametrize(
    "name",
    ["SECRET_KEY", "LINK_KEYS", "FIELD_KEYS", "AUDIT_KEYS", "SITE_URL", "SMTP_URL", "DATABASE_URL"],
)
def test_setting_that_is_missing_stops_the_start_with_its_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = {key: value for key, value in SETTINGS.items() if key != name}
    words = fault_of(monkeypatch, tmp_path, **without)
    assert words.startswith(f"{name} is not set. ")
    assert "\n" not in words


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SCHOOLSAFE_MODE", "prod"),
        ("SCHOOLSAFE_DEBUG", "true"),
        ("SECRET_KEY", "short"),
        ("FIELD_KEYS", "f1:no-key"),
        ("DATABASE_URL", "mysql://localhost/schoolsafe"),
        ("MAIL_RATE_PER_MINUTE", "many"),
        ("PORT", "here"),
    ],
)
def test_setting_that_is_wrong_stops_the_start_with_its_name(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = fault_of(monkeypatch, tmp_path, **(SETTINGS | {name: value}))
    assert words.startswith(name)
    assert "\n" not in words


NOTIFY = {"SMS_PROVIDER": "notify", "NOTIFY_API_KEY": "k" * 80, "NOTIFY_SMS_TEMPLATE": "t"}
POSTMARK = {
    "MAIL_SERVICE": "postmark",
    "POSTMARK_SERVER_TOKEN": "t",
    "MAIL_WEBHOOK_SECRET": "anymail:" + "s" * 24,
}


@pytest.mark.parametrize(
    ("chosen", "name"),
    [
        (NOTIFY, "NOTIFY_API_KEY"),
        (NOTIFY, "NOTIFY_SMS_TEMPLATE"),
        (POSTMARK, "POSTMARK_SERVER_TOKEN"),
        (POSTMARK, "MAIL_WEBHOOK_SECRET"),
    ],
)
def test_provider_without_what_it_needs_stops_the_start_with_the_name_and_advice(
    chosen: dict[str, str], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = {key: value for key, value in chosen.items() if key != name}
    words = fault_of(monkeypatch, tmp_path, **(SETTINGS | without))
    assert words.startswith(f"{name} is not set. ")
    assert "\n" not in words


@pytest.mark.parametrize(
    ("chosen", "name", "value"),
    [
        (NOTIFY, "SMS_PROVIDER", "carrier-pigeon"),
        (NOTIFY, "NOTIFY_API_KEY", "short"),
        (NOTIFY, "NOTIFY_CALLBACK_TOKEN", "short"),
        (NOTIFY, "SMS_DAILY_QUOTA", "many"),
        (POSTMARK, "MAIL_SERVICE", "carrier-pigeon"),
        (POSTMARK, "MAIL_WEBHOOK_SECRET", "no-colon-in-it-but-long-enough"),
        (POSTMARK, "MAIL_WEBHOOK_SECRET", "a:b"),
        (POSTMARK, "MAIL_DAILY_QUOTA", "many"),
    ],
)
def test_provider_with_something_wrong_stops_the_start_with_the_name(
    chosen: dict[str, str],
    name: str,
    value: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = fault_of(monkeypatch, tmp_path, **(SETTINGS | chosen | {name: value}))
    assert words.startswith(name)
    assert "\n" not in words


def test_mail_service_takes_the_place_of_smtp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = {key: value for key, value in SETTINGS.items() if key != "SMTP_URL"}
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    for name, value in (without | POSTMARK | NOTIFY | {"SCHOOLSAFE_VAR": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    read = runpy.run_path(str(ROOT / "schoolsafe" / "settings.py"))
    assert read["EMAIL_BACKEND"] == "anymail.backends.postmark.EmailBackend"
    assert read["MAIL_PROVIDER"] == "postmark"
    assert read["NOTIFY"].template == "t"


@pytest.mark.parametrize(
    "argv",
    [["manage.py", "check"], ["-c", "import schoolsafe.wsgi"], ["-c", "import schoolsafe.celery"]],
)
def test_start_without_a_setting_is_one_line(argv: list[str], tmp_path: Path) -> None:
    code, said = start(argv, tmp_path, SCHOOLSAFE_MODE="production")
    assert code == 1
    assert said.startswith("schoolsafe cannot start. SECRET_KEY is not set. ")
    assert said.count("\n") == 1


def test_run_in_production_is_refused(tmp_path: Path) -> None:
    code, said = start(["manage.py", "run"], tmp_path, **SETTINGS)
    assert code == 1
    assert said == (
        "CommandError: `run` is the embedded demo. In production the parts are started one by one: "
        "see docs/operations.md.\n"
    )


def test_preflight_without_a_database_is_one_line(tmp_path: Path) -> None:
    nobody = SETTINGS | {"DATABASE_URL": "postgresql://schoolsafe@127.0.0.1:1/schoolsafe"}
    code, said = start(["manage.py", "preflight"], tmp_path, **nobody)
    assert code == 1
    assert said.startswith(
        "schoolsafe cannot start. The database that DATABASE_URL names does not answer: "
    )
    assert said.count("\n") == 1


def test_gunicorn_in_production_asks_preflight_first(tmp_path: Path) -> None:
    nobody = SETTINGS | {"DATABASE_URL": "postgresql://schoolsafe@127.0.0.1:1/schoolsafe"}
    gunicorn = ["-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "schoolsafe.wsgi"]
    code, said = start([*gunicorn, "--bind", "127.0.0.1:0"], tmp_path, **nobody)
    assert code == 1
    assert "schoolsafe cannot start. The database that DATABASE_URL names" in said
    assert "Traceback" not in said


def test_preflight_before_and_after_migrate(tmp_path: Path) -> None:
    assert start(["manage.py", "preflight"], tmp_path) == (
        1,
        "schoolsafe cannot start. The database is not up to date. Run: manage.py migrate\n",
    )
    assert start(["manage.py", "migrate", "--verbosity", "0"], tmp_path) == (0, "")
    assert start(["manage.py", "preflight"], tmp_path) == (0, "")
