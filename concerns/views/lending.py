"""Pages about sight that is lent: share a concern, take it back, read what was shared."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from concerns import policy, selectors, services
from concerns.forms import AddForm, ShareForm
from concerns.models import Share
from concerns.policy import Sight
from concerns.selectors import Lent
from concerns.views.work import visible, write
from school.access import StaffRequest, second_factor, staff_page
from school.models import School
from school.terms import calendar
from schoolsafe.lib import clock


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
def lend(request: StaffRequest, reference: str) -> HttpResponse:
    """Share a concern with one person."""
    concern = visible(request, reference)
    hours, today = calendar(), clock.today()
    form = ShareForm(
        request.POST or None,
        until=policy.shared_until(hours, today),
        last=policy.shared_until_at_most(hours, today),
        without=selectors.not_to_lend_to(concern, now=clock.now()),
    )
    return write(
        request,
        concern,
        form,
        lambda: services.lend(concern, by=request.staff, **form.cleaned_data),
        heading="Let one colleague read this concern",
        button="Let them read it",
        back=concern.get_absolute_url(),
        done="It is shared. A letter tells them that there is something to read.",
    )


@require_POST
@staff_page
@second_factor
def take_back(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    """Take back what was shared."""
    concern = visible(request, reference)
    row = get_object_or_404(Share, concern=concern, pk=pk)
    services.stop_lending(row, by=request.staff)
    messages.success(request, f"It is no longer shared with {row.staff}.")
    return redirect(concern)


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
def shared(request: StaffRequest, reference: str) -> HttpResponse:
    """Show a concern to somebody it was shared with."""
    return lent_page(request, reference, Sight.SHARED)


@transaction.atomic
def lent_page(request: StaffRequest, reference: str, sight: Sight) -> HttpResponse:
    """Show a concern that was lent, and take what is added to it; that it was opened is written first."""
    lent = selectors.lent(request.viewer, reference, sight, now=clock.now())
    if lent is None:
        raise Http404
    known = selectors.known_to(lent.concern, request.staff)
    form = AddForm(request.POST or None, known=known)
    if request.method == "POST" and form.is_valid():
        text, people = form.cleaned_data["text"], form.people()
        services.add(lent.concern, by=request.staff, text=text, people=people)
        messages.success(request, "It has been added.")
        return redirect(request.path)
    services.read_lent(lent.concern, by=request.staff, sight=sight)
    return render(
        request,
        "concerns/lent.html",
        _context(request, lent, form),
        status=422 if form.errors else 200,
    )


def _context(request: StaffRequest, lent: Lent, form: AddForm) -> dict[str, object]:
    """Return what the page of a lent concern shows."""
    marks = list(lent.concern.marks.all())
    return {
        "lent": lent,
        "concern": lent.concern,
        "marks": marks,
        "figures": selectors.figures(marks),
        "is_emergency": lent.sight is Sight.EMERGENCY,
        "told": selectors.told_to(lent, request.viewer),
        "form": form,
        "is_about_staff": policy.is_about_staff(selectors.facts_of(lent.concern, now=clock.now())),
        "numbers": School.objects.current(),
    }
