"""Pages of what leaves the house: a copy of a child's file."""

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from concerns import pages, policy, selectors, services
from concerns.forms import CopyForm
from concerns.models import Copy
from concerns.models.copies import new_code
from concerns.selectors import Record
from school.access import StaffRequest, second_factor, staff_page
from school.models import Pupil
from school.selectors import school
from schoolsafe.lib import clock, locking
from schoolsafe.lib.rules import NotAllowed


def pupil_or_404(request: StaffRequest, pk: int) -> Pupil:
    """Return a pupil of whom this person might make a copy: whether there is anything says nothing (E8)."""
    if not policy.may_copy_files(request.viewer):
        raise Http404
    return get_object_or_404(Pupil, pk=pk)


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
@transaction.atomic
def copy(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what a copy would hold, word for word; make it once somebody has read that (E93, E100).

    With ?concern= and a reference it is of that concern alone (A50).
    """
    pupil, only = pupil_or_404(request, pk), request.GET.get("concern", "")
    is_made = request.POST.get("do") == "make"
    form = _form(request)
    record = selectors.record_with_files(
        pupil, request.viewer, besides=form.names(), ticked=form.ticked(), only=only
    )
    if only and not record.concerns:
        raise Http404
    form.ask_of(record.files)
    parts = pages.parts_of(record)
    if is_made and form.is_valid():
        try:
            return _made(request, form, selectors.read_files(record))
        except NotAllowed as fault:
            form.add_error(None, str(fault))
    services.read_chronology(pupil, record.concerns, by=request.staff)
    context = {
        "pupil": pupil,
        "only": only,
        "form": form,
        "is_faulty": is_made,
        "passphrase": form["passphrase"].value(),
        "parts": parts if record.concerns else [],
        "shared": record.shared,
        "copies": _made_before(record, request),
    }
    return render(request, "concerns/copy.html", context, status=422 if is_made else 200)


def _form(request: StaffRequest) -> CopyForm:
    """Return the form as it was sent; whoever only looks again is not held to what is still empty."""
    fresh = {"passphrase": locking.new_passphrase()}
    if request.POST.get("do") != "look":
        return CopyForm(request.POST or None, initial=fresh)
    # What leaves is another text now: that it was read has to be said anew.
    typed = {name: words for name, words in request.POST.dict().items() if name != "has_looked"}
    return CopyForm(initial=fresh | typed | {"carried": request.POST.getlist("carried")})


def _made(request: StaffRequest, form: CopyForm, record: Record) -> HttpResponse:
    """Draw the copy, lock it, and hand it out once it is on record."""
    typed, parts, files = form.cleaned_data, pages.parts_of(record), selectors.going(record)
    cover = pages.Cover(
        title=_title(record),
        school=school().name,
        by=request.staff.name,
        at=clock.now(),
        for_whom=typed["for_whom"],
        reason=typed["reason"],
        code=new_code(),
    )
    content = locking.locked(
        pages.copy_paper(parts, cover, files=record.files, say=record.redact),
        passphrase=typed["passphrase"],
        enclosed=selectors.enclosures(files),
    )
    made: Copy = services.record_copy(
        record.pupil,
        record.concerns,
        by=request.staff,
        code=cover.code,
        for_whom=cover.for_whom,
        reason=cover.reason,
        content=content,
        text_sha256=pages.text_hash(parts),
        files=files,
        is_alone=record.is_alone,
        is_whole=not form.names(),
    )
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="copy-{made.code}.pdf"'},
    )


def _made_before(record: Record, request: StaffRequest) -> list[Copy]:
    """Return which copies of the same this person may know of."""
    if record.is_alone:
        rows = selectors.copies_with(record.concerns[0], request.viewer)
        return list(rows.filter(pupil=record.pupil, is_alone=True).select_related("made_by"))
    return selectors.copies_of(record.pupil, request.viewer)


def _title(record: Record) -> str:
    """Return what a copy is of."""
    if record.is_alone:
        return f"Concern {record.concerns[0].reference}: {record.pupil}"
    return f"Child protection file: {record.pupil}"
