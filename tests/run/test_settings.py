"""A start with something missing ends in one line that names it and says what to do."""

import os
import runpy
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from deploy.run_checks import throw_away_keys
from schoolsafe.lib import providers
from schoolsafe.lib.providers import Clamav
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
        ("CLAMAV_URL", "/run/clamav/clamd.ctl"),
        ("CLAMAV_URL", "unix:clamd.ctl"),
        ("CLAMAV_URL", "tcp://host:many"),
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


GRAPH = {
    "GRAPH_CLIENT_ID": "22222222-3333-4444-8555-666666666666",
    "GRAPH_TENANT": "8f6a4c1e-2b3d-4e5f-9a0b-1c2d3e4f5a6b",
    "GRAPH_SECRET": "the-secret",
}


ENTRA = {
    "ENTRA_CLIENT_ID": "22222222-3333-4444-8555-666666666666",
    "ENTRA_TENANT": "8F6A4C1E-2B3D-4E5F-9A0B-1C2D3E4F5A6B",
    "ENTRA_SECRET": "the-secret",
}


def test_entra_is_off_unless_it_is_named_and_pins_the_tenant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ENTRA_CLIENT_ID", raising=False)
    assert providers.entra() is None
    for name, value in ENTRA.items():
        monkeypatch.setenv(name, value)
    entra = providers.entra()
    assert entra is not None
    issuer = "https://login.microsoftonline.com/8f6a4c1e-2b3d-4e5f-9a0b-1c2d3e4f5a6b/v2.0"
    assert (entra.issuer, entra.factor_claim, entra.factor_value) == (issuer, "amr", "mfa")
    assert "the-secret" not in repr(entra)


@pytest.mark.parametrize(
    ("address", "clamav"),
    [
        ("", None),
        ("unix:/run/clamav/clamd.ctl", Clamav(socket="/run/clamav/clamd.ctl")),
        ("unix:///run/clamav/clamd.ctl", Clamav(socket="/run/clamav/clamd.ctl")),
        ("tcp://scanner.school:3311", Clamav(host="scanner.school", port=3311)),
        ("tcp://127.0.0.1", Clamav(host="127.0.0.1", port=3310)),
    ],
)
def test_virus_scanner_is_off_unless_it_is_named(
    address: str, clamav: Clamav | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAMAV_URL", address)
    assert providers.clamav() == clamav


@pytest.mark.parametrize(
    ("chosen", "name"),
    [
        (GRAPH, "GRAPH_TENANT"),
        (ENTRA, "ENTRA_TENANT"),
        (ENTRA, "ENTRA_SECRET"),
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
        (GRAPH, "GRAPH_CLIENT_ID", "schoolsafe"),
        (ENTRA, "ENTRA_CLIENT_ID", "schoolsafe"),
        (ENTRA, "ENTRA_TENANT", "common"),
        (ENTRA, "ENTRA_SECOND_FACTOR", "email:mfa"),
        (ENTRA, "ENTRA_SECOND_FACTOR", "acrs"),
        (GRAPH, "GRAPH_TENANT", "school.example"),
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


def pem(tmp_path: Path, *, other_key: bool = False) -> str:
    """A file with a private key and a certificate, of that key unless told otherwise."""
    key, other = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "schoolsafe")])
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key((other if other_key else key).public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=700))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "graph.pem"
    coded = serialization.Encoding.PEM
    private = key.private_bytes(
        coded, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(coded))
    return str(path)


def test_graph_is_off_until_it_is_named_and_takes_one_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (SETTINGS | {"SCHOOLSAFE_VAR": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    assert runpy.run_path(str(ROOT / "schoolsafe" / "settings.py"))["GRAPH"] is None
    without = {name: value for name, value in GRAPH.items() if name != "GRAPH_SECRET"}
    for chosen in (without, GRAPH | {"GRAPH_CERTIFICATE": pem(tmp_path)}):
        words = fault_of(monkeypatch, tmp_path, **(SETTINGS | chosen))
        assert words == "Set GRAPH_CERTIFICATE, the better way, or GRAPH_SECRET, and not both."
        monkeypatch.delenv("GRAPH_CERTIFICATE", raising=False)


def test_certificate_for_graph_is_read_at_the_start_and_must_fit_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = {name: value for name, value in GRAPH.items() if name != "GRAPH_SECRET"}
    chosen |= {"GRAPH_CERTIFICATE": pem(tmp_path, other_key=True)}
    assert fault_of(monkeypatch, tmp_path, **(SETTINGS | chosen)).endswith("these two are no pair.")
    chosen["GRAPH_CERTIFICATE"] = str(tmp_path / "missing.pem")
    assert fault_of(monkeypatch, tmp_path, **(SETTINGS | chosen)).endswith("it cannot be read.")
    for name, value in (SETTINGS | chosen | {"GRAPH_CERTIFICATE": pem(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    read = runpy.run_path(str(ROOT / "schoolsafe" / "settings.py"))["GRAPH"]
    assert "PRIVATE KEY" in read.certificate
    assert "PRIVATE KEY" not in repr(read)


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, ""), (669, ""), (670, "ends on 02 December 2027"), (700, "ended on 02 December 2027")],
)
def test_certificate_that_ends_soon_is_spoken_of_and_stops_no_start(
    days: int, words: str, tmp_path: Path
) -> None:
    text = Path(pem(tmp_path)).read_text()
    chosen = providers.Graph(tenant="t", client_id="c", certificate=text)
    said = providers.certificate_warning(chosen, datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days))
    assert words in said
    assert bool(said) is bool(words)
    assert providers.certificate_warning(None, datetime(2030, 1, 1, tzinfo=UTC)) == ""


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
