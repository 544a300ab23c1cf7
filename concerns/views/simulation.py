"""The page that plays the ladder: who would be told of a concern, and when."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from concerns import selectors
from concerns.forms import SimulationForm
from school import calendar as hours
from school import roles
from school.access import StaffRequest, capable, second_factor, staff_page
from school.terms import calendar
from schoolsafe.lib import clock


@require_http_methods(["GET", "POST"])
@staff_page
@capable(roles.may_manage_rota)
@second_factor
def simulator(request: StaffRequest) -> HttpResponse:
    """Play the ladder for an imagined concern; a POST, so that no address says whom it is about."""
    if request.method == "POST":
        form = SimulationForm(request.POST)
    else:
        form = SimulationForm(initial={"at": clock.local(clock.now()), "urgency": "urgent"})
    played = selectors.play(form.question()) if form.is_valid() else None
    context = {
        "form": form,
        "played": played,
        "gaps": [] if played else hours.gaps(calendar(), on=clock.today()),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "concerns/simulator.html", context, status=status)
