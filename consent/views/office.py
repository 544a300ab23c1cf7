"""The office's list: who has not answered, a reminder to exactly those, the list as a file."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_safe

from consent import pages, selectors, services
from consent.forms import FilterForm, seal, unseal_list
from consent.selectors.reminding import Difference, Reminder, difference, reminder
from consent.selectors.worklist import TO_DO, Item, Worklist, chosen, counts
from consent.views.pages import CONFLICT
from notices import forecast
from school.access import StaffRequest, capable, staff_page
from school.roles import may_choose_who_is_asked, may_follow_consent, may_see_all_meetings
from schoolsafe.lib import clock, spreadsheet

PER_PAGE = 25


def _narrowed(typed: QueryDict, listed: Worklist) -> tuple[FilterForm, list[Item]]:
    """Return the form above the list and what it lets through: nothing, when it cannot be read."""
    form = FilterForm(typed, items=listed.items)
    if not form.is_valid():
        return form, []
    wanted = form.wanted()
    form.offer(counts(listed.items, wanted))
    return form, chosen(listed.items, wanted)


def _query(form: FilterForm) -> str:
    """Return what was chosen as the end of an address."""
    return urlencode(
        {name: value for name, value in form.data.items() if name in form.fields and value}
    )


@require_safe
@staff_page
@capable(may_follow_consent)
def worklist(request: StaffRequest) -> HttpResponse:
    now = clock.now()
    listed = selectors.worklist(request.viewer, now)
    form, items = _narrowed(request.GET, listed)
    items = selectors.folded(items)
    page = Paginator(items, PER_PAGE).get_page(request.GET.get("page"))
    query = _query(form)
    may_choose = may_choose_who_is_asked(request.viewer)
    call = form.question()
    context = {
        "form": form,
        "call": call,
        "call_url": selectors.page_of(call.about) if call else "",
        "tasks": _tasks(form),
        "is_narrowed": any(form.data.get(name) for name in form.fields if name != "task"),
        "page": page,
        "rows": [pages.row(item, listed.messages, viewer=request.viewer) for item in page],
        "total": len(items),
        "has_any": bool(listed.items),
        "query": f"&{query}" if query else "",
        "here": request.get_full_path(),
        "is_empty_choice": not form.data.get("task", TO_DO),
        "may_export": may_see_all_meetings(request.viewer),
        "unsettled": [
            (str(person), pages.address_of(person))
            for person in (
                selectors.unsettled_addresses(listed.items, request.viewer, now)
                if may_choose
                else []
            )
        ],
    }
    return render(request, "consent/worklist.html", context, status=422 if form.errors else 200)


def _tasks(form: FilterForm) -> list[dict[str, Any]]:
    """Return the choices of what to do: those that occur, and the one that is chosen."""
    now = form.cleaned_data.get("task", TO_DO)
    fields: Any = form.fields
    rest = {name: value for name, value in form.data.items() if name in form.fields and value}
    return [
        {"words": label, "query": urlencode({**rest, "task": value}), "is_chosen": value == now}
        for value, label in fields["task"].choices
        if form.found.tasks[value] or value in {TO_DO, now}
    ]


@require_GET
@staff_page
@capable(may_see_all_meetings)
def export(request: StaffRequest) -> HttpResponse:
    listed = selectors.worklist(request.viewer, clock.now())
    form, items = _narrowed(request.GET, listed)
    if form.errors:
        return redirect(f"{reverse('consent:worklist')}?{_query(form)}")
    lines = list(pages.lines(items, listed.messages))
    services.export(
        by=request.staff, rows=len(lines) - 1, wanted=sorted(k for k in form.changed_data)
    )
    response = HttpResponse(spreadsheet.written(lines), content_type="text/csv; charset=utf-8")
    name = f"consent-{clock.today().isoformat()}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@staff_page
@capable(may_follow_consent)
def remind(request: StaffRequest) -> HttpResponse:
    if request.method == "POST":
        return _send(request)
    now = clock.now()
    listed = selectors.worklist(request.viewer, now)
    form, items = _narrowed(request.GET, listed)
    if form.errors:
        return redirect(f"{reverse('consent:worklist')}?{_query(form)}")
    found = reminder(items, listed.messages, now)
    sealed = seal([item.pair for item in items], found.keys)
    return _preview(request, found, sealed, _query(form))


def _send(request: StaffRequest) -> HttpResponse:
    """Send exactly the list that was seen, or show what is different now."""
    now = clock.now()
    query = QueryDict(request.POST.get("query", "")[:500]).urlencode()
    back = redirect(f"{reverse('consent:worklist')}?{query}")
    list_seen = unseal_list(request.POST.get("sealed", ""))
    if list_seen is None:
        messages.error(request, "The list could not be read. Nothing was sent: look at it again.")
        return back
    pairs, keys = list_seen
    leaves = forecast.in_words(len(keys), now)
    try:
        sent = services.remind(by=request.staff, pairs=pairs, seen=keys)
    except services.Changed:
        found = services.due(pairs, by=request.staff, now=now)
        changed = difference(keys, found)
        return _preview(request, found, seal(pairs, found.keys), query, changed)
    messages.success(request, f"{_reminders(len(sent.letters))} ready to leave. {leaves}")
    return back


def _reminders(count: int) -> str:
    return "1 reminder is" if count == 1 else f"{count} reminders are"


def _preview(
    request: HttpRequest,
    found: Reminder,
    sealed: str,
    query: str,
    changed: Difference | None = None,
) -> HttpResponse:
    """Show who would get what, who would not and why, and when the last one would be out."""
    asked: Any = request
    may_name = may_choose_who_is_asked(asked.viewer)
    context = {
        "found": found,
        "addresses": found.addresses,
        "spared": [one for one in found.spared if may_name or not one.is_special],
        "may_name": may_name,
        "finish": forecast.in_words(len(found.letters), clock.now()),
        "sealed": sealed,
        "query": query,
        "changed": changed,
    }
    return render(request, "consent/remind.html", context, status=CONFLICT if changed else 200)
