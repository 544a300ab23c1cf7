"""The figures for the governors at ten thousand calls of one year, beside counting the same rows."""

from datetime import timedelta
from time import process_time

from django.db import connection
from django.db.models import Count

from consent.models import Answer, Question, Request, Wording
from meetings.models import Meeting
from meetings.pages.figures import figures
from meetings.selectors.figures import measures, purposes
from school.models import Guardianship
from school.years import years
from schoolsafe.lib import clock
from tests.bench import people, place

CALLS, PUPILS, ROUNDS = 10_000, 3, 3


def main() -> None:
    fill()
    now = clock.now()
    year = years(now)[0]
    sides = place.interleaved(
        ROUNDS,
        ours=lambda: place.seconds(
            lambda: figures(year, measures(year, now), purposes()), process_time
        ),
        control=lambda: place.seconds(counted, process_time),
    )
    with place.counted() as queries:
        found = figures(year, measures(year, now), purposes())
    assert [figure.tables[0].rows[-1].total.value for figure in found if figure.tables] == [
        CALLS,
        CALLS * PUPILS * 2,
    ]
    note = f"{sides['ours'] * 1000:.0f} ms and {sides['control'] * 1000:.0f} ms"
    place.tell("figures of 10,000 calls: s", sides["ours"], at_most=1)
    place.tell("figures of 10,000 calls, of counting the same rows", sides["ours"] / sides["control"],
               note=note)  # fmt: skip
    place.tell("figures: queries", len(queries), at_most=6)


def counted() -> None:
    """Count the calls, those asked and what they said, each in one query and by nothing but its kind."""
    list(Meeting.objects.order_by().values_list("status").annotate(Count("pk")))
    list(Request.objects.order_by().values_list("ended_at").annotate(Count("pk")))
    list(Answer.objects.order_by().values_list("kind").annotate(Count("pk")))


def fill() -> None:
    """Write a year of calls; every guardian has answered, and every fourth has answered twice."""
    roll = people.enrol(PUPILS)
    now, apart = clock.now(), timedelta(minutes=30)
    starts_at = now - CALLS * apart
    meetings = people.plan(roll, CALLS, starts_at=starts_at, apart=apart)
    questions = Question.objects.bulk_create(
        [
            Question(
                about=meeting.about,
                facts={},
                asks_recording=False,
                asked_at=starts_at,
                closes_at=meeting.starts_at,
                ends_at=meeting.ends_at,
            )
            for meeting in meetings
        ]
    )
    for meeting, question in zip(meetings, questions, strict=True):
        meeting.question, meeting.status = question, "ended"
    Meeting.objects.bulk_update(meetings, ["question", "status"], batch_size=2000)
    wordings = Wording.objects.bulk_create(
        [
            Wording(question=one, version=1, facts={}, is_material=True, created_at=starts_at)
            for one in questions
        ]
    )
    pairs = list(Guardianship.objects.values_list("pupil_id", "guardian_id"))
    requests = Request.objects.bulk_create(
        [one for question in questions for one in people.copies(question.pk, pairs, starts_at)]
    )
    worded = {wording.question_id: wording for wording in wordings}
    Answer.objects.bulk_create(
        [
            Answer(
                request=request,
                wording=worded[request.question_id],
                kind="yes" if number % 3 else "no",
                name="Guardian",
                relationship="mother",
                channel="link",
                shown="{}",
                at=starts_at,
                recorded_at=starts_at,
            )
            for number, request in enumerate(requests)
            for _ in range(2 if number % 4 == 0 else 1)
        ]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
