from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from consent import selectors as consent
from consent.models import Question
from consent.selectors import AskedRow
from meetings import pages, policy, selectors, services
from meetings.forms import LinkForm, PlanForm, RevisionForm, ScopeForm
from meetings.models import Meeting
from meetings.teams import LinkRefused
from meetings.views.loading import Seen, for_action, meeting_for, scope_form, seen, sent
from school.access import StaffRequest, capable, staff_page
from school.models import StaffMember
from school.roles import may_follow_consent, may_plan_meetings, may_see_all_meetings
from schoolsafe.lib import clock
from schoolsafe.lib.rules import Overtaken

PLANNED = "The call is planned. Next: ask the families."
CONFLICT = 409
ONCE = "This call is planned already. If you have changed anything, choose 'Change the plan'."


@require_GET
@staff_page
def list_(request: StaffRequest) -> HttpResponse:
    now = clock.now()
    page = selectors.list_page(request.viewer, now, earlier=request.GET.get("before", ""))
    context = {
        "page": page,
        "may_plan": may_plan_meetings(request.viewer),
        "may_record": may_see_all_meetings(request.viewer),
        "rows": pages.rows(page.meetings, now),
    }
    return render(request, "meetings/list.html", context)


@staff_page
@capable(may_plan_meetings)
def plan(request: StaffRequest) -> HttpResponse:
    is_sent = request.method == "POST"
    form = PlanForm(request.POST, host=request.staff) if is_sent else PlanForm.blank(request.staff)
    if is_sent and form.is_valid():
        is_again = selectors.planned_with(form.plan_key, by=request.staff) is not None
        try:
            meeting = services.plan(by=request.staff, what=form.what(), key=form.plan_key)
        except services.PlanRefused as refused:
            form.refuse(refused)
        else:
            messages.success(request, ONCE if is_again else PLANNED)
            return redirect("meetings:detail", pk=meeting.pk)
    return _plan_page(request, form, "meetings/plan.html")


@staff_page
def revise(request: StaffRequest, pk: int) -> HttpResponse:
    here = for_action(request, pk, policy.Action.REVISE)
    meeting, form = here.meeting, _form_of(request, here.meeting)
    scope = scope_form(request, meeting)
    if request.method == "POST" and form.is_valid():
        change = services.revise_later if scope and scope.is_for_later else services.revise
        cost = _cost(here, form, scope)
        try:
            change(meeting, by=request.staff, what=form.what(), seen=form.seen_plan())
        except Overtaken as overtaken:
            return _overtaken(request, pk, form, overtaken)
        except services.PlanRefused as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"The change is kept. {cost.after}".strip())
            return redirect("meetings:detail", pk=pk)
    return _plan_page(request, form, "meetings/revise.html", here, scope)


@require_POST
@staff_page
def revise_verdict(request: StaffRequest, pk: int) -> HttpResponse:
    here = for_action(request, pk, policy.Action.REVISE)
    form, scope = _form_of(request, here.meeting), scope_form(request, here.meeting)
    box = _revised_box(here, form, scope)
    return render(request, "meetings/_verdict_box.html", {"box": box})


def _overtaken(
    request: StaffRequest, pk: int, form: RevisionForm, overtaken: Overtaken
) -> HttpResponse:
    """Show the call as it stands now with what was typed, and beside it what others have changed."""
    here = for_action(request, pk, policy.Action.REVISE)
    again, scope = form.again(here.meeting, overtaken), scope_form(request, here.meeting)
    page = _plan_page(request, again, "meetings/revise.html", here, scope)
    page.status_code = CONFLICT
    return page


def _form_of(request: StaffRequest, meeting: Meeting) -> RevisionForm:
    """Return the form of a call that exists: its host stays, whoever changes it."""
    host = StaffMember.objects.get(seats__meeting=meeting, seats__role="host")
    return RevisionForm(sent(request), host=host, meeting=meeting)


def _cost(here: Seen, form: RevisionForm, scope: ScopeForm | None) -> pages.Cost:
    """Return what the change that is typed would cost; none while something is missing."""
    if not form.is_valid():
        return pages.Cost()
    is_for_later = scope is not None and scope.is_for_later
    what = form.as_it_would_be()
    changed = services.as_changed(here.meeting, what, is_for_later=is_for_later)
    return pages.cost_of(changed, here.now)


def _revised_box(here: Seen, form: RevisionForm, scope: ScopeForm | None) -> pages.Box:
    """Return the verdict on a call that is being changed, as the service will see it."""
    # Before the facts: they ask the form, and what is refused there is no change.
    cost = _cost(here, form, scope)
    typed, was = form.facts(here.now), here.facts
    has_moved = (typed.starts_at, typed.ends_at) != (was.starts_at, was.ends_at)
    facts = replace(
        typed,
        status=was.status,
        scheduled_at=here.now if has_moved else was.scheduled_at,
        has_link=was.has_link,
        link_proves_tenant=was.link_proves_tenant,
        same_link=was.same_link,
    )
    return pages.planning_box(
        facts, here.now, guidance=form.guidance, cost=cost.before, slips=form.slips
    )


def _plan_page(
    request: HttpRequest,
    form: PlanForm,
    template: str,
    here: Seen | None = None,
    scope: ScopeForm | None = None,
) -> HttpResponse:
    """Show the form with the verdict on what it holds so far."""
    is_sent = request.method == "POST"
    if here is not None and isinstance(form, RevisionForm) and is_sent:
        box = _revised_box(here, form, scope)
    elif is_sent:
        box = _box(form, clock.now())
    elif here is not None:
        guidance = here.meeting.purpose.guidance
        box = pages.planning_box(_on_its_day(here), here.now, guidance=guidance)
    else:
        box = pages.EMPTY_BOX
    meeting = here.meeting if here else None
    context = {"form": form, "meeting": meeting, "box": box, "scope": scope}
    return render(request, template, context, status=422 if is_sent else 200)


def _on_its_day(here: Seen) -> policy.Facts:
    """Return the facts of a call with what the school's calendar says of its day."""
    day = clock.local(here.facts.starts_at).date()
    return replace(here.facts, closed_because=selectors.closed_because(day))


@require_POST
@staff_page
@capable(may_plan_meetings)
def verdict(request: StaffRequest) -> HttpResponse:
    now = clock.now()
    form = PlanForm(request.POST, host=request.staff)
    return render(request, "meetings/_verdict_box.html", {"box": _box(form, now)})


def _box(form: PlanForm, now: datetime) -> pages.Box:
    facts = form.facts(now)
    return pages.planning_box(facts, now, guidance=form.guidance, slips=form.slips)


@require_GET
@staff_page
def detail(request: StaffRequest, pk: int) -> HttpResponse:
    return _detail(request, pk, LinkForm())


def _detail(request: StaffRequest, pk: int, link_form: LinkForm, status: int = 200) -> HttpResponse:
    here = seen(request, pk)
    question = here.meeting.question
    families = consent.asked_rows(question.pk, here.now) if question else []
    series = selectors.calls_of_series(here.meeting)
    head = pages.head(here.meeting, here.facts, here.verdict, here.actions, here.now)
    asking = selectors.asking_in_words(here.meeting, here.actions, here.now)
    verdict = policy.assess(_on_its_day(here), here.now)
    context = {
        "here": here,
        "meeting": here.meeting,
        "head": pages.with_forecast(head, asking),
        "findings": pages.with_mends(here.meeting, verdict, here.actions),
        "steps": pages.steps(here.facts),
        "adults": pages.adults(here.facts),
        "families": families,
        "papers": pages.papers(families, here.actions),
        "pupils": here.facts.places,
        "shares": here.meeting.shares.select_related("guardian", "pupil", "shared_by"),
        "record": pages.record(selectors.register(here.meeting)),
        "link_form": link_form,
        "series": pages.rows(series, here.now),
        "has_drafts": any(one.status == policy.Status.DRAFT.value for one in series),
        "scope": scope_form(request, here.meeting) if "revise" in here.actions else None,
        "may_remind": _may_remind(request, question, families, here.now),
        "may_record": may_see_all_meetings(request.viewer),
        "may": {action.value for action in here.actions},
        "incidents": here.meeting.incidents.all(),
        "has_begun": here.now >= here.facts.starts_at,
    }
    return render(request, "meetings/detail.html", context, status=status)


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
    form = LinkForm(request.POST)
    scope = scope_form(request, meeting)
    keep = services.set_link_later if scope and scope.is_for_later else services.set_link
    if form.is_valid():
        try:
            keep(meeting, by=request.staff, text=form.cleaned_data["link"])
        except LinkRefused as refused:
            form.add_error("link", refused.sentence)
        except services.LinkTaken as refused:
            form.add_error("link", str(refused))
        else:
            messages.success(request, "The Teams link is kept. Families never see it themselves.")
            return redirect("meetings:detail", pk=pk)
    return _detail(request, pk, form, status=422)


@require_POST
@staff_page
def ask(request: StaffRequest, pk: int) -> HttpResponse:
    services.ask(meeting_for(request, pk), by=request.staff)
    messages.success(request, "The families are being asked. Reminders go out by themselves.")
    return redirect("meetings:detail", pk=pk)
