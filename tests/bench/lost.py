"""A lost link wished for, at an address that the school has and at one that it has not.

What the page says is the same for both, and so is what is written; here it is seen that the time
tells nothing either. The control is the noise: known addresses beside other known ones.
"""

from collections.abc import Callable, Iterator
from itertools import count

from django.test import Client
from django.urls import reverse

from school.models import Guardian
from tests.bench import people, place

PUPILS = 420
ROUNDS = 41
A_ROUND = 5


def main() -> None:
    people.enrol(PUPILS)
    known = iter(Guardian.objects.exclude(email="").values_list("email", flat=True))
    unknown = (f"nobody{number}@elsewhere.example" for number in count())
    taken = place.interleaved(
        ROUNDS,
        known=lambda: place.seconds(wishes(known)),
        unknown=lambda: place.seconds(wishes(unknown)),
        known_too=lambda: place.seconds(wishes(known)),
    )
    noise = abs(taken["known_too"] / taken["known"] - 1)
    place.tell(
        "a lost link: time for a known address, of an unknown one's",
        taken["known"] / taken["unknown"],
        at_most=1 + max(noise, 0.05),
        note=f"{taken['known'] / A_ROUND * 1000:.2f} ms and "
        f"{taken['unknown'] / A_ROUND * 1000:.2f} ms; noise {noise:.3f}",
    )


def wishes(addresses: Iterator[str]) -> Callable[[], None]:
    """Return a few wishes, each from a browser of its own."""
    forms = [{"email": next(addresses)} for _ in range(A_ROUND)]
    page = reverse("consent:wish")

    def send() -> None:
        for form in forms:
            assert Client(headers={"host": "127.0.0.1"}).post(page, form).status_code == 200

    return send
