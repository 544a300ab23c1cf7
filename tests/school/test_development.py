"""Signing in with a click: in development, from this computer, and nowhere else."""

import json
import os
import subprocess
import sys
from pathlib import Path

from cryptography.fernet import Fernet
from django.test import Client
from django.urls import reverse

from school.models import StaffMember
from schoolsafe.demo.people import PEOPLE
from schoolsafe.demo.setting import PASSWORD
from tests import factories
from tests.meetings.pages import part

ROOT = Path(__file__).resolve().parents[2]
NAMES = """
import json
import django
django.setup()
from django.conf import settings
from django.urls import get_resolver
from tests.test_access import names
found = sorted(names(get_resolver().url_patterns))
print(json.dumps({"names": found, "debug": settings.DEBUG, "hosts": settings.ALLOWED_HOSTS}))
"""
ONLY_IN_DEVELOPMENT = {"people", "sign_in_as", "mailbox:list", "mailbox:letter", "mailbox:page"}


def make(key: str) -> StaffMember:
    """One of the people of the demo school."""
    told = next(person for person in PEOPLE if person.key == key)
    staff = factories.make_staff(told.name)
    staff.user.email = told.email
    staff.user.save()
    return staff


def site_in(mode: str, var: Path) -> dict[str, object]:
    """What a process of its own finds when it starts in this mode."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "schoolsafe.settings",
        "SCHOOLSAFE_MODE": mode,
        "SCHOOLSAFE_VAR": str(var),
        "SITE_URL": "https://calls.elmfield.example",
        "SECRET_KEY": "s" * 50,
        "LINK_KEYS": "l" * 50,
        "FIELD_KEYS": f"f1:{Fernet.generate_key().decode()}",
        "AUDIT_KEYS": f"a1:{'a' * 50}",
        "SMTP_URL": "smtp+tls://user:password@mail.elmfield.example:587",
        "DATABASE_URL": "postgresql://nobody@localhost/none",
        "REDIS_URL": "redis://localhost:6379/0",
    }
    if mode == "development":
        environment = {
            name: value
            for name, value in environment.items()
            if name in {"PATH", "PYTHONPATH", "DJANGO_SETTINGS_MODULE", "SCHOOLSAFE_VAR"}
        }
    ran = subprocess.run(
        [sys.executable, "-c", NAMES],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, object] = json.loads(ran.stdout.splitlines()[-1])
    return found


def test_demo_people_and_mailbox_exist_in_development_only(tmp_path: Path) -> None:
    development = site_in("development", tmp_path / "development")
    production = site_in("production", tmp_path / "production")
    here, there = set(development["names"]), set(production["names"])  # type: ignore[call-overload]
    assert here - there == ONLY_IN_DEVELOPMENT
    assert there - here == set()
    assert production["debug"] is False
    assert production["hosts"] == ["calls.elmfield.example"]


def test_demo_person_is_signed_in_with_a_click(lead: StaffMember) -> None:
    client = Client()
    page = client.get(reverse("people"))
    assert [part.title for part, _ in page.context["groups"]] == ["Designated safeguarding lead"]
    answer = client.post(reverse("sign_in_as", args=[lead.pk]), follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert answer.context["person_name"] == lead.name
    assert answer.context["second_factor"] is True


def test_people_page_begins_with_one_step_that_leads_into_planning_a_call(
    school: object,
) -> None:
    helen, grace = make("helen"), make("grace")
    client = Client()
    page = client.get(reverse("people"))
    assert "Start here" not in page.content.decode(), "half a story leads nowhere"
    # What a locked page asks for.
    assert f'<b class="number">{PASSWORD}</b>' in page.content.decode()

    joan = make("joan")
    page = client.get(reverse("people"))
    start = part(page, "<h2>Start here</h2>", "</section>")
    assert start.count("<button") == 1
    assert f"Be {helen.name} and plan a call" in start
    for person in (grace, joan):
        assert f'href="#person-{person.pk}"' in start
        assert f'id="person-{person.pk}"' in page.content.decode()

    answer = client.post(reverse("sign_in_as", args=[helen.pk]), {"plan": "1"}, follow=True)
    assert answer.redirect_chain == [(reverse("meetings:plan"), 302)]
    assert answer.context["person_name"] == helen.name


def test_demo_person_is_not_signed_in_by_a_link(lead: StaffMember) -> None:
    assert Client().get(reverse("sign_in_as", args=[lead.pk])).status_code == 405


def test_demo_person_is_not_signed_in_from_another_computer(lead: StaffMember) -> None:
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert elsewhere.get(reverse("people")).status_code == 403
    assert elsewhere.post(reverse("sign_in_as", args=[lead.pk])).status_code == 403
    assert "_auth_user_id" not in elsewhere.session


def test_demo_person_who_has_left_is_not_offered(leaver: StaffMember) -> None:
    assert Client().get(reverse("people")).context["groups"] == []
    assert Client().post(reverse("sign_in_as", args=[leaver.pk])).status_code == 404


def test_start_page_leads_to_the_demo_people(school: object) -> None:
    assert Client().get("/").headers["Location"] == reverse("people")
