"""The rota: who is on duty, who answers besides, and where nobody does."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from school import selectors, services
from school.access import StaffRequest, capable, second_factor, staff_page
from school.forms.rota import CoverForm, DutyForm
from school.models import Cover, DutySlot, School, StaffMember
from school.pages import rota as pages
from school.roles import (
    LEADERS,
    SAFEGUARDING_TEAM,
    Viewer,
    may_manage_rota,
    may_see_rota,
)
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


def answers_for_safeguarding(viewer: Viewer) -> bool:
    """Tell whether a person can answer in a holiday, or for a colleague."""
    return viewer.holds(*LEADERS)


@require_GET
@staff_page
@capable(may_see_rota)
@second_factor
def show(request: StaffRequest) -> HttpResponse:
    """Show who answers this week and in the weeks to come, and where nobody does."""
    context = {
        "page": pages.read(clock.now()),
        "school": School.objects.current(),
        "may_manage": may_manage_rota(request.viewer),
        "may_answer": answers_for_safeguarding(request.viewer),
    }
    return render(request, "school/rota.html", context)


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_manage_rota)
@second_factor
def add_duty(request: StaffRequest) -> HttpResponse:
    """Put somebody of the team on duty in a stretch of every week."""
    sent = request.POST if request.method == "POST" else None
    form = DutyForm(sent, people=selectors.holders(*SAFEGUARDING_TEAM, on=clock.today()))
    if sent is not None and form.is_valid():
        typed = form.cleaned_data
        slot = (typed["weekday"], typed["starts_at"], typed["ends_at"])
        try:
            services.put_on_duty(typed["staff"], by=request.staff, slots=[slot])
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{typed['staff']} is on duty then, every week.")
            return redirect("school:rota")
    return _form(request, form, heading="A weekly duty", button="Put on duty")


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_manage_rota)
@second_factor
def change_duty(request: StaffRequest, pk: int) -> HttpResponse:
    """Change whose a weekly duty is or when; where nobody would be there then, it is said first."""
    slot = get_object_or_404(DutySlot.objects.select_related("staff"), pk=pk)
    people = selectors.holders(*SAFEGUARDING_TEAM, on=clock.today())
    kept = {name: getattr(slot, name) for name in ("staff", "weekday", "starts_at", "ends_at")}
    sent = request.POST if request.method == "POST" else None
    form = DutyForm(sent, people=people, initial=kept)
    holes: list[str] = []
    if sent is not None and form.is_valid():
        try:
            services.change_duty(slot, by=request.staff, **form.cleaned_data)
        except services.LeavesHole as refusal:
            holes = [pages.hole_words(hole) for hole in refusal.holes]
            # The same press once more is meant.
            again = request.POST.copy()
            again["knowing"] = "on"
            form.data = again
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The duty is changed.")
            return redirect("school:rota")
    return _form(
        request,
        form,
        heading=f"Duty of {slot.staff}",
        button="Change it all the same" if holes else "Keep the change",
        holes=holes,
        remove_url=reverse("school:remove_duty", args=[pk]),
        remove_label="Take this duty off",
    )


@require_POST
@staff_page
@capable(may_manage_rota)
@second_factor
def remove_duty(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a weekly duty off; where nobody would be there then, it is said first."""
    slot = DutySlot.objects.select_related("staff").filter(pk=pk).first()
    if slot is None:
        messages.info(request, "This duty was taken off already.")
        return redirect("school:rota")
    try:
        services.remove_duty(slot, by=request.staff, knowing="knowing" in request.POST)
    except services.LeavesHole as refusal:
        return _ask(request, refusal, heading=f"Take off: {slot}", label="Take it off all the same")
    messages.success(request, f"{slot}: taken off.")
    return redirect("school:rota")


@require_http_methods(["GET", "POST"])
@staff_page
@capable(answers_for_safeguarding)
@second_factor
def answer_besides(request: StaffRequest) -> HttpResponse:
    """Note that somebody answers in a stretch: whoever keeps the rota says it of all, others of themselves."""
    sent = request.POST if request.method == "POST" else None
    form = CoverForm(sent, people=_may_answer(request), initial=_asked_for(request))
    if sent is not None and form.is_valid():
        typed = form.cleaned_data
        try:
            row = services.answer_besides(
                typed["staff"],
                by=request.staff,
                starts_at=typed["starts_at"],
                ends_at=typed["ends_at"],
            )
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            when = pages.stretch_words(row.starts_at, row.ends_at)
            messages.success(request, f"{row.staff} answers: {when}.")
            return redirect("school:rota")
    return _form(
        request,
        form,
        heading="Somebody answers besides",
        button="Note it",
        hint="For a colleague who is away, or through a holiday. In the holidays the alert of a concern "
        "that nobody has read ends at whoever answers then, and reporters are told to ring them first.",
    )


def _may_answer(request: StaffRequest) -> list[StaffMember]:
    """Return whom this person may say it of."""
    people = selectors.holders(*LEADERS, on=clock.today())
    if may_manage_rota(request.viewer):
        return people
    return [row for row in people if row.pk == request.staff.pk]


def _asked_for(request: StaffRequest) -> dict[str, Any]:
    """Return what the form begins with: the stretch of the hole from which somebody came here."""
    initial: dict[str, Any] = {"staff": request.staff.pk}
    for name in ("starts_at", "ends_at"):
        try:
            initial[name] = parse_datetime(request.GET.get(name, ""))
        except ValueError:
            initial[name] = None
    return initial


@require_POST
@staff_page
@capable(answers_for_safeguarding)
@second_factor
def remove_cover(request: StaffRequest, pk: int) -> HttpResponse:
    """Take back that somebody answers; where nobody would then, it is said first."""
    row = Cover.objects.select_related("staff").filter(pk=pk).first()
    if row is None:
        messages.info(request, "This was taken back already.")
        return redirect("school:rota")
    when = f"{row.staff}, {pages.stretch_words(row.starts_at, row.ends_at)}"
    try:
        services.remove_cover(row, by=request.staff, knowing="knowing" in request.POST)
    except services.LeavesHole as refusal:
        return _ask(
            request, refusal, heading=f"Take back: {when}", label="Take it back all the same"
        )
    messages.success(request, f"{when}: taken back.")
    return redirect("school:rota")


def _form(request: StaffRequest, form: Form, **context: Any) -> HttpResponse:
    return render(request, "school/rota_form.html", {"form": form, **context})


def _ask(request: StaffRequest, refusal: services.LeavesHole, **context: Any) -> HttpResponse:
    """Say what a removal would leave, and let it be meant by one more press."""
    holes = [pages.hole_words(hole) for hole in refusal.holes]
    return render(request, "school/rota_hole.html", {"holes": holes, **context})
