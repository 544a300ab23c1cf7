"""Which heading of a school's own export means what."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from consent.forms import MappingForm
from school import selectors
from school import services as school
from school.access import StaffRequest, capable, second_factor, staff_page
from school.imports import READY, ColumnMapping
from school.roles import may_import_people

UNREADABLE = 422


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_import_people)
@second_factor
def new_mapping(request: StaffRequest) -> HttpResponse:
    """Add a source: its name, and its headings."""
    return _page(request, None)


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_import_people)
@second_factor
def mapping(request: StaffRequest, source: str) -> HttpResponse:
    """Correct the headings of a source."""
    found = selectors.mappings().get(source)
    if found is None:
        raise Http404
    return _page(request, found)


def _page(request: StaffRequest, found: ColumnMapping | None) -> HttpResponse:
    is_sent = request.method == "POST"
    taken = frozenset(selectors.mappings())
    form = MappingForm(request.POST if is_sent else None, mapping=found, taken=taken)
    if form.is_valid():
        school.save_mapping(form.chosen(), by=request.staff)
        messages.success(request, "The headings are kept. Take the file again.")
        return redirect("consent:imports")
    context = {
        "form": form,
        "mapping": found,
        "said": selectors.mapping_said(found.source) if found else None,
        "is_ready": found is not None and found.source in READY,
    }
    return render(request, "consent/mapping.html", context, status=UNREADABLE if is_sent else 200)


@require_POST
@staff_page
@capable(may_import_people)
@second_factor
def drop_mapping(request: StaffRequest, source: str) -> HttpResponse:
    """Forget what was said of the headings of a source."""
    school.drop_mapping(source, by=request.staff)
    if source in READY:
        messages.success(request, "These files have the ready-made headings again.")
    else:
        messages.success(
            request, "This source is gone from the list. Nobody on record has changed."
        )
    return redirect("consent:imports")
