"""Pages of requests to see a child's file: who asked, what is to be done by when, and what is given."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from concerns import forms, pages, selectors, services
from concerns.models import AccessRequest
from concerns.models.copies import new_code
from concerns.policy import requests as rules
from concerns.policy.requests import Asked
from concerns.selectors import Pack
from concerns.views.request_acts import ACTS, heading, offered
from school.access import StaffRequest, capable, second_factor, staff_page
from school.models import Pupil
from school.selectors import school
from schoolsafe.lib import clock, locking
from schoolsafe.lib.rules import NotAllowed


def _visible(request: StaffRequest, reference: str) -> AccessRequest:
    """Return a request to which this person sees; any other does not exist (E8)."""
    rows = AccessRequest.objects.filter(reference=reference).visible_to(request.viewer)
    return get_object_or_404(rows.select_related("pupil", "guardian", "noted_by"))


@require_GET
@staff_page
@capable(rules.may_handle_requests)
@second_factor
def requests(request: StaffRequest) -> HttpResponse:
    """Show who asks to see a child's file, and by when they have their answer."""
    context = {
        "open": selectors.clocks_open(request.viewer),
        "ended": selectors.requests_ended(request.viewer),
    }
    return render(request, "concerns/requests.html", context)


@require_GET
@staff_page
@capable(rules.may_note_request)
def find_asked(request: StaffRequest) -> HttpResponse:
    """Find the child whose file somebody asks to see; who has left is found by those who answer."""
    words, is_handler = request.GET.get("words", ""), rules.may_handle_requests(request.viewer)
    found = selectors.find_pupils(words, chosen=[], now=clock.now(), with_leavers=is_handler)
    context = {"words": words, "pupils": found, "is_handler": is_handler}
    return render(request, "concerns/request_find.html", context)


@require_http_methods(["GET", "POST"])
@staff_page
@capable(rules.may_note_request)
def note_access(request: StaffRequest, pk: int) -> HttpResponse:
    """Write down that somebody asks, whoever of the staff was asked (G37)."""
    pupil = get_object_or_404(Pupil, pk=pk)
    form = forms.RequestForm(request.POST or None, initial={"received_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        services.note_request(pupil, by=request.staff, **form.facts())
        messages.success(
            request,
            "It is on record, and those who answer it are told. Tell nobody else what is kept.",
        )
        is_handler = rules.may_handle_requests(request.viewer)
        return redirect("concerns:requests" if is_handler else "concerns:mine")
    context = {"pupil": pupil, "form": form}
    return render(request, "concerns/request_note.html", context, status=_status(form))


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200


@require_GET
@staff_page
@second_factor
@transaction.atomic
def access(request: StaffRequest, reference: str) -> HttpResponse:
    """Show one request: by when, what is still to be done, what was done, and each concern in it."""
    row = _visible(request, reference)
    services.read_request(row, by=request.staff)
    asked, today = row.asked(), clock.today()
    pack = selectors.pack_of(row, request.viewer)
    lacks = () if row.ended_at else selectors.still_missing(pack)
    context = {
        "clock": (when := selectors.clock_of(row)),
        "is_late": when["is_late"],
        "access": row,
        "is_held": rules.is_held(asked, selectors.risk_of(row, today=today)),
        "lacks": lacks,
        "waits": "" if row.ended_at or lacks else _waits(pack),
        "is_made": not row.ended_at and not lacks and _is_made(row, pack),
        "cases": pack.cases,
        "next_url": _next(row, asked, pack),
        "acts": [(name, ACTS[name].label) for name in offered(asked)],
        "steps": [(step, heading(step)) for step in row.steps.select_related("by")],
    }
    return render(request, "concerns/request.html", context)


def _waits(pack: Pack) -> str:
    return selectors.approval_missing(pack, selectors.colleagues(clock.now()))


def _is_made(row: AccessRequest, pack: Pack) -> bool:
    """Tell whether the file for the asker was made of just what would leave now (A53)."""
    leaves = selectors.text_hash(pack.parts)
    return row.steps.filter(kind=rules.RequestStep.RELEASED, text_sha256=leaves).exists()


def _next(row: AccessRequest, asked: Asked, pack: Pack) -> str:
    """Return where the first thing is done that stands in the way: a step, else a text to decide."""
    steps = (
        ("identity", asked.identity_on is None),
        ("authority", not asked.has_authority),
        ("child", rules.needs_child(asked, today=clock.today()) and asked.child_says is None),
    )
    for name, is_wanted in steps:
        if is_wanted:
            return reverse("concerns:access_act", args=[row.reference, name])
    open_ = next((case for case in pack.cases if case.undecided), None)
    is_held = rules.is_held(asked, selectors.risk_of(row, today=clock.today()))
    if open_ is None or (is_held and not asked.is_advised):
        return reverse("concerns:access_act", args=[row.reference, "advice"])
    return reverse("concerns:access_texts", args=[row.reference, open_.concern.reference])


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
def access_act(request: StaffRequest, reference: str, act: str) -> HttpResponse:
    """Note one thing that was done about a request."""
    row, chosen = _visible(request, reference), ACTS.get(act)
    if chosen is None:
        raise Http404
    child = {"pupil": row.pupil} if getattr(chosen.form, "asks_pupil", False) else {}
    form = chosen.form(request.POST or None, **child)
    if request.method == "POST" and form.is_valid():
        try:
            chosen.do(row, by=request.staff, **form.facts())
        except NotAllowed as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, chosen.done)
            return redirect(row)
    context = {"access": row, "form": form, "act": chosen}
    return render(request, "concerns/request_act.html", context, status=_status(form))


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
@transaction.atomic
def access_texts(request: StaffRequest, reference: str, concern: str) -> HttpResponse:
    """Decide about each text of one concern: given, with words left out, or withheld (G38)."""
    row = _visible(request, reference)
    pack = selectors.pack_of(row, request.viewer)
    case = next((one for one in pack.cases if one.concern.reference == concern), None)
    if case is None or row.ended_at is not None:
        raise Http404
    is_rest_given = request.POST.get("do") == "rest"
    if is_rest_given:
        form = forms.DisclosureForm.with_rest_given(request.POST.dict(), case.passages)
    else:
        form = forms.DisclosureForm(request.POST or None, passages=case.passages)
    if request.method == "POST" and form.is_valid():
        try:
            services.decide_access(row, case.concern, form.decided(), by=request.staff)
        except NotAllowed as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, f"What is given of {case.concern.reference} is on record.")
            return redirect(row)
    services.read_chronology(row.pupil, [case.concern], by=request.staff)
    context = {
        "access": row,
        "case": case,
        "form": form,
        "askings": form.askings(),
        "is_rest_given": is_rest_given,
    }
    return render(request, "concerns/request_texts.html", context, status=_status(form))


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
@transaction.atomic
def access_release(request: StaffRequest, reference: str) -> HttpResponse:
    """Show word for word what would leave; approve it, and make the file once it is approved (E94)."""
    row = _visible(request, reference)
    if row.ended_at is not None:
        raise Http404
    do = request.POST.get("do", "")
    typed = request.POST if do == "make" else None
    form = forms.ReleaseForm(typed, initial={"passphrase": locking.new_passphrase()})
    pack = selectors.pack_of(row, request.viewer)
    fault = ""
    try:
        if do == "approve":
            services.approve_access(row, by=request.staff, text_sha256=request.POST.get("read", ""))
            messages.success(request, "You have approved what leaves, as it is now.")
            return redirect("concerns:access_release", reference)
        if do == "make" and form.is_valid():
            return _made(request, form, pack)
    except NotAllowed as refusal:
        fault = str(refusal)
    services.read_chronology(row.pupil, pack.record.concerns, by=request.staff)
    context = {
        "access": row,
        "form": form,
        "fault": fault,
        "passphrase": form["passphrase"].value(),
        "parts": pack.parts,
        "read": pages.text_hash(pack.parts),
        "lacks": selectors.still_missing(pack),
        "waits": _waits(pack),
        "approvals": selectors.standing_approvals(pack),
        "has_approved": request.staff.pk
        in {step.by_id for step in selectors.standing_approvals(pack)},
    }
    return render(
        request, "concerns/request_release.html", context, status=422 if fault else _status(form)
    )


def _made(request: StaffRequest, form: forms.ReleaseForm, pack: Pack) -> HttpResponse:
    """Draw what is given, lock it, and hand it out once it is on record."""
    rules.check_read(read=request.POST.get("read", ""), leaves=pages.text_hash(pack.parts))
    typed = form.cleaned_data
    cover = pages.Cover(
        title=f"What is kept about {pack.record.pupil}",
        school=school().name,
        by=request.staff.name,
        at=clock.now(),
        for_whom=typed["whom"],
        reason="",
        code=new_code(),
    )
    files = selectors.read_to_give(pack.files)
    paper, inside = pages.pack_paper(pack.parts, cover, files=files), selectors.enclosures(files)
    content = locking.locked(paper, passphrase=typed["passphrase"], enclosed=inside)
    services.release_access(
        pack.request,
        by=request.staff,
        code=cover.code,
        whom=cover.for_whom,
        text=typed["text"],
        content=content,
        text_sha256=pages.text_hash(pack.parts),
    )
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="record-{cover.code}.pdf"'},
    )
