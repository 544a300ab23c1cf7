"""Choosing people while a call is planned: the part of the form that renews itself, and its presses."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_POST

from meetings import pages, policy
from meetings.forms import PlanForm, RevisionForm
from meetings.forms.plan import WHO
from meetings.views.boxes import new_box, revised_box
from meetings.views.loading import Seen, for_action, scope_form
from school.access import StaffRequest, capable, staff_page
from school.models import StaffMember
from school.pickers import row_numbers
from school.roles import may_plan_meetings
from schoolsafe.lib import clock

# What a press that chooses people is called; any other keeps the plan.
PRESSES = ("find", "add_class")
LONGEST = 60


@require_POST
@staff_page
@capable(may_plan_meetings)
def choose(request: StaffRequest) -> HttpResponse:
    """Answer the part of a new plan in which people are chosen: a POST, so that no address names them."""
    now = clock.now()
    form = PlanForm(request.POST, host=request.staff)
    typed = with_presses(request, form)
    form.data = typed
    context = choosing(form, typed, now)
    if not _is_typing(request):
        context["box"] = new_box(form, now)
    return render(request, "meetings/_who.html", context)


@require_POST
@staff_page
def revise_choose(request: StaffRequest, pk: int) -> HttpResponse:
    """Answer the same part of a plan that is changed."""
    here = for_action(request, pk, policy.Action.REVISE)
    form = form_of(request, here, request.POST)
    typed = with_presses(request, form)
    form.data = typed
    context = choosing(form, typed, here.now) | {"meeting": here.meeting}
    if not _is_typing(request):
        context["box"] = revised_box(here, form, scope_form(request, here.meeting))
    return render(request, "meetings/_who.html", context)


def is_choosing(request: HttpRequest) -> bool:
    """Tell whether somebody is being looked for without a script: nothing is kept then."""
    return request.method == "POST" and any(press in request.POST for press in PRESSES)


def with_presses(request: HttpRequest, form: PlanForm) -> QueryDict:
    """Return what was sent with whom a press brings onto the call: a class, or the only one found."""
    typed = request.POST.copy()
    more: list[int] = []
    for pk in row_numbers(request.POST.getlist("add_class")):
        more += pages.class_of(form, pk)
    if request.POST.get("find") == "pupils":
        more += pages.only_one_found(form, request.POST.get("find_pupils", ""))
    if more:
        chosen = dict.fromkeys([*form.chosen("pupils"), *more])
        typed.setlist("pupils", [str(pk) for pk in chosen])
        typed["find_pupils"] = ""
    return typed


def choosing(form: PlanForm, typed: QueryDict, now: datetime) -> dict[str, Any]:
    """Return what the part of the page needs in which people are chosen."""
    return {"who": pages.who(form, now, _wanted(typed))}


def free_then(form: PlanForm, typed: QueryDict, now: datetime) -> dict[str, Any]:
    """Return what of that part another hour changes: who is free."""
    return {"who": pages.staff(form, now, _wanted(typed))}


def _wanted(typed: QueryDict) -> pages.Wanted:
    return pages.Wanted(
        words={name: typed.get(f"find_{name}", "")[:LONGEST] for name in WHO},
        is_everybody=typed.get("find") == "everybody",
        is_asked=any(press in typed for press in PRESSES),
    )


def form_of(
    request: StaffRequest, here: Seen, typed: QueryDict | None, **more: Any
) -> RevisionForm:
    """Return the form of a call that exists: its host stays, whoever changes it."""
    return RevisionForm(
        typed,
        host=StaffMember.objects.get(seats__meeting=here.meeting, seats__role="host"),
        by=request.staff,
        meeting=here.meeting,
        hidden=here.facts.kept_from,
        **more,
    )


def typed_so_far(form: PlanForm) -> dict[str, Any]:
    """Return what a form was sent with, to be shown again: what is missing is no fault yet."""
    return {name: form[name].value() for name in form.fields}


def _is_typing(request: StaffRequest) -> bool:
    """Tell whether only words to find somebody by have changed: the verdict has not."""
    return (request.htmx.trigger_name or "").startswith("find_")
