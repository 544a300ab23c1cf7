"""The cast, the clock and the mailbox.

Everybody is named for what they are to the case: a call that `host` plans with `co_host`, and a
concern that the safeguarding team looks after.
"""

import os
import shutil
import time as wall
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from notices import services
from school.models import School, StaffMember
from school.roles import Role
from schoolsafe.lib import clock
from schoolsafe.lib.providers import Notify
from tests import factories
from tests.append_only import let_flush_pass
from tests.notices.notify import API_KEY, FakeNotify

# Tuesday 15 September 2026, 2:00 pm in London: a school day in term.
SCHOOL_DAY = datetime(2026, 9, 15, 13, 0, tzinfo=UTC)


# What some tests need from the machine: whether it is there, and what to say when it is not.
ON_POSTGRESQL = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
# Debian keeps daemons where not every account looks for programs.
BINARIES = f"{os.environ.get('PATH', '')}:/usr/sbin"
NEEDS = {
    "postgresql": (ON_POSTGRESQL, "needs PostgreSQL: set DATABASE_URL"),
    "redis": (bool(shutil.which("redis-server")), "needs redis-server"),
    "browser": (
        bool(shutil.which("chromium") or shutil.which("chromium-browser")),
        "needs chromium",
    ),
    "clamav": (bool(shutil.which("clamd", path=BINARIES)), "needs clamd"),
}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, each with one reason; under CI=true that is a failure."""
    missing = {mark: why for mark, (is_there, why) in NEEDS.items() if not is_there}
    unfit = [
        (item, why) for item in items for mark, why in missing.items() if mark in item.keywords
    ]
    if unfit and os.environ.get("CI") == "true":
        reasons = ", ".join(sorted({why for _, why in unfit}))
        raise pytest.UsageError(f"CI=true, and {len(unfit)} tests cannot run here: {reasons}")
    for item, why in unfit:
        item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture(autouse=True, scope="session")
def _flushing_is_let_past_the_audit() -> None:
    """Between transactional tests the database is emptied, which the audit's triggers forbid."""
    let_flush_pass()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Start every test with the empty tables that a transactional test leaves behind.

    What a migration offers a new school (categories, outcomes) would be there for some tests only,
    depending on their order; `tests/concerns/test_first_rows.py` runs the migration itself.
    """
    with django_db_blocker.unblock():
        call_command("flush", interactive=False, inhibit_post_migrate=True, verbosity=0)


@pytest.fixture(scope="module")
def roles_in_turn(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """One worker at a time works with the roles: they are the server's, whichever its database.

    The lock is taken in the database that all workers share, and goes with its connection.
    """
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            shared = stack.enter_context(connection._nodb_cursor())
        shared.execute("SELECT pg_advisory_lock(hashtext('roles'))")
        yield


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Rate limits of one test are not those of the next."""
    cache.clear()


# --- The clock ------------------------------------------------------------------------------------
@pytest.fixture
def clock_at() -> Iterator[Callable[[datetime], time_machine.Traveller]]:
    """Set the clock, as often as wanted; it stands still until set again."""
    travels: list[time_machine.travel] = []

    def set_to(at: datetime) -> time_machine.Traveller:
        travel = time_machine.travel(at, tick=False)
        travels.append(travel)
        return travel.start()

    yield set_to
    for travel in reversed(travels):
        travel.stop()


@pytest.fixture
def school_day(clock_at: Callable[[datetime], time_machine.Traveller]) -> datetime:
    """The clock stands at 2:00 pm on a Tuesday in term."""
    clock_at(SCHOOL_DAY)
    return SCHOOL_DAY


# --- The mailbox ----------------------------------------------------------------------------------
@pytest.fixture
def mailbox() -> Callable[[], list[EmailMessage]]:
    """Send what is due now and return every letter sent so far, oldest first."""

    def deliver() -> list[EmailMessage]:
        services.run_due(clock.now())
        return list(mail.outbox)

    return deliver


# --- The cast -------------------------------------------------------------------------------------
@pytest.fixture
def school(db: None) -> School:
    """The school itself: opens 08:30, closes 16:00."""
    return factories.make_school()


@pytest.fixture
def host(school: School) -> StaffMember:
    """A teacher: plans and runs the call. Sees her own meetings and what she reported."""
    return factories.make_staff("Helen Host")


@pytest.fixture
def co_host(school: School) -> StaffMember:
    """A teacher: the second adult on the call. Sees that meeting."""
    return factories.make_staff("Colin Cohost")


@pytest.fixture
def colleague(school: School) -> StaffMember:
    """A teacher who has nothing to do with any of it: sees neither the meeting nor the concern."""
    return factories.make_staff("Carol Colleague")


@pytest.fixture
def same_household(school: School, host: StaffMember) -> StaffMember:
    """A teacher who shares a home with the host: is no second adult beside her (E60)."""
    StaffMember.objects.filter(pk=host.pk).update(household="Mill Lane")
    host.refresh_from_db()
    return factories.make_staff("Harry Household", household="Mill Lane")


@pytest.fixture
def deputy(school: School) -> StaffMember:
    """A deputy safeguarding lead: sees all meetings, and concerns unless she is in them."""
    return factories.make_staff("Dana Deputy", roles=(Role.STAFF, Role.SAFEGUARDING))


@pytest.fixture
def lead(school: School) -> StaffMember:
    """The designated safeguarding lead: sees all meetings and concerns, reads the audit."""
    return factories.make_staff("Leah Lead", roles=(Role.STAFF, Role.DSL))


@pytest.fixture
def head(school: School) -> StaffMember:
    """The headteacher: the last rung inside the school; allegations about staff go here."""
    return factories.make_staff("Hugo Head", roles=(Role.STAFF, Role.HEADTEACHER))


@pytest.fixture
def chair(school: School) -> StaffMember:
    """The chair of governors: hears of allegations about the headteacher, and nothing else."""
    return factories.make_staff("Chandra Chair", roles=(Role.CHAIR,), is_eligible_for_calls=False)


@pytest.fixture
def office(school: School) -> StaffMember:
    """The school office: sees who has not answered and records paper consent; no concerns."""
    return factories.make_staff("Olive Office", roles=(Role.OFFICE,), is_eligible_for_calls=False)


@pytest.fixture
def governor(school: School) -> StaffMember:
    """A governor: counts without names; may log a concern."""
    return factories.make_staff(
        "Gwen Governor", roles=(Role.GOVERNOR,), is_eligible_for_calls=False
    )


@pytest.fixture
def it_superuser(school: School) -> StaffMember:
    """IT, with Django's superuser flag: manages accounts and sees no concern, no recipient."""
    return factories.make_staff(
        "Ian Technical", roles=(Role.IT,), is_superuser=True, is_eligible_for_calls=False
    )


@pytest.fixture
def leaver(school: School) -> StaffMember:
    """Somebody who was a deputy and has left: the account is closed."""
    return factories.make_staff(
        "Larry Leaver", roles=(Role.STAFF, Role.SAFEGUARDING), is_active=False
    )


@pytest.fixture
def anonymous() -> Client:
    """A browser in which nobody has signed in."""
    return Client()


def sign_in(person: StaffMember, *, second_factor: bool = True) -> Client:
    """Return a browser in which this person is signed in, the way allauth leaves it."""
    client = Client()
    client.force_login(person.user)
    session = client.session
    records = [{"method": "password", "at": wall.time(), "email": person.email}]
    session["account_authentication_methods"] = records
    session["account_authentication_methods_user"] = str(person.user.pk)
    session.save()
    if second_factor:
        show_factor(client)
    return client


def show_factor(client: Client) -> None:
    """Let the session of a browser, in which somebody has signed in, have shown a second factor as well."""
    session = client.session
    shown = {"method": "mfa", "type": "totp", "at": wall.time(), "reauthenticated": True}
    session["account_authentication_methods"] = [
        *session["account_authentication_methods"],
        shown,
    ]
    session.save()


@pytest.fixture
def staff_client(school: School) -> Callable[..., Client]:
    """Sign somebody in: `staff_client(host)`, or with `second_factor=False`."""
    return sign_in


@pytest.fixture
def family() -> Client:
    """A family's browser: it checks CSRF as browsers in use do, and has no cookie."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def notify(settings: object) -> Iterator[FakeNotify]:
    """GOV.UK Notify on a port of its own; text messages go to it."""
    fake = FakeNotify()
    with fake.running() as url:
        settings.SMS_PROVIDER = "notify"
        settings.NOTIFY = Notify(api_key=API_KEY, template="t", callback_token="t" * 24, url=url)
        yield fake
