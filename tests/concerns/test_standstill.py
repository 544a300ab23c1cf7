"""Alerts that do not leave: the team and whoever logged a concern read it on the page (E83)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from concerns.models import Concern
from notices import selectors, services
from notices.models import Notice
from school.models import StaffMember
from tests import factories
from tests.concerns import log as make

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
MINUTE = timedelta(minutes=1)
RING = "Tell people by telephone, and tell IT."


@pytest.fixture
def concern(school_day: datetime, host: StaffMember, lead: StaffMember) -> Concern:
    return make.log(host, make.child(factories.make_pupil("Cat", "Clark")))


@pytest.fixture
def pages(host: StaffMember, lead: StaffMember, staff_client: SignIn, concern: Concern) -> Any:
    """What the reporter and the team read above their pages."""

    def read() -> list[str]:
        shown = []
        for person, address in (
            (host, reverse("concerns:received", args=[concern.reference])),
            (lead, reverse("concerns:list")),
        ):
            page = staff_client(person).get(address).content.decode()
            found = page.partition('class="silence"')[2].partition("</p>")[0]
            shown.append(" ".join(found.rpartition("<p>")[2].split()).replace("&#x27;", "'"))
        return shown

    return read


def said(pages: Any) -> str:
    """The sentence that both read, and the telephone in it."""
    one, other = pages()
    assert one == other
    assert one == "" or one.endswith(RING)
    return str(one)


def test_e83_nothing_is_said_while_alerts_leave(
    concern: Concern, school_day: datetime, pages: Any, mailbox: Any
) -> None:
    services.run_due(school_day)
    assert len(mailbox()) > 0
    assert said(pages) == ""


def test_e83_dead_worker_is_said_to_team_and_reporter(
    concern: Concern,
    school_day: datetime,
    pages: Any,
    clock_at: Callable[[datetime], object],
    host: StaffMember,
    staff_client: SignIn,
) -> None:
    assert "the sender has not run yet" in said(pages)
    received = staff_client(host).get(reverse("concerns:received", args=[concern.reference]))
    # No page says in one breath that alerts stand still and that people have been alerted.
    assert "have been alerted" not in received.content.decode()
    services.run_due(school_day)
    received = staff_client(host).get(reverse("concerns:received", args=[concern.reference]))
    assert "have been alerted" in received.content.decode()
    clock_at(school_day + 11 * MINUTE)
    assert said(pages).startswith("Reminders and alerts have not been sent since Tuesday 15")


def test_e83_mail_server_that_is_down_is_said_although_the_sweep_runs(
    concern: Concern,
    school_day: datetime,
    pages: Any,
    clock_at: Callable[[datetime], object],
    settings: Any,
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    for minutes in range(0, 31, 5):
        now = school_day + minutes * MINUTE
        clock_at(now)
        services.run_due(now)
    assert Notice.objects.filter(state="sent").count() == 0
    assert "some have waited for more than fifteen minutes" in said(pages)


def test_e83_queue_that_is_stuck_is_said(
    concern: Concern, school_day: datetime, pages: Any, clock_at: Callable[[datetime], object]
) -> None:
    Notice.objects.update(state="sending", leased_until=school_day)
    clock_at(school_day + 30 * MINUTE)
    services.beat("loop", now=school_day + 30 * MINUTE)
    assert "some have waited for more than fifteen minutes" in said(pages)


def test_e83_clock_that_is_wrong_is_said_and_does_not_look_alive(
    concern: Concern, school_day: datetime, pages: Any
) -> None:
    services.beat("loop", now=school_day + 10 * MINUTE)
    assert "A clock is wrong" not in said(pages)
    services.beat("celery", now=school_day + 11 * MINUTE)
    assert said(pages).startswith("A clock is wrong: the sender last ran at Tuesday 15 September")
    assert selectors.health(school_day).is_sweeping
