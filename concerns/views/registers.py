"""The page of the register of low-level concerns."""

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from concerns import policy, selectors, services
from school.access import StaffRequest, second_factor, staff_page
from school.models import School


@require_GET
@staff_page
@second_factor
@transaction.atomic
def register(request: StaffRequest) -> HttpResponse:
    """Show the low-level concerns by adult, in the order in which they happened; the look is recorded."""
    if not policy.may_keep_register(request.viewer):
        raise Http404
    found = selectors.register(request.viewer)
    services.read_register(found.concerns, by=request.staff)
    context = {"register": found, "numbers": School.objects.current()}
    return render(request, "concerns/register.html", context)
