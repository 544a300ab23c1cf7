"""Pages of what families ask about their data: who asks what, by when, what is given, how it ended."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from concerns.forms import ReleaseForm
from school import selectors, services
from school.access import StaffRequest, capable, second_factor, staff_page
from school.models import FamilyRequest, Guardian, Pupil
from school.rights import (
    Right,
    days_left,
    due_on,
    is_paused,
    may_answer_families,
    may_release,
    missing,
)
from schoolsafe.families import asking, forms, paper
from schoolsafe.families.acts import ACTS, heading, offered
from schoolsafe.families.gathering import THE_TEAM, Bundle, gather
from schoolsafe.lib import clock, locking
from schoolsafe.lib.references import new_code
from schoolsafe.lib.rules import NotAllowed

ENDED_SHOWN = 50


def _visible(request: StaffRequest, reference: str) -> FamilyRequest:
    """Return a request that this person answers; any other does not exist (E8)."""
    rows = selectors.family_requests(request.viewer).select_related("noted_by")
    return get_object_or_404(rows, reference=reference)


def _clock(row: FamilyRequest) -> dict[str, Any]:
    """Return a request with by when its answer is due."""
    today = clock.today()
    left = days_left(row, today=today)
    return {
        "row": row,
        "due_on": due_on(row, today=today),
        "left": left,
        "is_late": left < 0,
        "late_by": -left,
        "is_paused": is_paused(row),
    }


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200


@require_safe
@staff_page
@capable(may_answer_families)
@second_factor
def family_requests(request: StaffRequest) -> HttpResponse:
    """Show what families ask and by when, and find whom it is about to note another."""
    rows = selectors.family_requests(request.viewer)
    words = request.GET.get("words", "")
    kin = selectors.kin_of(request.viewer.staff_id)
    everybody = Pupil.objects.exclude(pk__in=kin)
    found = selectors.find_pupils(everybody, words, chosen=[]).pupils if words else []
    context = {
        "open": [_clock(row) for row in rows.filter(ended_at=None)],
        "ended": rows.exclude(ended_at=None).order_by("-ended_at")[:ENDED_SHOWN],
        "words": words,
        "found": Pupil.objects.filter(pk__in=[one.pk for one in found]).prefetch_related(
            "guardians"
        ),
    }
    return render(request, "schoolsafe/family_requests.html", context)


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_answer_families)
@second_factor
def ask_about_pupil(request: StaffRequest, pk: int) -> HttpResponse:
    """Note what somebody asks about a pupil."""
    kin = selectors.kin_of(request.viewer.staff_id)
    return _ask(request, get_object_or_404(Pupil.objects.exclude(pk__in=kin), pk=pk))


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_answer_families)
@second_factor
def ask_about_guardian(request: StaffRequest, pk: int) -> HttpResponse:
    """Note what a guardian asks about themselves and their children."""
    own = selectors.family_of(selectors.kin_of(request.viewer.staff_id))
    return _ask(request, get_object_or_404(Guardian.objects.exclude(pk__in=own), pk=pk))


def _ask(request: StaffRequest, about: Pupil | Guardian) -> HttpResponse:
    form = forms.AskForm(request.POST or None, about=about, initial={"received_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            row = asking.note(by=request.staff, **form.facts())
        except NotAllowed as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, "It is on record. They have an answer within a month.")
            return redirect(row)
    context = {"about": about, "form": form}
    return render(request, "schoolsafe/family_request_ask.html", context, status=_status(form))


@require_safe
@staff_page
@capable(may_answer_families)
@second_factor
@transaction.atomic
def family_request(request: StaffRequest, reference: str) -> HttpResponse:
    """Show one request: by when, what is still to be done, and what was done."""
    row = _visible(request, reference)
    services.read_family_request(row, by=request.staff)
    wish = row.wish()
    lacks = missing(wish) if not wish.is_ended else ()
    acts = offered(wish)
    context = {
        "row": row,
        "clock": _clock(row),
        "is_copy": wish.right is Right.ACCESS,
        "is_made": wish.is_released,
        "lacks": lacks,
        "next_act": next((name for name in ("identity", "authority") if name in acts), "decide"),
        "acts": [(name, ACTS[name].label) for name in acts],
        "steps": [(step, heading(step)) for step in row.steps.select_related("by", "request")],
        "mend_url": _mend_url(row),
        "the_team": THE_TEAM,
    }
    return render(request, "schoolsafe/family_request.html", context)


def _mend_url(row: FamilyRequest) -> str:
    """Return the page on which what is kept of somebody is put right."""
    kind = "pupil" if row.pupil_id is not None else "guardian"
    return reverse(f"consent:{kind}", args=[row.about.pk])


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_answer_families)
@second_factor
def family_request_act(request: StaffRequest, reference: str, act: str) -> HttpResponse:
    """Note one thing that was done about a request."""
    row, chosen = _visible(request, reference), ACTS.get(act)
    if chosen is None or act not in offered(row.wish()):
        raise Http404
    typed = request.POST if request.method == "POST" else None
    form = chosen.form(typed, request=row, initial={"happened_on": clock.today()})
    if form.is_bound and form.is_valid():
        try:
            asking.do(chosen.do, row, by=request.staff, **form.facts())
        except NotAllowed as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, chosen.done)
            return redirect(row)
    context = {"row": row, "form": form, "act": chosen}
    return render(request, "schoolsafe/family_request_act.html", context, status=_status(form))


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_answer_families)
@second_factor
@transaction.atomic
def family_copy(request: StaffRequest, reference: str) -> HttpResponse:
    """Show word for word what would leave, and what stays behind and why; make the locked file."""
    row = _visible(request, reference)
    if row.ended_at is not None or row.right != Right.ACCESS:
        raise Http404
    bundle = gather(row, today=clock.today())
    is_sent = request.method == "POST"
    form = ReleaseForm(
        request.POST if is_sent else None, initial={"passphrase": locking.new_passphrase()}
    )
    if is_sent and form.is_valid():
        try:
            return _made(request, form, bundle)
        except NotAllowed as fault:
            form.add_error(None, str(fault))
    services.read_family_request(row, by=request.staff)
    context = {
        "row": row,
        "form": form,
        "passphrase": form["passphrase"].value(),
        "bundle": bundle,
        "lacks": missing(row.wish()),
        "may_release": may_release(request.viewer, is_delicate=bundle.is_delicate),
        "the_team": THE_TEAM,
    }
    return render(request, "schoolsafe/family_copy.html", context, status=_status(form))


def _made(request: StaffRequest, form: ReleaseForm, bundle: Bundle) -> HttpResponse:
    """Draw the copy, lock it with the same for machines inside, and hand it out once it is on record."""
    if request.POST.get("read", "") != bundle.text_sha256:
        raise NotAllowed("What would leave has changed meanwhile. Look at it again.")
    typed, now, code = form.cleaned_data, clock.now(), new_code()
    name = selectors.school().name
    drawn = paper.copy_paper(bundle, school=name, whom=typed["whom"], code=code, at=now)
    inside = locking.Enclosed(name="data.json", content=bundle.json(school=name, at=now, code=code))
    content = locking.locked(drawn, passphrase=typed["passphrase"], enclosed=[inside])
    services.release_copy(
        bundle.request,
        by=request.staff,
        is_delicate=bundle.is_delicate,
        code=code,
        whom=typed["whom"],
        text=typed["text"],
        content=content,
        text_sha256=bundle.text_sha256,
    )
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="copy-{code}.pdf"'},
    )
