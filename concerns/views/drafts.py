"""Keeping what somebody is writing, also when their session has ended meanwhile (A14, E19)."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from concerns import services
from concerns.forms import is_blank, pack
from concerns.models import Draft
from school import roles
from school.access import StaffRequest, capable, reporting_page
from school.models import StaffMember
from schoolsafe.lib import clock, tokens
from schoolsafe.lib.fullness import is_full
from schoolsafe.lib.rules import NotAllowed
from schoolsafe.lib.tokens import BadToken

View = Callable[[HttpRequest], HttpResponse]
PURPOSE = "concern-writer"
# A page that lay open for longer keeps nothing without a session.
WRITES_FOR = timedelta(hours=24)


def writer_token(staff: StaffMember) -> str:
    """Return what says on the page whose it is, so that a session that has ended loses no text (E19)."""
    return tokens.sign(PURPOSE, staff.pk, int(clock.now().timestamp()))


def _writer(request: HttpRequest) -> int | None:
    """Return to whom the page was given from which something is sent, as far as that is proved."""
    try:
        staff_id, given_at = tokens.read(PURPOSE, request.POST.get("writer", ""), parts=2)
    except BadToken:
        return None
    is_fresh = clock.now().timestamp() - given_at <= WRITES_FOR.total_seconds()
    return staff_id if is_fresh else None


def check_writer(request: StaffRequest) -> None:
    """Refuse what somebody else wrote on a page that was opened before: it is kept as their draft.

    Raises NotAllowed; on a shared computer nobody logs in another's name.
    """
    writer = _writer(request)
    if writer not in {None, request.staff.pk}:
        _keep_for_writer(request)
        raise NotAllowed(
            "Somebody else was signed in when this was begun. It has not been sent: it waits for"
            " them as a draft."
        )


def keeps_what_was_typed(view: View) -> View:
    """Keep what is sent by somebody whose session has ended as their draft, and lead them to sign in.

    Only on the word of the page that they were given; only they find it once they have signed in.
    """

    @wraps(view)
    def kept(request: HttpRequest) -> HttpResponse:
        if request.method != "POST" or request.user.is_authenticated:
            return view(request)
        draft = _keep_for_writer(request)
        if draft is None:
            return view(request)
        return redirect_to_login(reverse("concerns:draft", args=[draft.key]))

    # A browser that is locked leaves it to this page, too.
    marked: Any = kept
    marked.keeps_what_was_typed = True
    return kept


def _keep_for_writer(request: HttpRequest) -> Draft | None:
    """Keep what was sent as the draft of whom the page was given to, if they still work here."""
    writer = _writer(request)
    staff = StaffMember.objects.working().filter(pk=writer).first() if writer else None
    return None if staff is None else _keep(request, staff)


def _keep(request: HttpRequest, staff: StaffMember) -> Draft | None:
    """Keep what was sent, unless nothing is written in it or it has been logged already."""
    key = _key(request)
    if key is None or is_blank(request.POST):
        return None
    try:
        return services.keep_draft(pack(request.POST), by=staff, key=key)
    except services.AlreadySent:
        return None


def _key(request: HttpRequest) -> UUID | None:
    """Return the key of the form."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return None


def kept_meanwhile(request: StaffRequest) -> Draft | None:
    """Keep what somebody has sent and is asked about: whoever takes the question for a receipt loses no word.

    On a full disk it stands on the page alone, as it does with every other question.
    """
    try:
        return _keep(request, request.staff)
    except DatabaseError as fault:
        if not is_full(fault):
            raise
        return None


def kept_by_button(request: StaffRequest) -> Draft | None:
    """Keep what somebody has typed because they asked for it."""
    draft = _keep(request, request.staff)
    if draft is None:
        messages.warning(request, "NOT SENT, and nothing to keep yet: write something first.")
    return draft


@require_POST
@keeps_what_was_typed
@reporting_page
@capable(roles.may_log_concern)
def keep(request: StaffRequest) -> HttpResponse:
    """Keep what somebody types, as the page's script asks every now and then."""
    check_writer(request)
    draft = _keep(request, request.staff)
    at = "" if draft is None else clock.time_in_words(draft.saved_at)
    words = f"Draft kept at {at}. NOT SENT." if at else ""
    return HttpResponse(words, content_type="text/plain; charset=utf-8")


@require_http_methods(["GET", "POST"])
@reporting_page
@capable(roles.may_log_concern)
def throw_away(request: StaffRequest, key: UUID) -> HttpResponse:
    """Ask once, then destroy what one has begun."""
    draft = get_object_or_404(Draft.objects.kept_by(request.staff), key=key)
    if request.method != "POST":
        return render(request, "concerns/throw_away.html", {"draft": draft})
    services.throw_away(draft, by=request.staff)
    messages.success(request, "Thrown away. Nothing of it was sent.")
    return redirect("concerns:mine")
