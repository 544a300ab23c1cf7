"""The register of processing as a page and as a spreadsheet."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from school.access import StaffRequest, capable, second_factor, staff_page
from school.roles import may_see_processing
from school.selectors import school
from schoolsafe.lib import spreadsheet
from schoolsafe.processing import register
from schoolsafe.processing.kinds import KIND_WORDS, PROTECTED


@require_safe
@staff_page
@capable(may_see_processing)
@second_factor
def processing(request: StaffRequest) -> HttpResponse:
    """Show what is kept about people, why, how long, and who may read it: it holds nobody's data."""
    context = {
        "school": school(),
        "activities": [(one, register.facts(one)) for one in register.ACTIVITIES],
        "kinds": [(one.value, words, PROTECTED[one]) for one, words in KIND_WORDS.items()],
        "fields": sum(len(names) for names in register.classes().values()),
        "abroad": register.ABROAD,
        "guarded": register.GUARDED,
    }
    return render(request, "schoolsafe/processing.html", context)


@require_safe
@staff_page
@capable(may_see_processing)
@second_factor
def processing_csv(request: StaffRequest) -> HttpResponse:
    """Give out the register with a line for each field."""
    response = HttpResponse(
        spreadsheet.written(register.lines()), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="processing.csv"'
    return response
