"""Which messages a change makes due, and to whom: one for each person, never one for a couple."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from consent.models import Question, Request, StandingConsent
from notices.kinds import Draft
from school.selectors import school
from schoolsafe.lib import clock

REQUEST = "consent_request"
REMINDER = "consent_reminder"
RECEIPT = "consent_receipt"
CHANGED = "consent_changed"
ANSWERED_BY_OTHER = "consent_answered_by_other"
UNDONE = "consent_undone"
NEW_LINK = "consent_new_link"
UNANSWERED = "consent_unanswered"
HELP_WANTED = "consent_help_wanted"
ADDRESS_CHANGED = "consent_address_changed"
# A call that a yes for the school year covers, and what became of such a yes.
NOTICE = "consent_notice"
STANDING = "consent_standing"
# What is taken back once nobody needs to answer any more.
ASKING = (REQUEST, NOTICE, REMINDER, CHANGED, NEW_LINK, UNANSWERED)
# What somebody must know whatever becomes of the call: their link was used by another, or undid a word.
WARNINGS = (ANSWERED_BY_OTHER, UNDONE)
LADDER = "consent_request"


def with_reader(requests: Iterable[Request], *, now: datetime) -> list[Request]:
    """Return those that a letter can be about: a guardian reads it, or a pupil who answers alone."""
    today = clock.local(now).date()
    return [
        request
        for request in requests
        if request.guardian_id or request.pupil.answers_alone(on=today)
    ]


def grouped(requests: Iterable[Request]) -> list[list[Request]]:
    """Return what goes into one letter: the children of one guardian together (E44).

    A child with a safe address has a letter of their own: no other child's letter names them.
    """
    groups: dict[tuple[str, int], list[Request]] = defaultdict(list)
    for request in requests:
        if request.guardian_id is None or request.pupil.is_address_confidential:
            groups["request", request.pk].append(request)
        else:
            groups["guardian", request.guardian_id].append(request)
    return list(groups.values())


def grouped_over_calls(requests: Iterable[Request]) -> list[list[Request]]:
    """Return what goes into one letter about several calls; a safe address has one of its own."""
    groups: dict[tuple[int | None, int], list[Request]] = defaultdict(list)
    for request in requests:
        is_alone = request.guardian_id is None or request.pupil.is_address_confidential
        groups[request.guardian_id, request.pupil_id if is_alone else 0].append(request)
    return list(groups.values())


def draft(
    kind: str,
    requests: Sequence[Request],
    *,
    question: Question,
    key: str,
    due_at: datetime,
    about: str = "",
    may_wait: bool = False,
    **detail: object,
) -> Draft:
    """Return a message about these requests, all of one person; `about` is for one over several calls.

    One that asks for the first time `may_wait` where the school lets it: until when is asked as it
    leaves, for the call may be moved meanwhile.
    """
    first = requests[0]
    if may_wait:
        detail["may_wait"] = True
    is_own = first.guardian_id is None
    return Draft(
        kind=kind,
        key=f"{kind}:{first.pk}:{key}",
        due_at=due_at,
        about=about or question.about,
        guardian_id=first.guardian_id,
        pupil_ids=tuple(dict.fromkeys(request.pupil_id for request in requests)),
        pupil_id=first.pupil_id if is_own else None,
        needed_by=question.closes_at,
        detail={"requests": [request.pk for request in requests], **detail},
    )


def help_wanted(request: Request, *, now: datetime) -> list[Draft]:
    """Return the letters that tell staff of a family that needs help: one a day for a family.

    They name nobody: who it is stands on the page of the call.
    """
    question = request.question
    facts: dict[str, Any] = {
        "kind": HELP_WANTED,
        "due_at": now,
        "about": question.about,
        "detail": {"requests": [request.pk]},
    }
    key = f"{HELP_WANTED}:{request.pk}:{now:%Y%m%d}"
    letters = [Draft(key=f"{key}:office", address=school().office_email, **facts)]
    if question.asked_by_id is not None:
        letters.append(Draft(key=f"{key}:asker", staff_id=question.asked_by_id, **facts))
    return letters


def about_standing(standing: StandingConsent, *, key: str, now: datetime) -> Draft:
    """Return the letter that tells what became of a yes for the school year."""
    return Draft(
        kind=STANDING,
        key=f"{STANDING}:{standing.pk}:{key}",
        due_at=now,
        about=f"consent.standing:{standing.pk}",
        guardian_id=standing.guardian_id,
        pupil_ids=(standing.pupil_id,),
        detail={"standing": standing.pk},
    )
