from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from meetings import pages, policy, selectors, services
from meetings.forms import ChecklistForm, RemovalForm, ReturnForm, UnknownNameForm
from meetings.views.loading import Seen, for_action, meeting_for, seen, sent
from school.access import StaffRequest, staff_page
from school.models import StaffMember
from school.pickers import row_numbers
from schoolsafe.lib.rules import NotAllowed


@require_GET
@staff_page
def live(request: StaffRequest, pk: int) -> HttpResponse:
    return _live(request, seen(request, pk))


def _live(
    request: StaffRequest, here: Seen, checklist: ChecklistForm | None = None, status: int = 200
) -> HttpResponse:
    """Show the page from which a call is run: first the checklist and the door, then the register."""
    needed = policy.checks_needed(here.facts)
    mine = next((s for s in here.facts.seats if s.staff_id == request.staff.pk), None)
    context = _register(request, here) | {
        "mine": mine,
        "has_confirmed": mine is not None and needed <= mine.checks,
        "may_confirm": mine is not None
        and "confirm" in here.actions
        and policy.check_counts(
            here.now, starts_at=here.facts.starts_at, scheduled_at=here.facts.scheduled_at
        ),
        "checklist": checklist or ChecklistForm(needed=needed),
        "unknown_form": UnknownNameForm(),
    }
    return render(request, "meetings/live.html", context, status=status)


def _register(request: StaffRequest, here: Seen) -> dict[str, object]:
    """Return what the part of the page needs that renews itself."""
    entries = selectors.register(here.meeting, but=here.facts.kept_from)
    return {
        "here": here,
        "meeting": here.meeting,
        "may": {action.value for action in here.actions},
        "join_url": "" if here.is_barred(request.staff) else here.meeting.join_url,
        "line": pages.live_line(here.facts, here.now),
        "findings": pages.opening_findings(here.facts, here.now),
        "rows": pages.register_rows(here.facts, entries, here.now),
        "adults": pages.adults(here.facts),
        "lobby": pages.lobby(here.facts, here.now),
        "record": pages.record(entries),
    }


@require_GET
@staff_page
def register(request: StaffRequest, pk: int) -> HttpResponse:
    return render(request, "meetings/_register.html", _register(request, seen(request, pk)))


@require_POST
@staff_page
def confirm(request: StaffRequest, pk: int) -> HttpResponse:
    here = seen(request, pk)
    form = ChecklistForm(request.POST, needed=policy.checks_needed(here.facts))
    if not form.is_valid():
        return _live(request, here, form, status=422)
    services.confirm(here.meeting, by=request.staff, items=form.cleaned_data["items"])
    return redirect("meetings:live", pk=pk)


@require_POST
@staff_page
def open_door(request: StaffRequest, pk: int) -> HttpResponse:
    return _do(request, pk, lambda m: services.open_door(m, by=request.staff))


@require_POST
@staff_page
def admit(request: StaffRequest, pk: int) -> HttpResponse:
    chosen = row_numbers(request.POST.getlist("pupil"))
    return _do(request, pk, lambda m: services.admit(m, by=request.staff, pupil_ids=chosen))


@require_POST
@staff_page
def mark(request: StaffRequest, pk: int, pupil_id: int, kind: str) -> HttpResponse:
    known = {entry.value: entry for entry in policy.EntryKind}
    if kind not in known:
        raise NotAllowed("That cannot be noted about a pupil.")
    return _do(
        request,
        pk,
        lambda m: services.mark(m, by=request.staff, pupil_id=pupil_id, kind=known[kind]),
    )


@staff_page
def remove(request: StaffRequest, pk: int, pupil_id: int) -> HttpResponse:
    here = for_action(request, pk, policy.Action.RUN)
    place = _place(here, pupil_id)
    form = RemovalForm(sent(request))
    if request.method == "POST" and form.is_valid():
        services.remove(
            here.meeting, by=request.staff, pupil_id=pupil_id, reason=form.cleaned_data["reason"]
        )
        return redirect("meetings:live", pk=pk)
    context = {"meeting": here.meeting, "place": place, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "meetings/remove.html", context, status=status)


@staff_page
def let_back(request: StaffRequest, pk: int, pupil_id: int) -> HttpResponse:
    here = for_action(request, pk, policy.Action.RUN)
    place = _place(here, pupil_id)
    if not place.is_removed:
        return redirect("meetings:live", pk=pk)
    form = ReturnForm(sent(request))
    if request.method == "POST" and form.is_valid():
        services.let_back(
            here.meeting, by=request.staff, pupil_id=pupil_id, reason=form.cleaned_data["reason"]
        )
        return redirect("meetings:live", pk=pk)
    record = pages.record(
        entry for entry in selectors.register(here.meeting) if entry.pupil_id == pupil_id
    )
    context = {"meeting": here.meeting, "place": place, "form": form, "record": record}
    status = 422 if request.method == "POST" else 200
    return render(request, "meetings/let_back.html", context, status=status)


def _place(here: Seen, pupil_id: int) -> policy.PlaceFacts:
    """Return a pupil's place; raises NotAllowed when they are not on the call."""
    for place in here.facts.shown:
        if place.pupil_id == pupil_id:
            return place
    raise NotAllowed("That pupil is not on this call.")


@require_POST
@staff_page
def unknown(request: StaffRequest, pk: int) -> HttpResponse:
    form = UnknownNameForm(request.POST)
    name = form.cleaned_data["name"] if form.is_valid() else ""
    return _do(request, pk, lambda m: services.note_unknown_name(m, by=request.staff, name=name))


@require_POST
@staff_page
def drop_out(request: StaffRequest, pk: int, staff_id: int) -> HttpResponse:
    person = get_object_or_404(StaffMember, pk=staff_id, seats__meeting=pk)
    return _do(request, pk, lambda m: services.drop_out(m, by=request.staff, staff=person))


@require_POST
@staff_page
def come_back(request: StaffRequest, pk: int, staff_id: int) -> HttpResponse:
    person = get_object_or_404(StaffMember, pk=staff_id, seats__meeting=pk)
    return _do(request, pk, lambda m: services.come_back(m, by=request.staff, staff=person))


@require_POST
@staff_page
def call_reserve(request: StaffRequest, pk: int, staff_id: int) -> HttpResponse:
    person = get_object_or_404(StaffMember, pk=staff_id, seats__meeting=pk)
    return _do(request, pk, lambda m: services.call_reserve(m, by=request.staff, staff=person))


def _do(request: StaffRequest, pk: int, change: pages.Change) -> HttpResponse:
    """Make a change from the register; a refusal is said in place, beside the buttons."""
    meeting = meeting_for(request, pk)
    refused = ""
    try:
        change(meeting)
    except NotAllowed as reason:
        refused = str(reason)
    if request.htmx:
        context = _register(request, seen(request, pk)) | {"refused": refused}
        return render(request, "meetings/_register.html", context)
    if refused:
        messages.error(request, refused)
    return redirect("meetings:live", pk=pk)
