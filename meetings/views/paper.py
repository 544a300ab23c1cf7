"""Paper forms for the families of a call."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from consent import pages as papers
from consent import services as consent
from meetings import policy
from meetings.views.loading import for_action
from school.access import StaffRequest, staff_page
from schoolsafe.lib import clock
from schoolsafe.lib.rows import names_a_row
from schoolsafe.lib.rules import NotAllowed


@require_POST
@staff_page
def print_forms(request: StaffRequest, pk: int) -> HttpResponse:
    """Print one form, those that are missing, or all: for who runs the call or sees all of them."""
    here = for_action(request, pk, policy.Action.PRINT)
    if here.meeting.question is None:
        raise NotAllowed("Ask the families first: then there is something to print.")
    one = request.POST.get("request")
    wanted = None if one is None else [int(one)] if names_a_row(one) else []
    forms = consent.print_forms(
        here.meeting.question,
        by=request.staff,
        request_ids=wanted,
        but_pupils=here.facts.kept_from,
        is_for_missing="missing" in request.POST,
    )
    return HttpResponse(
        papers.form_paper(forms, now=clock.now()),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{papers.name_of(forms)}"'},
    )
