"""django-helpdesk, measured in an environment of its own: `run_helpdesk.py DATABASE TICKETS OPEN`.

It fills a database with tickets of which some are open, takes its list of tickets, lets a tenth more
tickets climb that are due, and prints what it found as one line of JSON. Nothing of ours is imported here.
"""

import json
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlparse

import django
from django.conf import settings
from django.urls import include, path

ADDRESS, TICKETS, OPEN = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
WORDS = [
    "meeting",
    "bullying",
    "attendance",
    "parent",
    "worry",
    "home",
    "report",
    "note",
    "call",
    "phone",
    "class",
]
TIMES = 5


def database() -> dict[str, object]:
    """Return the database at an address, a file or a server's."""
    if "://" not in ADDRESS:
        start = "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
        options = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": start}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": ADDRESS, "OPTIONS": options}
    at = urlparse(ADDRESS)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": at.path.lstrip("/"),
        "USER": at.username or "",
        "PASSWORD": at.password or "",
        "HOST": at.hostname or "",
        "PORT": at.port or "",
        "CONN_MAX_AGE": None,
    }


settings.configure(
    DATABASES={"default": database()},
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="__main__",
    USE_TZ=True,
    SITE_ID=1,
    HELPDESK_TEAMS_MODE_ENABLED=False,
    # It writes its letters while it climbs; here they go nowhere.
    EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.sites",
        "django.contrib.messages",
        "django.contrib.staticfiles",
        "django.contrib.humanize",
        "rest_framework",
        "helpdesk",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    STATIC_URL="/static/",
    MEDIA_ROOT=str(Path("/tmp")),  # noqa: S108 - nothing is put there
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    LOGGING_CONFIG=None,
)
django.setup()

from django.contrib import admin  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402
from helpdesk.models import FollowUp, Queue, Ticket  # noqa: E402
from helpdesk.query import query_to_base64  # noqa: E402

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("helpdesk.urls", namespace="helpdesk")),
]


def main() -> None:
    call_command("migrate", verbosity=0)
    users = get_user_model().objects
    root = users.create_superuser("root", "root@school.example", None)
    staff = users.bulk_create(
        [
            get_user_model()(
                username=f"s{number}", email=f"s{number}@school.example", is_staff=True
            )
            for number in range(50)
        ]
    )
    queue = Queue.objects.create(title="Concerns", slug="concerns", escalate_days=3)
    fill(queue, staff, range(TICKETS - OPEN), status=Ticket.CLOSED_STATUS)
    fill(queue, staff, range(TICKETS - OPEN, TICKETS), status=Ticket.OPEN_STATUS)
    found = looked_at(root)
    fill(queue, staff, range(TICKETS, TICKETS + TICKETS // 10), status=Ticket.OPEN_STATUS, days=10)
    sys.stdout.write(json.dumps(found | climbed()) + "\n")


def fill(queue: Queue, staff: list[object], numbers: range, *, status: int, days: int = 0) -> None:
    """Write tickets with two entries each, so many days old."""
    now = timezone.now()
    for first in range(numbers.start, numbers.stop, 5000):
        rows = Ticket.objects.bulk_create(
            [
                Ticket(
                    title=f"Concern {number} {WORDS[number % len(WORDS)]}",
                    queue=queue,
                    created=now,
                    modified=now,
                    submitter_email=f"parent{number}@home.example",
                    assigned_to=staff[number % 50],
                    status=status,
                    priority=5,
                    description=" ".join(WORDS * 5),
                    secret_key=f"{number:032d}",
                )
                for number in range(first, min(first + 5000, numbers.stop))
            ],
            batch_size=500,
        )
        FollowUp.objects.bulk_create(
            [
                FollowUp(
                    ticket=row, date=now, title="Comment", comment=" ".join(WORDS * 3), public=True
                )
                for row in rows
                for _ in range(2)
            ],
            batch_size=500,
        )
        if days:
            old = now - timedelta(days=days)
            Ticket.objects.filter(pk__in=[row.pk for row in rows]).update(created=old)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def looked_at(root: object) -> dict[str, float]:
    """Take the list of open tickets: its page, and the rows that the page asks for at once."""
    client = Client()
    client.force_login(root)
    asked = {"filtering": {"status__in": [1, 2]}, "sorting": "created", "search_string": ""}
    query = query_to_base64(asked | {"sortreverse": False})
    rows = "?draw=1&start=0&length=25&order[0][column]=5&order[0][dir]=desc"
    seen = [0]

    def look() -> float:
        began = time.perf_counter()
        for address in ("/tickets/", f"/datatables_ticket_list/{query}{rows}"):
            assert client.get(address).status_code == 200
        return time.perf_counter() - began

    look()
    with connection.execute_wrapper(counting(seen)):
        look()
    return {"list": min(look() for _ in range(TIMES)), "list_queries": seen[0]}


def climbed() -> dict[str, float]:
    """Let everything climb that is due, once."""
    seen = [0]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    with connection.execute_wrapper(counting(seen)):
        call_command("escalate_tickets")
    took = time.perf_counter() - began
    done = FollowUp.objects.filter(title="Ticket Escalated").count()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"climb": took, "climbed": done, "climb_queries": seen[0], "climb_mb": grown / 1024}


def counting(seen: list[int]) -> object:
    def note(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        seen[0] += 1
        return execute(sql, params, many, context)

    return note


if __name__ == "__main__":
    main()
