"""Writing down what a family said on the telephone, in person or on paper, with the paper's scan."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from audit import services as audit
from consent.models import Answer, PaperForm, Request, Scan, Wording
from consent.policy import Channel, Kind
from consent.selectors.dates import answerable_from
from consent.services.answering import add, locked, tell
from consent.services.dates import come
from consent.services.said import Said, TooLate
from school import services as school
from school.models import StaffMember
from school.roles import may_see_all_meetings
from schoolsafe.lib import clock, scans
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def record(
    request: Request,
    *,
    by: StaffMember,
    takes_part: bool,
    may_be_recorded: bool | None,
    name: str,
    relationship: str,
    channel: str,
    at: datetime | None = None,
    note: str = "",
    form: PaperForm | None = None,
    scan: scans.Scan | None = None,
    also: Sequence[Request] = (),
) -> Answer:
    """Write down what a family said on the telephone, on paper or in person, with who wrote it.

    What was said of other dates of a series too is an answer of its own for each of `also`, with one
    receipt for all: either all are written down or none.
    What came back on a form of ours is an answer to the text printed on it: a yes to a plan that
    has materially changed since does not count, and the family is asked again (E39).
    Raises NotAllowed when the person may not, when the time lies ahead or before the family was asked,
    or asked anew, or when the call has begun.
    """
    said = Said(
        kind=Kind.YES if takes_part else Kind.NO,
        channel=Channel(channel),
        may_be_recorded=may_be_recorded if takes_part else None,
        name=name.strip(),
        relationship=relationship,
        at=at,
        note=note,
        form=form,
    )
    added = _write_down_all([request, *also], said, by=by, scan=scan)
    tell(added, now=added[0].recorded_at)
    return added[0]


@audit.atomic()
def record_unclear(
    request: Request,
    *,
    by: StaffMember,
    name: str,
    channel: str,
    at: datetime | None = None,
    note: str = "",
    form: PaperForm | None = None,
    scan: scans.Scan | None = None,
    also: Sequence[Request] = (),
) -> Answer:
    """Write down that something came back that is neither yes nor no: unsigned, illegible (E50).

    Until somebody has asked, it counts as no; for `also` as well. Raises NotAllowed as `record` does.
    """
    said = Said(
        kind=Kind.UNCLEAR,
        channel=Channel(channel),
        name=name.strip(),
        at=at,
        note=note,
        form=form,
    )
    # It has no receipt: somebody calls.
    return _write_down_all([request, *also], said, by=by, scan=scan)[0]


def _write_down_all(
    requests: Sequence[Request], said: Said, *, by: StaffMember, scan: scans.Scan | None
) -> list[Answer]:
    """Take all the locks first, then add an answer for each date with the text of its own."""
    school.check_no_kin_among({row.pupil_id for row in requests}, by=by)
    come(requests)
    return [_write_down(row, said, by=by, scan=scan) for row in requests]


def _write_down(
    request: Request, said: Said, *, by: StaffMember, scan: scans.Scan | None
) -> Answer:
    """Check, lock and add."""
    now = clock.now()
    _check(request, said, by=by, has_scan=scan is not None, now=now)
    request, wording_id = locked(request, now=now)
    if not request.question.is_open(now=now):
        raise TooLate("The call has begun or is over: the answer cannot be changed here any more.")
    if said.form is not None and said.form.printed_at < request.asked_at:
        raise NotAllowed("The pupil has been asked about anew since this form was printed.")
    if said.at is not None and said.at < (since := answerable_from(request)).at:
        raise NotAllowed(since.words)
    asks_recording = request.question.asks_recording
    if said.form is not None:
        wording_id, asks_recording = said.form.wording_id, said.form.wording.asked.is_recorded
    elif said.at is not None:
        told = _told_at(request, said.at)
        wording_id, asks_recording = told.pk, told.asked.is_recorded
    said = replace(
        said,
        may_be_recorded=said.may_be_recorded if asks_recording else None,
        scan=_row(scan) if scan else None,
    )
    return add(request, said, by=by, wording_id=wording_id, is_by_someone_else=False, now=now)


def _told_at(request: Request, at: datetime) -> Wording:
    """Return the text that stood when a family spoke: nobody agrees to what was planned later (E39).

    What was said in the minute of the asking is about the first: a page knows no seconds.
    """
    wordings = Wording.objects.filter(question=request.question_id).order_by("-version")
    return wordings.filter(created_at__lte=at).first() or wordings.reverse()[0]


def _check(request: Request, said: Said, *, by: StaffMember, has_scan: bool, now: datetime) -> None:
    """Refuse a record by the wrong person, of the wrong way or form, or of a time to come."""
    if not may_see_all_meetings(by.viewer()):
        raise NotAllowed("Only the office and the safeguarding team can record an answer.")
    if said.channel in {Channel.LINK, Channel.STANDING}:
        raise NotAllowed("Say whether it came by telephone, on paper or in person.")
    if said.at is not None and said.at > now:
        raise NotAllowed("The answer cannot have been given at a time that lies ahead.")
    if said.channel is not Channel.PAPER and (has_scan or said.form is not None):
        raise NotAllowed("A form and its scan belong to an answer on paper.")
    if said.form is not None and said.form.request_id != request.pk:
        raise NotAllowed("This form was printed for somebody else.")


def _row(scan: scans.Scan) -> Scan:
    """Return the row of a scan; it is kept together with its answer."""
    return Scan(kind=scan.kind.value, size=len(scan.content), content=scan.content)
