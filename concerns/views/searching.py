"""Looking for words in what one may read."""

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from concerns import policy, selectors, services
from concerns.forms import SearchForm
from school.access import StaffRequest, capable, second_factor, staff_page


@require_http_methods(["GET", "POST"])
@staff_page
@capable(policy.may_work_queue)
@second_factor
@transaction.atomic
def search(request: StaffRequest) -> HttpResponse:
    """Look for words by POST alone: they stand in no address and no log (E102)."""
    form = SearchForm(request.POST if request.method == "POST" else None)
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        sought = form.sought()
        found = selectors.search(request.viewer, sought)
        services.searched(
            [hit.concern for hit in found.hits], by=request.staff, words=len(sought.all_words)
        )
        context |= {"found": found}
    return render(request, "concerns/search.html", context, status=422 if form.errors else 200)
