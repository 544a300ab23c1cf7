"""Pages of those who handle concerns: the queue, one concern, and what is done with it."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from concerns import policy, selectors, services
from concerns.forms import AddForm, CallForm, CloseForm, DecideForm, ReopenForm
from concerns.models import Concern
from concerns.views.filing import team_for
from school import calendar as hours
from school.access import StaffRequest, second_factor, staff_page
from school.terms import calendar
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

PER_PAGE = 50


@require_http_methods(["GET", "POST"])
@staff_page
def queue(request: StaffRequest) -> HttpResponse:
    """Send those who handle concerns to their queue, and everybody else to what they logged."""
    if not policy.may_work_queue(request.viewer):
        return redirect("concerns:mine")
    return _queue(request)


@second_factor
def _queue(request: StaffRequest) -> HttpResponse:
    """List what this person may read; what they may not read is in no number either (E8)."""
    now = clock.now()
    asked = request.POST if request.method == "POST" else request.GET
    state = asked.get("state", "open")
    if state not in selectors.STATES:
        state = "open"
    # Only ever by POST: a child's name must stand in no address and no log.
    words = request.POST.get("words", "")
    concerns = selectors.queue(request.viewer, state=state, words=words, now=now)
    page = Paginator(concerns, PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"concern": row, "is_overdue": policy.is_overdue(row.facts(), now=now)} for row in page]
    context = {
        "rows": rows,
        "page": page,
        "state": state,
        "words": words,
        "counts": selectors.counts(request.viewer, now=now),
        "gaps": hours.gaps(calendar(), on=clock.today()),
    }
    return render(request, "concerns/list.html", context)


def visible(request: StaffRequest, reference: str) -> Concern:
    """Return a concern this person may read; any other does not exist."""
    return get_object_or_404(Concern.objects.visible_to(request.viewer), reference=reference)


def _visible_or_own(request: StaffRequest, reference: str) -> Concern:
    """Return a concern that this person logged, or reads with a second factor."""
    own = Concern.objects.logged_by(request.staff).filter(reference=reference).first()
    if own is not None:
        return own
    if not request.has_second_factor:
        raise Http404
    return visible(request, reference)


@require_GET
@staff_page
@second_factor
@transaction.atomic
def detail(request: StaffRequest, reference: str) -> HttpResponse:
    """Show one concern; that it was opened is on the record before the page is."""
    concern = get_object_or_404(
        Concern.objects.visible_to(request.viewer)
        .select_related("reporter", "acknowledged_by", "closed_by")
        .prefetch_related("categories", "involved__pupil", "involved__staff"),
        reference=reference,
    )
    services.read(concern, by=request.staff)
    now, people = clock.now(), selectors.colleagues(clock.now())
    facts = selectors.facts_of(concern, now=now, people=people)
    actions = policy.actions_for(request.viewer, facts)
    entries = selectors.chronology(concern)
    context = {
        "concern": concern,
        "desk": policy.Desk(concern.desk).label,
        "entries": entries,
        "is_called": any(
            entry.kind == policy.EntryKind.CALL and entry.called_id not in facts.excluded
            for entry in entries
        ),
        "rungs": selectors.ladder_line(concern, facts, people, calendar(), now=now),
        "is_overdue": policy.is_overdue(facts, now=now),
        "may": {action.value: True for action in actions},
        "read_by": selectors.read_by(concern),
        "unsettled": selectors.unsettled(concern),
    }
    return render(request, "concerns/detail.html", context)


@require_POST
@staff_page
@second_factor
def acknowledge(request: StaffRequest, reference: str) -> HttpResponse:
    """Take charge of a concern; whoever comes second is told who was first."""
    concern = visible(request, reference)
    try:
        services.acknowledge(concern, by=request.staff)
    except services.AlreadyAcknowledged as fault:
        messages.info(request, str(fault))
    else:
        messages.success(request, "You have acknowledged this concern. The reporter is told.")
    return redirect(concern)


def write(
    request: StaffRequest,
    concern: Concern,
    form: forms.Form,
    do: Callable[[], object],
    *,
    heading: str,
    button: str,
    back: str,
    done: str,
) -> HttpResponse:
    """Show a short form on a page of its own; do what it says once it is complete."""
    if request.method == "POST" and form.is_valid():
        try:
            do()
        except NotAllowed as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, done)
            return redirect(back)
    context = {"concern": concern, "form": form, "heading": heading, "button": button, "back": back}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "concerns/write.html", context, status=status)


def _back(request: StaffRequest, concern: Concern) -> str:
    """Return the page to go back to: the concern for its readers, else what the reporter follows."""
    readable = Concern.objects.visible_to(request.viewer).filter(pk=concern.pk)
    page = "detail" if request.has_second_factor and readable.exists() else "received"
    return reverse(f"concerns:{page}", args=[concern.reference])


@require_http_methods(["GET", "POST"])
@staff_page
def add(request: StaffRequest, reference: str) -> HttpResponse:
    concern = _visible_or_own(request, reference)
    form = AddForm(request.POST or None)
    return write(
        request,
        concern,
        form,
        lambda: services.add(concern, by=request.staff, text=form.cleaned_data["text"]),
        heading="Add to this concern",
        button="Add it",
        back=_back(request, concern),
        done="It has been added.",
    )


@require_http_methods(["GET", "POST"])
@staff_page
def call(request: StaffRequest, reference: str) -> HttpResponse:
    concern = _visible_or_own(request, reference)
    people, now = selectors.colleagues(clock.now()), clock.now()
    facts = selectors.facts_of(concern, now=now, people=people)
    if request.staff.pk == concern.reporter_id:
        facts = selectors.seen_by_reporter(concern, people, calendar(), now=now).facts
    form = CallForm(request.POST or None, team=team_for(facts, people))
    return write(
        request,
        concern,
        form,
        lambda: services.record_call(concern, by=request.staff, call=form.call()),
        heading="Note a telephone call",
        button="Note the call",
        back=_back(request, concern),
        done="The call has been noted.",
    )


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
def decide(request: StaffRequest, reference: str) -> HttpResponse:
    concern = visible(request, reference)
    form = DecideForm(request.POST or None)
    return write(
        request,
        concern,
        form,
        lambda: services.decide(concern, by=request.staff, **form.cleaned_data),
        heading="Decide about this concern",
        button="Record the decision",
        back=concern.get_absolute_url(),
        done="The decision and its reasons are on the record.",
    )


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
def close(request: StaffRequest, reference: str) -> HttpResponse:
    concern = visible(request, reference)
    form = CloseForm(request.POST or None)
    return write(
        request,
        concern,
        form,
        lambda: services.close(concern, by=request.staff, **form.cleaned_data),
        heading="Close this concern",
        button="Close it",
        back=concern.get_absolute_url(),
        done="The concern is closed. It can be opened again.",
    )


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
def reopen(request: StaffRequest, reference: str) -> HttpResponse:
    concern = visible(request, reference)
    form = ReopenForm(request.POST or None)
    return write(
        request,
        concern,
        form,
        lambda: services.reopen(concern, by=request.staff, **form.cleaned_data),
        heading="Open this concern again",
        button="Open it again",
        back=concern.get_absolute_url(),
        done="The concern is open again.",
    )
