"""Who hears of a change of plan, and in which letter."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import datetime

from consent import policy
from consent.models import Question, Request
from consent.selectors.messages import Recipient, chased, recipient_of
from consent.selectors.voices import AskedPupil, Heard
from consent.services import drafts
from consent.services.resting import rest
from notices import services as outbox
from notices.kinds import Draft
from notices.models import Notice
from notices.policy import State
from school.pace import Pace

TOLD_ANEW = "the plan has changed again, and a newer letter tells of it"


def take_back(question: Question, *, now: datetime) -> set[int]:
    """Take back what has not left about an earlier change; return the requests it was about.

    The newest letter tells all that changed since the family was last told: it is written as it leaves.
    """
    unsent = Notice.objects.about(question.about).filter(
        kind=drafts.CHANGED, state__in=[State.DUE.value, State.SENDING.value]
    )
    details = list(unsent.values_list("detail", flat=True))
    outbox.drop(about=question.about, kinds=[drafts.CHANGED], now=now, why=TOLD_ANEW)
    return {pk for detail in details for pk in detail["requests"]}


def of_change(
    question: Question,
    rows: Sequence[AskedPupil],
    *,
    is_material: bool,
    untold: Container[int],
    pace: Pace,
    now: datetime,
) -> list[Draft]:
    """Ask again whose answer is void, and tell the others; a yes for the school year may still cover it.

    Who said yes relies on what they were told, so they always hear. Who has been chased three times
    without an answer does not: their link shows the plan of now, and somebody rings them. Who said no
    hears only of what matters, also when the letter about that was among the `untold`.
    """
    heard = [
        one
        for row in rows
        for one in row.heard
        if one.request and not one.voice.is_disowned and _concerns(one, is_material, untold)
    ]
    resting = [one.request for one in heard if one.request and one.voice.is_for_year]
    rested = rest(resting, now=now) if is_material else set()
    had = chased([question.about])
    told: dict[tuple[bool, bool], list[Request]] = defaultdict(list)
    planned: dict[Recipient, set[bool]] = defaultdict(set)
    # What asks anew first: of two letters to one person it is the one that may still go (E47).
    for is_asked, is_news, request in sorted(
        _to_tell(heard, rested, is_material=is_material), key=lambda row: not row[0]
    ):
        one = recipient_of(question.about, request)
        is_another = is_asked not in planned[one]
        count = had[one] + len(planned[one])
        if not is_news and is_another and not policy.may_chase(had=count, pace=pace):
            continue
        if not is_news:
            planned[one].add(is_asked)
        told[is_asked, is_news].append(request)
    return [
        letter
        for (is_asked, is_news), requests in told.items()
        for letter in _changed_letters(
            question, requests, is_material=is_asked, is_news=is_news, pace=pace, now=now
        )
    ]


def _to_tell(
    heard: Iterable[Heard], rested: Container[int], *, is_material: bool
) -> Iterator[tuple[bool, bool, Request]]:
    """Yield for each request whether it is asked anew, and whether its change is news to who said yes."""
    for one in heard:
        if one.request is None:
            continue
        # A change before this one may have made it void, and its letter may never have left.
        is_void = is_material or one.voice.has_year_ended or one.voice.is_outdated
        is_news = one.voice.kind is policy.Kind.YES
        yield is_void and one.request.pk not in rested, is_news, one.request


def _concerns(heard: Heard, is_material: bool, untold: Container[int]) -> bool:
    """Tell whether somebody hears of a change: who said no does where it matters, and be it one before."""
    voice, request = heard.voice, heard.request
    is_owed = voice.is_outdated and request is not None and request.pk in untold
    return is_material or not voice.says_no or is_owed


def _changed_letters(
    question: Question,
    requests: Iterable[Request],
    *,
    is_material: bool,
    is_news: bool,
    pace: Pace,
    now: datetime,
) -> list[Draft]:
    """Return the letter that tells what changed, to each of these people."""
    return [
        drafts.draft(
            drafts.CHANGED,
            group,
            question=question,
            key=str(question.version),
            due_at=now,
            material=is_material,
            version=question.version,
            is_news=is_news,
            # Whom nothing has reached yet is asked with it like anybody else.
            may_wait=policy.asks_later(pace),
        )
        for group in drafts.grouped(drafts.with_reader(requests, now=now))
    ]
