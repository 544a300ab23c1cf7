"""The page on which the school chooses its logo, and the logo itself."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from school import selectors, services
from school.access import StaffRequest, capable, second_factor, staff_page
from school.roles import may_keep_policy
from schoolsafe.choosing.forms import LogoForm
from schoolsafe.choosing.kept import kept
from schoolsafe.lib.rules import NotAllowed
from schoolsafe.lib.scans import Unfit

UNREADABLE = 422


@require_GET
def picture(request: HttpRequest, digest: str) -> HttpResponse:
    """Give the school's logo; its address changes with it, so it may be kept for a year."""
    found = selectors.picture_of(digest)
    if found is None:
        raise Http404
    return kept(found, "image/png")


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_keep_policy)
@second_factor
def logo(request: StaffRequest) -> HttpResponse:
    """Show the logo with its history; choose another, or none."""
    is_sent = request.method == "POST"
    start = {"seen": selectors.newest_logo()}
    form = LogoForm(request.POST, request.FILES) if is_sent else LogoForm(initial=start)
    if form.is_valid():
        said = form.cleaned_data
        try:
            services.choose_logo(
                form.content(), by=request.staff, why=said["why"], seen=said["seen"]
            )
        except (NotAllowed, Unfit) as refused:
            form.add_error("picture" if isinstance(refused, Unfit) else None, str(refused))
        else:
            messages.success(request, "That is the logo now." if form.content() else "No logo now.")
            return redirect("school_logo")
    context = {"form": form, "logos": selectors.logos(), "has_logo": selectors.school().logo != ""}
    return render(request, "school/logo.html", context, status=UNREADABLE if is_sent else 200)
