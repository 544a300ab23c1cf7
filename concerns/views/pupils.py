"""The page of all that one may read about a pupil."""

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from concerns import chronology as order
from concerns import policy, selectors, services
from concerns.forms import ChronologyForm
from school import roles
from school.access import StaffRequest, second_factor, staff_page
from school.models import Pupil
from schoolsafe.lib import clock


@require_GET
@staff_page
@second_factor
@transaction.atomic
def chronology(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what this person may see about a pupil, in the order in which it happened (A36).

    To whoever may look for pupils and handles concerns the page of every pupil is there, so that one
    of whom they may see nothing is like one of whom there is nothing (E8).
    """
    pupil, now = get_object_or_404(Pupil, pk=pk), clock.now()
    together = "together" in request.GET
    file = selectors.pupil_file(pupil, request.viewer, together=together)
    if not policy.may_open_chronology(
        request.viewer,
        finds_pupils=roles.may_find_pupils(request.viewer),
        has_any=bool(file.concerns),
    ):
        raise Http404
    form = ChronologyForm(request.GET, categories=file.categories, kinds=file.kinds)
    wanted = form.wanted()
    lines = selectors.told(file, wanted)
    shown = {told.concern.pk: told.concern for told in lines}
    services.read_chronology(pupil, list(shown.values()), by=request.staff)
    context = {
        "pupil": pupil,
        "siblings": file.siblings,
        "flags": selectors.flags_of([pupil.pk], request.viewer, on=clock.today()),
        "may_set": roles.may_set_status(request.viewer),
        "tombstones": selectors.tombstones(request.viewer, [pupil.pk]),
        "together": together,
        "form": form,
        "is_all": wanted.is_all,
        "lines": lines,
        "concerns": len(shown),
        "patterns": order.patterns(
            [told.line for told in lines], zone=clock.zone(), today=clock.today()
        ),
        "may_copy": policy.may_copy_files(request.viewer),
        "leaving": selectors.transfer_of(pupil, request.viewer),
        "printed_at": selectors.in_full(now),
    }
    return render(request, "concerns/chronology.html", context, status=422 if form.errors else 200)
