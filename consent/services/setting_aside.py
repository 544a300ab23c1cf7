"""Saying that an answer never counted: by staff who know better, or on its receipt."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from audit import services as audit
from consent import policy
from consent.models import Answer, Invalidation, Request
from consent.selectors.answers import by_request
from consent.services import drafts
from consent.services.answering import announce, check_own, locked
from consent.services.asking import Actor
from consent.services.said import TooLate
from consent.services.standing import end_with_letter, hold_given
from notices import services as outbox
from school import services as school
from school.models import StaffMember
from school.roles import may_see_all_meetings
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def invalidate(answer: Answer, *, by: StaffMember, reason: str) -> Invalidation:
    """Set an answer aside as never given, with the reason; what was said before it counts again.

    A yes for the school year that was given on its receipt ends with it. Whoever was told that the
    answer is written down is told that it counts no more, and asked again.

    Withdrawing is another act: it ends a yes that counted until then, and is the family's.
    Raises NotAllowed when the person may not, gives no reason, or it is set aside already.
    """
    now = clock.now()
    if not may_see_all_meetings(by.viewer()):
        raise NotAllowed("Only the office and the safeguarding team can set an answer aside.")
    school.check_no_kin_among([answer.request.pupil_id], by=by)
    if not reason.strip():
        raise NotAllowed("Write down why this answer never counted.")
    held = hold_given([answer.request], Q(answer=answer), now=now)
    request, _ = locked(answer.request, now=now)
    if Invalidation.objects.filter(answer=answer).exists():
        raise NotAllowed("This answer is set aside already.")
    end_with_letter(held, by=by, reason=reason.strip(), now=now)
    made = _set_aside(
        request, answer, by=by, by_staff=by, reason=reason.strip(), verb="invalidate", now=now
    )
    if _had_receipt(answer) and request.question.is_open(now=now):
        tell_undone([made], now=now)
    return made


@audit.atomic()
def undo(request: Request, *, by: Actor) -> Invalidation:
    """Take back the answer just given by link, and tell the person whose link it is.

    What was said before does not count again either: a no that is undone must not become a yes by the
    press of somebody to whom a link was forwarded, and until its person has answered again no other's
    yes decides. Doing it twice is refused.
    Raises TooLate when the call has begun, NotAllowed when there is nothing that can be undone.
    """
    made = take_away(request, by=by)
    tell_undone([made], now=made.at)
    return made


def take_away(request: Request, *, by: Actor) -> Invalidation:
    """Undo one answer without the letter about it."""
    now = clock.now()
    check_own(request, by=by)
    held = hold_given([request], Q(answer__request=request), now=now)
    request, _ = locked(request, now=now)
    if not request.question.is_open(now=now):
        raise TooLate("The call has begun or is over: the answer cannot be changed here any more.")
    answers = by_request(Answer.objects.filter(request=request)).get(request.pk, [])
    last = answers[-1] if answers else None
    if last is None or not may_undo(last, now=now):
        raise NotAllowed("There is no answer that could be undone.")
    end_with_letter(held, by=by, reason="", now=now)
    Invalidation.objects.bulk_create(
        Invalidation(answer=one, at=now, by_staff=None, reason="")
        for one in answers[:-1]
        if one.recorded_at >= request.asked_at and not hasattr(one, "invalidation")
    )
    return _set_aside(request, last, by=by, by_staff=None, reason="", verb="undo", now=now)


def tell_undone(made: Sequence[Invalidation], *, now: datetime) -> None:
    """Queue one letter to a person of whom answers count no more; none to another's mailbox."""
    requests = [one.answer.request for one in made if one.answer.request.disowned_at is None]
    requests = drafts.with_reader(requests, now=now)
    if len(requests) < len(made):
        return
    first = made[0].answer
    letter = drafts.draft(
        drafts.UNDONE,
        requests,
        question=first.request.question,
        key=str(first.pk),
        due_at=now,
        answer=first.pk,
    )
    outbox.queue([letter], now=now)


def _had_receipt(answer: Answer) -> bool:
    """Tell whether its person was told that it is written down, or that it answers for them."""
    is_told = answer.kind != policy.Kind.UNCLEAR
    return is_told and (not answer.is_by_someone_else or hasattr(answer, "check_made"))


def may_undo(answer: Answer, *, now: datetime) -> bool:
    """Tell whether a receipt still offers to undo this answer."""
    return policy.may_undo(
        answer.kind,
        answer.channel,
        recorded_at=answer.recorded_at,
        is_invalidated=getattr(answer, "invalidation", None) is not None,
        now=now,
    )


def _set_aside(
    request: Request,
    answer: Answer,
    *,
    by: Actor,
    by_staff: StaffMember | None,
    reason: str,
    verb: str,
    now: datetime,
) -> Invalidation:
    """Write it down beside the answer, announce it, and record it."""
    answer.request = request
    made = Invalidation.objects.create(answer=answer, at=now, by_staff=by_staff, reason=reason)
    announce(request, now=now)
    audit.record(
        at=now, actor=by.actor, verb=f"consent.{verb}", object=f"consent.answer:{answer.pk}"
    )
    return made
