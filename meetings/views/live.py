from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from meetings import pages, policy, selectors, services
from meetings.forms import ChecklistForm, NameInTeamsForm, RemovalForm, ReturnForm, UnknownNameForm
from meetings.models import Meeting
from meetings.views import drawn
from meetings.views.loading import Seen, for_action, leak_form, may_leak, seen, sent
from meetings.views.pressing import press, register_of
from school.access import StaffRequest, staff_page
from school.pickers import row_numbers
from schoolsafe.lib import clock
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
    context = register_of(request, here) | {
        "mine": mine,
        "has_confirmed": mine is not None and needed <= mine.checks,
        "may_confirm": mine is not None
        and "confirm" in here.actions
        and policy.check_counts(
            here.now, starts_at=here.facts.starts_at, scheduled_at=here.facts.scheduled_at
        ),
        "checklist": checklist or ChecklistForm(needed=needed),
        "removal_form": drawn.removal(),
        "leak_form": leak_form(here) if may_leak(here) else None,
    }
    return render(request, "meetings/live.html", context, status=status)


@require_GET
@staff_page
def register(request: StaffRequest, pk: int) -> HttpResponse:
    """Renew the register; a device that has it as it stands is told so, which costs next to nothing."""
    if _has_seen(request, pk):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return render(request, "meetings/_register.html", register_of(request, seen(request, pk)))


def _has_seen(request: StaffRequest, pk: int) -> bool:
    """Tell whether a device has the register of a call that its owner may see as it stands."""
    if "seen" not in request.GET:
        return False
    visible = get_object_or_404(Meeting.objects.visible_to(request.viewer).only("pk"), pk=pk)
    return request.GET["seen"] == selectors.stamp(visible.pk, clock.now())


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
    return press(request, pk, lambda m, made: services.open_door(m, by=request.staff))


@require_POST
@staff_page
def admit(request: StaffRequest, pk: int) -> HttpResponse:
    chosen = row_numbers(request.POST.getlist("pupil"))
    return press(
        request,
        pk,
        lambda m, made: services.admit(m, by=request.staff, pupil_ids=chosen, press=made),
    )


@require_POST
@staff_page
def mark(request: StaffRequest, pk: int, pupil_id: int, kind: str) -> HttpResponse:
    known = {entry.value: entry for entry in policy.EntryKind}
    if kind not in known:
        raise NotAllowed("That cannot be noted about a pupil.")
    return press(
        request,
        pk,
        lambda m, made: services.mark(
            m, by=request.staff, pupil_id=pupil_id, kind=known[kind], press=made
        ),
    )


@staff_page
def remove(request: StaffRequest, pk: int, pupil_id: int) -> HttpResponse:
    if request.htmx and request.method == "POST":
        return _remove_in_place(request, pk, pupil_id)
    here = for_action(request, pk, policy.Action.RUN)
    place = _place(here, pupil_id)
    form = RemovalForm(sent(request))
    if request.method == "POST" and form.is_valid():
        services.remove(here.meeting, by=request.staff, pupil_id=pupil_id, **form.cleaned_data)
        return redirect("meetings:live", pk=pk)
    context = {"meeting": here.meeting, "place": place, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "meetings/remove.html", context, status=status)


def _remove_in_place(request: StaffRequest, pk: int, pupil_id: int) -> HttpResponse:
    """Remove from the register itself: the form there works also while there is no connection."""
    form = RemovalForm(request.POST)
    typed = form.cleaned_data if form.is_valid() else {"reason": ""}
    return press(
        request,
        pk,
        lambda m, made: services.remove(
            m, by=request.staff, pupil_id=pupil_id, press=made, **typed
        ),
    )


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
    return press(
        request,
        pk,
        lambda m, made: services.note_unknown_name(m, by=request.staff, name=name, press=made),
    )


@require_POST
@staff_page
def wait(request: StaffRequest, pk: int) -> HttpResponse:
    return press(
        request, pk, lambda m, made: services.wait_for_others(m, by=request.staff, press=made)
    )


@staff_page
def name(request: StaffRequest, pk: int, pupil_id: int) -> HttpResponse:
    here = for_action(request, pk, policy.Action.CONFIRM)
    place = _place(here, pupil_id)
    shown = selectors.names_in_teams(selectors.register(here.meeting)).get(pupil_id, "")
    form = NameInTeamsForm(sent(request), initial={"name": shown})
    if request.method == "POST" and form.is_valid():
        services.agree_name(
            here.meeting, by=request.staff, pupil_id=pupil_id, name=form.cleaned_data["name"]
        )
        return redirect("meetings:live", pk=pk)
    context = {"meeting": here.meeting, "place": place, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "meetings/name.html", context, status=status)
