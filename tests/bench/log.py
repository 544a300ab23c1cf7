"""The Log of Concern at a thousand and at a hundred thousand: pages, a press, and what runs each minute.

The control is the same school with a thousand concerns; of both, three hundred are open.
"""

import tracemalloc
from collections.abc import Callable
from datetime import datetime
from time import perf_counter
from unittest.mock import patch

from django.test import Client
from django.urls import reverse

from concerns import notices, selectors
from concerns.models import Concern, Involved
from notices import services
from notices.models import Ladder
from schoolsafe.lib import clock, encryption
from tests.bench import concerns, place
from tests.conftest import sign_in

FEW, MANY = 1_000, 100_000
OPEN, DUE, MORE_DUE = 300, 100, 1_000
TIMES, PRESSES = 15, 9
MB = 2**20
Look = Callable[[], object]


def main() -> None:
    log = concerns.open_school()
    found: dict[str, list[tuple[float, int]]] = {}
    peaks: dict[str, list[float]] = {}
    made = 0
    for count in (FEW, MANY):
        began = perf_counter()
        new = OPEN if not made else 0
        concerns.fill(log, open_ones=new, closed=count - made - new)
        made = count
        place.say(f"{count:,} concerns after {perf_counter() - began:.0f} s")
        # First: "mine" holds what was taken charge of, with few and with many.
        found.setdefault("acknowledging", []).append(acknowledge(log))
        for name, look in looks(log).items():
            found.setdefault(name, []).append(taken(look, TIMES))
        found.setdefault("sweep, 100 due", []).append(sweep())
        for name in ("queue, open", "queue, closed"):
            peaks.setdefault(name, []).append(peak(looks(log)[name]))
        peaks.setdefault("sweep, 100 due", []).append(peak(sweep))
    for name, ((few, asked), (many, asked_more)) in found.items():
        place.tell(
            f"log at 100,000 concerns, of 1,000: {name}",
            many / few,
            at_most=1.5,
            note=f"{many * 1000:.1f} ms and {few * 1000:.1f} ms, {asked_more} queries",
        )
        place.tell(f"log, queries more: {name}", asked_more - asked, at_most=0)
    for name, (few, many) in peaks.items():
        place.tell(
            f"log, most memory at 100,000, of 1,000: {name}",
            many / few,
            at_most=1.5,
            note=f"{many / MB:.2f} MB and {few / MB:.2f} MB",
        )
    opened(log)
    many_due(log)


def looks(log: concerns.Log) -> dict[str, Look]:
    """Return what is looked at: each state of the queue, one concern, a child, and the minute's work."""
    lead = sign_in(log.lead)
    now = clock.now()
    one = readable(log, "acknowledged")[-1]
    pages = {
        f"queue, {state}": page(lead, f"{reverse('concerns:list')}?state={state}")
        for state in selectors.STATES
    }
    return pages | {
        "one concern": page(lead, reverse("concerns:detail", args=[one])),
        "a child": page(lead, reverse("concerns:chronology", args=[log.pupil_ids[-1]])),
        "watch": lambda: selectors.astray(now),
        "repair": lambda: list(notices._unladdered(now)),
    }


def page(client: Client, address: str) -> Look:
    def once() -> None:
        assert client.get(address, headers={"host": "127.0.0.1"}).status_code == 200

    return once


def readable(log: concerns.Log, status: str) -> list[str]:
    """Return the open concerns of a status that the lead may read."""
    rows = Concern.objects.filter(status=status).visible_to(log.lead.viewer())
    return list(rows.order_by("pk").values_list("reference", flat=True))


def taken(look: Look, times: int) -> tuple[float, int]:
    """Return the time of a look at its best, and its queries."""
    look()
    with place.counted() as seen:
        look()
    return min(place.seconds(look) for _ in range(times)), len(seen)


def acknowledge(log: concerns.Log) -> tuple[float, int]:
    """Take charge of some, one press each: those with words about an adult ask a few questions more."""
    client = sign_in(log.lead)
    in_words = Involved.objects.filter(kind="adult")
    worded = set(in_words.values_list("concern__reference", flat=True))
    names = (name for name in readable(log, "logged") if name not in worded)

    def press() -> None:
        address = reverse("concerns:acknowledge", args=[next(names)])
        assert client.post(address, headers={"host": "127.0.0.1"}).status_code == 302

    return taken(press, PRESSES)


def sweep() -> tuple[float, int]:
    """Let a hundred climb that are due."""
    times = []
    for _ in range(5):
        now = make_due(DUE)
        with place.counted() as seen:
            times.append(place.seconds(lambda at=now: climb_all(at)))  # type: ignore[misc]
    return min(times), len(seen)


def make_due(count: int) -> datetime:
    now = clock.now()
    some = Ladder.objects.open().filter(kind="concern").order_by("pk").values("pk")[:count]
    Ladder.objects.filter(pk__in=list(some.values_list("pk", flat=True))).update(
        due_at=now - concerns.HOUR
    )
    return now


def climb_all(now: datetime) -> int:
    climbed = 0
    while step := services.climb_due(now=now):
        climbed += step
    return climbed


def peak(look: Look) -> float:
    """Return the most memory that a look holds beside what was there."""
    look()
    tracemalloc.start()
    look()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def opened(log: concerns.Log) -> None:
    """Tell what part of a page goes into opening sealed texts."""
    for name in ("queue, open", "queue, closed", "one concern", "a child"):
        look = looks(log)[name]
        look()
        whole, opening, texts = min(watched(look) for _ in range(TIMES))
        place.tell(
            f"log, opening texts, % of the page: {name}",
            100 * opening / whole,
            note=f"{texts} texts, {opening * 1000:.1f} of {whole * 1000:.1f} ms",
        )


def watched(look: Look) -> tuple[float, float, int]:
    """Return the time of a look, how much of it goes into opening texts, and how many those are."""
    decrypt, spent = encryption.decrypt, []

    def timed(stored: str) -> str:
        began = perf_counter()
        text = decrypt(stored)
        if stored:
            spent.append(perf_counter() - began)
        return text

    with patch.object(encryption, "decrypt", timed):
        whole = place.seconds(look)
    return whole, sum(spent), len(spent)


def many_due(log: concerns.Log) -> None:
    """Let a thousand climb that are due among a hundred thousand."""
    concerns.fill(log, open_ones=MORE_DUE, due=MORE_DUE)
    climbed: list[int] = []
    with place.counted() as seen:
        spent = place.seconds(lambda: climbed.append(climb_all(clock.now())))
    assert climbed[0] >= MORE_DUE, climbed
    place.tell(
        "log, 1,000 due among 100,000: queries each",
        len(seen) / climbed[0],
        at_most=0.05,
        note=f"{spent / climbed[0] * 1000:.2f} ms each",
    )
