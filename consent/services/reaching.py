"""Reaching a person again: a new link, a message that failed, a link in the wrong hands."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from audit import services as audit
from consent.models import Answer, Check, Request
from consent.policy import Help, Weight
from consent.selectors.answers import by_request
from consent.selectors.covering import heard_of
from consent.selectors.standing import resend_refusal
from consent.selectors.voices import weigh
from consent.services import drafts
from consent.services.answering import announce, locked
from consent.services.asking import Actor
from consent.services.locks import hold_requests
from consent.services.standing import hold_given, lapse
from consent.services.wishing import LOST, is_first_wish
from notices import services as outbox
from school import services as school
from school.models import StaffMember
from school.policy import ask_again_after
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

logger = logging.getLogger(__name__)

WISH_AGAIN_AFTER = timedelta(hours=1)


@audit.atomic()
def send_new_link(request: Request, *, by: Actor) -> bool:
    """Let the old link die and mail a new one to the address on record; at most once an hour.

    Return whether it was sent: within the hour the last one still works, so nothing happens.
    """
    now = clock.now()
    asked = _locked(request)
    if asked.ended_at is not None or not is_first_wish(LOST, str(asked.pk), now=now):
        return False
    asked.link_version += 1
    asked.save(update_fields=["link_version"])
    _queue_link([asked], once_in=WISH_AGAIN_AFTER, now=now)
    audit.record(
        at=now, actor=by.actor, verb="consent.new_link", object=f"consent.request:{asked.pk}"
    )
    return True


def send_lost_links(address: str, *, is_crowded: bool, now: datetime) -> None:
    """Mail the links that are live for an address on record; for any other, do nothing.

    Where somebody said that the e-mail was not meant for them, nothing more goes until staff have
    looked. At most once an hour for an address, and once a day when the sender asks for very many:
    the links stay as they are, so nobody can break another person's.
    """
    requests = list(
        Request.objects.live()
        .filter(guardian__email__iexact=address, question__closed_at=None, disowned_at=None)
        .filter(question__ends_at__gt=now)
        .select_related("question", "pupil", "guardian")
        .order_by("question__closes_at", "pk")
    )
    own = Request.objects.live().filter(
        guardian=None, pupil__email__iexact=address, disowned_at=None
    )
    requests += own.filter(question__closed_at=None, question__ends_at__gt=now).select_related(
        "question", "pupil"
    )
    by_call: dict[str, list[Request]] = {}
    for request in requests:
        # The dates of a series stand in one letter, as when they were asked about.
        question = request.question
        by_call.setdefault(question.series or f"question:{question.pk}", []).append(request)
    once_in = ask_again_after(WISH_AGAIN_AFTER, is_crowded=is_crowded)
    for rows in by_call.values():
        _queue_link(rows, once_in=once_in, now=now)


@audit.atomic()
def disown(request: Request, *, by: Actor, is_mailbox_wrong: bool = True) -> None:
    """Let the links die that reached the wrong person, and raise it to staff; nothing is sent.

    The same mailbox got the links for brothers and sisters, for other calls and other dates: they die
    too. A yes that was given with any of them does not count until staff have looked, every yes for
    the school year ends, and nothing more goes to the mailbox until staff have looked at the address:
    unless it is theirs, and the letter was only passed on.
    Raises NotAllowed when the pupil has been taken out of the question.
    """
    known = {request.pk: request, **_of_the_mailbox(request, now=clock.now()).in_bulk()}
    given = Q(guardian=request.guardian_id) if request.guardian_id else Q(pk=None)
    held = hold_given(known.values(), given, now=clock.now())
    own, _ = locked(request, now=clock.now())
    # Read under the locks: an answer that overtook this one is older than it, and waits as well.
    now = clock.now()
    requests = [own, *_others(own, among=list(known))]
    for row in requests:
        row.link_version += 1
        row.disowned_at = now
        row.save(update_fields=["link_version", "disowned_at"])
    for rows in _by_question(requests):
        announce(*rows, now=now, is_astray=True)
    why = "The link with which it was given was in the wrong hands."
    lapse(held, by=by, reason=why, now=now, kills_link=True)
    address = (own.guardian or own.pupil).email
    if is_mailbox_wrong and address:
        school.close_email(address, by=school.SWEEP, at=now)
    audit.record(
        at=now,
        actor=by.actor,
        verb="consent.disown",
        object=f"consent.request:{own.pk}",
        requests=[row.pk for row in requests],
    )


@audit.atomic()
def ask_for_help(request: Request, *, by: Actor, need: Help) -> None:
    """Note that somebody needs help before they can answer, and tell who asked and the office.

    Raises NotAllowed when nobody is asked about this pupil any more.
    """
    now = clock.now()
    asked = _locked(request)
    question = asked.question
    if asked.ended_at is not None or not question.is_open(now=now):
        raise NotAllowed("Nobody is asked about this pupil any more.")
    asked.help_asked_at, asked.help_needed = now, need.value
    asked.save(update_fields=["help_asked_at", "help_needed"])
    outbox.queue(drafts.help_wanted(asked, now=now), now=now)
    audit.record(
        at=now,
        actor=by.actor,
        verb="consent.help",
        object=f"consent.request:{asked.pk}",
        need=need.value,
    )


@audit.atomic()
def resend(request: Request, *, by: StaffMember) -> None:
    """Send the request again, after staff have looked at the address.

    Raises NotAllowed when the person may not, when nobody has corrected or confirmed an address that
    turned out another's, or when the pupil is not asked about any more. What forbids contact forbids
    this too: it is asked again when the letter leaves (E30).
    """
    now = clock.now()
    asked = _locked(request)
    refusal = resend_refusal(asked, by.viewer())
    if refusal:
        raise NotAllowed(refusal)
    school.check_no_kin(asked.pupil, by=by)
    if asked.ended_at is not None or not asked.question.is_open(now=now):
        raise NotAllowed("Nobody is asked about this pupil any more.")
    if not drafts.with_reader([asked], now=now):
        raise NotAllowed("There is nobody on record to write to: ring the family or use paper.")
    _let_go_of_doubted(asked, by=by, now=now)
    if asked.failed_at is not None:
        ask_anew_where_untold([asked.pk], now=now)
        asked.refresh_from_db(fields=["asked_at"])
    asked.failed_at = None
    asked.failed_because = ""
    asked.disowned_at = None
    asked.save(update_fields=["failed_at", "failed_because", "disowned_at"])
    # Somebody has looked at the address: it is tried once more (E46).
    if asked.guardian_id is not None:
        school.open_email([asked.guardian_id], by=by)
    else:
        school.open_email([], by=by, pupil_ids=[asked.pupil_id])
    letter = drafts.draft(
        drafts.NOTICE if heard_of(asked).voice.is_for_year else drafts.REQUEST,
        [asked],
        question=asked.question,
        key=f"again:{now:%Y%m%d%H%M}",
        due_at=now,
    )
    outbox.queue([letter], now=now)
    audit.record(
        at=now, actor=by.actor, verb="consent.resend", object=f"consent.request:{asked.pk}"
    )


@audit.atomic()
def mark_failed(request_ids: Sequence[int], *, because: str = "", now: datetime) -> None:
    """Note that a message could not reach these people: the meeting's page asks to ring them."""
    held = hold_requests(Request.objects.filter(pk__in=list(request_ids)))
    Request.objects.filter(pk__in=held).update(failed_at=now, failed_because=because)


@audit.atomic()
def mark_tried_again(request_ids: Sequence[int]) -> None:
    """Take back that a message could not reach these people: it is on its way once more."""
    held = hold_requests(Request.objects.filter(pk__in=list(request_ids)))
    failed = Request.objects.filter(pk__in=held, failed_at__isnull=False)
    ask_anew_where_untold(failed.values_list("pk", flat=True), now=clock.now())
    Request.objects.filter(pk__in=held).update(failed_at=None, failed_because="")


def ask_anew_where_untold(request_ids: Iterable[int], *, now: datetime) -> None:
    """Let no yes for the school year count again for a call of which its letter did not tell (P5).

    What is sent next asks about the call itself.
    """
    rows = list(Request.objects.filter(pk__in=list(request_ids)).order_by("pk"))
    answers = by_request(Answer.objects.filter(request__in=rows))
    rested = [row.pk for row in rows if (said := answers.get(row.pk)) and said[-1].standing_id]
    Request.objects.filter(pk__in=rested).update(asked_at=now)


def _locked(request: Request) -> Request:
    """Return the request, locked, with all that a letter needs."""
    return (
        Request.objects.select_for_update(no_key=True, of=("self",))
        .select_related("question", "pupil")
        .get(pk=request.pk)
    )


def _of_the_mailbox(request: Request, *, now: datetime) -> QuerySet[Request]:
    """Return the live requests of the same person about calls that are not over."""
    whose = {"guardian": request.guardian_id, "pupil": request.pupil_id}
    if request.guardian_id is not None:
        del whose["pupil"]
    alive = Request.objects.live().filter(question__closed_at=None, question__ends_at__gt=now)
    return alive.filter(**whose)


def _others(request: Request, *, among: Sequence[int]) -> list[Request]:
    """Return the other requests of those that are locked, as they stand now."""
    rows = Request.objects.live().filter(pk__in=among).exclude(pk=request.pk)
    return list(rows.select_related("question").order_by("pk"))


def _by_question(requests: Sequence[Request]) -> list[list[Request]]:
    """Return requests in groups of one question each, in the order in which questions are locked."""
    groups: dict[int, list[Request]] = {}
    for request in sorted(requests, key=lambda row: (row.question_id, row.pk)):
        groups.setdefault(request.question_id, []).append(request)
    return list(groups.values())


def _let_go_of_doubted(request: Request, *, by: StaffMember, now: datetime) -> None:
    """Write down that a yes by a disowned link does not count: the person is asked anew."""
    answers = by_request(Answer.objects.filter(request=request)).get(request.pk, [])
    Check.objects.bulk_create(
        [
            Check(
                answer=answer,
                is_accepted=False,
                checked_by=by,
                checked_at=now,
                note="The link was disowned, and the person was asked again.",
            )
            for answer in answers
            if not answer.is_by_someone_else and weigh(request, answer) is Weight.WAITS
        ]
    )


def _queue_link(requests: Sequence[Request], *, once_in: timedelta, now: datetime) -> None:
    """Queue letters with the links of these requests of one call or series, one for each person."""
    window = int(now.timestamp() // once_in.total_seconds())
    outbox.queue(
        [
            drafts.draft(
                drafts.NEW_LINK,
                group,
                question=group[0].question,
                key=f"{window}:{group[0].link_version}",
                due_at=now,
            )
            for group in drafts.grouped_over_calls(drafts.with_reader(requests, now=now))
        ],
        now=now,
    )
