"""People from a file: upload, look at what would change, approve, take back."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from consent import services
from consent.forms import UploadForm
from consent.pages import imports as pages
from school import selectors
from school import services as school
from school.access import StaffRequest, capable, second_factor, staff_page
from school.imports import (
    ColumnMapping,
    ImportRefusal,
    ImportRefused,
    Proposal,
    Roster,
    explained,
    read,
    read_table,
    unpack,
)
from school.models import ImportRun
from school.roles import may_import_people
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed, Overtaken

UNREADABLE = 422


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_import_people)
@second_factor
def import_list(request: StaffRequest) -> HttpResponse:
    """Take a file, and show the imports there have been."""
    is_sent = request.method == "POST"
    mappings = selectors.mappings()
    told = (request.POST, request.FILES) if is_sent else (None, None)
    form = UploadForm(*told, mappings=mappings)
    refused: ImportRefused | None = None
    if form.is_valid():
        data, source = form.cleaned_data["file"].read(), form.cleaned_data["source"]
        try:
            roster = _read(mappings.get(source), source, data, form)
        except ImportRefused as fault:
            refused = explained(fault, source=source, data=data, mappings=mappings)
            form.add_error("file", "Nothing was taken from it: see “What is wrong in the files”.")
        else:
            run = school.propose_import(
                by=request.staff,
                source=source,
                roster=roster,
                data=data,
                file_name=form.cleaned_data["file"].name,
            )
            return redirect("consent:import_one", pk=run.pk)
    context = {
        "form": form,
        "refused": refused,
        "to_correct": _to_correct(refused, mappings.get(form["source"].value() or "")),
        "runs": pages.runs(selectors.import_runs()[:30], mappings),
        "waiting": sum(len(one.ties) for one in selectors.unconfirmed_ties(request.staff)),
        "mappings": mappings.values(),
    }
    return render(request, "consent/imports.html", context, status=UNREADABLE if is_sent else 200)


def _to_correct(
    refused: ImportRefused | None, mapping: ColumnMapping | None
) -> ColumnMapping | None:
    """Return the mapping whose headings were looked for in vain, if they were."""
    faults = refused.faults if refused else ()
    if any(one.reason is ImportRefusal.MISSING_COLUMN for one in faults):
        return mapping
    return None


def _read(mapping: ColumnMapping | None, source: str, data: bytes, form: UploadForm) -> Roster:
    """Return whom the files name. Raises ImportRefused with everything that is wrong."""
    if mapping:
        return read_table(mapping, data, on=clock.today(), order=form.order())
    return read(source, unpack(data), on=clock.today(), order=form.order())


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_import_people)
@second_factor
def import_one(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what an import would change, or what became of it; approve it."""
    run = get_object_or_404(selectors.import_runs(), pk=pk)
    if run.stage != ImportRun.PROPOSED:
        is_own = selectors.is_about_family(request.staff, run, on=clock.today())
        context = {"run": run, "counts": _counts(run), "is_own": is_own}
        return render(request, "consent/import_done.html", context)
    proposal = selectors.shown_to(request.staff, run, on=clock.today())
    if request.method != "POST":
        return _page(request, run, proposal, proposal.preset)
    keys = pages.chosen(proposal, request.POST.getlist("keys"), request.POST.getlist("together"))
    try:
        services.approve_import(
            run,
            by=request.staff,
            keys=keys,
            seen=request.POST.get("seen", ""),
            asked=request.POST.getlist("asked"),
        )
    except Overtaken as fault:
        messages.warning(request, str(fault))
        return redirect("consent:import_one", pk=pk)
    except NotAllowed as fault:
        return _page(request, run, proposal, keys, fault=str(fault))
    messages.success(
        request, "It is done. You can take it back until a call speaks of these people."
    )
    return redirect("consent:import_one", pk=pk)


def _page(
    request: StaffRequest,
    run: ImportRun,
    proposal: Proposal,
    keys: frozenset[str],
    *,
    fault: str = "",
) -> HttpResponse:
    context: dict[str, Any] = {
        "run": run,
        "proposal": proposal,
        "parts": pages.shown(proposal),
        "keys": keys,
        "relationships": pages.relationships(proposal),
        "fault": fault,
        "asked": request.POST.getlist("asked"),
        "together": request.POST.getlist("together") if request.method == "POST" else None,
    }
    return render(request, "consent/import.html", context, status=UNREADABLE if fault else 200)


def _counts(run: ImportRun) -> list[tuple[str, int]]:
    return [(pages.TITLES[verb], run.counts[verb]) for verb in pages.TITLES if verb in run.counts]


@require_POST
@staff_page
@capable(may_import_people)
@second_factor
def drop_import(request: StaffRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(ImportRun, pk=pk)
    try:
        school.drop_import(run, by=request.staff)
    except NotAllowed as fault:
        messages.warning(request, str(fault))
        return redirect("consent:import_one", pk=pk)
    messages.success(request, "It is thrown away. Nothing was changed.")
    return redirect("consent:imports")


@require_POST
@staff_page
@capable(may_import_people)
@second_factor
def undo_import(request: StaffRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(ImportRun, pk=pk)
    try:
        services.undo_import(run, by=request.staff)
    except NotAllowed as fault:
        messages.error(request, str(fault))
    else:
        messages.success(request, "It is taken back. People stand on record as before.")
    return redirect("consent:import_one", pk=pk)


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_import_people)
@second_factor
def confirm_ties(request: StaffRequest) -> HttpResponse:
    """Say what ties from a file mean: by relationship, all of them or some."""
    fault = ""
    if request.method == "POST":
        ticked = [one.partition(":") for one in request.POST.getlist("ties")]
        ties = {int(pk): doubt for pk, _, doubt in ticked if pk.isdecimal()}
        has_responsibility = request.POST.get("means") == "yes"
        try:
            done = services.confirm_ties(
                ties, by=request.staff, has_responsibility=has_responsibility
            )
        except (NotAllowed, Overtaken) as refusal:
            fault = str(refusal)
        else:
            messages.success(request, f"Confirmed: {len(done)}.")
            return redirect("consent:confirm_ties")
    context = {"groups": selectors.unconfirmed_ties(request.staff), "fault": fault}
    return render(
        request, "consent/confirm_ties.html", context, status=UNREADABLE if fault else 200
    )
