"""Ladders climb, jump to the right rung after a silence, and are repaired."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import Entry
from notices import kinds, services
from notices.kinds import Climb, LadderKind
from notices.models import Ladder, Notice
from notices.services.ladders import repair
from tests.notices.letters import ALERT, draft

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def hourly(ladders: Sequence[Ladder], now: datetime) -> list[Climb]:
    """Tell somebody each hour; the rung is that of the hour, not the next in line (E85)."""
    climbs = []
    for ladder in ladders:
        rung = (now - ladder.started_at) // HOUR
        key = f"{ladder.about}:{rung}"
        climbs.append(
            Climb(
                ladder_id=ladder.pk,
                drafts=(draft(ALERT, key, at=now, about=ladder.about, address="a@b.example"),),
                next_due=ladder.started_at + (rung + 1) * HOUR,
                verb="test.escalate",
                detail={"rung": rung},
            )
        )
    return climbs


def nothing_lost(now: datetime) -> Iterable[tuple[str, datetime]]:
    return ()


def register(name: str = "test_ladder", **facts: Any) -> LadderKind:
    facts = {"climb": hourly, "unladdered": nothing_lost} | facts
    kind = LadderKind(name=name, **facts)
    kinds.register_ladder(kind)
    return kind


def keys() -> list[str]:
    return list(Notice.objects.order_by("pk").values_list("key", flat=True))


def test_ladder_climbs_when_its_rung_is_due_and_not_before(school_day: datetime) -> None:
    register()
    services.start_ladder("test_ladder", "tests.thing:1", due_at=school_day + HOUR)
    services.run_due(school_day + HOUR - timedelta(seconds=1))
    assert keys() == []
    services.run_due(school_day + HOUR)
    assert keys() == ["tests.thing:1:1"]
    assert len(mail.outbox) == 1
    [entry] = Entry.objects.filter(verb="test.escalate")
    assert (entry.actor, entry.object, entry.detail) == (
        "system:sweep",
        "tests.thing:1",
        {"rung": 1},
    )


def test_e84_second_run_at_the_same_moment_tells_nobody_twice(school_day: datetime) -> None:
    register()
    services.start_ladder("test_ladder", "tests.thing:1", due_at=school_day)
    services.run_due(school_day)
    services.run_due(school_day)
    assert keys() == ["tests.thing:1:0"]


def test_e85_after_three_days_of_silence_one_letter_goes_from_the_right_rung(
    school_day: datetime,
) -> None:
    register()
    services.start_ladder("test_ladder", "tests.thing:1", due_at=school_day)
    services.run_due(school_day + 72 * HOUR)
    assert keys() == ["tests.thing:1:72"]
    assert len(mail.outbox) == 1
    assert Ladder.objects.get().step == 1


def test_ladder_that_would_climb_for_ever_takes_one_rung_a_minute(school_day: datetime) -> None:
    def backwards(ladders: Sequence[Ladder], now: datetime) -> list[Climb]:
        return [Climb(ladder_id=one.pk, drafts=(), next_due=now - HOUR, verb="") for one in ladders]

    register(climb=backwards)
    services.start_ladder("test_ladder", "tests.thing:1", due_at=school_day)
    report = services.run_due(school_day)
    assert (report.climbed, Ladder.objects.get().step) == (1, 1)


def test_started_twice_is_one_ladder_and_stopped_it_climbs_no_more(school_day: datetime) -> None:
    register()
    services.start_ladder("test_ladder", "tests.thing:1", due_at=school_day)
    services.start_ladder("test_ladder", "tests.thing:1", due_at=school_day + HOUR)
    assert Ladder.objects.get().due_at == school_day
    services.stop_ladder("test_ladder", "tests.thing:1", now=school_day)
    services.run_due(school_day)
    assert keys() == []
    services.start_ladder("test_ladder", "tests.thing:1", due_at=school_day + HOUR)
    assert Ladder.objects.count() == 2


def test_moved_ladder_climbs_at_the_new_time(school_day: datetime) -> None:
    register()
    services.start_ladder("test_ladder", "tests.thing:1", due_at=school_day + 5 * HOUR)
    services.move_ladder("test_ladder", "tests.thing:1", due_at=school_day)
    services.run_due(school_day)
    assert keys() == ["tests.thing:1:0"]


def test_ladder_without_a_next_rung_ends(school_day: datetime) -> None:
    def last(ladders: Sequence[Ladder], now: datetime) -> list[Climb]:
        return [Climb(ladder_id=one.pk, drafts=(), next_due=None) for one in ladders]

    register(climb=last)
    services.start_ladder("test_ladder", "tests.thing:1", due_at=school_day)
    services.run_due(school_day)
    ladder = Ladder.objects.get()
    assert (ladder.ended_at, ladder.due_at) == (school_day, None)


def test_ladder_that_will_not_climb_stops_no_other(
    school_day: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    def picky(ladders: Sequence[Ladder], now: datetime) -> list[Climb]:
        if any(one.about == "tests.thing:bad" for one in ladders):
            raise RuntimeError("Amina Okafor")
        return hourly(ladders, now)

    register(climb=picky)
    for about in ("tests.thing:bad", "tests.thing:1", "tests.thing:2"):
        services.start_ladder("test_ladder", about, due_at=school_day)
    services.run_due(school_day)
    assert sorted(keys()) == ["tests.thing:1:0", "tests.thing:2:0"]
    bad = Ladder.objects.get(about="tests.thing:bad")
    assert bad.due_at == school_day + timedelta(minutes=1)
    assert "Amina" not in caplog.text
    assert f"ladder test_ladder {bad.pk} failed: RuntimeError" in caplog.text


def test_climber_that_forgets_a_ladder_is_a_fault(school_day: datetime) -> None:
    register(climb=lambda ladders, now: [])
    services.start_ladder("test_ladder", "tests.thing:1", due_at=school_day)
    services.run_due(school_day)
    assert Ladder.objects.get().failures == 1


def test_kind_of_ladder_that_fails_stops_no_other_kind(school_day: datetime) -> None:
    def fails(ladders: Sequence[Ladder], now: datetime) -> list[Climb]:
        raise RuntimeError("no")

    def lost(now: datetime) -> Iterable[tuple[str, datetime]]:
        raise RuntimeError("no")

    register("test_bad", climb=fails, unladdered=lost)
    register("test_good", unladdered=lambda now: [("tests.thing:lost", now)])
    services.start_ladder("test_bad", "tests.thing:1", due_at=school_day)
    services.start_ladder("test_good", "tests.thing:2", due_at=school_day)
    services.run_due(school_day)
    assert sorted(keys()) == ["tests.thing:2:0", "tests.thing:lost:0"]


def test_repair_gives_every_open_thing_its_ladder_back(school_day: datetime) -> None:
    def lost(now: datetime) -> Iterable[tuple[str, datetime]]:
        has = set(Ladder.objects.open().values_list("about", flat=True))
        return [(about, now) for about in ("tests.thing:1", "tests.thing:2") if about not in has]

    register(unladdered=lost)
    services.start_ladder("test_ladder", "tests.thing:1", due_at=school_day + HOUR)
    repair(now=school_day)
    repair(now=school_day)
    assert sorted(Ladder.objects.values_list("about", flat=True)) == [
        "tests.thing:1",
        "tests.thing:2",
    ]


def test_thousand_due_ladders_cost_few_queries(school_day: datetime) -> None:
    register()
    services.start_ladders(
        "test_ladder",
        [(f"tests.thing:{number}", school_day) for number in range(1000)],
        now=school_day,
    )
    with CaptureQueriesContext(connection) as seen:
        while services.climb_due(now=school_day):
            pass
    assert Notice.objects.count() == 1000
    assert len([query for query in seen if "SAVEPOINT" not in query["sql"]]) <= 0.05 * 1000


def test_ladders_with_many_different_times_move_together(school_day: datetime) -> None:
    def scattered(ladders: Sequence[Ladder], now: datetime) -> list[Climb]:
        return [
            Climb(ladder_id=one.pk, drafts=(), next_due=now + HOUR + one.pk * HOUR)
            for one in ladders
        ]

    register(climb=scattered)
    services.start_ladders("test_ladder", [(f"tests.thing:{n}", school_day) for n in range(9)])
    services.run_due(school_day)
    assert sorted(Ladder.objects.values_list("due_at", flat=True)) == [
        school_day + HOUR + pk * HOUR for pk in sorted(Ladder.objects.values_list("pk", flat=True))
    ]


def test_two_kinds_of_one_name_are_refused() -> None:
    register()
    with pytest.raises(ValueError, match="two kinds of ladder"):
        register()
    with pytest.raises(ValueError, match="two kinds of notice"):
        kinds.register(kinds.Kind(**(vars(ALERT) | {"label": "other"})))
