"""What somebody typed into a form that was not taken: handed back to them, or kept for them alone (E19)."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from school import services
from school.models import StaffMember

# Answers of a word, ids and ticks are quickly given again; sentences are not.
LEAST = 12
NOT_SHOWN = {"csrfmiddlewaretoken", "password", "writer", "key", "next"}
# Nothing is typed by hand that is longer; it is shown, and not kept.
LONGEST = 1_000_000


def sentences(request: HttpRequest) -> list[str]:
    """Return what was typed in sentences, as it was typed.

    Nothing from a form of another site: it would put words on our page.
    """
    if request.method != "POST" or not _is_own(request):
        return []
    return in_sentences((name, [str(one) for one in kept]) for name, kept in request.POST.lists())


def in_sentences(typed: Iterable[tuple[str, list[str]]]) -> list[str]:
    """Return what of a form is sentences."""
    return [
        value
        for name, values in typed
        if name not in NOT_SHOWN
        for value in values
        if len(value) >= LEAST and len(value.split()) > 1
    ]


def _is_own(request: HttpRequest) -> bool:
    """Tell whether a page of ours sent this: browsers say so themselves, and no page can say it for them."""
    site = request.headers.get("Sec-Fetch-Site", "")
    origin = request.headers.get("Origin", "")
    return site == "same-origin" or (not site and origin.partition("//")[2] == request.get_host())


def not_sent(request: HttpRequest) -> HttpResponse | None:
    """Return a page that says NOT SENT and holds what was typed; None where there is nothing to lose."""
    words = sentences(request)
    if not words:
        return None
    there = {"words": words, "address": request.get_full_path()}
    return render(request, "school/not_sent.html", there, status=401)


def keep(request: HttpRequest, person: StaffMember) -> bool:
    """Keep what was sent from a browser that is locked for its person, and tell whether it was (E18).

    Everything that stood in the form, so that it can be sent as it was; never a password.
    """
    typed = [
        (name, [str(value) for value in values])
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
    ]
    has_password = any("password" in name.lower() for name, _ in typed)
    length = sum(len(value) for _, values in typed for value in values)
    if has_password or length > LONGEST or not sentences(request):
        return False
    services.keep_unsent(person, by=person, address=request.get_full_path(), typed=typed)
    return True
