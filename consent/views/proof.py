"""What was answered, for those who must be able to prove it; each look is written down."""

from typing import Any

from csp.decorators import csp_update
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from consent import pages, selectors, services
from consent.models import Question, Scan
from consent.pages import EvidencePage
from consent.views.staff import next_of
from school.access import StaffRequest, capable, staff_page
from school.models import Pupil
from school.roles import may_see_all_meetings
from school.selectors import school
from schoolsafe.lib import clock
from schoolsafe.lib.scans import ScanKind


@require_safe
@staff_page
@capable(may_see_all_meetings)
def evidence(request: StaffRequest, pk: int, pupil_id: int) -> HttpResponse:
    page = _read(request, pk, pupil_id, form="page")
    file = reverse("consent:evidence_file", args=[pk, pupil_id])
    context = {"page": page, "next": next_of(request), "file_url": file, "here": request.path}
    return render(request, "consent/evidence.html", context)


@require_safe
@staff_page
@capable(may_see_all_meetings)
def evidence_file(request: StaffRequest, pk: int, pupil_id: int) -> HttpResponse:
    page = _read(request, pk, pupil_id, form="file")
    content = pages.evidence_paper(
        page, number=pk, school=school(), by=request.staff, now=clock.now()
    )
    return attached(content, f"consent-{pk}-{pupil_id}.pdf")


@require_safe
@staff_page
@capable(may_see_all_meetings)
def scan(request: StaffRequest, pk: int) -> HttpResponse:
    """Hand out the paper of an answer: a picture to look at, a PDF only to be saved.

    What is in a PDF was never opened here, so no browser opens it at our address either.
    """
    kept = get_object_or_404(Scan.objects.select_related("answer__request"), answer=pk)
    services.look_at_scan(kept.answer, by=request.staff)
    response = HttpResponse(kept.content, content_type=kept.media_type)
    way = "attachment" if kept.kind == ScanKind.PDF else "inline"
    response["Content-Disposition"] = f'{way}; filename="consent-scan-{pk}.{kept.kind}"'
    # A file that somebody handed in runs nothing, whatever is in it.
    return sandboxed(response)


def sandboxed(response: HttpResponse) -> HttpResponse:
    """Return an answer that a browser keeps apart from everything of ours."""
    update: Any = csp_update
    kept: HttpResponse = update({"sandbox": True})(lambda: response)()
    return kept


def attached(content: bytes, name: str) -> HttpResponse:
    """Return a document of ours, to be saved or printed."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _read(request: StaffRequest, pk: int, pupil_id: int, *, form: str) -> EvidencePage:
    """Return the evidence, and write down who read it."""
    question = get_object_or_404(Question, pk=pk)
    pupil = get_object_or_404(Pupil, pk=pupil_id)
    found = selectors.evidence(question, pupil, clock.now())
    if found is None:
        raise Http404("Nobody was ever asked about this pupil in this question.")
    services.look_at_evidence(question, pupil, by=request.staff, form=form)
    return pages.evidence_page(found)
