"""A yes for the school year: given on the receipt of an answer, ended by either side."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.db.models import Q

from audit import services as audit
from audit.services import Row
from consent import events, policy
from consent.models import Question, Request, StandingConsent
from consent.policy import Cover
from consent.selectors import covering
from consent.services import drafts
from consent.services.answering import locked
from consent.services.asking import Actor
from consent.services.locks import hold_requests
from consent.services.said import Outdated
from notices import services as outbox
from school import services as school
from school.models import Guardian, StaffMember
from school.roles import may_see_all_meetings
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

# How often a call may be asked about in the very moment in which its yes is ended.
TRIES = 5


class _ChangedMeanwhile(Exception):
    """Another yes was given, or another call came to rest on one, while the locks were taken."""


@audit.atomic()
def give_standing(request: Request, *, by: Guardian, cover: Cover, name: str) -> StandingConsent:
    """Keep a yes to all calls of this kind in the school year, and send what was kept. Twice is once.

    The name is typed again: whoever holds a forwarded link must not make a year of one yes (E26).
    Raises Outdated when it would cover something else than the page showed, NotAllowed when there
    is no clear yes to this call by the same person.
    """
    now = clock.now()
    request, _ = locked(request, now=now)
    heard = covering.heard_of(request)
    said = heard.standing
    if request.guardian_id != by.pk or said is None or not covering.may_offer(heard, now):
        raise NotAllowed("First say yes to this call.")
    if not policy.is_same_person(name, said.name):
        raise NotAllowed("Only the person who said yes to this call can.")
    if covering.cover_now(request) != cover:
        raise Outdated("The plan has changed since you opened the page. Please read it again.")
    known = covering.current(request, now).filter(
        kind=cover.kind, is_recorded=cover.is_recorded, until=cover.until
    )
    if standing := known.first():
        return standing
    standing = StandingConsent.objects.create(
        guardian=by,
        pupil_id=request.pupil_id,
        answer=said,
        kind=cover.kind,
        kind_name=cover.kind_name,
        adults=cover.adults,
        platform=cover.platform,
        is_recorded=cover.is_recorded,
        until=cover.until,
        shown=json.dumps(covering.shown_before(request, cover), ensure_ascii=False),
        given_at=now,
    )
    outbox.queue([drafts.about_standing(standing, key="given", now=now)], now=now)
    audit.record(
        at=now,
        actor=by.actor,
        verb="consent.standing_give",
        object=reference(standing),
        answer=said.pk,
        until=cover.until.isoformat(),
    )
    return standing


@audit.atomic()
def end_standing(standing: StandingConsent, *, by: Actor, reason: str = "") -> StandingConsent:
    """End a yes for the school year; the calls to come that rest on it lose it at once. Twice is once.

    The family needs no reason. Raises NotAllowed when staff may not, or give none.
    """
    now = clock.now()
    if isinstance(by, StaffMember):
        if not may_see_all_meetings(by.viewer()):
            raise NotAllowed("Only the office and the safeguarding team can end it.")
        school.check_no_kin_among([standing.pupil_id], by=by)
        if not reason.strip():
            raise NotAllowed("Write down why it ends.")
    [held] = _hold(lambda: [standing.pk], requests=(), now=now)
    end_with_letter([held], by=by, reason=reason.strip(), now=now)
    return held


def end_with_letter(
    held: Iterable[StandingConsent], *, by: Actor, reason: str, now: datetime
) -> None:
    """End yeses that are locked with their calls, and tell the family that they have ended."""
    alive = [standing for standing in held if standing.ended_at is None]
    letters = [drafts.about_standing(standing, key="ended", now=now) for standing in alive]
    outbox.queue(letters, now=now)
    lapse(alive, by=by, reason=reason, now=now)


def hold_given(requests: Iterable[Request], given: Q, *, now: datetime) -> list[StandingConsent]:
    """Take all the locks that are needed to end what was given with certain answers to requests.

    The requests are locked too: nobody gives another yes with them until this is done.
    """
    rows = StandingConsent.objects.filter(given, ended_at=None).order_by("pk")
    return _hold(lambda: list(rows.values_list("pk", flat=True)), requests=list(requests), now=now)


def _hold(
    find: Callable[[], list[int]], *, requests: Sequence[Request], now: datetime
) -> list[StandingConsent]:
    """Lock the calls that rest on the yeses that are found, the requests, then the yeses.

    That is the order of those who ask and of those who answer. What has changed in between is found
    out by looking again: then all the locks are let go and taken anew.
    """
    for _ in range(TRIES):
        ids = find()
        known = covering.questions_resting(ids, now)
        try:
            with audit.atomic():
                coming = sorted({*known, *(row.question_id for row in requests)})
                events.answer_coming.send(Question, question_ids=coming, now=now)
                hold_requests(Request.objects.filter(pk__in=[row.pk for row in requests]))
                rows = StandingConsent.objects.select_for_update(no_key=True)
                held = list(rows.filter(pk__in=ids).order_by("pk"))
                if find() != ids or not covering.questions_resting(ids, now) <= known:
                    raise _ChangedMeanwhile
                return held
        except _ChangedMeanwhile:
            continue
    raise NotAllowed("Families are being asked at this very moment. Please press the button again.")


def lapse(
    held: Iterable[StandingConsent],
    *,
    by: Actor,
    reason: str,
    now: datetime,
    kills_link: bool = False,
) -> None:
    """End yeses that are locked with their calls, announce what pupils may no longer do, record it."""
    held = [standing for standing in held if standing.ended_at is None]
    pupils: dict[int, set[int]] = defaultdict(set)
    questions: dict[int, Question] = {}
    for request in covering.resting([standing.pk for standing in held], now):
        pupils[request.question_id].add(request.pupil_id)
        questions[request.question_id] = request.question
    for standing in held:
        standing.ended_at = now
        standing.ended_by = by if isinstance(by, StaffMember) else None
        standing.ended_reason = reason
        standing.link_version += 1 if kills_link else 0
        standing.save(update_fields=["ended_at", "ended_by", "ended_reason", "link_version"])
    for pk, question in sorted(questions.items()):
        events.answer_changed.send(
            Question, question=question, pupil_ids=tuple(sorted(pupils[pk])), now=now
        )
    audit.record_many(
        at=now,
        rows=[
            Row(actor=by.actor, verb="consent.standing_end", object=reference(standing), detail={})
            for standing in held
        ],
    )


def reference(standing: StandingConsent) -> str:
    """Return the name under which the audit knows a yes for the school year."""
    return f"consent.standing:{standing.pk}"
