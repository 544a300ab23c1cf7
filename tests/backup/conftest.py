"""A school with a scan of a paper form, and empty places into which it can be brought back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as current
from django.core.management import call_command
from django.db import connection

from consent import services
from consent.models import Answer
from schoolsafe.backup import making
from schoolsafe.lib.scans import Scan, ScanKind
from tests import factories
from tests.consent.builders import ask, request_of
from tests.lib.test_scans import picture

# For tests of what only PostgreSQL has.
ON_POSTGRESQL = pytest.mark.parametrize(
    "kind", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
# What a family said, sealed in the database: it must not be readable anywhere in a backup.
MARKER = "zebra lantern quilt"


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], autouse=True
)
def kind(request: pytest.FixtureRequest) -> str:
    """Everything here holds for both kinds of database: once on each."""
    if request.param != connection.vendor:
        pytest.skip(f"the tests run on {connection.vendor}")
    return str(request.param)


@pytest.fixture(autouse=True)
def _ground(school_day: Any, settings: Any, tmp_path: Path) -> None:
    """Tuesday in term, and a folder of our own for keys."""
    settings.VAR_DIR = tmp_path / "var"
    settings.DESTRUCTION_LEDGER = tmp_path / "var" / "destroyed.ledger"
    settings.DEVELOPMENT = True


@dataclass(frozen=True)
class Told:
    """What was in the school when it was backed up."""

    answer: Answer
    picture: bytes


@pytest.fixture
def told(transactional_db: None, host: Any, office: Any) -> Told:
    """A family has answered on paper, and the office has kept the scan; three letters wait."""
    maya = factories.make_pupil("Maya", "Okafor")
    mum = factories.make_guardian(maya, name="Amina Okafor", email="amina@family.example")
    factories.make_guardian(maya, name="Bayo Okafor", email="bayo@family.example")
    request = request_of(ask(host, maya), maya, mum)
    content = picture()
    answer = services.record(
        request, by=office, takes_part=True, may_be_recorded=None, name="Amina Okafor",
        relationship="mother", channel="paper", note=MARKER, scan=Scan(kind=ScanKind.JPEG, content=content),
    )  # fmt: skip
    return Told(answer, content)


@pytest.fixture
def move_to(transactional_db: None, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Let the application go on in another database, as on a new machine; and back afterwards."""
    places = (OnServer if connection.vendor == "postgresql" else InFiles)(tmp_path)
    yield places.go
    places.clear()


class InFiles:
    """Databases of SQLite, each a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = dict(connection.settings_dict)

    def go(self, name: str, **login: str) -> None:
        self._sign_in(NAME=str(self.folder / f"{name}.sqlite3"), **login)

    def home_again(self) -> None:
        self._sign_in()

    def clear(self) -> None:
        self._sign_in()

    def _sign_in(self, **told: str) -> None:
        connection.close()
        connection.settings_dict.update(self.home | told)


class OnServer(InFiles):
    """Databases of PostgreSQL, made when they are first wanted, and dropped in the end."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.made: set[str] = set()

    def go(self, name: str, **login: str) -> None:
        name = f"{self.home['NAME']}_{name}"
        self._sign_in()
        if name not in self.made:
            self._tell(f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}"')
            self.made.add(name)
        self._sign_in(NAME=name, **login)

    def clear(self) -> None:
        self._sign_in()
        self._tell(*(f'DROP DATABASE IF EXISTS "{name}"' for name in self.made))

    def _sign_in(self, **told: str) -> None:
        connection.close()
        connection.close_pool()
        super()._sign_in(**told)

    def _tell(self, *words: str) -> None:
        with connection._nodb_cursor() as cursor:
            for one in words:
                cursor.execute(one)


@pytest.fixture
def backup(told: Told, tmp_path: Path) -> Path:
    """A backup of that school, made a minute before it burns down."""
    path = tmp_path / "backups" / "school.zip"
    path.parent.mkdir()
    making.make(path)
    return path


@pytest.fixture
def another_key(settings: Any) -> None:
    """The keys of another installation: of the same names, and other keys."""
    settings.FIELD_KEYS = {name: Fernet.generate_key().decode() for name in current.FIELD_KEYS}


def migrate(*words: str) -> None:
    """Bring the database where the application is now up to date."""
    call_command("migrate", *words, verbosity=0, interactive=False)


def tables() -> list[str]:
    """What stands in the database where the application is now."""
    return connection.introspection.table_names()
