"""Tasks about a concern: given, done, cancelled, asked about while they are due (A30)."""

from collections.abc import Sequence
from datetime import date, datetime

from audit import services as audit
from concerns import policy, selectors
from concerns.models import Concern, Entry, Task
from concerns.policy import Action, EntryKind
from concerns.services.alerts import Notice, Scene, look
from concerns.services.entering import NO_WORDS, SAME_WITHIN, Repeated, append, begin, lock, record
from notices import models as outbox
from notices import services as notices
from notices.kinds import Climb, Draft
from school.calendar import Calendar
from school.models import StaffMember
from school.services import System
from school.terms import calendar
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

LADDER = "concern_task"
NO_READER = "Only somebody who may read the concern can have a task about it."


@audit.atomic()
def add_task(
    concern: Concern, *, by: StaffMember, what: str, owner: StaffMember, due_on: date
) -> Task:
    """Give somebody who may read a concern something to do by a day; they are told.

    Raises NotAllowed without words, for a day that is over, or when they may not read it.
    """
    now = clock.now()
    concern, scene = begin(concern, Action.TASK, by=by, now=now)
    if due_on < clock.local(now).date():
        raise NotAllowed("This day is over: choose today or later.")
    task = make(concern, scene, by=by, what=what, owner=owner, due_on=due_on)
    record(concern, "add_task", by=by, now=now, task=task.pk, owner=owner.pk)
    return task


def make(
    concern: Concern,
    scene: Scene,
    *,
    by: StaffMember,
    what: str,
    owner: StaffMember,
    due_on: date,
    chases: Entry | None = None,
) -> Task:
    """Write a task and start its reminders; the concern is locked by the caller."""
    if not what.strip():
        raise NotAllowed(NO_WORDS)
    if not policy.may_own(owner.pk, scene.facts, scene.people):
        raise NotAllowed(NO_READER)
    same = Task.objects.open().filter(
        concern=concern, owner=owner, due_on=due_on, made_by=by, chases=chases,
        made_at__gt=scene.now - SAME_WITHIN,
    )  # fmt: skip
    if any(task.what == what for task in same):
        raise Repeated("You gave exactly this task a moment ago: it is kept, once.")
    task = Task.objects.create(
        concern=concern,
        what=what,
        owner=owner,
        due_on=due_on,
        chases=chases,
        made_at=scene.now,
        made_by=by,
    )
    append(concern, EntryKind.TASK, by=by, now=scene.now, task=task, staff=owner)
    _remind_from(task, scene.hours, now=scene.now)
    _tell(task, by=by, now=scene.now)
    return task


@audit.atomic()
def finish_task(task: Task, *, by: StaffMember, text: str) -> Task:
    """Note that a task is done, in words. Raises NotAllowed when it has ended already."""
    now = clock.now()
    concern, task, _ = _take(task, by=by, now=now)
    append(concern, EntryKind.TASK_DONE, by=by, now=now, text=text, task=task)
    end(task, by=by, now=now)
    record(concern, "finish_task", by=by, now=now, task=task.pk)
    return task


@audit.atomic()
def cancel_task(task: Task, *, by: StaffMember, reasons: str) -> Task:
    """Say why a task need not be done. Raises NotAllowed without reasons, or when it has ended."""
    now = clock.now()
    concern, task, _ = _take(task, by=by, now=now)
    append(concern, EntryKind.TASK_CANCELLED, by=by, now=now, text=reasons, task=task)
    task.cancelled_at, task.cancelled_by = now, by
    task.save(update_fields=["cancelled_at", "cancelled_by"])
    _stop(task, now=now)
    record(concern, "cancel_task", by=by, now=now, task=task.pk)
    return task


@audit.atomic()
def give_task(task: Task, *, by: StaffMember, to: StaffMember, due_on: date) -> Task:
    """Give a task to somebody else who may read the concern, or set another day; they are told."""
    now = clock.now()
    concern, task, scene = _take(task, by=by, now=now)
    if not policy.may_own(to.pk, scene.facts, scene.people):
        raise NotAllowed(NO_READER)
    if due_on < clock.local(now).date():
        raise NotAllowed("This day is over: choose today or later.")
    task.owner, task.due_on, task.returned_at = to, due_on, None
    task.save(update_fields=["owner", "due_on", "returned_at"])
    append(concern, EntryKind.TASK_GIVEN, by=by, now=now, task=task, staff=to)
    _remind_from(task, scene.hours, now=now)
    _tell(task, by=by, now=now)
    record(concern, "give_task", by=by, now=now, task=task.pk, owner=to.pk)
    return task


@audit.atomic()
def take_back(concern: Concern, *, by: System) -> None:
    """Lay the tasks of those who may not read a concern any more at its desk, and tell its readers.

    Their owner has left, or was named since as one whom it is about (E4, E23).
    """
    now = clock.now()
    concern = lock(concern)
    take_back_lost(concern, look(concern, now=now), by=by)


def take_back_lost(concern: Concern, scene: Scene, *, by: System) -> None:
    """Do the same inside a change of somebody's sight; the concern is locked by the caller."""
    lost = [
        task
        for task in Task.objects.open().filter(concern=concern).exclude(owner=None)
        if not policy.may_own(task.owner_id or 0, scene.facts, scene.people)
    ]
    if not lost:
        return
    for task in lost:
        task.owner, task.returned_at = None, scene.now
        task.save(update_fields=["owner", "returned_at"])
        # The desk hears at once, whenever it is due.
        notices.move_ladder(LADDER, task.object, due_at=scene.now)
        notices.queue(
            _drafts(task, scene.facts, scene.people, step=0, now=scene.now), now=scene.now
        )
    audit.record(
        at=scene.now,
        actor=by.actor,
        verb="concern.take_back_tasks",
        object=concern.object,
        tasks=[task.pk for task in lost],
    )


def end(task: Task, *, by: StaffMember, now: datetime) -> None:
    """Mark a task as done and end its reminders; the concern is locked by the caller."""
    task.done_at, task.done_by = now, by
    task.save(update_fields=["done_at", "done_by"])
    _stop(task, now=now)


def _take(task: Task, *, by: StaffMember, now: datetime) -> tuple[Concern, Task, Scene]:
    """Lock the concern of a task and check that the task is still open."""
    concern, scene = begin(task.concern, Action.TASK, by=by, now=now)
    found = Task.objects.open().filter(pk=task.pk, concern=concern).first()
    if found is None:
        raise NotAllowed("This task is done or cancelled already.")
    return concern, found, scene


def _stop(task: Task, *, now: datetime) -> None:
    """End the reminders; a letter that waits asks again before it is sent."""
    notices.stop_ladder(LADDER, task.object, now=now)


def _remind_from(task: Task, hours: Calendar, *, now: datetime) -> None:
    """Let the reminders of a task begin on the morning it is due."""
    due_at = policy.reminded_at(hours, task.due_on, 0)
    notices.start_ladder(LADDER, task.object, due_at=due_at, now=now)
    notices.move_ladder(LADDER, task.object, due_at=due_at)


def _tell(task: Task, *, by: StaffMember, now: datetime) -> None:
    """Tell whoever has a task that there is something to do, unless they gave it to themselves."""
    if task.owner_id is not None and task.owner_id != by.pk:
        notices.queue([_draft(task, task.owner_id, now=now, what="new")], now=now)


def _draft(task: Task, staff_id: int, *, now: datetime, what: str) -> Draft:
    """Return one letter about a task; the same once a day."""
    day = clock.local(now).date()
    return Draft(
        kind=Notice.TASK,
        key=f"task:{task.pk}:{what}:{day:%Y%m%d}:{staff_id}",
        due_at=now,
        about=task.concern.object,
        staff_id=staff_id,
        detail={"task": task.pk},
    )


def _drafts(
    task: Task,
    facts: policy.Facts,
    people: Sequence[policy.Colleague],
    *,
    step: int,
    now: datetime,
) -> tuple[Draft, ...]:
    """Return the letters of one reminder."""
    told = policy.to_remind(facts, people, owner_id=task.owner_id, step=step)
    return tuple(_draft(task, staff_id, now=now, what="due") for staff_id in told)


def remind_of_tasks(ladders: Sequence[outbox.Ladder], now: datetime) -> list[Climb]:
    """Return, for each task's ladder, who is reminded now and when it is asked again."""
    numbers = {ladder.pk: Task.pk_in(ladder.about) for ladder in ladders}
    tasks = Task.objects.open().select_related("concern").in_bulk(list(numbers.values()))
    people, hours = selectors.colleagues(now), calendar()
    concerns = {task.concern_id: task.concern for task in tasks.values()}
    facts = selectors.facts_of_all(list(concerns.values()), people, now=now)
    climbs = []
    for ladder in ladders:
        task = tasks.get(numbers[ladder.pk])
        if task is None:
            climbs.append(Climb(ladder_id=ladder.pk, drafts=(), next_due=None))
            continue
        step = policy.reminder_step(hours, task.due_on, now=now)
        seen = facts[task.concern_id]
        drafts = _drafts(task, seen, people, step=step, now=now) if step >= 0 else ()
        following = policy.reminded_at(hours, task.due_on, step + 1)
        climbs.append(Climb(ladder_id=ladder.pk, drafts=drafts, next_due=following))
    return climbs
