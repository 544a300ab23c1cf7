"""Calls that come again, as a host plans them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from meetings import services
from meetings.models import Meeting, Series
from meetings.services import SeriesPlan
from school.models import Guardian, Pupil, StaffMember
from tests.meetings import calls

# Thursdays from the first call of the other tests on.
FIRST = calls.STARTS.date()


def weekly(times: int, first: date = FIRST) -> list[date]:
    return [first + timedelta(weeks=number) for number in range(times)]


def planned(
    host: StaffMember, pupils: Sequence[Pupil], *, days: Sequence[date] = (), **facts: Any
) -> Series:
    what = SeriesPlan(
        call=calls.plan_of(pupils, **facts), every_weeks=1, days=list(days or weekly(3))
    )
    return services.plan_series(by=host, what=what)


def asked(host: StaffMember, pupils: Sequence[Pupil], **facts: Any) -> list[Meeting]:
    series = planned(host, pupils, **facts)
    services.ask_series(series, by=host)
    return of(series)


def of(series: Series) -> list[Meeting]:
    rows = Meeting.objects.filter(series=series).select_related("purpose", "question", "series")
    return list(rows.order_by("starts_at", "pk"))


Family = tuple[Guardian, Pupil]
