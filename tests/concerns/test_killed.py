"""A web process is killed after a concern is kept: nothing is lost, and a second press files nothing (E20)."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.urls import reverse

from concerns.models import Concern
from notices.models import Ladder, Notice
from school.models import StaffMember

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
SEEN = "A child said that they are afraid to go home."


def filed_and_killed(by: StaffMember, key: str, folder: Path) -> int:
    """File a concern in a process of its own on this test's database; return how it ended."""
    (folder / "keys.json").symlink_to(Path(django_settings.VAR_DIR) / "keys.json")
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "schoolsafe.settings",
        "SCHOOLSAFE_MODE": "development",
        "SCHOOLSAFE_VAR": str(folder),
        "ALLOWED_HOSTS": "testserver",
    }
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        (folder / "schoolsafe.sqlite3").symlink_to(database["NAME"])
        environment.pop("DATABASE_URL", None)
    else:
        where = f"{quote(database['HOST'], safe='')}:{database['PORT']}"
        who = f"{database['USER']}:{quote(database['PASSWORD'])}"
        environment["DATABASE_URL"] = f"postgresql://{who}@{where}/{database['NAME']}"
    command = [sys.executable, "-m", "tests.concerns.filer", str(by.user_id), key]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


@pytest.mark.postgresql
def test_on_postgresql_a_killed_web_process_loses_no_concern(
    host: StaffMember, lead: StaffMember, tmp_path: Path, mailbox: Any, staff_client: Any
) -> None:
    check(host, lead, tmp_path, mailbox, staff_client)


def test_killed_web_process_loses_no_concern(
    host: StaffMember, lead: StaffMember, tmp_path: Path, mailbox: Any, staff_client: Any
) -> None:
    check(host, lead, tmp_path, mailbox, staff_client)


def check(
    host: StaffMember,
    lead: StaffMember,
    folder: Path,
    mailbox: Callable[[], list[EmailMessage]],
    staff_client: Callable[..., Client],
) -> None:
    """The alert leaves and the ladder stands; who presses again is led to what was kept."""
    key = str(uuid4())

    assert filed_and_killed(host, key, folder) == -signal.SIGKILL

    concern = Concern.objects.get()
    assert (concern.seen, concern.reporter) == (SEEN, host)
    assert Ladder.objects.open().filter(about=concern.object).count() == 1
    assert [letter.to for letter in mailbox()] == [[lead.email]]
    typed = {"key": key, "urgency": "urgent", "seen": SEEN, "happened": "unknown"}
    answer = staff_client(host).post(reverse("concerns:log"), typed)
    assert answer["Location"] == reverse("concerns:received", args=[concern.reference])
    assert (Concern.objects.count(), Notice.objects.filter(kind="concern_alert").count()) == (1, 1)
