"""Pages of the files of a concern: attach, look at what it is, open, seal off, remove."""

from collections.abc import Callable, Sequence
from typing import Any

from csp.decorators import csp_update
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from concerns import policy, selectors, services
from concerns.forms import AttachForm, PictureForm, RemoveForm, SealForm
from concerns.models import Attachment, Concern
from concerns.policy import FileAction
from concerns.views.work import back_to, visible, visible_or_own, write
from school.access import StaffRequest, reporting_page, second_factor, staff_page
from school.models import School
from school.terms import calendar
from schoolsafe.lib import clock

ANSWERS: dict[str, tuple[Callable[..., Attachment], str]] = {
    "confirm": (services.confirm_removal, "The content is destroyed. Its hash and size stay."),
    "decline": (services.decline_removal, "The file stays sealed. It is not shown."),
}


@require_http_methods(["GET", "POST"])
@reporting_page
def attach(request: StaffRequest, reference: str) -> HttpResponse:
    """Take files, behind the warning about pictures that nobody may copy (E16)."""
    concern = visible_or_own(request, reference)
    posted = request.method == "POST"
    form = AttachForm(request.POST, request.FILES) if posted else AttachForm()
    return write(
        request,
        concern,
        form,
        lambda: services.attach(
            concern,
            form.cleaned_data["chosen_files"],
            by=request.staff,
            words=form.cleaned_data["what"],
            is_declared=form.cleaned_data["is_declared"],
        ),
        heading="Attach a file",
        button="Attach it",
        back=back_to(request, concern),
        done="It is attached.",
        page="concerns/attach.html",
        numbers=School.objects.current(),
        first=_to_ring(request, concern),
    )


@require_http_methods(["GET", "POST"])
@reporting_page
def picture(request: StaffRequest, reference: str) -> HttpResponse:
    """Log that there is a picture that nobody may copy, without it (E16)."""
    concern = visible_or_own(request, reference)
    form = PictureForm(request.POST or None)
    return write(
        request,
        concern,
        form,
        lambda: services.tell_of_picture(
            concern,
            by=request.staff,
            **form.cleaned_data | {"copied": policy.Copied(form.cleaned_data["copied"])},
        ),
        heading="A picture that nobody may copy",
        button="Log it",
        back=back_to(request, concern),
        done="It is logged. Nobody has to see the picture for that.",
        page="concerns/picture.html",
        numbers=School.objects.current(),
        first=_to_ring(request, concern),
    )


@require_GET
@reporting_page
def file(request: StaffRequest, reference: str, code: str) -> HttpResponse:
    """Say what a file is, before anybody opens it; nothing of it is on this page."""
    found = _found(request, reference, code)
    context = {
        "concern": found.concern,
        "file": found,
        "may": {action.value: True for action in _actions(request, found)},
        "back": back_to(request, found.concern),
        "is_reader": _is_reader(request, found.concern),
    }
    return render(request, "concerns/file.html", context)


@require_GET
@reporting_page
def open_file(request: StaffRequest, reference: str, code: str) -> HttpResponse:
    """Hand out a file: a picture to look at, anything else only to be saved (E17)."""
    found = _found(request, reference, code)
    content = services.open_file(found, by=request.staff)
    return _apart(content, found)


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
def seal(request: StaffRequest, reference: str, code: str) -> HttpResponse:
    """Take a file out of sight, with the reason."""
    found = _of_readers(request, reference, code)
    form = SealForm(request.POST or None)
    return write(
        request,
        found.concern,
        form,
        lambda: services.seal(
            found,
            by=request.staff,
            sealed_as=policy.SealedAs(form.cleaned_data["sealed_as"]),
            reason=form.cleaned_data["reason"],
        ),
        heading="Seal this file off",
        button="Seal it off",
        back=found.get_absolute_url(),
        done="Nobody can open it any more.",
    )


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
def remove(request: StaffRequest, reference: str, code: str) -> HttpResponse:
    """Ask for the content of a file to be destroyed; somebody else confirms."""
    found = _of_readers(request, reference, code)
    form = RemoveForm(request.POST or None)
    return write(
        request,
        found.concern,
        form,
        lambda: services.propose_removal(
            found, by=request.staff, reason=form.cleaned_data["reason"]
        ),
        heading="Ask for its content to be destroyed",
        button="Ask for it",
        back=found.get_absolute_url(),
        done="Asked for. Somebody else who reads this concern has to confirm it.",
    )


@require_POST
@staff_page
@second_factor
def settle(request: StaffRequest, reference: str, code: str) -> HttpResponse:
    """Confirm or decline what somebody has asked for."""
    found = _of_readers(request, reference, code)
    if request.POST.get("answer") not in ANSWERS:
        raise Http404
    do, done = ANSWERS[request.POST["answer"]]
    do(found, by=request.staff)
    messages.success(request, done)
    return redirect(found)


def _to_ring(request: StaffRequest, concern: Concern) -> Sequence[selectors.Telephone]:
    """Return whom to ring about a concern: never somebody who stands outside it (E1)."""
    now, people = clock.now(), selectors.colleagues(clock.now())
    facts = selectors.facts_of(concern, now=now, people=people)
    if request.staff.pk == concern.reporter_id:
        facts = selectors.seen_by_reporter(concern, people, calendar(), now=now).facts
    inside = [person for person in people if person.staff_id not in facts.excluded]
    return selectors.phone_first(now, inside)


def _found(request: StaffRequest, reference: str, code: str) -> Attachment:
    """Return a file this person may know of: their own, or one of a concern they read (E5, E8)."""
    own = Concern.objects.logged_by(request.staff).filter(reference=reference).first()
    if own is not None:
        file = own.attachments.listed().attached_by(request.staff).filter(code=code).first()
        if file is not None:
            return file
    if not request.has_second_factor:
        raise Http404
    return _of_readers(request, reference, code)


def _of_readers(request: StaffRequest, reference: str, code: str) -> Attachment:
    """Return a file of a concern this person may read; any other does not exist."""
    concern = visible(request, reference)
    return get_object_or_404(concern.attachments.listed().select_related("concern"), code=code)


def _is_reader(request: StaffRequest, concern: Concern) -> bool:
    """Tell whether this person reads the concern, and not only what they wrote."""
    readable = Concern.objects.filter(pk=concern.pk).visible_to(request.viewer)
    return bool(request.has_second_factor) and readable.exists()


def _actions(request: StaffRequest, found: Attachment) -> frozenset[FileAction]:
    """Return what this person may do with a file now."""
    facts = selectors.facts_of(found.concern, now=clock.now())
    return policy.file_actions(request.viewer, facts, found.facts())


def _apart(content: bytes, found: Attachment) -> HttpResponse:
    """Return a file that a browser keeps apart from everything of ours, whatever is in it."""
    kind = found.file_kind
    response = HttpResponse(content, content_type=kind.media_type)
    way = "inline" if kind.is_picture else "attachment"
    response["Content-Disposition"] = f'{way}; filename="{found.served_name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    apart: Any = csp_update
    alone: HttpResponse = apart({"sandbox": True})(lambda: response)()
    return alone
