"""The ladder of a concern: who is told now, when it climbs next, and what hurries it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from concerns import policy, selectors
from concerns.models import Concern
from notices import models as outbox
from notices import services as notices
from notices.kinds import Climb, Draft
from school.calendar import Calendar
from school.terms import calendar

LADDER = "concern"


class Notice(StrEnum):
    """The kinds of notice about a concern; none of them says what it is about (E9)."""

    ALERT = "concern_alert"
    ESCALATED = "concern_escalated"
    ADDED = "concern_added"
    UNCALLED = "concern_uncalled"
    READ = "concern_read"
    NAG = "concern_nag"
    PHONE = "concern_phone"
    UNDECIDED = "concern_undecided"
    TASK = "concern_task"
    ASKED = "concern_asked"


# What is no longer true once somebody has acknowledged, or decided.
WAITING = (
    Notice.ALERT,
    Notice.ESCALATED,
    Notice.UNCALLED,
    Notice.NAG,
    Notice.PHONE,
    Notice.UNDECIDED,
)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Everything around a concern at one instant: the people, the calendar, its facts."""

    now: datetime
    people: Sequence[policy.Colleague]
    hours: Calendar
    facts: policy.Facts

    def rung(self) -> policy.Rung | None:
        """Return the rung the concern stands on."""
        return policy.rung_at(self.facts, self.people, self.hours, now=self.now)

    def next_rung(self) -> policy.Rung | None:
        """Return the rung that comes next."""
        return policy.next_rung(self.facts, self.people, self.hours, now=self.now)


def look(concern: Concern, *, now: datetime) -> Scene:
    """Return a concern in its surroundings of this instant."""
    people = selectors.colleagues(now)
    return Scene(
        now=now,
        people=people,
        hours=calendar(),
        facts=selectors.facts_of(concern, now=now, people=people),
    )


def drafts(concern: Concern, rung: policy.Rung, *, now: datetime) -> tuple[Draft, ...]:
    """Return the letters of one rung; a rung of one clock is sent once (E84)."""
    clock_began = concern.decide_by if rung.asks_decision else None
    stem = (
        f"concern:{concern.pk}:"
        f"{int((clock_began or concern.clock_began_at).timestamp())}:{rung.step}"
    )
    kind = Notice.ALERT if rung.step <= 1 else Notice.ESCALATED
    if rung.asks_decision:
        kind = Notice.UNDECIDED
    people = [(kind, staff_id) for staff_id in rung.tell]
    if rung.tells_reporter:
        people.append((Notice.PHONE, concern.reporter_id))
    return tuple(
        Draft(
            kind=name,
            key=f"{stem}:{name}:{staff_id}",
            due_at=now,
            about=concern.object,
            staff_id=staff_id,
            detail={"step": rung.step},
        )
        for name, staff_id in people
    )


def begin(concern: Concern, scene: Scene) -> policy.Rung | None:
    """Tell the people of the rung the concern stands on, and set its ladder to the next one."""
    rung, following = scene.rung(), scene.next_rung()
    if rung is None or following is None:
        return None
    notices.queue(drafts(concern, rung, now=scene.now), now=scene.now)
    notices.start_ladder(LADDER, concern.object, due_at=following.due_at, now=scene.now)
    notices.move_ladder(LADDER, concern.object, due_at=following.due_at)
    return rung


def await_decision(concern: Concern, *, now: datetime) -> None:
    """Let the ladder stand still until somebody should have decided (E21)."""
    due_at = concern.decide_by or now
    notices.start_ladder(LADDER, concern.object, due_at=due_at, now=now)
    notices.move_ladder(LADDER, concern.object, due_at=due_at)


def settle(concern: Concern, *, now: datetime, why: str) -> None:
    """Stop the ladder and drop what is waiting to be sent (E86)."""
    notices.stop_ladder(LADDER, concern.object, now=now)
    notices.drop(about=concern.object, kinds=WAITING, now=now, why=why)


def tell_of_more(concern: Concern, people: Iterable[int], *, what: str, now: datetime) -> None:
    """Tell readers that there is more to read; `what` says which news, so that it is told once."""
    notices.queue(
        [
            Draft(
                kind=Notice.ADDED,
                key=f"concern:{concern.pk}:{Notice.ADDED}:{what}:{staff_id}",
                due_at=now,
                about=concern.object,
                staff_id=staff_id,
                detail={"what": what},
            )
            for staff_id in people
        ],
        now=now,
    )


def hurry(concern: Concern, *, now: datetime) -> None:
    """Let a waiting concern climb at once, and from now on in real hours (P14).

    The row must be locked by the caller.
    """
    if concern.status != policy.Status.LOGGED:
        return
    scene = look(concern, now=now)
    concern.clock_began_at = policy.hurried_from(scene.facts, scene.hours, now=now)
    concern.is_hurried = True
    concern.save(update_fields=["clock_began_at", "is_hurried"])
    notices.move_ladder(LADDER, concern.object, due_at=now)


def alert_failed(notice: outbox.Notice, now: datetime) -> None:
    """Climb at once when an alert can never arrive; once per rung, whoever it failed to reach."""
    # Whoever holds the row is working on the concern: waiting for them could only deadlock.
    concern = (
        Concern.objects.select_for_update(skip_locked=True)
        .waiting()
        .filter(reference=Concern.reference_in(notice.about))
        .first()
    )
    if concern is None:
        return
    rung = look(concern, now=now).rung()
    if rung is not None and int(notice.detail.get("step", 0)) >= rung.step:
        hurry(concern, now=now)


def more_failed(notice: outbox.Notice, now: datetime) -> None:
    """Tell everybody else who may read a concern what could not be told to one of them."""
    concern = Concern.objects.get(reference=Concern.reference_in(notice.about))
    scene = look(concern, now=now)
    others = [person.staff_id for person in policy.able(scene.facts, scene.people)]
    what = str(notice.detail.get("what", notice.pk))
    tell_of_more(concern, [pk for pk in others if pk != notice.staff_id], what=what, now=now)


def climb(ladders: Sequence[outbox.Ladder], now: datetime) -> list[Climb]:
    """Return, for each ladder, who is told now: the rung that fits this moment (E85)."""
    names = {ladder.pk: Concern.reference_in(ladder.about) for ladder in ladders}
    rows = Concern.objects.climbing().filter(reference__in=names.values())
    waiting = {row.reference: row for row in rows}
    people, hours = selectors.colleagues(now), calendar()
    facts = selectors.facts_of_all(list(waiting.values()), people, now=now)
    return [
        _climb(ladder.pk, row, facts[row.pk], people, hours, now)
        if (row := waiting.get(names[ladder.pk]))
        else Climb(ladder_id=ladder.pk, drafts=(), next_due=None)
        for ladder in ladders
    ]


def _climb(
    ladder_id: int,
    concern: Concern,
    facts: policy.Facts,
    people: Sequence[policy.Colleague],
    hours: Calendar,
    now: datetime,
) -> Climb:
    """Return what one waiting concern's ladder does now; a decision may not be due yet."""
    scene = Scene(now=now, people=people, hours=hours, facts=facts)
    rung, following = scene.rung(), scene.next_rung()
    if rung is None or following is None:
        next_due = following.due_at if following else None
        return Climb(ladder_id=ladder_id, drafts=(), next_due=next_due)
    return Climb(
        ladder_id=ladder_id,
        drafts=drafts(concern, rung, now=now),
        next_due=following.due_at,
        verb="concern.escalate",
        detail={"step": rung.step, "told": list(rung.tell), "skipped": list(rung.skipped)},
    )
