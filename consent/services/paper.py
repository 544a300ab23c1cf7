"""Printing forms, and looking at what was answered: each leaves its line in the audit."""

from collections.abc import Collection, Sequence

from audit import services as audit
from consent.models import Answer, PaperForm, Question, Wording
from consent.selectors.printing import language_of, requests_to_print
from school import services as school
from school.models import Pupil, StaffMember
from school.roles import may_see_all_meetings
from school.selectors import kin_among
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def print_forms(
    question: Question,
    *,
    by: StaffMember,
    request_ids: Sequence[int] | None = None,
    but_pupils: Collection[int] = (),
    is_for_missing: bool = False,
) -> list[PaperForm]:
    """Write down a form for each person who may get one, and return them to be drawn.

    For all but some pupils, for those whose answer is missing, or for the named requests. Who may see the call is
    for the room above to say; no form about their own family is printed for anybody. Raises NotAllowed
    when nobody is left to print for.
    """
    now = clock.now()
    if not question.is_open(now=now):
        raise NotAllowed("The call has begun, is over or cancelled: no form can be used any more.")
    requests = requests_to_print(question.pk, now, is_for_missing=is_for_missing)
    if request_ids is not None:
        requests = [request for request in requests if request.pk in set(request_ids)]
    if not requests:
        raise NotAllowed("There is nobody a form could be printed for.")
    kin = kin_among(by, {request.pupil_id for request in requests})
    requests = [row for row in requests if row.pupil_id not in {*kin, *but_pupils}]
    if not requests:
        raise NotAllowed(school.KIN)
    # The text as it stands in the row, not as whoever calls has read it.
    wording = Wording.objects.get(question=question, version=requests[0].question.version)
    printed = PaperForm.objects.bulk_create(
        [
            PaperForm(
                request=request,
                wording=wording,
                language=language_of(request),
                printed_at=now,
                printed_by=by,
            )
            for request in requests
        ]
    )
    audit.record(
        at=now,
        actor=by.actor,
        verb="consent.print",
        object=f"consent.question:{question.pk}",
        forms=[form.pk for form in printed],
        requests=[request.pk for request in requests],
        version=wording.version,
    )
    return printed


@audit.atomic()
def look_at_scan(answer: Answer, *, by: StaffMember) -> None:
    """Write down that a member of staff has looked at the paper of an answer.

    Raises NotAllowed when the person may not.
    """
    _check_reader(by)
    school.check_no_kin_among([answer.request.pupil_id], by=by)
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb="consent.read",
        object=f"consent.answer:{answer.pk}",
        scan=True,
    )


@audit.atomic()
def look_at_evidence(question: Question, pupil: Pupil, *, by: StaffMember, form: str) -> None:
    """Write down that a member of staff has read all that is known of a pupil's consent to a call.

    `form` says whether on the page or as a file. Raises NotAllowed when the person may not.
    """
    _check_reader(by)
    school.check_no_kin(pupil, by=by)
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb="consent.read",
        object=f"consent.question:{question.pk}",
        pupil=pupil.pk,
        form=form,
    )


def _check_reader(by: StaffMember) -> None:
    """Refuse to show to others than those who see all calls."""
    if not may_see_all_meetings(by.viewer()):
        raise NotAllowed("Only the office and the safeguarding team can read this.")
