"""All that is known of one pupil's consent to one call: the rows, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet

from audit.models import Entry
from consent import policy
from consent.models import Answer, PaperForm, Question, Request, Scan, Wording
from consent.policy import Mode
from consent.selectors.voices import AskedPupil, Heard, asked_pupils
from notices.models import Notice
from school.models import Guardianship, Pupil, StaffMember
from school.selectors import school

# What goes to a family about a question. Nothing else about the same call is read here.
TO_FAMILY = (
    "consent_request",
    "consent_notice",
    "consent_reminder",
    "consent_changed",
    "consent_new_link",
    "consent_receipt",
    "consent_answered_by_other",
    "consent_undone",
)
# What happened to a request that leaves no row of its own.
RECORDED = ("consent.new_link", "consent.disown", "consent.resend", "consent.help")


@dataclass(frozen=True, kw_only=True)
class AskedOne:
    """Somebody who counts for the pupil now, or was asked."""

    name: str
    relationship: str
    heard: Heard | None
    request: Request | None
    answers: tuple[Answer, ...]
    notices: tuple[Notice, ...]
    forms: tuple[PaperForm, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What was asked, by which message, what was said, and what it came to."""

    question: Question
    pupil: Pupil
    row: AskedPupil | None
    people: tuple[AskedOne, ...]
    wordings: tuple[Wording, ...]
    scans: dict[int, Scan]
    staff: dict[int, str]
    others: dict[int, Pupil]
    mode: Mode


def evidence(question: Question, pupil: Pupil, now: datetime) -> Evidence | None:
    """Return all of it, however much there is in the same number of queries.

    None when nobody was ever asked about this pupil in this question.
    """
    requests = list(
        Request.objects.filter(question=question, pupil=pupil)
        .select_related("question", "pupil", "guardian")
        .order_by("pk")
    )
    if not requests:
        return None
    row = next((one for one in asked_pupils([question.pk], now) if one.pupil.pk == pupil.pk), None)
    answers = _by_request(_answers(requests))
    notices = _notices(question, requests)
    forms: dict[int, list[PaperForm]] = defaultdict(list)
    for form in PaperForm.objects.filter(request__in=requests).select_related(
        "wording", "printed_by"
    ):
        forms[form.request_id].append(form)
    entries = _entries(requests)
    ties = {tie.guardian_id: tie.relationship for tie in Guardianship.objects.filter(pupil=pupil)}
    people = [
        AskedOne(
            name=_name(request, heard),
            relationship=ties.get(request.guardian_id or 0, "")
            if request
            else (heard.relationship if heard else ""),
            heard=heard,
            request=request,
            answers=tuple(answers.get(request.pk, ())) if request else (),
            notices=tuple(notices.get(request.pk, ())) if request else (),
            forms=tuple(forms.get(request.pk, ())) if request else (),
            entries=tuple(entries.get(request.pk, ())) if request else (),
        )
        for request, heard in _everybody(requests, row)
    ]
    said = [answer.pk for rows in answers.values() for answer in rows]
    scans = Scan.objects.filter(answer__in=said).defer("content")
    return Evidence(
        question=question,
        pupil=pupil,
        row=row,
        people=tuple(people),
        wordings=tuple(Wording.objects.filter(question=question).order_by("version")),
        scans={scan.answer_id: scan for scan in scans},
        staff={staff.pk: staff.name for staff in _staff(entries)},
        mode=policy.mode_of(pupil.consent_mode, school().consent_mode),
        others=Pupil.objects.in_bulk(_others(notices, pupil)),
    )


def _everybody(
    requests: Sequence[Request], row: AskedPupil | None
) -> list[tuple[Request | None, Heard | None]]:
    """Return those who count now, asked or not, then those who were asked and no longer count."""
    counting = row.heard if row else ()
    heard = {one.request.pk for one in counting if one.request}
    everybody: list[tuple[Request | None, Heard | None]] = []
    everybody += [(next((r for r in requests if r == one.request), None), one) for one in counting]
    return everybody + [(request, None) for request in requests if request.pk not in heard]


def _name(request: Request | None, heard: Heard | None) -> str:
    """Return whom it was put to."""
    if heard is not None:
        return heard.name
    if request is not None and request.guardian is not None:
        return request.guardian.name
    return "Nobody on record"


def _answers(requests: Sequence[Request]) -> QuerySet[Answer]:
    """Return every answer with all that staff found about it; here, and only here, in clear."""
    return (
        Answer.objects.filter(request__in=requests)
        .select_related(
            "wording",
            "recorded_by",
            "form",
            "standing",
            "check_made__checked_by",
            "invalidation__by_staff",
        )
        .order_by("at", "pk")
    )


def _by_request(answers: QuerySet[Answer]) -> dict[int, list[Answer]]:
    """Return the answers of each request."""
    grouped: dict[int, list[Answer]] = defaultdict(list)
    for answer in answers:
        grouped[answer.request_id].append(answer)
    return grouped


def _notices(question: Question, requests: Sequence[Request]) -> dict[int, list[Notice]]:
    """Return the messages about each request with what came of each try.

    Those to the same person about another child alone are left out unread.
    """
    numbers = {request.pk for request in requests}
    guardians = [request.guardian_id for request in requests if request.guardian_id]
    rows = (
        Notice.objects.filter(about__in=[one for one in (question.about, question.series) if one])
        .filter(kind__in=TO_FAMILY)
        .filter(Q(guardian__in=guardians) | Q(pupil=requests[0].pupil_id))
        .prefetch_related(Prefetch("deliveries"))
        .order_by("queued_at", "pk")
    )
    found: dict[int, list[Notice]] = defaultdict(list)
    for notice in rows:
        for number in numbers.intersection(notice.detail.get("requests", [])):
            found[number].append(notice)
    return found


def _others(notices: dict[int, list[Notice]], pupil: Pupil) -> set[int]:
    """Return the brothers and sisters whom a letter was about too: their names are nobody's here."""
    named = {pk for rows in notices.values() for notice in rows for pk in notice.pupil_ids}
    return named - {pupil.pk}


def _entries(requests: Sequence[Request]) -> dict[int, list[Entry]]:
    """Return what the audit holds of each request and no row does."""
    names = {f"consent.request:{request.pk}": request.pk for request in requests}
    found: dict[int, list[Entry]] = defaultdict(list)
    for entry in Entry.objects.filter(object__in=names, verb__in=RECORDED).order_by("pk"):
        found[names[entry.object]].append(entry)
    return found


def _staff(entries: dict[int, list[Entry]]) -> QuerySet[StaffMember]:
    """Return the members of staff whom the audit names."""
    actors = {entry.actor for rows in entries.values() for entry in rows}
    numbers = [actor.removeprefix("staff:") for actor in actors if actor.startswith("staff:")]
    return StaffMember.objects.filter(pk__in=[int(number) for number in numbers])
