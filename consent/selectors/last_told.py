"""Which version of a plan a family was last told, by a letter that left or a page that they answered."""

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from consent.models import Answer, PaperForm, Request, Wording
from consent.policy import Channel
from notices.models import Notice
from notices.policy import State
from notices.selectors import facts_of

# What tells a plan that was not told before, or what has changed of it. A reminder shows the plan too,
# but nobody reads in it that something is new.
TELLING = ("consent_request", "consent_notice", "consent_changed")
# A letter that asks, or tells of a covered call, and has not left yet shows the plan of that moment.
FIRST = ("consent_request", "consent_notice")


def versions_of(requests: Iterable[Request]) -> dict[str, int]:
    """Return what a letter about these requests notes of itself: the version of each plan it tells."""
    return {_name(row.question_id): row.question.version for row in requests}


def last_told(requests: Sequence[Request]) -> dict[int, int]:
    """Return the version that each of these requests' person was last told.

    They are of one question and one person. Whoever was told nothing yet is not in it; a letter that came
    back told nobody.
    """
    told: dict[int, int] = {}
    for notice in _letters(requests, TELLING).filter(state=State.SENT.value):
        version = _version(notice, requests[0])
        for pk in _requests(notice, requests):
            told[pk] = max(told.get(pk, 0), version)
    read = Answer.objects.filter(request__in=requests, is_by_someone_else=False)
    for pk, version in read.exclude(channel=Channel.STANDING.value).values_list(
        "request", "wording__version"
    ):
        told[pk] = max(told.get(pk, 0), version)
    return told


def is_first_letter_waiting(requests: Sequence[Request]) -> bool:
    """Tell whether a letter that asks about one of these, or tells of it, is still to leave."""
    waiting = _letters(requests, FIRST).filter(state__in=[State.DUE.value, State.SENDING.value])
    return any(_requests(notice, requests) for notice in waiting.defer("letter"))


def heard_of(
    question_ids: Sequence[int], *, guardian_id: int | None, pupil_ids: Sequence[int]
) -> set[int]:
    """Return of which of these questions somebody may know: a letter or form may have left, or they answered.

    Any letter counts whose leaving is not ruled out: whoever may wait for the call must hear of it.
    """
    rows = Request.objects.live().filter(
        question__in=question_ids, guardian=guardian_id, pupil__in=pupil_ids
    )
    asked = dict(rows.values_list("pk", "question_id"))
    letters = Notice.objects.filter(kind__startswith="consent_", guardian=guardian_id)
    if guardian_id is None:
        letters = letters.filter(pupil__in=pupil_ids)
    # Whatever it is about: a new link to one date of a series stands in a letter with the others.
    gone = letters.exclude(state=State.DUE.value).exclude(state=State.DROPPED.value, fate="")
    told = {
        pk for detail in gone.values_list("detail", flat=True) for pk in detail.get("requests", [])
    }
    told.update(Answer.objects.filter(request__in=asked).values_list("request_id", flat=True))
    # A form went home with the child, perhaps.
    told.update(PaperForm.objects.filter(request__in=asked).values_list("request_id", flat=True))
    return {question_id for pk, question_id in asked.items() if pk in told}


def _letters(requests: Sequence[Request], kinds: Sequence[str]) -> QuerySet[Notice]:
    first = requests[0]
    abouts = [about for about in (first.question.about, first.question.series) if about]
    pupil_id = None if first.guardian_id else first.pupil_id
    return Notice.objects.filter(
        about__in=abouts, kind__in=kinds, guardian=first.guardian_id, pupil=pupil_id
    )


def _requests(notice: Notice, among: Sequence[Request]) -> set[int]:
    return {row.pk for row in among}.intersection(notice.detail.get("requests", []))


def _version(notice: Notice, request: Request) -> int:
    """Return the version that a letter told; of an older one at least what stood when it was queued."""
    known = facts_of(notice).get(_name(request.question_id))
    if known is not None:
        return known
    wordings = Wording.objects.filter(
        question=request.question_id, created_at__lte=notice.queued_at
    )
    return wordings.order_by("-version").values_list("version", flat=True).first() or 0


def _name(question_id: int) -> str:
    return f"question:{question_id}"
