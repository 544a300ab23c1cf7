"""The slowest of all hostile invitations: files of 5 MB and of the largest that is read."""

import tracemalloc
from time import process_time

from meetings.invitation import InvitationRefused, read_invitation
from tests.bench import place
from tests.meetings.hostile import HOSTILE


def main() -> None:
    taken = {name: seconds(data) for name, data in HOSTILE.items()}
    slowest = max(taken, key=lambda name: taken[name])
    place.tell(
        f"slowest of {len(HOSTILE)} hostile invitations: s",
        taken[slowest],
        at_most=1,
        note=slowest,
    )
    kept = {name: megabytes(data) for name, data in HOSTILE.items()}
    largest = max(kept, key=lambda name: kept[name])
    place.tell("most memory of the same: MB", kept[largest], at_most=100, note=largest)


def seconds(data: bytes) -> float:
    """Return the processor time until a file has ended, as a value or by name."""
    times = []
    for _ in range(3):
        began = process_time()
        ends(data)
        times.append(process_time() - began)
    return min(times)


def megabytes(data: bytes) -> float:
    """Return how much memory it takes beside the file itself."""
    tracemalloc.start()
    ends(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def ends(data: bytes) -> None:
    try:
        read_invitation(data)
    except InvitationRefused:
        return
