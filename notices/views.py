from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from notices import forecast, kinds, providers, selectors, services
from notices.policy import State
from school.access import StaffRequest, capable, staff_page
from school.roles import may_see_outbox, may_see_recipients
from schoolsafe.lib import clock
from schoolsafe.lib.logs import MASK

PER_PAGE = 50


@require_safe
@staff_page
@capable(may_see_outbox)
def outbox(request: StaffRequest) -> HttpResponse:
    now = clock.now()
    context: dict[str, Any] = {
        "health": selectors.health(now),
        "finish": forecast.expected_finish(now),
        "again": forecast.waiting_again(now),
        "morning": forecast.waiting_for_morning(now),
        "away": [row for row in providers.in_use() if row.fault_since],
        "held": selectors.held(now),
        "used_up": providers.used_up(now),
        "counts": selectors.counts_by_kind(),
        "may_see_recipients": may_see_recipients(request.viewer),
    }
    if may_see_recipients(request.viewer):
        chosen = request.GET.get("state", "")
        chosen = chosen if chosen in set(State) else ""
        rows = selectors.outbox_rows(chosen, request.viewer)
        context["page"] = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
        context["filters"] = selectors.filters(chosen, request.viewer)
        context["query"] = f"&state={chosen}" if chosen else ""
    return render(request, "notices/outbox.html", context)


@require_safe
@staff_page
@capable(may_see_recipients)
def letter(request: StaffRequest, name: str) -> HttpResponse:
    notice = get_object_or_404(selectors.outbox_rows("", request.viewer).named(name))
    services.look(notice, by=request.staff)
    found = selectors.letter_of(notice)
    context = {
        "notice": notice,
        "letter": found,
        "is_masked": found is not None and MASK in found.text,
        "tries": notice.deliveries.all(),
    }
    return render(request, "notices/letter.html", context)


@require_POST
@staff_page
@capable(may_see_recipients)
def send_again(request: StaffRequest, name: str) -> HttpResponse:
    notice = get_object_or_404(selectors.outbox_rows("", request.viewer).named(name))
    services.send_again(notice, by=request.staff)
    messages.success(request, "The message goes out again in the next minute.")
    return redirect("notices:outbox")


@require_POST
@staff_page
@capable(may_see_outbox)
def send_kind_again(request: StaffRequest) -> HttpResponse:
    kind = kinds.known(request.POST.get("kind", ""))
    if kind is None or kind.sensitive:
        raise Http404
    count = services.send_kind_again(kind.name, by=request.staff)
    messages.success(request, f"{count} messages go out again in the next minutes.")
    return redirect("notices:outbox")


@require_safe
def health(_request: HttpRequest) -> HttpResponse:
    """Tell a monitor whether messages leave, and anybody no more; why not stands in the outbox."""
    try:
        found = selectors.health(clock.now())
    except DatabaseError:
        return JsonResponse({"status": "red", "sweep": "unknown"}, status=503)
    sweep = "running" if found.is_sweeping else "silent"
    return JsonResponse(
        {"status": found.status, "sweep": sweep}, status=503 if found.reasons else 200
    )
