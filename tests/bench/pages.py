"""The page behind a family's link, and the answer given on it: 16 readers, then 50 submitters.

The control is the same kind of page with nothing behind it (`control_site.py`), under the same
server with two sync workers, on the same database, taken in turns.
"""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.db import connection
from django.test import Client
from django.urls import reverse

from consent import links, services
from consent.forms import Sealed
from consent.models import Answer, Request
from schoolsafe.lib import clock
from tests.bench import control, control_site, inside, load, people, place

ROUNDS = 3
SECONDS = 3
ANSWERS = 2000
SUBMITTERS = 50
# Before the answers, and again after them.
READS = 400
# Many short rounds: a neighbour who wakes up spoils one of them.
LOOK_ROUNDS = 11
LOOKS = 100
CLASSES = 34


def main() -> None:
    slip, requests = fill()
    page = reverse("consent:ask", args=[links.token(requests[0].pk, 1)])
    browser = Client(headers={"host": "127.0.0.1"})
    browser.get(page)
    with place.counted() as queries:
        assert browser.get(page).status_code == 200
    place.tell("consent page: queries", len(queries), at_most=4)
    answers = [answer(one) for one in requests]
    with place.counted() as queries:
        done = browser.post(
            answers[-1].path, answers[-1].body, content_type="application/x-www-form-urlencoded"
        )
    assert done.status_code == 303, done.content
    assert Answer.objects.count() == 1
    place.tell("answering: queries", len(queries), at_most=15)
    signed = f"/signed/{slip}/"
    alone(page, signed)
    serve(page, signed, answers[:ANSWERS])


def fill() -> tuple[str, list[Request]]:
    """Write 34 calls of a class each, asked through the services, and as many control slips."""
    now = clock.now()
    roll = people.enrol(300)
    starts_at = now + timedelta(days=30)
    meetings = people.plan(roll, CLASSES, starts_at=starts_at, apart=timedelta(days=1))
    for number, meeting in enumerate(meetings):
        first = number * people.A_CLASS % len(roll.pupil_ids)
        pupil_ids = roll.pupil_ids[first : first + people.A_CLASS]
        people.invite(meeting, pupil_ids)
        meeting.question = services.ask(
            by=roll.host,
            about=meeting.about,
            asked=people.asked(meeting.starts_at),
            pupil_ids=pupil_ids,
            closes_at=meeting.starts_at,
        )
        meeting.save()
    control.build()
    key = control.fill_slips(20_000, now=now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    slip = signing.dumps(key, salt=control_site.SALT, key=control_site.SECRET)
    return slip, list(Request.objects.select_related("guardian"))


def answer(request: Request) -> load.Call:
    """Return the last press of an answer, sealed half a minute ago."""
    assert request.guardian
    sealed = Sealed(
        request_id=request.pk,
        version=1,
        takes_part=request.pk % 5 > 0,
        name=request.guardian.name,
        relationship="mother",
    ).seal(clock.now() - timedelta(seconds=30))
    token = links.token(request.pk, request.link_version)
    return load.Call(
        path=reverse("consent:confirm", args=[token]), body=urlencode({"sealed": sealed})
    )


def alone(page: str, signed: str) -> None:
    """Compare the processor time of both sites without a server and a network in between."""
    given = json.dumps(settings.DATABASES["default"], default=str)
    site = "tests.bench.control_site:application"
    with (
        inside.reader("schoolsafe.wsgi:application", page) as ours,
        inside.reader(site, signed, BENCH_DATABASE=given) as theirs,
        inside.reader(site, "/empty/", BENCH_DATABASE=given) as empty,
    ):
        cost = place.interleaved(
            LOOK_ROUNDS,
            page=lambda: inside.milliseconds(ours, LOOKS),
            control=lambda: inside.milliseconds(theirs, LOOKS),
            empty=lambda: inside.milliseconds(empty, LOOKS),
        )
    place.tell(
        "consent page: processor time in the process, of the control's",
        cost["page"] / cost["control"],
        at_most=1.25,
        note=f"{cost['page']:.2f} ms and {cost['control']:.2f} ms; empty {cost['empty']:.2f} ms",
    )


def serve(page: str, signed: str, answers: list[load.Call]) -> None:
    """Take both sites in turns, and then let fifty people answer at once."""
    database: dict[str, Any] = dict(settings.DATABASES["default"])
    given = json.dumps(database, default=str)
    spent: dict[str, list[float]] = {"page": [], "control": []}
    with (
        load.server("schoolsafe.wsgi:application") as (port, ours),
        load.server("tests.bench.control_site:application", BENCH_DATABASE=given) as (
            other,
            theirs,
        ),
    ):
        for at, path in ((port, page), (other, signed), (other, "/empty/")):
            load.throughput(at, path, seconds=1)

        def take(name: str, at: int, path: str, process: Any) -> float:
            before = load.busy(process)
            rate = load.throughput(at, path, seconds=SECONDS)
            spent.setdefault(name, []).append((load.busy(process) - before) / (rate * SECONDS))
            return rate

        rates = place.interleaved(
            ROUNDS,
            page=lambda: take("page", port, page, ours),
            control=lambda: take("control", other, signed, theirs),
            empty=lambda: take("empty", other, "/empty/", theirs),
        )
        cost = {name: min(each) * 1000 for name, each in spent.items() if each}
        place.tell(
            "consent page: throughput, of the control's",
            rates["page"] / rates["control"],
            at_least=0.8,
            note=f"{rates['page']:.0f}/s and {rates['control']:.0f}/s",
        )
        place.tell(
            "consent page: processor time, of an empty view's",
            cost["page"] / cost["empty"],
            at_most=5,
            note=f"{cost['page']:.2f} ms and {cost['empty']:.2f} ms; control {cost['control']:.2f} ms",
        )
        crowd(port, page, answers)


def crowd(port: int, page: str, answers: list[load.Call]) -> None:
    """Compare the slowest hundredth of reading with that of answering, fifty at a time."""
    reads = [load.Call(path=page)] * READS
    before = load.drive(port, reads, connections=SUBMITTERS)
    given = load.drive(port, answers, connections=SUBMITTERS)
    after = load.drive(port, reads, connections=SUBMITTERS)
    slow = {
        name: sorted(one.seconds for one in side)[int(len(side) * 0.99)] * 1000
        for name, side in (("read", before + after), ("answer", given))
    }
    failed = sum(one.status != 303 for one in given)
    place.tell(
        "answering: 99th percentile, of the page's",
        slow["answer"] / slow["read"],
        at_most=3,
        note=f"{slow['answer']:.0f} ms and {slow['read']:.0f} ms, 50 at once",
    )
    missing = len(answers) - (Answer.objects.count() - 1)
    place.tell(f"answering: failures of {len(answers):,}", failed + missing, at_most=0)
