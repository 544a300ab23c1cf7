"""Pages for everybody: log a concern."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from uuid import UUID, uuid4

from django.contrib import messages
from django.db import DatabaseError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from concerns import policy, selectors, services
from concerns.forms import ConcernForm, unpack
from concerns.models import Concern, Draft
from concerns.selectors import About
from concerns.views.drafts import (
    check_writer,
    keeps_what_was_typed,
    kept_by_button,
    kept_meanwhile,
    writer_token,
)
from school import roles
from school.access import StaffRequest, by_password_alone, capable, reporting_page
from school.calendar import is_open
from school.models import School
from school.pickers import row_numbers
from school.terms import calendar
from schoolsafe.lib import clock
from schoolsafe.lib.fullness import WORDS as NO_ROOM
from schoolsafe.lib.fullness import is_full
from schoolsafe.lib.rules import Destroyed

NO_ROOM_FOR_FILES = (
    "The concern is received, its files are NOT TAKEN: the server has no room left. Keep them where they "
    "are, and attach them on this page later. Tell IT."
)
NOT_ALL = (
    "This form was received on {} as {}. You have changed it since, and the changes are NOT SENT. Press "
    "“Log this concern” to send it as it stands now: both are kept, and the team reads both."
)
# Presses that go on with the form instead of sending it.
NOT_YET = frozenset({"find", "siblings_of", "more"})


@require_http_methods(["GET", "POST"])
@keeps_what_was_typed
@reporting_page
@capable(roles.may_log_concern)
def log(request: StaffRequest) -> HttpResponse:
    """Ask for a concern, keeping whatever was typed until it is logged."""
    team, finds = team_ids(), roles.may_find_pupils(request.viewer)
    if request.method != "POST":
        return _form_page(request, _blank(request), QueryDict())
    check_writer(request)
    typed = request.POST
    if not NOT_YET.isdisjoint(typed):
        kept = _kept(request, typed, key=typed.get("key", ""))
        return _form_page(request, kept, typed)
    if "keep" in typed and (draft := kept_by_button(request)) is not None:
        return redirect("concerns:draft", draft.key)
    form = ConcernForm(typed, team=team, finds_pupils=finds, writer=request.staff.pk)
    if not form.is_valid():
        meanwhile = kept_meanwhile(request) if form.asks_whom else None
        return _form_page(request, form, typed, draft=meanwhile, status=422)
    return _file(request, form)


def _file(request: StaffRequest, form: ConcernForm) -> HttpResponse:
    """File what was written; what cannot be filed stands on the page as it was."""
    typed = request.POST
    try:
        concern = services.log(form.account(), by=request.staff, key=form.cleaned_data["key"])
    except services.AlreadyLogged as sent:
        return _again(request, sent.concern)
    except Destroyed as fault:
        # Somebody's record went in this very moment, six years after they did.
        form.add_error(None, str(fault))
        return _form_page(request, form, typed, status=422)
    except DatabaseError as fault:
        if not is_full(fault):
            raise
        form.add_error(None, NO_ROOM)
        return _form_page(request, form, typed, status=HTTPStatus.INSUFFICIENT_STORAGE)
    _bring(request, form, concern)
    return redirect("concerns:received", concern.reference)


def _again(request: StaffRequest, received: Concern) -> HttpResponse:
    """Show what was added to a form that had been received already, under a key of its own (E20)."""
    typed = request.POST.copy()
    typed["key"] = str(uuid4())
    finds = roles.may_find_pupils(request.viewer)
    form = ConcernForm(typed, team=team_ids(), finds_pupils=finds)
    form.add_error(None, NOT_ALL.format(clock.in_words(received.logged_at), received.reference))
    return _form_page(request, form, typed, status=422)


def _bring(request: StaffRequest, form: ConcernForm, concern: Concern) -> None:
    """Attach what came with a concern; the concern is filed, whatever becomes of it (A10)."""
    files = request.FILES.getlist("chosen_files")
    if not files:
        return
    brought = [
        services.Brought(name=str(file.name), size=file.size or 0, content=file.read())
        for file in files
    ]
    try:
        services.bring(
            concern,
            brought,
            by=request.staff,
            words=form.cleaned_data["files_what"],
            is_declared=form.cleaned_data["files_declared"],
        )
    except DatabaseError as fault:
        if not is_full(fault):
            raise
        messages.error(request, NO_ROOM_FOR_FILES)


@require_GET
@reporting_page
@capable(roles.may_log_concern)
def draft(request: StaffRequest, key: UUID) -> HttpResponse:
    """Go on writing what one has begun."""
    row = get_object_or_404(Draft.objects.kept_by(request.staff), key=key)
    typed = unpack(row.typed)
    return _form_page(request, _kept(request, typed, key=key), typed, draft=row)


def _kept(request: StaffRequest, typed: QueryDict, *, key: UUID | str) -> ConcernForm:
    """Return the form as it was typed so far."""
    return ConcernForm.kept(
        typed,
        key=key,
        team=team_ids(),
        finds_pupils=roles.may_find_pupils(request.viewer),
        writer=request.staff.pk,
    )


def _blank(request: StaffRequest) -> ConcernForm:
    """Return the form as somebody opens it, with what the page knows that led here."""
    behind = _about(request, request.GET)
    return ConcernForm.blank(
        about=request.GET.get("about", ""),
        place=behind.place if behind else "",
        team=team_ids(),
        finds_pupils=roles.may_find_pupils(request.viewer),
        at=_happened_at(request) if behind else clock.now(),
        is_about_then=behind is not None,
    )


def _happened_at(request: StaffRequest) -> datetime:
    """Return when it happened: as the page says that led here, or about now (E73)."""
    try:
        at = datetime.fromisoformat(request.GET.get("at", ""))
    except ValueError:
        return clock.now()
    return at if at.tzinfo and at <= clock.now() else clock.now()


def team_ids() -> list[int]:
    """Return whom a reporter may say they rang: everybody who handles concerns."""
    return [person.staff_id for person in selectors.colleagues(clock.now())]


def _about(request: StaffRequest, named: QueryDict) -> About | None:
    """Return what the concern is about outside this room, as far as the person may know it.

    A password alone tells nothing of a call; the concern keeps which one it is all the same.
    """
    if by_password_alone(request):
        return None
    return selectors.about(named.get("about", ""), request.viewer)


def _form_page(
    request: StaffRequest,
    form: ConcernForm,
    typed: QueryDict,
    *,
    draft: Draft | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show the form; whether a child is in danger is asked before anything else (A12)."""
    now = clock.now()
    behind = _about(request, typed or request.GET)
    found_by = "" if NOT_YET.isdisjoint(typed) else typed.get("find_words", "")
    return render(
        request,
        "concerns/log.html",
        {
            "form": form,
            "behind": behind,
            "draft": draft,
            "is_new": not typed,
            "writer": writer_token(request.staff),
            "first": selectors.phone_first(now, selectors.colleagues(now)),
            "numbers": School.objects.current(),
            "is_open": is_open(calendar(), now),
            "finds_pupils": roles.may_find_pupils(request.viewer),
            "figures": selectors.figures(),
            "opened": form.opened(),
            "must_choose_again": bool(request.FILES),
            # Whoever was found and not ticked is in nobody's way once the form is sent.
            **_children(request, typed, words=found_by, behind=behind),
        },
        status=status,
    )


def _children(
    request: StaffRequest, typed: QueryDict, *, words: str, behind: About | None = None
) -> dict[str, object]:
    """Return the children chosen so far and those found, each with the part chosen beside them.

    None to somebody who may not look for pupils, whatever was sent.
    """
    if not roles.may_find_pupils(request.viewer):
        return {"pupil_rows": []}
    asked = row_numbers(typed.getlist("siblings_of"))[:1]
    # Nor whose brother somebody is.
    asked = [] if by_password_alone(request) else asked
    chosen = list(dict.fromkeys([*row_numbers(typed.getlist("pupils")), *asked]))
    added = _siblings(request, asked, chosen)
    # Those of the call stand there to be ticked, whatever else is looked for.
    offered = [*chosen, *added, *(behind.pupil_ids if behind else ())]
    found = selectors.find_pupils(words, chosen=offered, now=clock.now())
    rows = [
        {
            "pupil": pupil,
            "classes": ", ".join(group.name for group in pupil.teaching_groups.all()),
            "is_chosen": pupil.pk in {*chosen, *added},
            "part": policy.Part.SIBLING
            if pupil.pk in added
            else typed.get(f"part_{pupil.pk}", policy.Part.SUBJECT),
        }
        for pupil in found
    ]
    return {
        "pupil_rows": rows,
        "parts": list(policy.Part),
        "find_words": words,
        "found_nobody": bool(words.strip()) and not asked and len(rows) == len(set(offered)),
        "has_asked_siblings": bool(asked),
        "added": len(added),
    }


def _siblings(request: StaffRequest, asked: Sequence[int], chosen: Sequence[int]) -> list[int]:
    """Return the brothers and sisters of a child who are not chosen yet (A8)."""
    return [
        pk
        for child in asked
        for pk in selectors.siblings(child, seen_by=request.staff.pk)
        if pk not in chosen
    ]


@require_POST
@reporting_page
@capable(roles.may_find_pupils)
def pupils(request: StaffRequest) -> HttpResponse:
    """Answer the picker: a POST, so that no child's name stands in an address or a log."""
    words = request.POST.get("find_words", "")
    found = _children(request, request.POST, words=words)
    return render(request, "concerns/_pupils.html", found)
