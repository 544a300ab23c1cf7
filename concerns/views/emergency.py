"""Pages of emergency access: open one concern for an hour, and judge what was opened (A48)."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from concerns import policy, selectors, services
from concerns.forms import EmergencyForm, ReviewForm
from concerns.models import Concern
from concerns.policy import Sight
from concerns.views.lending import lent_page
from school.access import StaffRequest, capable, second_factor, staff_page
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

# One answer for what does not exist and for what must not be known of (E8).
NOTHING = "Nothing can be opened with this reference. Ask for it again, letter by letter."


@require_http_methods(["GET", "POST"])
@staff_page
@capable(policy.may_use_emergency_access)
@second_factor
def emergency(request: StaffRequest) -> HttpResponse:
    """Open one concern for an hour by its reference; one that is theirs anyway is just shown."""
    form = EmergencyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = _open(request, form)
        if answer is not None:
            return answer
    opened = [
        lent
        for lent in selectors.lent_to(request.viewer, now=clock.now())
        if lent.sight is Sight.EMERGENCY
    ]
    context = {
        "form": form,
        "opened": opened,
        "reviews": policy.may_review_openings(request.viewer),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "concerns/emergency.html", context, status=status)


def _open(request: StaffRequest, form: EmergencyForm) -> HttpResponse | None:
    """Lead to the concern, or say at the field that there is nothing to open."""
    typed = form.cleaned_data
    reference = services.as_stored(typed["reference"])
    own = Concern.objects.visible_to(request.viewer).filter(reference=reference).first()
    if own is not None:
        messages.info(request, "This concern is yours to read: nothing had to be opened.")
        return redirect(own)
    try:
        opening = services.open_in_emergency(reference, by=request.staff, reason=typed["reason"])
    except NotAllowed as fault:
        form.add_error(None, str(fault))
        return None
    if opening is None:
        form.add_error("reference", NOTHING)
        return None
    return redirect("concerns:opened", reference)


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
def opened(request: StaffRequest, reference: str) -> HttpResponse:
    """Show a concern that was opened in an emergency, within the hour."""
    return lent_page(request, reference, Sight.EMERGENCY)


@require_GET
@staff_page
@capable(policy.may_review_openings)
@second_factor
def openings(request: StaffRequest) -> HttpResponse:
    """List what was opened in an emergency, and what still has to be judged."""
    rows = selectors.openings_for(request.viewer)
    return render(request, "concerns/openings.html", {"rows": rows, "now": clock.now()})


@require_http_methods(["GET", "POST"])
@staff_page
@capable(policy.may_review_openings)
@second_factor
def review(request: StaffRequest, pk: int) -> HttpResponse:
    """Say whether an opening was justified."""
    found = [row for row in selectors.openings_for(request.viewer) if row.pk == pk]
    if not found:
        raise Http404
    opening = found[0]
    form = ReviewForm(request.POST or None)
    if opening.reviewed_at is None and request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            services.review(
                opening,
                by=request.staff,
                was_justified=typed["verdict"] == "yes",
                text=typed["text"],
            )
        except NotAllowed as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, "It is written down.")
            return redirect("concerns:openings")
    context = {"opening": opening, "pages": selectors.pages_opened(opening), "form": form}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "concerns/review.html", context, status=status)
