"""What providers tell of messages afterwards: delivered, delayed, come back, unwanted (E46)."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db.models import F, Q

from audit import services as audit
from notices import kinds
from notices.delivery import Sealed, states
from notices.models import Delivery, Notice
from notices.policy import Channel, Fate, Outcome, State, follows, of_event, of_state
from notices.services.recording import tell_of

LONGEST = 200
# Notify tries a telephone for three days.
LOOKED_AFTER_FOR = timedelta(days=4)
FETCH_EVERY_MINUTES = 5


@dataclass(frozen=True, kw_only=True)
class News:
    """One piece of news: of which message, what became of it, and the name of the event itself."""

    sent_as: str
    fate: Fate
    event: str
    recipient: str = ""
    words: str = ""

    @classmethod
    def of_mail(cls, event: Any) -> Self | None:
        """Return what an event of a mail service says, or None when it is of no interest."""
        said = " ".join([text(event.mta_response), text(event.description)]).strip()
        fate = of_event(text(event.event_type), reason=text(event.reject_reason), answer=said)
        sent_as = text(event.message_id)
        if fate is None or not sent_as:
            return None
        what = f"{event.event_id}|{event.event_type}|{event.timestamp}|{sent_as}"
        return cls(
            sent_as=sent_as,
            fate=fate,
            event=_name(what),
            recipient=text(event.recipient),
            words=said,
        )

    @classmethod
    def of_text(cls, told: object) -> Self | None:
        """Return what GOV.UK Notify says of a text message, or None when nothing is known yet."""
        if not isinstance(told, dict):
            return None
        sent_as, status = text(told.get("id")), text(told.get("status"))
        fate = of_state(status)
        if fate is None or not sent_as:
            return None
        return cls(sent_as=sent_as, fate=fate, event=_name(f"{sent_as}|{status}"), words=status)


def text(value: object) -> str:
    """Return a short plain text as it came from outside, and "" for everything else."""
    is_plain = isinstance(value, str) and len(value) <= 4 * LONGEST
    # No line breaks, no NUL, no half characters: none of them belongs into a row.
    plain = " ".join(str(value).split()) if is_plain else ""
    return plain if plain.isprintable() else ""


def _name(what: str) -> str:
    """Return a name for an event that is the same however often it is told."""
    return hashlib.sha256(what.encode(errors="replace")).hexdigest()[:40]


def hear(news: Iterable[News], *, now: datetime) -> int:
    """Write down what became of messages, and what follows; return how much of it was new.

    Each piece counts once. What is about a message that we do not know changes nothing.
    """
    return sum(_hear(one, now=now) for one in news)


@audit.atomic()
def _hear(news: News, *, now: datetime) -> int:
    """Write one piece of news down for every notice that the message carried."""
    names = [news.sent_as[:LONGEST], f"<{news.sent_as}>"[:LONGEST]]
    carried = Delivery.objects.filter(sent_as__in=names, outcome=Outcome.ACCEPTED.value)
    turns = dict(carried.values_list("notice_id", "turn"))
    notices = Notice.objects.filter(pk__in=turns).order_by("pk")
    kinds.hold_for(notices.defer("letter"))
    rows = notices.select_for_update()
    # News of an earlier sending, before the address was corrected, are too late.
    return sum(_note(row, news, now=now) for row in rows if row.turn == turns[row.pk])


def _note(notice: Notice, news: News, *, now: datetime) -> int:
    """Write a piece of news down once, and let what follows from it follow."""
    address = _address(notice, news)
    if address is None or notice.state not in {State.SENT.value, State.FAILED.value}:
        return 0
    _, is_new = Delivery.objects.get_or_create(
        notice=notice,
        event=news.event,
        defaults={
            "at": now,
            "turn": notice.turn,
            "outcome": news.fate.value,
            "answer": news.words[:300],
        },
    )
    if not is_new or not follows(notice.fate, news.fate):
        return int(is_new)
    changes: dict[str, object] = {"fate": news.fate.value}
    if news.fate.has_failed:
        changes |= {"state": State.FAILED.value, "why": news.fate.words, "ended_at": now}
    Notice.objects.filter(pk=notice.pk).update(**changes)
    if news.fate.has_failed or news.fate.closes_address:
        tell_of(notice, news.fate, now=now, address=address)
    return 1


def _address(notice: Notice, news: News) -> str | None:
    """Return the address that the news are about, or None when they are not about this letter."""
    sent_to = Sealed.restored(notice.letter).to if notice.letter else ""
    if news.recipient and sent_to and news.recipient.casefold() != sent_to.casefold():
        return None
    return sent_to or news.recipient


def fetch(*, now: datetime) -> None:
    """Ask GOV.UK Notify what became of the text messages of the last days.

    For a school that Notify cannot reach: with a token its news come by themselves.
    """
    chosen: Any = settings.NOTIFY
    if chosen is None or chosen.callback_token or now.minute % FETCH_EVERY_MINUTES:
        return
    open_ = Q(notice__fate="") | Q(notice__fate=Fate.DELAYED.value)
    waited_for = Delivery.objects.filter(
        open_,
        outcome=Outcome.ACCEPTED.value,
        at__gt=now - LOOKED_AFTER_FOR,
        notice__channel=Channel.SMS.value,
        notice__turn=F("turn"),
    )
    if waited_for.exists():
        hear([told for row in states() if (told := News.of_text(row))], now=now)
