"""With the roles as they are shipped: the app's backs up, the owner's restores, the app's goes on."""

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection

from audit import services as audit
from audit.models import Entry
from consent.models import Scan
from tests.backup.conftest import ON_POSTGRESQL, Told

RIGHTS = Path(__file__).resolve().parents[2] / "deploy" / "postgresql"
APP, OWNER = "schoolsafe_app", "schoolsafe_owner"
pytestmark = [
    ON_POSTGRESQL,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("roles_in_turn"),
]


def run(*names: str) -> None:
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute((RIGHTS / name).read_text(encoding="utf-8"))


@pytest.fixture
def as_role(kind: str, told: Told, move_to: Any) -> Iterator[Callable[[str], None]]:
    """Sign in as another role; in the end, take from the roles what they were given here."""

    def sign_in(role: str) -> None:
        connection.close()
        connection.close_pool()
        connection.settings_dict["USER"] = role

    superuser = connection.settings_dict["USER"]
    run("1-roles.sql", "2-rights.sql")
    yield sign_in
    sign_in(superuser)
    move_to.__self__.home_again()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP OWNED BY {APP}, {OWNER}")
        cursor.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")


def test_app_backs_up_owner_restores_and_app_goes_on(
    told: Told, as_role: Callable[[str], None], move_to: Callable[..., None], tmp_path: Path
) -> None:
    path = tmp_path / "school.zip"
    as_role(APP)
    call_command("back_up", str(path), stdout=StringIO())
    assert Entry.objects.order_by("-id")[0].verb == "backup.make"
    move_to("empty")
    run("1-roles.sql")
    as_role(OWNER)
    out = StringIO()
    call_command("restore", str(path), stdout=out)
    assert "Now run deploy/postgresql/2-rights.sql" in out.getvalue()
    run("2-rights.sql")
    as_role(APP)
    assert Scan.objects.get().content == told.picture
    assert audit.verify() is None
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET actor = 'staff:2'")


def test_app_cannot_restore_and_says_which_role_can(
    told: Told, as_role: Callable[[str], None], move_to: Callable[..., None], tmp_path: Path
) -> None:
    path = tmp_path / "school.zip"
    call_command("back_up", str(path), stdout=StringIO())
    move_to("empty")
    run("1-roles.sql")
    as_role(APP)
    with pytest.raises(CommandError, match="Nothing was restored.*permission denied"):
        call_command("restore", str(path))
