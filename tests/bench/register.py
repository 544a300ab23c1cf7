"""The live register of a class of thirty, renewed every few seconds, on a hundred devices at once.

The control is an empty view of the product, the frame for somebody signed in with nothing inside:
`register_site.py`. A device opens the page; then it asks with the mark of what it shows, as the page
does, and every seventh time for all of it.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.urls import reverse

from consent import services as consent
from consent.models import Request
from meetings import policy, services
from meetings.models import Meeting
from meetings.selectors import stamp
from schoolsafe.lib import clock
from tests.bench import inside, load, people, place
from tests.conftest import sign_in

DEVICES = 100
LOOKS = 40
ROUNDS = 5
# How often a device asks in one run, every four seconds in use: one answer in ANEW_AFTER is the whole.
ASKS = 7
SITE = {"DJANGO_SETTINGS_MODULE": "tests.bench.register_settings"}
SEEN = re.compile(rb"\?seen=([0-9a-f]{16})")


def main() -> None:
    roll = people.enrol(people.A_CLASS)
    meetings = []
    for _ in range(DEVICES):
        # One by one: on a busy machine all of them take longer than one may be ahead of its start.
        starts_at = clock.now() + timedelta(minutes=5)
        [meeting] = people.plan(roll, 1, starts_at=starts_at, apart=timedelta(0))
        run(meeting, roll)
        meetings.append(meeting)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    browser = sign_in(roll.host)
    cookie = f"sessionid={browser.cookies['sessionid'].value}"
    count(browser, meetings[0])
    alone(meetings[0], cookie)
    crowd(meetings, cookie)


def run(meeting: Meeting, roll: people.Roll) -> None:
    """Let every family say yes, open the door, and let everybody in."""
    people.invite(meeting, roll.pupil_ids)
    meeting.question = consent.ask(
        by=roll.host,
        about=meeting.about,
        asked=people.asked(meeting.starts_at),
        pupil_ids=roll.pupil_ids,
        closes_at=meeting.starts_at,
    )
    meeting.status, meeting.join_url = policy.Status.SHARED.value, "https://teams.example/l"
    meeting.save()
    for request in Request.objects.filter(question=meeting.question).select_related("guardian"):
        if request.pk % 2:
            assert request.guardian
            consent.answer(
                request,
                by=request.guardian,
                takes_part=True,
                may_be_recorded=None,
                name=request.guardian.name,
                relationship="mother",
                version=1,
            )
    for person in (roll.host, roll.co_host):
        services.confirm(meeting, by=person, items=list(policy.CheckItem))
    services.open_door(meeting, by=roll.host)
    services.admit(meeting, by=roll.host, pupil_ids=roll.pupil_ids)


def page_of(meeting: Meeting) -> str:
    """Return the page from which a call is run."""
    return reverse("meetings:live", args=[meeting.pk])


def register_of(meeting: Meeting) -> str:
    """Return where its register is renewed."""
    return reverse("meetings:register", args=[meeting.pk])


def count(browser: Client, meeting: Meeting) -> None:
    """Count the queries of the whole register, and of a device that has it already."""
    page, host = register_of(meeting), {"host": "127.0.0.1"}
    browser.get(page, headers=host)
    with place.counted() as queries:
        shown = browser.get(page, headers=host).content
    # Adults stand there without the space.
    assert shown.count(b'<li class="register-row ') == people.A_CLASS
    place.tell("register of 30: queries", len(queries), at_most=18)
    with place.counted() as queries:
        seen = stamp(meeting.pk, clock.now())
        assert browser.get(page, {"seen": seen}, headers=host).status_code == 204
    place.tell("register of 30, unchanged: queries", len(queries) - 1, at_most=6)


def alone(meeting: Meeting, cookie: str) -> None:
    """Compare processor time without a server and a network in between."""
    site = {**SITE, "BENCH_COOKIE": cookie}
    application, register = "schoolsafe.wsgi:application", register_of(meeting)
    with (
        inside.reader(application, page_of(meeting), **site) as page,
        inside.reader(application, register, **site) as whole,
        inside.reader(application, register, **site, BENCH_SEEN=str(meeting.pk)) as renewed,
        inside.reader(application, "/empty/", **site) as empty,
    ):
        cost = place.interleaved(
            ROUNDS,
            page=lambda: inside.milliseconds(page, LOOKS),
            whole=lambda: inside.milliseconds(whole, LOOKS),
            renewed=lambda: inside.milliseconds(renewed, LOOKS),
            empty=lambda: inside.milliseconds(empty, LOOKS),
        )
    mean = (cost["whole"] + (ASKS - 1) * cost["renewed"]) / ASKS
    note = ", ".join(f"{took:.1f} ms {name}" for name, took in cost.items())
    of_empty = "processor time, of the empty view's"
    place.tell(f"register of 30, the page: {of_empty}", cost["page"] / cost["empty"], at_most=3)
    place.tell(f"register of 30, its renewals: {of_empty}", mean / cost["empty"], at_most=3,
               note=note)  # fmt: skip
    place.tell(f"register of 30, unchanged: {of_empty}", cost["renewed"] / cost["empty"])


def crowd(meetings: list[Meeting], cookie: str) -> None:
    """Let a hundred devices open their pages and renew them at once, and as many the empty view."""
    devices = [(page_of(meeting), register_of(meeting)) for meeting in meetings]
    with load.server("schoolsafe.wsgi:application", **SITE) as (port, _):
        ask = asker(port, cookie)
        asyncio.run(together(ask, devices[:10]))
        slow = place.interleaved(
            3,
            registers=lambda: asyncio.run(together(ask, devices)),
            empty=lambda: asyncio.run(together(ask, [("/empty/", "/empty/")] * len(devices))),
        )
    place.tell(
        "100 registers at once: 95th percentile, of the empty view's",
        slow["registers"] / slow["empty"],
        at_most=5,
        note=f"{slow['registers'] * 1000:.0f} ms and {slow['empty'] * 1000:.0f} ms",
    )


Ask = Callable[[str], Awaitable[tuple[float, bytes]]]


def asker(port: int, cookie: str) -> Ask:
    """Return how one device asks: how long it took, and what came."""

    async def ask(path: str) -> tuple[float, bytes]:
        began = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n".encode())
        said = await reader.read()
        writer.close()
        if not said.startswith((b"HTTP/1.1 200", b"HTTP/1.1 204")):
            raise SystemExit(f"{path} did not answer well: {said[:80]!r}")
        return time.perf_counter() - began, said

    return ask


async def together(ask: Ask, devices: list[tuple[str, str]]) -> float:
    """Return the 95th percentile of what everybody waited, asking again with what they have."""
    waited: list[float] = []

    async def device(path: str, register: str) -> None:
        for _ in range(ASKS):
            took, said = await ask(path)
            waited.append(took)
            found = SEEN.search(said)
            path = f"{register}?seen={found[1].decode()}" if found else path

    await asyncio.gather(*(device(*addresses) for addresses in devices))
    return sorted(waited)[int(len(waited) * 0.95)]
