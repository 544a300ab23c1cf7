"""Keeping a concern that somebody is still writing, and reminding them until it is sent (A14)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from audit import services as audit
from concerns import policy
from concerns.models import Concern, Draft
from notices import kinds
from notices import models as outbox
from notices import services as notices
from notices.kinds import Climb
from school import roles
from school.models import StaffMember
from school.terms import calendar
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

REMINDER = "concern_draft"


class AlreadySent(NotAllowed):
    """What somebody goes on typing has been sent: it is no draft any more."""


@audit.atomic()
def keep_draft(typed: str, *, by: StaffMember, key: UUID) -> Draft:
    """Keep what somebody has typed so far, in place of what they had typed before.

    They are reminded from the last time on. Raises AlreadySent when the concern of this key is sent:
    a page that is late brings nothing back. Raises NotAllowed for whoever may not log a concern, and
    for a key that is another person's.
    """
    if not roles.may_log_concern(by.viewer()):
        raise NotAllowed("Only people who work at the school can log a concern.")
    hold(by)
    # Read once it is one's turn: of two pages that save at once the later is the later.
    now = clock.now()
    if Concern.objects.filter(key=key).exists():
        raise AlreadySent("This concern has been sent.")
    draft = Draft.objects.filter(key=key).first()
    if draft is None:
        draft = Draft.objects.create(key=key, by=by, typed=typed, begun_at=now, saved_at=now)
        audit.record(at=now, actor=by.actor, verb="concern.begin_draft", object=draft.object)
    elif draft.by_id != by.pk:
        raise NotAllowed("Please open a new form: this one has been used.")
    else:
        draft.typed, draft.saved_at = typed, now
        draft.save(update_fields=["typed", "saved_at"])
    due_at = policy.next_reminder(now, calendar(), after=now)
    notices.start_ladder(REMINDER, draft.object, due_at=due_at, now=now)
    notices.move_ladder(REMINDER, draft.object, due_at=due_at)
    return draft


@audit.atomic()
def throw_away(draft: Draft, *, by: StaffMember) -> None:
    """Destroy what somebody has begun: nothing of it remains, and that they did is on record.

    Raises NotAllowed for anybody but its writer. What is gone already stays gone.
    """
    now = clock.now()
    hold(by)
    if draft.by_id != by.pk:
        raise NotAllowed("Only whoever has begun it can throw it away.")
    if end(by, draft.key, now=now, why="thrown away"):
        audit.record(at=now, actor=by.actor, verb="concern.discard_draft", object=draft.object)


def hold(by: StaffMember) -> None:
    """Let a person's drafts and concerns be written one after the other: the later sees the former."""
    StaffMember.objects.select_for_update(no_key=True).get(pk=by.pk)


def end(by: StaffMember, key: UUID, *, now: datetime, why: str) -> bool:
    """Destroy a draft and its reminders; the person must be held. Tell whether there was one."""
    draft = Draft.objects.kept_by(by).filter(key=key).first()
    if draft is None:
        return False
    notices.stop_ladder(REMINDER, draft.object, now=now)
    notices.drop(about=draft.object, now=now, why=why)
    draft.delete()
    return True


def remind(ladders: Sequence[outbox.Ladder], now: datetime) -> list[Climb]:
    """Return, for each draft whose time has come, the letter to whoever has begun it."""
    keys = {ladder.pk: Draft.key_in(ladder.about) for ladder in ladders}
    drafts = {str(draft.key): draft for draft in Draft.objects.filter(key__in=keys.values())}
    hours = calendar()
    climbs = []
    for ladder in ladders:
        draft = drafts.get(keys[ladder.pk])
        if draft is None:
            climbs.append(Climb(ladder_id=ladder.pk, drafts=(), next_due=None))
            continue
        letters = (_letter(draft, ladder, now),) if policy.is_due(draft.saved_at, now=now) else ()
        next_due = policy.next_reminder(draft.saved_at, hours, after=now)
        climbs.append(Climb(ladder_id=ladder.pk, drafts=letters, next_due=next_due))
    return climbs


def _letter(draft: Draft, ladder: outbox.Ladder, now: datetime) -> kinds.Draft:
    """Return one reminder; that of one rung is sent once."""
    rung = int((ladder.due_at or now).timestamp())
    return kinds.Draft(
        kind=REMINDER,
        key=f"{draft.object}:{rung}",
        due_at=now,
        about=draft.object,
        staff_id=draft.by_id,
    )


def unreminded(now: datetime) -> Iterable[tuple[str, datetime]]:
    """Return the drafts that no ladder carries, each with when its writer should hear of it."""
    open_ladders = outbox.Ladder.objects.open().filter(kind=REMINDER)
    carried = set(open_ladders.values_list("about", flat=True))
    hours = calendar()
    return [
        (draft.object, policy.next_reminder(draft.saved_at, hours, after=draft.saved_at))
        for draft in Draft.objects.defer("typed")
        if draft.object not in carried
    ]
