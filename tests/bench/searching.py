"""Looking for words in a thousand, ten and a hundred thousand concerns, all of them encrypted.

The texts are like a school's: words of a vocabulary of twenty thousand, the frequent ones as
frequent as in English. Each search is taken at every size in one run, beside filing and opening.
"""

import random
from datetime import timedelta
from itertools import accumulate
from uuid import uuid4

from django.db import connection

from concerns import policy, selectors, services
from concerns.models import Concern, Involved, SearchMarks
from concerns.searching import marks_of, sought
from concerns.selectors import searching
from concerns.services import Account, indexing
from school.models import Pupil, StaffMember
from school.roles import Role
from schoolsafe.lib import clock, encryption
from schoolsafe.lib.blind import search_keys
from tests import factories
from tests.bench import people, place

SIZES = (1_000, 10_000, 100_000)
PUPILS = 5_000
VOCABULARY = [f"w{number:x}ord" for number in range(20_000)]
WEIGHTS = list(accumulate(1 / (rank + 3) for rank in range(len(VOCABULARY))))
WORDS = {"seen": 60, "child_words": 20, "thought": 25, "place": 3}
SEARCHES = {
    "a word in every fifth": VOCABULARY[20],
    "a rare word": VOCABULARY[15_000],
    "two middling words": f"{VOCABULARY[300]} {VOCABULARY[500]}",
    "a name": "family77",
    "a word of nobody's": "xylophone",
}
TIMES = 7


def main() -> None:
    chance = random.Random(24)  # noqa: S311 - the same texts at every run
    people.enrol(PUPILS)
    lead = factories.make_staff("Leah Lead", roles=(Role.STAFF, Role.DSL))
    pupil_ids = list(Pupil.objects.values_list("pk", flat=True))
    taken: dict[str, dict[int, float]] = {}
    made = 0
    for size in SIZES:
        fill(size - made, lead, pupil_ids, chance)
        made = size
        for name, typed in SEARCHES.items():
            taken.setdefault(name, {})[size] = look(lead, name, typed, size)
    for name, times in taken.items():
        place.tell(
            f"search at 100,000, of 1,000: {name}",
            times[SIZES[-1]] / times[SIZES[0]],
            note=", ".join(f"{times[size] * 1000:.0f} ms" for size in SIZES),
        )
    tell_room()
    tell_filing(lead)
    tell_opening()


def look(lead: StaffMember, name: str, typed: str, size: int) -> float:
    """Return the time of one search at its best, and say what it opened."""
    wanted = sought(typed)
    found = selectors.search(lead.viewer(), wanted)
    marked = SearchMarks.objects.count()
    assert marked == size
    place.say(f"{size} concerns, {name}: {len(found.hits)} found, {found.opened} opened")
    return min(place.seconds(lambda: selectors.search(lead.viewer(), wanted)) for _ in range(TIMES))


def tell_room() -> None:
    """Say how much room the marks take, of what the concerns themselves take."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT pg_total_relation_size('concerns_searchmarks'), "
                "pg_total_relation_size('concerns_concern')"
            )
        else:
            cursor.execute(
                "SELECT (SELECT sum(pgsize) FROM dbstat WHERE name = 'concerns_searchmarks'), "
                "(SELECT sum(pgsize) FROM dbstat WHERE name = 'concerns_concern')"
            )
        marks, concerns = cursor.fetchone()
    place.tell(
        "marks of 100,000 concerns: room, of the concerns'",
        marks / concerns,
        at_most=0.5,
        note=f"{marks / 1e6:.0f} and {concerns / 1e6:.0f} MB",
    )


def tell_filing(lead: StaffMember) -> None:
    """Say what filing costs more because of the marks."""
    write = indexing.index

    def file() -> None:
        account = Account(urgency=policy.Urgency.ROUTINE, seen=" ".join(VOCABULARY[40:120]))
        services.log(account, by=lead, key=uuid4())

    def without() -> float:
        indexing.index = lambda concern: None
        try:
            return place.seconds(file)
        finally:
            indexing.index = write

    file()
    times = place.interleaved(15, marked=lambda: place.seconds(file), bare=without)
    place.tell(
        "filing with marks, of filing without",
        times["marked"] / times["bare"],
        at_most=1.25,
        note=f"{times['marked'] * 1000:.1f} and {times['bare'] * 1000:.1f} ms",
    )


def tell_opening() -> None:
    """Say what a page of fifty concerns costs to decrypt, of the whole time to open them."""
    ids = list(Concern.objects.order_by("-pk").values_list("pk", flat=True)[:50])
    rows = searching._opened(ids)
    sealed = [encryption.encrypt(text) for row in rows for text in selectors.texts_to_mark(row)]
    times = place.interleaved(
        7,
        opened=lambda: place.seconds(lambda: searching._opened(ids)),
        decrypted=lambda: place.seconds(lambda: [encryption.decrypt(text) for text in sealed]),
    )
    place.tell(
        "decrypting fifty concerns, of opening them",
        times["decrypted"] / times["opened"],
        note=f"{times['decrypted'] * 1000:.1f} and {times['opened'] * 1000:.1f} ms, {len(sealed)} texts",
    )


def fill(count: int, by: StaffMember, pupil_ids: list[int], chance: random.Random) -> None:
    """Write concerns as the service leaves them, acknowledged and decided, with their marks."""
    key, now = search_keys()[0], clock.now()
    for start in range(0, count, 5_000):
        rows = [
            Concern(
                key=uuid4(),
                reporter=by,
                urgency=policy.Urgency.ROUTINE,
                reported_urgency=policy.Urgency.ROUTINE,
                logged_at=now - timedelta(minutes=10 * (count - start - number)),
                happened=policy.When.UNKNOWN,
                status=policy.Status.ACKNOWLEDGED,
                desk=policy.Desk.TEAM,
                clock_began_at=now,
                acknowledge_by=now,
                acknowledged_at=now,
                acknowledged_by=by,
                owner=by,
                decided_at=now,
                **{
                    name: " ".join(chance.choices(VOCABULARY, cum_weights=WEIGHTS, k=length))
                    for name, length in WORDS.items()
                },
            )
            for number in range(min(5_000, count - start))
        ]
        Concern.objects.bulk_create(rows)
        Involved.objects.bulk_create(
            Involved(
                concern=row,
                kind="pupil",
                part="subject",
                pupil_id=chance.choice(pupil_ids),
                added_at=now,
                added_by=by,
            )
            for row in rows
        )
        SearchMarks.objects.bulk_create(
            SearchMarks(
                concern=row,
                marks=marks_of([getattr(row, name) for name in WORDS], key),
            )
            for row in rows
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
