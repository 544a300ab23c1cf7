"""A concern is handed over to the product that holds the file, and nobody forgets it on the way (A50)."""

from datetime import datetime

from audit import services as audit
from concerns import policy, selectors
from concerns.models import Concern, Copy, Entry, Task
from concerns.policy import Action, EntryKind, handing
from concerns.services import tasks
from concerns.services.alerts import Scene
from concerns.services.entering import append, begin, of, record
from school.models import School, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

NO_REFERENCE = "Type in the reference under which it stands there."


@audit.atomic()
def hand_over(
    concern: Concern, *, by: StaffMember, copy: Copy | None = None, text: str = ""
) -> Entry:
    """Record that a concern is handed over, and by which copy; their reference is asked for until it is there.

    Raises NotAllowed where no product is named, while it is on its way already, before it is
    acknowledged, and for a copy in which it does not stand.
    """
    now = clock.now()
    concern, scene, product = _begin(concern, Action.HAND_OVER, by=by, now=now)
    if copy is not None and copy not in selectors.copies_with(concern, by.viewer()):
        raise NotAllowed("This copy does not hold this concern.")
    entry = append(
        concern,
        EntryKind.HANDED_OVER,
        by=by,
        now=now,
        person=product,
        copy=copy,
        **({"text": text} if text.strip() else {}),
    )
    _set(concern, handed_to=product, taken_over_at=None)
    owner = concern.owner
    if owner is None or not policy.may_own(owner.pk, scene.facts, scene.people):
        owner = by
    tasks.make(
        concern,
        scene,
        by=by,
        what=f"Type in the reference of {product}.",
        owner=owner,
        due_on=policy.answer_due(scene.hours, made_at=now),
        chases=entry,
    )
    detail = {} if copy is None else {"copy": copy.code}
    record(concern, Action.HAND_OVER, by=by, now=now, **detail)
    return entry


@audit.atomic()
def take_over(concern: Concern, *, by: StaffMember, entry: Entry, reference: str) -> Entry:
    """Record that a concern is there, under which reference of theirs: nobody asks for it any more.

    Raises NotAllowed without the reference, or when it is not on its way.
    """
    now = clock.now()
    concern, _, _ = _begin(concern, Action.TAKE_OVER, by=by, now=now)
    handed = of(concern, entry, EntryKind.HANDED_OVER)
    if handed != _last(concern):
        raise NotAllowed("It has been handed over anew since.")
    if not reference.strip():
        raise NotAllowed(NO_REFERENCE)
    noted = append(
        concern, EntryKind.TAKEN_OVER, by=by, now=now, follows=handed, agency_reference=reference
    )
    _set(concern, handed_to=concern.handed_to, taken_over_at=now)
    _end_tasks(concern, by=by, now=now, text="It is there.")
    record(concern, Action.TAKE_OVER, by=by, now=now)
    return noted


@audit.atomic()
def keep_here(concern: Concern, *, by: StaffMember, reasons: str) -> Entry:
    """Record why a concern was not handed over after all; what was noted of it stays.

    Raises NotAllowed without reasons, or when it was not handed over.
    """
    now = clock.now()
    concern, _, _ = _begin(concern, Action.KEEP_HERE, by=by, now=now)
    entry = append(
        concern, EntryKind.KEPT_HERE, by=by, now=now, follows=_last(concern), text=reasons
    )
    _set(concern, handed_to="", taken_over_at=None)
    _end_tasks(concern, by=by, now=now, text="It was not handed over after all.")
    record(concern, Action.KEEP_HERE, by=by, now=now)
    return entry


def _begin(
    concern: Concern, action: Action, *, by: StaffMember, now: datetime
) -> tuple[Concern, Scene, str]:
    """Lock a concern, check that this person may do this now, and return the product too."""
    concern, scene = begin(concern, action, by=by, now=now)
    standing = selectors.handing_of(concern, School.objects.current())
    handing.check(action, standing)
    return concern, scene, standing.product


def _last(concern: Concern) -> Entry | None:
    """Return how it was handed over last."""
    return concern.entries.filter(kind=EntryKind.HANDED_OVER).last()


def _set(concern: Concern, *, handed_to: str, taken_over_at: datetime | None) -> None:
    concern.handed_to, concern.taken_over_at = handed_to, taken_over_at
    concern.save(update_fields=["handed_to", "taken_over_at"])


def _end_tasks(concern: Concern, *, by: StaffMember, now: datetime, text: str) -> None:
    """End whatever asks for their reference."""
    for task in Task.objects.open().filter(concern=concern, chases__kind=EntryKind.HANDED_OVER):
        append(concern, EntryKind.TASK_DONE, by=by, now=now, text=text, task=task)
        tasks.end(task, by=by, now=now)
