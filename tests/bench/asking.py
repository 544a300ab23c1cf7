"""Six hundred guardians of three hundred pupils asked at once, beside one bulk insert of the rows."""

from datetime import timedelta

from django.db import transaction

from consent import services
from consent.models import Question, Request
from notices.models import Notice
from schoolsafe.lib import clock
from tests.bench import people, place

ROUNDS = 5


class Undo(Exception):
    """Ends a round and takes its rows back."""


def main() -> None:
    roll = people.enrol(300)
    starts_at = clock.now() + timedelta(days=30)
    meetings = iter(
        people.plan(roll, 2 * ROUNDS + 4, starts_at=starts_at, apart=timedelta(hours=2))
    )

    def ask(count: int) -> Question:
        meeting = next(meetings)
        return services.ask(
            by=roll.host,
            about=meeting.about,
            asked=people.asked(meeting.starts_at),
            pupil_ids=roll.pupil_ids[:count],
            closes_at=meeting.starts_at,
        )

    with place.counted() as few:
        ask(1)
    with place.counted() as many:
        first = ask(300)
    assert Request.objects.filter(question=first).count() == 600
    place.tell(
        "600 asked: queries more than for one pupil's two",
        len(many) - len(few),
        at_most=0,
        note=f"{len(many)} queries",
    )
    requests = list(Request.objects.filter(question=first))
    letters = list(Notice.objects.filter(about=first.about))
    assert len(letters) == 600

    def insert() -> None:
        """Write the same rows in the way Django offers, and take them back."""
        question = Question.objects.get(about=blank.about)
        for request in requests:
            request.pk, request.question = None, question
        for number, letter in enumerate(letters):
            letter.pk, letter.key, letter.message_id = None, f"bench:{number}", f"<{number}@bench>"
        try:
            with transaction.atomic():
                Request.objects.bulk_create(requests)
                Notice.objects.bulk_create(letters)
                raise Undo
        except Undo:
            return

    def asked() -> None:
        try:
            with transaction.atomic():
                ask(300)
                raise Undo
        except Undo:
            return

    blank = ask(0)
    times = place.interleaved(
        ROUNDS, asked=lambda: place.seconds(asked), insert=lambda: place.seconds(insert)
    )
    place.tell(
        "600 asked: time, of one bulk insert of the same rows",
        times["asked"] / times["insert"],
        at_most=4,
        note=f"{times['asked'] * 1000:.0f} ms and {times['insert'] * 1000:.0f} ms",
    )
