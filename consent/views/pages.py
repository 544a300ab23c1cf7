"""What every family page is made of: the plan as it stands, and the way back to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from consent import selectors
from consent.forms import AnswerForm
from consent.selectors import Opened
from school.pages.front import frame
from school.selectors import Front
from schoolsafe.lib import clock, languages
from schoolsafe.lib.gaps import Gapped

UNREADABLE = 422
CONFLICT = 409
# The calls about which families are being asked at one time, in a few languages each.
MOST_KEPT = 256
# What is one family's own on the page of a question: never kept, filled in for each look.
OWN = ("token", "pupil", "first_name", "siblings")


def ask_again(request: HttpRequest, token: str) -> HttpResponseRedirect:
    """Lead back to the link's own page, which always shows how things stand."""
    response = redirect(reverse("consent:ask", args=[token]) + languages.kept(request))
    response.status_code = 303
    return response


def pupil_of(opened: Opened) -> str:
    """Return the child's name as a family page may show it."""
    name: str = selectors.shown_to(opened.request)["pupil"]
    return name


def show(
    request: HttpRequest,
    token: str,
    opened: Opened,
    name: str,
    extra: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """Render a family page with the plan as it stands; a posted one can be posted again to look at."""
    asked = opened.request.question.asked
    keep = languages.kept(request)
    context = {
        "token": token,
        "shown": selectors.shown_to(opened.request),
        "starts_at": clock.local(asked.starts_at),
        "ends_at": clock.local(asked.ends_at),
        "is_hidden": opened.request.pupil.is_address_confidential,
        "is_own": opened.request.guardian_id is None,
        "siblings": _siblings(opened, keep),
        "again": [pair for pair in request.POST.items() if pair[0] != "look"],
    }
    return render(request, f"consent/{name}.html", context | extra, status=status)


@dataclass(frozen=True, kw_only=True)
class Told:
    """All that the families of a call read alike before they answer; it is one family's in nothing."""

    language: str | None
    keep: str
    school: Front | None
    version: int
    starts_at: datetime
    ends_at: datetime
    is_hidden: bool
    is_own: bool
    shown: tuple[tuple[str, object], ...]


def show_blank(asking: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    """Show the question as it stands before anybody has touched it: what each family sees first."""
    request, keep = opened.request, languages.kept(asking)
    shown = selectors.shown_to(request)
    own = {
        "token": token,
        "pupil": shown.pop("pupil"),
        "first_name": shown.pop("first_name"),
        "siblings": _siblings(opened, keep),
    }
    asked = request.question.asked
    told = Told(
        language=get_language(),
        keep=keep,
        school=opened.school,
        version=request.question.version,
        starts_at=clock.local(asked.starts_at),
        ends_at=clock.local(asked.ends_at),
        is_hidden=request.pupil.is_address_confidential,
        is_own=request.guardian_id is None,
        shown=tuple((k, tuple(v) if isinstance(v, list) else v) for k, v in shown.items()),
    )
    return HttpResponse(_blank(told).page(own))


@lru_cache(maxsize=MOST_KEPT)
def _blank(told: Told) -> Gapped:
    """Write the page once for all families of a call: the templates took most of its time."""

    def write(own: Mapping[str, str]) -> str:
        form = AnswerForm(pupil=own["pupil"], is_own=told.is_own, initial={"version": told.version})
        context = {
            "form": form,
            "token": own["token"],
            "keep": told.keep,
            **frame(told.school),
            "shown": dict(told.shown) | {name: own[name] for name in ("pupil", "first_name")},
            "starts_at": told.starts_at,
            "ends_at": told.ends_at,
            "is_hidden": told.is_hidden,
            "is_own": told.is_own,
            "siblings": own["siblings"],
            "look_at": reverse("consent:ask", args=[own["token"]]),
        }
        return render_to_string("consent/ask.html", context)

    return Gapped.of(write, *OWN)


def _siblings(opened: Opened, keep: str) -> SafeString:
    """Return the other children of the same person as a part of the page; mostly there are none."""
    if not opened.siblings:
        return SafeString()
    return render_to_string("consent/_siblings.html", {"siblings": opened.siblings, "keep": keep})
