"""Putting notices into the outbox, taking them back, and trying again by hand."""

import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from audit import services as audit
from notices import kinds
from notices.kinds import Draft
from notices.models import Notice, NoticeQuerySet
from notices.policy import Channel, State
from school import services as school
from school.models import Guardian, StaffMember
from school.roles import may_see_outbox, may_see_recipients
from schoolsafe.lib import clock
from schoolsafe.lib.inserting import columns, insert_values
from schoolsafe.lib.rules import NotAllowed

FIELDS = columns(Notice)
WAITING = (State.DUE.value, State.SENDING.value)
# What a draft tells; all other columns begin alike.
TOLD = frozenset(
    [
        "key",
        "kind",
        "urgency",
        "about",
        "guardian_id",
        "staff_id",
        "pupil_id",
        "address",
        "pupil_ids",
        "detail",
        "message_id",
        "queued_at",
        "due_at",
        "needed_by",
        "try_at",
        "channel",
    ]
)


def queue(drafts: Iterable[Draft], *, now: datetime) -> None:
    """Write notices into the outbox, in the transaction that made them due.

    A draft whose key is known adds nothing. One query, however many drafts; another one where
    text messages are sent.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "A notice is queued inside the transaction of the change it tells of."
        )
    drafts = list(drafts)
    if not drafts:
        return
    texts = _for_texts(drafts)
    facts = [
        _facts(draft, Channel.SMS if draft.guardian_id in texts else Channel.EMAIL, now=now)
        for draft in drafts
    ]
    insert_values(Notice, _values(facts), skip_known=True)


def _for_texts(drafts: Iterable[Draft]) -> set[int | None]:
    """Return the guardians whose messages wait for the text message service from the beginning.

    Only a first guess, so that they do not wait for the mail server: it is asked again at sending.
    """
    people = {row.guardian_id for row in drafts if row.guardian_id and kinds.kind(row.kind).by_sms}
    if not settings.SMS_PROVIDER or not people:
        return set()
    unreached = Q(email="")
    if settings.SMS_AFTER_BOUNCE:
        unreached |= Q(email_closed_at__isnull=False)
    found = Guardian.objects.filter(unreached, pk__in=people).exclude(telephone="")
    return set(found.values_list("pk", flat=True))


def _values(rows: Iterable[dict[str, object]]) -> list[list[Any]]:
    """Return rows as the database takes them; what all of them share is made ready once."""
    untold = Notice()
    blank = [field.get_db_prep_save(getattr(untold, field.attname), connection) for field in FIELDS]
    told = [(place, field) for place, field in enumerate(FIELDS) if field.attname in TOLD]
    instants: dict[datetime, Any] = {}

    def ready(field: Any, value: object) -> Any:
        if isinstance(value, datetime):
            if value not in instants:
                instants[value] = field.get_db_prep_save(value, connection)
            return instants[value]
        if isinstance(value, list | dict):
            return field.get_db_prep_save(value, connection)
        return value

    def filled(row: dict[str, object]) -> list[Any]:
        values = blank.copy()
        for place, field in told:
            value = row[field.attname]
            # What is empty is as it began; the most urgent of all is a nought, and is not empty.
            if value or value == 0:
                values[place] = ready(field, value)
        return values

    return [filled(row) for row in rows]


def _facts(draft: Draft, channel: Channel, *, now: datetime) -> dict[str, object]:
    """Return what a draft tells; its Message-ID is fixed before the first try."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    return {
        "key": draft.key,
        "kind": draft.kind,
        "urgency": kinds.kind(draft.kind).urgency.value,
        "about": draft.about,
        "guardian_id": draft.guardian_id,
        "staff_id": draft.staff_id,
        "pupil_id": draft.pupil_id,
        "address": draft.address,
        "pupil_ids": list(draft.pupil_ids),
        "detail": draft.detail,
        "message_id": f"<{secrets.token_hex(16)}@{domain}>",
        "queued_at": now,
        "due_at": draft.due_at,
        "needed_by": draft.needed_by,
        "channel": channel.value,
        "try_at": draft.due_at,
    }


def drop(
    *,
    about: str,
    kinds: Iterable[str] | None = None,
    but_not: Iterable[str] = (),
    now: datetime,
    why: str,
) -> None:
    """Take back what has not been sent about a thing, all of it or some kinds, or all but some.

    A letter that a sender holds this moment is dropped too unless it is already out of its hand.
    """
    wanted = Notice.objects.about(about).exclude(kind__in=list(but_not))
    if kinds is not None:
        wanted = wanted.filter(kind__in=list(kinds))
    # First those in hand: one that falls back to due in between is then caught by the second.
    wanted.filter(state=State.SENDING.value).in_order().update(unwanted=why)
    wanted.filter(state=State.DUE.value).in_order().update(
        state=State.DROPPED.value, ended_at=now, why=why, unwanted=why
    )


def hold_letters(abouts: Collection[str]) -> None:
    """Lock what has not left about several things, before it is dropped for one after the other."""
    waiting = Notice.objects.filter(
        about__in=abouts, state__in=[State.DUE.value, State.SENDING.value]
    )
    list(waiting.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def ask_again_now(
    *, now: datetime, guardian_id: int | None = None, pupil_id: int | None = None
) -> None:
    """Let a person's letters that wait be asked about at once: what held them back may be gone."""
    theirs = Notice.objects.filter(guardian=guardian_id, pupil=pupil_id, staff=None)
    _ask_again(theirs, now=now)


def ask_about_again_now(
    abouts: Collection[str], *, kinds: Collection[str], now: datetime, needed_by: datetime
) -> None:
    """Let letters about things that wait be asked about as soon as this change is written: they may leave now.

    None of them is needed later than `needed_by` from then on. After the transaction, for it holds locks
    that others take after those of the letters. Whatever is lost in between is asked about within hours.
    """
    letters = Notice.objects.filter(about__in=abouts, kind__in=kinds)
    transaction.on_commit(lambda: _wake(letters, now=now, needed_by=needed_by), robust=True)


def ask_kinds_again_now(kinds: Collection[str], *, now: datetime) -> None:
    """Let all letters of some kinds that wait be asked about as soon as this change is written."""
    letters = Notice.objects.filter(kind__in=kinds)
    transaction.on_commit(lambda: _wake(letters, now=now), robust=True)


def _wake(letters: NoticeQuerySet, *, now: datetime, needed_by: datetime | None = None) -> None:
    """Let letters be tried now, also those that a sender may be putting off at this very moment."""
    waiting = letters.filter(failures=0, due_at__lte=now)
    if needed_by is not None:
        late = waiting.filter(state__in=WAITING, needed_by__gt=needed_by)
        late.in_order().update(needed_by=needed_by)
    _ask_again(letters, now=now)
    # Its sender puts it off only as long as nobody has woken it: see `recording`. It may have been due now.
    in_hand = waiting.filter(state=State.SENDING.value).in_order()
    in_hand.update(try_at=now + timedelta(microseconds=1))


def _ask_again(letters: NoticeQuerySet, *, now: datetime) -> None:
    """Let those of these letters that were due and were put off be tried now."""
    waiting = letters.filter(state=State.DUE.value, failures=0, try_at__gt=now, due_at__lte=now)
    waiting.in_order().update(try_at=now, why="")


@audit.atomic()
def send_again(notice: Notice, *, by: StaffMember) -> Notice:
    """Put a letter that could not be sent back into the outbox; whether it may go is asked again.

    An address from which it came back is tried once more: a person has looked at it. Raises
    NotAllowed when the person may not, or when the letter is not among the failed.
    """
    now = clock.now()
    if not may_see_recipients(by.viewer()):
        raise NotAllowed("Only the office and the safeguarding team can send a letter again.")
    kinds.hold_for([notice])
    notice = Notice.objects.select_for_update().get(pk=notice.pk)
    _check_no_kin(notice, by=by)
    if notice.state != State.FAILED.value:
        raise NotAllowed("This message is not among those that failed.")
    if notice.guardian_id is not None:
        school.open_email([notice.guardian_id], by=by)
    if notice.pupil_id is not None:
        school.open_email([], by=by, pupil_ids=[notice.pupil_id])
    revive([notice], now=now)
    audit.record(at=now, actor=by.actor, verb="notice.send_again", object=_reference(notice.pk))
    notice.refresh_from_db()
    return notice


@audit.atomic()
def look(notice: Notice, *, by: StaffMember) -> None:
    """Write down that a member of staff has read a message, and whom it went to.

    Raises NotAllowed when the person may not.
    """
    if not may_see_recipients(by.viewer()):
        raise NotAllowed("Only the office and the safeguarding team can read a message.")
    _check_no_kin(notice, by=by)
    audit.record(at=clock.now(), actor=by.actor, verb="notice.read", object=_reference(notice.pk))


@audit.atomic()
def send_kind_again(kind: str, *, by: StaffMember) -> int:
    """Put every failed letter of a kind back into the outbox, and return how many.

    For IT, who sees kinds and counts but no names: addresses from which letters came back stay
    closed. Raises NotAllowed when the person may not.
    """
    now = clock.now()
    if not may_see_outbox(by.viewer()):
        raise NotAllowed("Only the office, the safeguarding team and IT can send messages again.")
    failed = (
        Notice.objects.filter(kind=kind, state=State.FAILED.value).order_by("pk").defer("letter")
    )
    known = list(failed)
    kinds.hold_for(known)
    rows = list(failed.filter(pk__in=[row.pk for row in known]).select_for_update())
    revive(rows, now=now)
    audit.record_many(
        at=now,
        rows=[
            audit.Row(
                actor=by.actor, verb="notice.send_again", object=_reference(row.pk), detail={}
            )
            for row in rows
        ],
    )
    return len(rows)


def revive(rows: Sequence[Notice], *, now: datetime) -> None:
    """Make letters that did not arrive due at once, with all their tries before them.

    Part of a service that holds what `kinds.hold_for` locks for them, and the rows.
    """
    Notice.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=State.DUE.value, try_at=now, failures=0, ended_at=None, why="", fate=""
    )
    for row in rows:
        kind = kinds.known(row.kind)
        if kind is not None and kind.on_revived is not None:
            kind.on_revived(row, now)


def _check_no_kin(notice: Notice, *, by: StaffMember) -> None:
    """Refuse to meddle with what went to somebody's own family (E30, E35)."""
    person = notice.guardian or notice.pupil
    if person is not None:
        school.check_no_kin(person, by=by)


def _reference(pk: int) -> str:
    """Return the name under which the audit knows a notice."""
    return f"notices.notice:{pk}"
