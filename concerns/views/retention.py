"""Pages about how long concerns are kept: holds, what is due, the second of two people, certificates."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit import selectors as audit_reads
from concerns import policy, selectors, services
from concerns.forms import AgreeForm, BirthForm, HoldForm, KeepForm, LiftForm, ProposeForm
from concerns.models import Certificate, Concern, Hold
from concerns.policy import HoldWhy, Stand
from concerns.selectors import STANDS_OF_TIME
from concerns.views.work import write
from school import roles
from school.access import StaffRequest, capable, second_factor, staff_page
from school.models import Pupil
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

PER_PAGE = 50


@require_http_methods(["GET", "POST"])
@staff_page
@capable(policy.may_work_queue)
@second_factor
def due(request: StaffRequest) -> HttpResponse:
    """Show whose day comes, what is held and of what no day can be told; propose what is due."""
    now = clock.now()
    found = selectors.by_stand(request.viewer, now=now)
    state = request.GET.get("state", Stand.DUE.value)
    if state not in {stand.value for stand in STANDS_OF_TIME}:
        state = Stand.DUE.value
    own = selectors.proposed_by(request.viewer, now=now)
    rows = found[Stand(state)]
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    mine = selectors.at_desks(request.viewer, policy.PROPOSERS).filter(
        pk__in=[row.concern.pk for row in page]
    )
    able = set(mine.values_list("reference", flat=True))
    offered = [row.concern.reference for row in page if row.standing is None]
    # What is proposed already has nothing to tick, and a page without a tick nothing to propose.
    offered = [one for one in offered if one in able]
    form = ProposeForm(request.POST or None, offered=offered)
    if request.method == "POST" and form.is_valid() and _propose(request, form):
        return redirect("concerns:retention")
    context = {
        "page": page,
        "rows": selectors.with_people(page),
        "state": state,
        "counts": [
            (stand.value, words, len(found[stand])) for stand, words in STANDS_OF_TIME.items()
        ],
        "offered": offered,
        "asked": selectors.asked_of(request.viewer, now=now),
        "own": selectors.with_people(own),
        "form": form,
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "concerns/retention.html", context, status=status)


def _propose(request: StaffRequest, form: ProposeForm) -> bool:
    """Propose what was ticked; what is refused stands beside the form."""
    try:
        proposed = services.propose(
            form.cleaned_data["references"], by=request.staff, reasons=form.cleaned_data["reasons"]
        )
    except NotAllowed as refusal:
        form.add_error("references", str(refusal))
        return False
    number = len(proposed)
    messages.success(
        request,
        f"{number} proposed. Somebody else has to agree within 30 days; until then nothing is destroyed.",
    )
    return True


@require_http_methods(["GET", "POST"])
@staff_page
@capable(policy.may_work_queue)
@second_factor
def agree(request: StaffRequest) -> HttpResponse:
    """Be the second of two people: look at what another proposes, and destroy it."""
    asked = selectors.asked_of(request.viewer, now=clock.now())
    readable = selectors.at_desks(request.viewer, policy.READERS).filter(
        pk__in=[row.concern.pk for row in asked]
    )
    form = AgreeForm(request.POST or None, offered=[row.concern.reference for row in asked])
    if request.method == "POST" and form.is_valid():
        try:
            done = services.agree(form.cleaned_data["references"], by=request.staff)
        except NotAllowed as refusal:
            form.add_error("references", str(refusal))
        else:
            messages.success(request, "Destroyed. This certificate is kept for ever.")
            return redirect(done[0] if len(done) == 1 else "concerns:certificates")
    context = {
        "rows": selectors.with_people(asked),
        "readable": set(readable.values_list("reference", flat=True)),
        "at_home_with": sorted(
            {
                row.proposal.by.name
                for row in asked
                if row.proposal and services.share_a_home(row.proposal.by, request.staff)
            }
        ),
        "form": form,
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "concerns/agree.html", context, status=status)


@require_GET
@staff_page
@capable(policy.may_work_queue)
@second_factor
def certificates(request: StaffRequest) -> HttpResponse:
    """List what was destroyed on the desks of this person."""
    rows = Certificate.objects.visible_to(request.viewer).prefetch_related("destroyed")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "concerns/certificates.html", {"page": page})


@require_GET
@staff_page
@capable(policy.may_work_queue)
@second_factor
def certificate(request: StaffRequest, reference: str) -> HttpResponse:
    """Show one certificate, for printing: references, rules and days, and no name but those of the two."""
    rows = Certificate.objects.visible_to(request.viewer).prefetch_related("destroyed")
    found = get_object_or_404(rows, reference=reference)
    two = [found.proposed_by, found.agreed_by]
    names = audit_reads.names_of(two)
    context = {
        "certificate": found,
        "two": [names.get(actor, actor) for actor in two],
        "printed_at": selectors.in_full(clock.now()),
    }
    return render(request, "concerns/certificate.html", context)


def _of_part(request: StaffRequest, reference: str) -> Concern:
    """Return a concern that this person reads by their part; of a loan there is nothing to hold."""
    mine = selectors.at_desks(request.viewer, policy.READERS)
    return get_object_or_404(mine, reference=reference)


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
def hold(request: StaffRequest, reference: str) -> HttpResponse:
    concern = _of_part(request, reference)
    form = HoldForm(request.POST or None)
    return write(
        request,
        concern,
        form,
        lambda: services.hold(
            concern,
            by=request.staff,
            why=HoldWhy(form.cleaned_data["why"]),
            reasons=form.cleaned_data["reasons"],
        ),
        heading="Hold this concern",
        button="Hold it",
        back=concern.get_absolute_url(),
        done="It is on hold: it is not destroyed before somebody lifts that.",
    )


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
def lift(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    concern = _of_part(request, reference)
    held = get_object_or_404(concern.holds.open(), pk=pk)
    form = LiftForm(request.POST or None)
    return write(
        request,
        concern,
        form,
        lambda: services.lift(held, by=request.staff, because=form.cleaned_data["because"]),
        heading="Lift this hold",
        button="Lift it",
        back=concern.get_absolute_url(),
        done="The hold is lifted. The concern's own day counts again.",
    )


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
def keep(request: StaffRequest, reference: str) -> HttpResponse:
    concern = _of_part(request, reference)
    first = policy.earliest(selectors.kept_one(concern, now=clock.now()).facts)
    form = KeepForm(request.POST or None, first=first)
    return write(
        request,
        concern,
        form,
        lambda: services.keep(concern, by=request.staff, **form.cleaned_data),
        heading="Say until when it is kept",
        button="Keep it until then",
        back=concern.get_absolute_url(),
        done="It is kept until then, and looked at again.",
    )


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
def born(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    concern = _of_part(request, reference)
    person = get_object_or_404(concern.involved.filter(pupil=None), pk=pk)
    form = BirthForm(request.POST or None)
    return write(
        request,
        concern,
        form,
        lambda: services.note_birth(person, by=request.staff, born_on=form.cleaned_data["born_on"]),
        heading=f"When was {person.who} born?",
        button="Note it",
        back=concern.get_absolute_url(),
        done="It is noted here, and nowhere else.",
    )


@require_POST
@staff_page
@second_factor
def end_proposal(request: StaffRequest, reference: str) -> HttpResponse:
    """End a proposal to destroy; also the chair may, who does not read what the headteacher does."""
    mine = selectors.at_desks(request.viewer, policy.SECONDS)
    concern = get_object_or_404(mine, reference=reference)
    services.end_proposal(concern, by=request.staff)
    messages.success(request, "The proposal has ended. Nothing was destroyed.")
    return redirect("concerns:retention")


def _pupil(request: StaffRequest, pk: int) -> Pupil:
    """Return a pupil whose file this person may hold: never one of their own family."""
    pupil = get_object_or_404(Pupil, pk=pk)
    is_known = (
        roles.may_find_pupils(request.viewer)
        or selectors.at_desks(request.viewer, policy.READERS).filter(involved__pupil=pupil).exists()
    )
    is_family = selectors.family_among(request.staff.pk, [pupil.pk])
    if not policy.may_work_queue(request.viewer) or not is_known or is_family:
        raise Http404
    return pupil


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
def pupil_holds(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what holds a child's file, and hold it."""
    pupil = _pupil(request, pk)
    form = HoldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.hold_pupil(
            pupil,
            by=request.staff,
            why=HoldWhy(form.cleaned_data["why"]),
            reasons=form.cleaned_data["reasons"],
        )
        messages.success(request, "Every concern with this child in it is on hold.")
        return redirect("concerns:pupil_holds", pk=pupil.pk)
    holds = Hold.objects.open().of_a_pupil_for(request.viewer).filter(pupil=pupil)
    context = {"pupil": pupil, "form": form, "holds": holds.select_related("placed_by")}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "concerns/pupil_holds.html", context, status=status)


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
def lift_pupil(request: StaffRequest, pk: int) -> HttpResponse:
    held = get_object_or_404(Hold.objects.open().of_a_pupil_for(request.viewer), pk=pk)
    if held.pupil_id is None:
        raise Http404
    pupil = _pupil(request, held.pupil_id)
    form = LiftForm(request.POST or None)
    return write(
        request,
        None,
        form,
        lambda: services.lift(held, by=request.staff, because=form.cleaned_data["because"]),
        heading=f"Lift the hold on the file of {pupil.full_label}",
        button="Lift it",
        back=reverse("concerns:pupil_holds", args=[pupil.pk]),
        done="The hold is lifted. Each concern's own day counts again.",
    )
