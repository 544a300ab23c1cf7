from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from consent import selectors as consent
from consent.models import Question
from consent.selectors import AskedRow
from meetings import pages, policy, selectors, services
from meetings.forms import (
    InvitationForm,
    LinkForm,
    PlanForm,
    RevisionForm,
    ScopeForm,
    copy_of,
    recent_calls,
    usual_titles,
)
from meetings.teams import LinkRefused
from meetings.views.afterwards import afterwards
from meetings.views.boxes import cost_of, new_box, on_its_day, revised_box, standing_box
from meetings.views.calendar import OWN, is_own, tabs, whose
from meetings.views.choosing import (
    choosing,
    form_of,
    free_then,
    is_choosing,
    typed_so_far,
    with_presses,
)
from meetings.views.loading import (
    Seen,
    for_action,
    leak_form,
    may_leak,
    meeting_for,
    scope_form,
    seen,
    sent,
)
from school.access import StaffRequest, capable, staff_page
from school.roles import (
    may_follow_consent,
    may_plan_meetings,
    may_see_all_meetings,
    may_see_figures,
)
from schoolsafe.lib import clock
from schoolsafe.lib.rules import Overtaken

PLANNED = "The call is planned. Next: ask the families."
KEPT = "The Teams link is kept. Families never see it themselves."
RENEWED = "The new Teams link is kept. Families who had a link get a new one by e-mail."
CONFLICT = 409
ONCE = "This call is planned already. If you have changed anything, choose 'Change the plan'."


@require_GET
@staff_page
def list_(request: StaffRequest) -> HttpResponse:
    now = clock.now()
    own = is_own(request)
    earlier = request.GET.get("before", "")
    page = selectors.list_page(request.viewer, now, earlier=earlier, is_own=own)
    context = {
        "page": page,
        "tabs": tabs(request, here="list"),
        "whose": whose(request),
        "kept": f"&whose={OWN}" if own else "",
        "may_plan": may_plan_meetings(request.viewer),
        "may_record": may_see_all_meetings(request.viewer),
        "may_see_figures": may_see_figures(request.viewer),
        "rows": pages.rows(page.meetings, now),
    }
    return render(request, "meetings/list.html", context)


@staff_page
@capable(may_plan_meetings)
def plan(request: StaffRequest) -> HttpResponse:
    now = clock.now()
    if request.method != "POST":
        return new_page(request, PlanForm.blank(request.staff), now)
    form = PlanForm(request.POST, host=request.staff)
    if is_choosing(request):
        form.data = with_presses(request, form)
        return new_page(request, form, now, form.data)
    if form.is_valid():
        is_again = selectors.planned_with(form.plan_key, by=request.staff) is not None
        try:
            link = form.reading.link if form.reading else ""
            meeting = services.plan(
                by=request.staff, what=form.what(), key=form.plan_key, link=link
            )
        except services.PlanRefused as refused:
            form.refuse(refused)
        except (LinkRefused, services.LinkTaken) as refused:
            form.add_error(None, f"{refused} Or leave the invitation out.")
        else:
            messages.success(request, ONCE if is_again else PLANNED)
            return redirect("meetings:detail", pk=meeting.pk)
    return new_page(request, form, now)


@require_GET
@staff_page
@capable(may_plan_meetings)
def copy(request: StaffRequest, pk: int) -> HttpResponse:
    """Show a new plan that is like an earlier call; it is kept where every plan is."""
    now = clock.now()
    meeting = meeting_for(request, pk)
    copied = copy_of(meeting, by=request.staff, now=now)
    form = PlanForm.blank(request.staff, copied.shown)
    # It is full from the start, so the verdict on it is there at once.
    box = new_box(PlanForm(copied.shown, host=request.staff), now)
    return new_page(request, form, now, like=meeting, left_out=copied.left_out, box=box)


def new_page(
    request: StaffRequest,
    form: PlanForm,
    now: datetime,
    typed: QueryDict | None = None,
    **more: Any,
) -> HttpResponse:
    """Show the form of a new call with the verdict on what it holds so far.

    With `typed` somebody was looked for without a script: the page comes again as it was.
    """
    context = {"drop_form": InvitationForm()} | choosing(form, typed or QueryDict(), now)
    context |= {"box": new_box(form, now)} | more
    is_refused = form.is_bound and typed is None
    if typed is not None:
        form = PlanForm(host=request.staff, initial=typed_so_far(form))
    context |= {"form": form, "titles": usual_titles(request.staff)}
    context["recent"] = () if form.is_bound or typed or more else recent_calls(request.staff)
    return render(request, "meetings/plan.html", context, status=422 if is_refused else 200)


@staff_page
def revise(request: StaffRequest, pk: int) -> HttpResponse:
    here = for_action(request, pk, policy.Action.REVISE)
    meeting, form = here.meeting, form_of(request, here, sent(request))
    scope = scope_form(request, meeting)
    if is_choosing(request):
        form.data = with_presses(request, form)
        return _revise_page(request, form, here, scope, form.data)
    if request.method == "POST" and form.is_valid():
        change = services.revise_later if scope and scope.is_for_later else services.revise
        cost = cost_of(here, form, scope)
        try:
            change(meeting, by=request.staff, what=form.what(), seen=form.seen_plan())
        except Overtaken as overtaken:
            return _overtaken(request, pk, form, overtaken)
        except services.PlanRefused as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"The change is kept. {cost.after}".strip())
            return redirect("meetings:detail", pk=pk)
    return _revise_page(request, form, here, scope)


@require_POST
@staff_page
def revise_verdict(request: StaffRequest, pk: int) -> HttpResponse:
    here = for_action(request, pk, policy.Action.REVISE)
    form, scope = form_of(request, here, request.POST), scope_form(request, here.meeting)
    context = free_then(form, request.POST, here.now) | {"box": revised_box(here, form, scope)}
    return render(request, "meetings/_verdict.html", context)


def _overtaken(
    request: StaffRequest, pk: int, form: RevisionForm, overtaken: Overtaken
) -> HttpResponse:
    """Show the call as it stands now with what was typed, and beside it what others have changed."""
    here = for_action(request, pk, policy.Action.REVISE)
    again, scope = form.again(here.meeting, overtaken), scope_form(request, here.meeting)
    page = _revise_page(request, again, here, scope)
    page.status_code = CONFLICT
    return page


def _revise_page(
    request: StaffRequest,
    form: RevisionForm,
    here: Seen,
    scope: ScopeForm | None,
    typed: QueryDict | None = None,
) -> HttpResponse:
    """Show the form of a call that exists with the verdict on it as it would be."""
    context = choosing(form, typed or QueryDict(), here.now)
    context["box"] = revised_box(here, form, scope) if form.is_bound else standing_box(here)
    is_refused = form.is_bound and typed is None
    if typed is not None:
        form = form_of(request, here, None, initial=typed_so_far(form))
    context |= {"form": form, "meeting": here.meeting, "scope": scope}
    return render(request, "meetings/revise.html", context, status=422 if is_refused else 200)


@require_POST
@staff_page
@capable(may_plan_meetings)
def verdict(request: StaffRequest) -> HttpResponse:
    now = clock.now()
    form = PlanForm(request.POST, host=request.staff)
    context = free_then(form, request.POST, now) | {"box": new_box(form, now)}
    return render(request, "meetings/_verdict.html", context)


@require_GET
@staff_page
def detail(request: StaffRequest, pk: int) -> HttpResponse:
    return detail_page(request, pk)


def detail_page(
    request: StaffRequest,
    pk: int,
    link_form: LinkForm | None = None,
    drop_form: InvitationForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show the page of a call, with what was refused of its Teams link."""
    here = seen(request, pk)
    question = here.meeting.question
    hidden = here.facts.kept_from
    asked = _asked(request, here)
    families = [row for row in asked if row.pupil.pk not in hidden]
    series = selectors.calls_of_series(here.meeting)
    head = pages.head(here.meeting, here.facts, here.verdict, here.actions, here.now)
    asking = selectors.asking_in_words(here.meeting, here.actions, here.now)
    verdict = policy.assess(on_its_day(here), here.now)
    entries = selectors.register(here.meeting, but=hidden)
    context = {
        "here": here,
        "meeting": here.meeting,
        **afterwards(request, here, pages.with_forecast(head, asking)),
        "findings": pages.with_mends(here.meeting, verdict, here.actions),
        "steps": pages.steps(here.facts),
        "adults": pages.adults(here.facts),
        "is_on_call": any(one.staff_id == request.staff.pk for one in here.facts.seats),
        "families": families,
        "papers": pages.papers(families, here.actions),
        "pupils": here.facts.shown,
        "shares": selectors.shares_of(here.meeting, but=here.unread) if question else (),
        "record": pages.record(entries),
        "look": pages.second_look(here.meeting, here.facts, here.now, entries),
        "link_form": link_form or LinkForm(is_running=here.facts.is_live),
        "leak_form": leak_form(here) if may_leak(here) else None,
        "takes_link": _takes_link(here),
        "drop_form": drop_form or InvitationForm(),
        "series": pages.series_box(series, selectors.events_of_series(series), here.now),
        "has_drafts": any(one.status == policy.Status.DRAFT.value for one in series),
        "scope": scope_form(request, here.meeting) if _takes_link(here) else None,
        "may_remind": _may_remind(request, question, families, here.now),
        "may_record": may_see_all_meetings(request.viewer),
        **pages.teams_context(here.meeting, here.actions, here.facts, here.now),
        "may_plan": may_plan_meetings(request.viewer),
        "has_begun": here.now >= here.facts.starts_at,
    }
    return render(request, "meetings/detail.html", context, status=status)


def _takes_link(here: Seen) -> bool:
    """Tell whether this person may put in a Teams link: while planning, and after a leak."""
    after_leak = here.meeting.link_leaked_at is not None and policy.Action.RENEW in here.actions
    return after_leak or policy.Action.REVISE in here.actions


def _asked(request: StaffRequest, here: Seen) -> list[AskedRow]:
    """Return what the families of a call have said, as far as this person may read it."""
    question = here.meeting.question
    if question is None:
        return []
    return consent.asked_rows(question.pk, request.viewer, here.now, kin=here.own_family)


def _may_remind(
    request: StaffRequest, question: Question | None, families: Sequence[AskedRow], now: datetime
) -> bool:
    """Tell whether there may be somebody to remind, for those who may."""
    if question is None or not question.is_open(now=now):
        return False
    is_missing = any(not row.consent.status.is_settled for row in families)
    return is_missing and may_follow_consent(request.viewer)


@require_http_methods(["GET", "POST"])
@staff_page
def set_link(request: StaffRequest, pk: int) -> HttpResponse:
    if request.method == "GET":
        # A refused link is shown at this address: whoever asks for it again means the call.
        return redirect("meetings:detail", pk=meeting_for(request, pk).pk)
    meeting = meeting_for(request, pk)
    form = LinkForm(request.POST, is_running=meeting.status == policy.Status.OPEN.value)
    scope = scope_form(request, meeting)
    keep = services.set_link_later if scope and scope.is_for_later else services.set_link
    if form.is_valid():
        try:
            keep(
                meeting,
                by=request.staff,
                text=form.cleaned_data["link"],
                old_one_ended=form.cleaned_data.get("ended", False),
            )
        except LinkRefused as refused:
            form.add_error("link", refused.sentence)
        except services.LinkTaken as refused:
            form.add_error("link", str(refused))
        else:
            messages.success(request, KEPT if meeting.link_leaked_at is None else RENEWED)
            return redirect("meetings:detail", pk=pk)
    return detail_page(request, pk, form, status=422)


@require_POST
@staff_page
def ask(request: StaffRequest, pk: int) -> HttpResponse:
    meeting = services.ask(meeting_for(request, pk), by=request.staff)
    later = selectors.asked_later(meeting.starts_at, clock.now())
    when = f"will be asked on {clock.in_words(later)}" if later else "are being asked"
    messages.success(request, f"The families {when}. Reminders go out by themselves.")
    return redirect("meetings:detail", pk=pk)
