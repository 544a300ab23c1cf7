"""Pages of what is destroyed when its time is up: what is due, two people, certificates."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from school import selectors, services
from school.access import StaffRequest, capable, second_factor, staff_page
from school.keeping import may_agree, may_propose, may_see_keeping
from school.models import Disposal
from schoolsafe.keeping import destroying
from schoolsafe.keeping.forms import ProposeForm
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_see_keeping)
@second_factor
def disposals(request: StaffRequest) -> HttpResponse:
    """Show which school years are due, propose one, and the certificates of those that went."""
    form = ProposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            row = services.propose_disposal(
                typed["year"], by=request.staff, reasons=typed["reasons"]
            )
        except NotAllowed as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, "It is proposed. Nothing goes before somebody else agrees.")
            return redirect(row)
    context = {
        "years": destroying.years_due(clock.today()),
        "kept_years": selectors.spans().keep_years,
        "may_propose": may_propose(request.viewer),
        "form": form,
        "asked": str(form["year"].value() or ""),
        "done": Disposal.objects.exclude(finished_at=None).order_by("-finished_at"),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "schoolsafe/disposals.html", context, status=status)


@require_safe
@staff_page
@capable(may_see_keeping)
@second_factor
def disposal(request: StaffRequest, reference: str) -> HttpResponse:
    """Show one: what is proposed and by whom, how far it has come; once done, the certificate."""
    row = get_object_or_404(
        Disposal.objects.select_related("proposed_by", "agreed_by"), reference=reference
    )
    is_open = row.withdrawn_at is None and row.finished_at is None
    due = [one for one in destroying.years_due(clock.today()) if one.ends_on == row.year_ends_on]
    may = may_agree(request.viewer, proposed_by=row.proposed_by_id)
    context = {
        "row": row,
        "is_open": is_open,
        "year": due[0] if is_open and due else None,
        "may_agree": is_open and row.agreed_at is None and may,
    }
    return render(request, "schoolsafe/disposal.html", context)


@require_POST
@staff_page
@capable(may_see_keeping)
@second_factor
def agree(request: StaffRequest, reference: str) -> HttpResponse:
    """Agree as the second person."""
    row = get_object_or_404(Disposal.objects.select_related("proposed_by"), reference=reference)
    destroying.agree(row, by=request.staff)
    messages.success(request, "You have agreed. It goes in batches over the next minutes.")
    return redirect(row)


@require_POST
@staff_page
@capable(may_see_keeping)
@second_factor
def withdraw(request: StaffRequest, reference: str) -> HttpResponse:
    """Withdraw it, or stop what is still to go."""
    row = get_object_or_404(Disposal, reference=reference)
    services.withdraw_disposal(row, by=request.staff)
    messages.success(request, "It is withdrawn. What had gone already stays gone, and is counted.")
    return redirect(row)
