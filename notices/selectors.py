"""What the outbox holds, whether the sweep is alive, and when the last message will be out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)

from audit.models import Alarm
from notices import kinds, providers
from notices.delivery import Sealed
from notices.enclosures import Enclosure
from notices.kinds import Letter
from notices.models import Delivery, Heartbeat, Ladder, Notice, NoticeQuerySet
from notices.policy import (
    BEAT_EVERY,
    HELD,
    HELD_IS_SAID_FOR,
    LEASE,
    OVERDUE_AFTER,
    SILENT_AFTER,
    Outcome,
    State,
    Urgency,
)
from school.roles import Viewer
from school.selectors import family_of, kin_of
from schoolsafe.lib import clock
from schoolsafe.lib.logs import mask


@dataclass(frozen=True)
class Work:
    """What a sweep finds to do."""

    has_beaten: bool
    is_letter_due: bool
    is_letter_abandoned: bool
    is_ladder_due: bool


# By hand, because it runs every few seconds for ever: the ORM takes longer to write it than the
# database to answer. Each part walks its own partial index.
WORK = f"""
SELECT EXISTS (SELECT 1 FROM {Heartbeat._meta.db_table} WHERE name = %s AND at > %s),
       EXISTS (SELECT 1 FROM {Notice._meta.db_table}
               WHERE state = 'due' AND channel IN ('email', 'sms') AND urgency IN (0, 1, 2)
                 AND try_at <= %s),
       EXISTS (SELECT 1 FROM {Notice._meta.db_table}
               WHERE state = 'sending' AND leased_until < %s),
       EXISTS (SELECT 1 FROM {Ladder._meta.db_table} WHERE ended_at IS NULL AND due_at <= %s)
"""  # noqa: S608 - our own names


def work(driver: str, *, now: datetime) -> Work:
    """Look for work in one query: an idle sweep costs no more than this."""
    adapted = connection.ops.adapt_datetimefield_value
    beaten, at = adapted(now - BEAT_EVERY), adapted(now)
    with connection.cursor() as cursor:
        cursor.execute(WORK, [driver, beaten, at, at, at])
        return Work(*map(bool, cursor.fetchone()))


def is_urgent_waiting(*, now: datetime) -> bool:
    """Tell whether an urgent letter or a ladder waits; a ladder may bring urgent letters."""
    urgent = Notice.objects.due(now=now).filter(urgency=Urgency.NOW.value)
    return urgent.exists() or Ladder.objects.due(now=now).exists()


def silence(now: datetime) -> str:
    """Return a sentence for a banner when no sweep has run for ten minutes, or ""."""
    return pulse(now).silence


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """What stands above every page when it must: that nothing is sent, that the audit has an alarm."""

    silence: str
    has_alarm: bool


def pulse(now: datetime) -> Pulse:
    """Return both in one query: it is asked for every page of those who must know."""
    beats = Heartbeat.objects.order_by("-at").annotate(has_alarm=Exists(Alarm.objects.open()))
    last, has_alarm = beats.values_list("at", "has_alarm").first() or (None, False)
    return Pulse(silence=_silence(last, now), has_alarm=has_alarm)


def _silence(last: datetime | None, now: datetime) -> str:
    """Return what to say of the last beat of any sweep."""
    if last is None:
        return (
            "Reminders and alerts are not being sent: the sender has not run yet. "
            "Tell people by telephone, and tell IT."
        )
    if last - now > SILENT_AFTER:
        return (
            f"A clock is wrong: the sender last ran at {clock.in_words(last)}, which has not come yet. "
            "Reminders and alerts may come too late. Tell people by telephone, and tell IT."
        )
    if now - last <= SILENT_AFTER:
        return ""
    return (
        f"Reminders and alerts have not been sent since {clock.in_words(last)}. "
        "Tell people by telephone, and tell IT."
    )


@dataclass(frozen=True, kw_only=True)
class Health:
    """Whether messages leave as they should: the sentences are for staff, the rest for anybody."""

    reasons: tuple[str, ...]
    is_sweeping: bool
    due: int

    @property
    def status(self) -> str:
        """Return "ok" or "red"."""
        return "red" if self.reasons else "ok"


def health(now: datetime) -> Health:
    """Return how the sending stands."""
    last = Heartbeat.objects.aggregate(last=Max("at"))["last"]
    is_sweeping = last is not None and now - last <= SILENT_AFTER
    late = Notice.objects.due(now=now - OVERDUE_AFTER)
    moving = Delivery.objects.filter(
        outcome=Outcome.ACCEPTED.value, at__gt=now - OVERDUE_AFTER
    ).exists()
    # Six hundred letters at thirty a minute take their time; while they leave, only urgent ones
    # are late.
    overdue = late.filter(urgency=Urgency.NOW.value) if moving else late
    # Of every kind: an alert of a concern that does not leave must not stay unseen. How many wait,
    # though, would tell that a concern was just logged: only what stands in lists is counted.
    reasons = {
        "no sweep for ten minutes": not is_sweeping,
        "messages overdue by more than fifteen minutes": overdue.exists(),
        "messages stuck in sending": Notice.objects.abandoned(now=now - LEASE).exists(),
        "no more messages today: the provider's daily quota is used up": bool(
            providers.used_up(now)
        ),
    }
    return Health(
        reasons=tuple(words for words, holds in reasons.items() if holds),
        is_sweeping=is_sweeping,
        due=shown().due(now=now).count(),
    )


def standstill(now: datetime) -> str:
    """Return a sentence for whoever relies on an alert when alerts do not leave, or "" (E83).

    In two questions: it stands above the pages of concerns. How many wait is said to nobody.
    """
    if words := silence(now):
        return words
    late = Notice.objects.due(now=now - OVERDUE_AFTER).filter(urgency=Urgency.NOW.value)
    if not (late | Notice.objects.abandoned(now=now - LEASE)).exists():
        return ""
    return (
        "Alerts do not leave as they should: some have waited for more than fifteen minutes. "
        "Tell people by telephone, and tell IT."
    )


def held(now: datetime) -> int:
    """Return how many messages a restore has held lately that nobody has sent since."""
    recent = shown().filter(state=State.FAILED.value, ended_at__gt=now - HELD_IS_SAID_FOR)
    return recent.filter(why=HELD).count()


def shown() -> NoticeQuerySet:
    """Return the notices that stand in lists: never those of a sensitive kind.

    That one was sent at all, when and to whom, would tell of a concern.
    """
    sensitive = [kind.name for kind in kinds.kinds() if kind.sensitive]
    known = [kind.name for kind in kinds.kinds()]
    # A kind that no room registers any more is treated as sensitive.
    return Notice.objects.filter(kind__in=known).exclude(kind__in=sensitive)


def shown_to(viewer: Viewer) -> NoticeQuerySet:
    """Return the notices that stand in lists for one person: none that went to their own family.

    A parent on the staff reads no letter of the other parent (E35), and learns nothing of a pupil from
    whom an order, or the pupil, keeps them away (E30, E42). Two queries; one more for a parent.
    """
    kin = kin_of(viewer.staff_id)
    if not kin:
        return shown()
    family = family_of(kin)
    abouts = [f"school.guardian:{pk}" for pk in family] + [f"school.pupil:{pk}" for pk in kin]
    return shown().exclude(Q(guardian__in=family) | Q(pupil__in=kin) | Q(about__in=abouts))


def latest_answer() -> Subquery:
    """Return the provider's last answer about a notice."""
    tries = Delivery.objects.filter(notice=OuterRef("pk")).order_by("-at", "-id")
    return Subquery(tries.values("answer")[:1])


@dataclass(frozen=True, kw_only=True)
class KindCount:
    """How many notices of one kind stand in each state."""

    name: str
    words: str
    due: int
    sending: int
    sent: int
    failed: int
    dropped: int


def counts_by_kind() -> list[KindCount]:
    """Return kinds and counts without names, for IT; sensitive kinds are left out."""
    rows: Any = (
        shown()
        .order_by("kind")
        .values("kind")
        .annotate(**{state.value: Count("pk", filter=Q(state=state.value)) for state in State})
    )
    return [
        KindCount(
            name=row["kind"],
            words=kinds.kind(row["kind"]).words,
            **{state.value: row[state.value] for state in State},
        )
        for row in rows
    ]


def letter_of(notice: Notice) -> Letter | None:
    """Return what was sent, or None when it is not kept or not for anybody's eyes.

    Word for word, but for the keys in its links: they still open a family's page, or a call.
    """
    kind = kinds.known(notice.kind)
    if kind is None or kind.sensitive or not notice.letter:
        return None
    kept = Sealed.restored(notice.letter)
    return Letter(
        subject=mask(kept.subject),
        text=mask(kept.text),
        html=mask(kept.html),
        language=kept.language,
        lists_several=bool(kept.notice_ids),
        enclosed=tuple(replace(one, content=mask(one.content)) for one in kept.enclosed),
    )


def facts_of(notice: Notice) -> dict[str, int]:
    """Return what the room that wrote a letter noted of the text that left; nothing of an old one."""
    return Sealed.restored(notice.letter).facts if notice.letter else {}


def files_sent(to: Notice, *, kinds: Sequence[str], since: datetime) -> list[Enclosure]:
    """Return the files that have left with letters of these kinds to the person of a letter.

    The oldest first. What is in a sender's hand counts: it may have left.
    """
    rows = Notice.objects.filter(
        guardian=to.guardian_id,
        pupil=to.pupil_id,
        staff=None,
        address="",
        kind__in=list(kinds),
        state__in=[State.SENT.value, State.SENDING.value],
        queued_at__gte=since,
    )
    letters = rows.exclude(pk=to.pk).order_by("pk").values_list("letter", flat=True)
    return [file for letter in letters if letter for file in Sealed.restored(letter).enclosed]


def outbox_rows(state: str, viewer: Viewer) -> NoticeQuerySet:
    """Return the notices of the outbox page, newest first, with people and the last answer."""
    rows = (
        shown_to(viewer)
        .select_related("guardian", "staff", "pupil")
        .defer("letter")
        .annotate(answer=latest_answer(), words=_kind_words())
        .order_by("-due_at", "-pk")
    )
    return rows.filter(state=state) if state else rows


def _kind_words() -> Case:
    """Return the kind's name for a person, as the database can give it with each row."""
    return Case(
        *(When(kind=kind.name, then=Value(kind.words)) for kind in kinds.kinds()),
        default=F("kind"),
        output_field=CharField(),
    )


@dataclass(frozen=True, kw_only=True)
class Filter:
    """One choice above the list, with a true count."""

    state: str
    words: str
    count: int
    is_chosen: bool


def filters(chosen: str, viewer: Viewer) -> list[Filter]:
    """Return the choices above the list: everything, and each state."""
    counted = dict(shown_to(viewer).order_by("state").values_list("state").annotate(Count("pk")))
    total = Filter(state="", words="All", count=sum(counted.values()), is_chosen=not chosen)
    return [
        total,
        *(
            Filter(
                state=state.value,
                words=state.value.capitalize(),
                count=counted.get(state.value, 0),
                is_chosen=state.value == chosen,
            )
            for state in State
        ),
    ]
