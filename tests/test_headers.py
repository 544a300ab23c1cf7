"""What browsers are told with every page, and that looking changes nothing."""

import hashlib
from http.cookies import SimpleCookie

import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from django.urls import reverse

from schoolsafe.middleware import family_prefixes
from tests.access import records
from tests.access.table import Facts, Page
from tests.test_access import ROOMS, TABLE, cast, facts, signed_in

__all__ = ["cast", "facts", "signed_in"]  # the fixtures of the access tables, used here as well

# Every page is asked for its headers: other tests count as covering it.
pytestmark = pytest.mark.no_cover
# Sessions keep what a page tells the next one; the audit keeps that somebody looked.
LEFT_OUT = {"school.Session"}
PAGES: dict[str, Page] = {
    key.split()[-1]: page for key, page in (TABLE | records.AROUND).items() if "health" not in key
}
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "object-src 'none'",
    "report-uri /reports/csp/",
}
LOOKERS = ("anonymous", "host", "lead")


def browser(cookies: SimpleCookie) -> Client:
    client = Client(raise_request_exception=False)
    client.cookies = SimpleCookie({name: morsel.value for name, morsel in cookies.items()})
    return client


def faults_in(headers: dict[str, str], path: str) -> list[str]:
    """What is missing from the headers of one answer."""
    given = {part.strip() for part in headers.get("Content-Security-Policy", "").split(";")}
    is_family = path.startswith(family_prefixes())
    expected = {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer" if is_family else "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    faults = sorted(POLICY - given)
    faults += sorted(part for part in given if "unsafe" in part)
    faults += [name for name, value in expected.items() if headers.get(name) != value]
    kind = headers.get("Content-Type", "").replace('"', "")
    if kind.startswith("text/") and not kind.endswith("; charset=utf-8"):
        faults.append(kind)
    if is_family and "Set-Cookie" in headers:
        faults.append("Set-Cookie")
    return faults


def test_every_answer_tells_browsers_what_to_keep_to(
    signed_in: dict[str, SimpleCookie], facts: Facts
) -> None:
    wrong = {}
    for name, page in PAGES.items():
        path = reverse(name, kwargs=page.args(facts))
        for who in LOOKERS:
            answer = browser(signed_in[who]).get(path)
            faults = faults_in(dict(answer.headers), path)
            if answer.status_code >= 500:
                faults.append(str(answer.status_code))
            if faults:
                wrong[f"{name} as {who}"] = faults
    assert wrong == {}


def test_family_pages_set_no_cookie(facts: Facts) -> None:
    paths = [reverse(name, kwargs=page.args(facts)) for name, page in PAGES.items()]
    family = [path for path in paths if path.startswith(family_prefixes())]
    assert len(family) >= 9
    assert {path: browser(SimpleCookie()).get(path).cookies for path in family} == {
        path: SimpleCookie() for path in family
    }


def fingerprint() -> dict[str, str]:
    """Every row of every table in short; of the audit only what is not somebody's look."""
    found = {}
    for model in apps.get_models():
        if model._meta.label in LEFT_OUT:
            continue
        rows: models.QuerySet[models.Model] = model._base_manager.order_by("pk")
        if model._meta.label == "audit.Entry":
            rows = rows.exclude(verb__endswith=".read")
        names = [field.attname for field in model._meta.concrete_fields]
        text = repr(list(rows.values_list(*names)))
        found[model._meta.label] = hashlib.sha256(text.encode()).hexdigest()
    return found


@pytest.mark.parametrize("room", [*ROOMS, records], ids=lambda room: room.__name__.split(".")[-1])
@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(
    method: str, room: object, signed_in: dict[str, SimpleCookie], facts: Facts
) -> None:
    """ASVS 3.5.3: a link scanner, a preview and a browser that loads ahead do no harm."""
    table: dict[str, Page] = getattr(room, "ACCESS", records.AROUND)
    for key, page in table.items():
        path = reverse(key.split()[-1], kwargs=page.args(facts))
        before = fingerprint()
        for who in LOOKERS:
            getattr(browser(signed_in[who]), method)(path)
        after = fingerprint()
        changed = {label for label, rows in after.items() if rows != before[label]}
        assert (key, changed) == (key, set())
