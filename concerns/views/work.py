"""Pages of those who handle concerns: the queue, one concern, and what is done with it."""

from collections.abc import Callable
from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import DatabaseError, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from concerns import policy, selectors, services
from concerns.forms import AddForm, CallForm, CloseForm, DecideForm, ReopenForm, choose_again
from concerns.forms.adults import AsksOfStaff
from concerns.models import Concern
from concerns.policy import handing
from concerns.views.keeping import retention_of
from concerns.views.mending import mends
from concerns.views.own import team_for
from notices.selectors import standstill
from school import calendar as hours
from school import roles
from school.access import StaffRequest, reporting_page, second_factor, staff_page
from school.models import School
from school.terms import calendar
from schoolsafe.lib import clock, fullness
from schoolsafe.lib.rules import NotAllowed

PER_PAGE = 25


@require_http_methods(["GET", "POST"])
@reporting_page
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
    open_ones, page, older = selectors.open_to(request.viewer), None, ""
    if state == "closed":
        after = asked.get("after", "")
        some = selectors.closed(request.viewer, words=words, after=after, count=PER_PAGE)
        found, older = some.rows, some.after
    else:
        concerns = selectors.queue(open_ones, request.viewer, state=state, words=words, now=now)
        page = Paginator(concerns, PER_PAGE).get_page(request.GET.get("page"))
        found = list(page)
    rows = [
        {"concern": row, "is_overdue": policy.is_overdue(row.facts(), now=now)} for row in found
    ]
    context = {
        "silence": standstill(now),
        "rows": rows,
        "page": page,
        "older": older,
        "state": state,
        "words": words,
        "counts": selectors.counts(open_ones, request.viewer, now=now),
        "may_see_status": roles.may_see_status(request.viewer),
        **selectors.out_of_the_house(request.viewer),
        "gaps": hours.gaps(calendar(), on=clock.today()),
        "lent": selectors.lent_to(request.viewer, now=now),
        "plays_ladder": roles.may_manage_rota(request.viewer),
        "reads_report": policy.may_read_report(request.viewer),
        "keeps_register": policy.may_keep_register(request.viewer),
        "uses_emergency": policy.may_use_emergency_access(request.viewer),
        "reviews_openings": policy.may_review_openings(request.viewer),
    }
    return render(request, "concerns/list.html", context)


def visible(request: StaffRequest, reference: str) -> Concern:
    """Return a concern this person may read; any other does not exist."""
    return get_object_or_404(Concern.objects.filter(reference=reference).visible_to(request.viewer))


def visible_or_own(request: StaffRequest, reference: str) -> Concern:
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
        Concern.objects.filter(reference=reference)
        .visible_to(request.viewer)
        .select_related("reporter", "acknowledged_by", "owner", "closed_by")
        .prefetch_related("categories", "involved__pupil", "involved__staff", "marks")
    )
    services.read(concern, by=request.staff)
    now, people = clock.now(), selectors.colleagues(clock.now())
    facts = selectors.facts_of(concern, now=now, people=people)
    school = School.objects.current()
    standing = selectors.handing_of(concern, school)
    actions = handing.fitting(policy.actions_for(request.viewer, facts), standing)
    entries = selectors.chronology(concern)
    case = selectors.case_of(concern, facts, people, entries=entries)
    context = {
        "concern": concern,
        "desk": policy.Desk(concern.desk).label,
        "told": selectors.as_told(entries),
        "missing": mends(concern, policy.missing_for_closure(case)),
        "second": _second(request, case),
        "tasks": selectors.open_tasks(concern),
        "beside": selectors.beside(concern, request.viewer, now=now),
        "linked": selectors.linked(concern, request.viewer),
        "today": clock.today(),
        "is_called": any(
            entry.kind == policy.EntryKind.CALL and entry.called_id not in facts.excluded
            for entry in entries
        ),
        "files": selectors.files_of(concern),
        "rungs": selectors.ladder_line(concern, facts, people, calendar(), now=now),
        "is_overdue": policy.is_overdue(facts, now=now),
        "product": standing.product,
        "may": {action.value: True for action in actions},
        "read_by": selectors.read_by(concern),
        "unsettled": case.unsettled,
        "flags": [
            flag
            for flag in selectors.flags_of(
                [row.pupil_id for row in concern.involved.all() if row.pupil_id],
                request.viewer,
                on=clock.today(),
            )
            if flag.stands
        ],
        "marks": list(concern.marks.all()),
        "figures": selectors.figures(list(concern.marks.all())),
        "shares": selectors.shares_of(concern),
        "openings": selectors.openings_of(concern),
        "now": now,
        "is_about_staff": policy.is_about_staff(facts),
        "numbers": school,
        **retention_of(concern, request, facts),
    }
    return render(request, "concerns/detail.html", context)


def _second(request: StaffRequest, case: policy.Case) -> str:
    """Return how it stands with the second person: asked, to be signed by this one, signed (A32)."""
    if policy.is_signed(case):
        return "signed"
    if policy.may_sign(request.staff.pk, case):
        return "mine"
    return "asked" if policy.asked_by(case) is not None else ""


@require_GET
@staff_page
@second_factor
def tasks(request: StaffRequest) -> HttpResponse:
    """List what one has to do about concerns, the first due first (A30)."""
    if not policy.may_work_queue(request.viewer):
        raise Http404
    context = {"tasks": selectors.my_tasks(request.viewer), "today": clock.today()}
    return render(request, "concerns/tasks.html", context)


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
    concern: Concern | None,
    form: forms.Form,
    do: Callable[[], object],
    *,
    heading: str,
    button: str,
    back: str,
    done: str,
    page: str = "concerns/write.html",
    **around: object,
) -> HttpResponse:
    """Show a short form on a page of its own; do what it says once it is complete."""
    status = HTTPStatus.OK
    if form.is_bound and form.is_valid():
        try:
            do()
        except services.Repeated as fault:
            messages.info(request, str(fault))
            return redirect(back)
        except NotAllowed as fault:
            form.add_error(None, str(fault))
        except DatabaseError as fault:
            if not fullness.is_full(fault):
                raise
            form.add_error(None, fullness.WORDS)
            status = HTTPStatus.INSUFFICIENT_STORAGE
        else:
            messages.success(request, done)
            return redirect(back)
    if form.is_bound and form.errors:
        choose_again(form)
        status = status if status > HTTPStatus.OK else HTTPStatus.UNPROCESSABLE_ENTITY
    context = {"concern": concern, "form": form, "heading": heading, "button": button, "back": back}
    return render(request, page, context | around, status=status)


def back_to(request: StaffRequest, concern: Concern) -> str:
    """Return the page to go back to: the concern for its readers, else what the reporter follows."""
    readable = Concern.objects.filter(pk=concern.pk).visible_to(request.viewer)
    page = "detail" if request.has_second_factor and readable.exists() else "received"
    return reverse(f"concerns:{page}", args=[concern.reference])


@require_http_methods(["GET", "POST"])
@reporting_page
def add(request: StaffRequest, reference: str) -> HttpResponse:
    concern = visible_or_own(request, reference)
    form = AddForm(request.POST or None, known=selectors.known_to(concern, request.staff))
    return write(
        request,
        concern,
        form,
        lambda: services.add(
            concern, by=request.staff, text=form.cleaned_data["text"], people=form.people()
        ),
        heading="Add to this concern",
        button="Add it",
        back=back_after(request, concern, form),
        done="It has been added.",
    )


def back_after(request: StaffRequest, concern: Concern, form: forms.Form) -> str:
    """Return where to go once it is there: to the list where it may move out of this person's sight."""
    names = isinstance(form, AsksOfStaff) and form.is_valid() and form.people()
    if names and concern.reporter_id != request.staff.pk:
        return reverse("concerns:list")
    return back_to(request, concern)


@require_http_methods(["GET", "POST"])
@reporting_page
def call(request: StaffRequest, reference: str) -> HttpResponse:
    concern = visible_or_own(request, reference)
    people, now = selectors.colleagues(clock.now()), clock.now()
    facts = selectors.facts_of(concern, now=now, people=people)
    if request.staff.pk == concern.reporter_id:
        facts = selectors.seen_by_reporter(concern, people, calendar(), now=now).facts
    known = selectors.known_to(concern, request.staff)
    form = CallForm(request.POST or None, team=team_for(facts, people), known=known)
    return write(
        request,
        concern,
        form,
        lambda: services.record_call(concern, by=request.staff, **form.said()),
        heading="Note a telephone call",
        button="Note the call",
        back=back_after(request, concern, form),
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
    now, people = clock.now(), selectors.colleagues(clock.now())
    case = selectors.case_of(concern, selectors.facts_of(concern, now=now, people=people), people)
    return write(
        request,
        concern,
        form,
        lambda: services.close(concern, by=request.staff, **form.cleaned_data),
        heading="Close this concern",
        button="Close it",
        back=concern.get_absolute_url(),
        done="The concern is closed. It can be opened again.",
        missing=mends(concern, policy.missing_for_closure(case)),
        second=_second(request, case),
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
