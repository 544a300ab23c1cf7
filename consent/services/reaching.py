"""Reaching a person again: a new link, a message that failed, a link in the wrong hands."""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.crypto import salted_hmac

from audit import services as audit
from consent.models import LinkWish, Request
from consent.services import drafts
from consent.services.asking import Actor
from notices import services as outbox
from school import services as school
from school.models import StaffMember
from school.roles import may_see_all_meetings
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

logger = logging.getLogger(__name__)


@transaction.atomic
def send_new_link(request: Request, *, by: Actor) -> bool:
    """Let the old link die and mail a new one to the address on record; at most once an hour.

    Return whether it was sent: within the hour the last one still works, so nothing happens.
    """
    now = clock.now()
    locked = _locked(request)
    if locked.ended_at is not None or not _is_first(f"request:{locked.pk}", now=now):
        return False
    locked.link_version += 1
    locked.save(update_fields=["link_version"])
    _queue_link([locked], now=now)
    audit.record(
        at=now, actor=by.actor, verb="consent.new_link", object=f"consent.request:{locked.pk}"
    )
    return True


@transaction.atomic
def wish_for_link(email: str) -> None:
    """Mail the links that are live for an address on record; for any other, do nothing.

    The answer to the person is the same, and a row is written, in either case. At most once an hour
    for an address: the links stay as they are, so nobody can break another person's.
    """
    now = clock.now()
    address = email.strip().casefold()
    if not address or not _is_first(f"address:{address}", now=now):
        return
    requests = list(
        Request.objects.live()
        .filter(guardian__email__iexact=address, question__closed_at=None)
        .filter(question__ends_at__gt=now)
        .select_related("question", "pupil", "guardian")
        .order_by("question_id", "pk")
    )
    own = Request.objects.live().filter(guardian=None, pupil__email__iexact=address)
    requests += own.filter(question__closed_at=None, question__ends_at__gt=now).select_related(
        "question", "pupil"
    )
    by_question: dict[int, list[Request]] = {}
    for request in requests:
        by_question.setdefault(request.question_id, []).append(request)
    for rows in by_question.values():
        _queue_link(rows, now=now)


@transaction.atomic
def disown(request: Request, *, by: Actor) -> None:
    """Let a link die that reached the wrong person, and raise it to staff; nothing is sent."""
    now = clock.now()
    locked = _locked(request)
    locked.link_version += 1
    locked.disowned_at = now
    locked.save(update_fields=["link_version", "disowned_at"])
    audit.record(
        at=now, actor=by.actor, verb="consent.disown", object=f"consent.request:{locked.pk}"
    )


@transaction.atomic
def resend(request: Request, *, by: StaffMember) -> None:
    """Send the request again, after staff have looked at the address.

    Raises NotAllowed when the person may not, or when the pupil is not asked about any more. What
    forbids contact forbids this too: it is asked again when the letter leaves (E30).
    """
    now = clock.now()
    locked = _locked(request)
    is_asker = locked.question.asked_by_id == by.pk
    if not (is_asker or may_see_all_meetings(by.viewer())):
        raise NotAllowed("Only the person who asked, the office and the safeguarding team can.")
    if locked.ended_at is not None or not locked.question.is_open(now=now):
        raise NotAllowed("Nobody is asked about this pupil any more.")
    if not drafts.with_reader([locked], now=now):
        raise NotAllowed("There is nobody on record to write to: ring the family or use paper.")
    locked.failed_at = None
    locked.failed_because = ""
    locked.disowned_at = None
    locked.save(update_fields=["failed_at", "failed_because", "disowned_at"])
    if locked.guardian_id is not None:
        # Somebody has looked at the address: it is tried once more (E46).
        school.open_email([locked.guardian_id], by=by)
    letter = drafts.draft(
        drafts.REQUEST,
        [locked],
        question=locked.question,
        key=f"again:{now:%Y%m%d%H%M}",
        due_at=now,
    )
    outbox.queue([letter], now=now)
    audit.record(
        at=now, actor=by.actor, verb="consent.resend", object=f"consent.request:{locked.pk}"
    )


@transaction.atomic
def mark_failed(request_ids: Sequence[int], *, because: str = "", now: datetime) -> None:
    """Note that a message could not reach these people: the meeting's page asks to ring them."""
    Request.objects.filter(pk__in=list(request_ids)).update(failed_at=now, failed_because=because)


@transaction.atomic
def mark_tried_again(request_ids: Sequence[int]) -> None:
    """Take back that a message could not reach these people: it is on its way once more."""
    Request.objects.filter(pk__in=list(request_ids)).update(failed_at=None, failed_because="")


def _locked(request: Request) -> Request:
    """Return the request, locked, with all that a letter needs."""
    return (
        Request.objects.select_for_update(of=("self",))
        .select_related("question", "pupil")
        .get(pk=request.pk)
    )


def _is_first(wisher: str, *, now: datetime) -> bool:
    """Tell whether nobody asked for this before within the clock hour, and write it down."""
    digest = salted_hmac("consent.link_wish", wisher, algorithm="sha256").hexdigest()
    hour = now.replace(minute=0, second=0, microsecond=0)
    _, is_new = LinkWish.objects.get_or_create(digest=digest, hour=hour)
    return is_new


def _queue_link(requests: Sequence[Request], *, now: datetime) -> None:
    """Queue letters with the links of these requests of one question, one for each person."""
    outbox.queue(
        [
            drafts.draft(
                drafts.NEW_LINK,
                group,
                question=group[0].question,
                key=f"{now:%Y%m%d%H}:{group[0].link_version}",
                due_at=now,
            )
            for group in drafts.grouped(drafts.with_reader(requests, now=now))
        ],
        now=now,
    )
