"""Writing down whom we ask about each pupil, in a fixed number of queries."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection

from consent.models import Question, Request
from school import policy as people
from school.models import Pupil
from school.selectors import guardians_who_count
from schoolsafe.lib import clock

FIELDS = [field for field in Request._meta.concrete_fields if not field.primary_key]


def request_for(question: Question, pupil_ids: Sequence[int], *, now: datetime) -> list[Request]:
    """Write down whom we ask about these pupils, and return those who were not asked before.

    A fixed number of queries, however many pupils.
    """
    pupils = list(Pupil.objects.filter(pk__in=pupil_ids).order_by("pk"))
    today, last_day = clock.local(now).date(), clock.local(question.closes_at).date()
    counted = guardians_who_count([pupil.pk for pupil in pupils], on=today)
    wanted: list[tuple[int, int | None]] = []
    for pupil in pupils:
        guardians = [tie.guardian_id for tie, _ in counted.get(pupil.pk, [])]
        wanted += [(pupil.pk, guardian_id) for guardian_id in guardians]
        # From the 18th birthday, which may lie before the call, only the pupil counts (E41).
        if not guardians or people.is_adult(pupil.born_on, on=last_day):
            wanted.append((pupil.pk, None))
    known = {
        (row.pupil_id, row.guardian_id): row
        for row in Request.objects.filter(question=question, pupil__in=pupil_ids)
    }
    again = [known[pair].pk for pair in wanted if pair in known and known[pair].ended_at]
    fresh = [pair for pair in wanted if pair not in known]
    _insert(question, fresh, now=now)
    if again:
        # An earlier answer belonged to an earlier place on the call: it is asked anew.
        Request.objects.filter(pk__in=again).update(
            ended_at=None, asked_at=now, failed_at=None, failed_because=""
        )
    rows = Request.objects.filter(question=question, asked_at=now, pupil__in=pupil_ids)
    pairs = {*fresh, *(pair for pair in wanted if pair in known and known[pair].pk in again)}
    return [
        row
        for row in rows.select_related("pupil", "guardian").order_by("pk")
        if (row.pupil_id, row.guardian_id) in pairs
    ]


def _insert(question: Question, pairs: Iterable[tuple[int, int | None]], *, now: datetime) -> None:
    """Write many requests at once; bulk_create would split into one query for every hundred."""
    rows = [
        Request(
            question=question,
            pupil_id=pupil_id,
            guardian_id=guardian_id,
            created_at=now,
            asked_at=now,
        )
        for pupil_id, guardian_id in pairs
    ]
    if not rows:
        return
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in FIELDS)
    marks = ", ".join("%s" for _ in FIELDS)
    table = connection.ops.quote_name(Request._meta.db_table)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608 - our own names
            [
                [
                    field.get_db_prep_save(getattr(row, field.attname), connection)
                    for field in FIELDS
                ]
                for row in rows
            ],
        )
