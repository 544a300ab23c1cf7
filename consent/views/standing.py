"""A yes for the school year: offered and listed for a family, its own page, and the office's list."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consent import links, policy, selectors, services
from consent.forms import EndForm, EndStandingForm, Sealed, SearchForm, StandingForm, unseal
from consent.forms.family import FamilyForm
from consent.models import StandingConsent
from consent.policy import Cover
from consent.selectors import Opened
from consent.services import Outdated, TooLate
from consent.views.door import dead, family_page
from consent.views.pages import UNREADABLE, ask_again, show
from school import services as school
from school.access import StaffRequest, capable, staff_page
from school.roles import may_see_all_meetings
from schoolsafe.lib import clock, languages
from schoolsafe.lib.origin import is_foreign
from schoolsafe.lib.rules import NotAllowed

# No text has its number for a version: a seal of these pages can never pass for an answer.
GIVING, ENDING = -2, -3
A_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One yes for a school year as its family reads it."""

    standing: StandingConsent
    url: str
    is_over: bool


def listed(standings: list[StandingConsent], now: datetime) -> list[Listed]:
    """Return them with the page of each."""
    today = clock.local(now).date()
    return [
        Listed(
            standing=one,
            url=selectors.year_link(one),
            is_over=one.ended_at is not None or one.until < today,
        )
        for one in standings
    ]


@family_page
def standing(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    now = clock.now()
    standings = selectors.of_family(opened.request)
    cover = selectors.offer(opened, standings, now)
    if cover is None:
        if request.method == "POST" or not standings:
            return ask_again(request, token)
        return show(request, token, opened, "standing", {"standings": listed(standings, now)})
    if request.method != "POST":
        form = _form(None, opened, cover)
        return _offer(request, token, opened, cover, form, standings, None)
    return _choose(request, token, opened, cover, standings)


def _choose(
    request: HttpRequest,
    token: str,
    opened: Opened,
    cover: Cover,
    standings: list[StandingConsent],
) -> HttpResponse:
    """Do what was chosen, once it has been read."""
    form = _form(request.POST, opened, cover)
    sealed = unseal(request.POST.get("sealed", ""), opened.request.pk)
    if sealed is not None and (sealed.version, sealed.offered) != (GIVING, cover.mark):
        sealed = None
    if "look" in request.POST:
        blank = _untouched(request, _form(None, opened, cover))
        return _offer(request, token, opened, cover, blank, standings, sealed)
    if not form.is_valid():
        return _offer(request, token, opened, cover, form, standings, sealed, status=UNREADABLE)
    if form.cleaned_data["choice"] == "no":
        return ask_again(request, token)
    if sealed is None or sealed.is_too_fast(clock.now()):
        return _offer(
            request, token, opened, cover, form, standings, sealed, is_too_fast=True,
            status=UNREADABLE,
        )  # fmt: skip
    return _give(request, token, opened, cover, name=form.cleaned_data["name"])


def _give(
    request: HttpRequest, token: str, opened: Opened, cover: Cover, *, name: str
) -> HttpResponse:
    """Keep the yes, and lead to its page."""
    guardian = opened.request.guardian
    if guardian is None:
        return ask_again(request, token)
    try:
        services.give_standing(opened.request, by=guardian, cover=cover, name=name)
    except (Outdated, TooLate, NotAllowed):
        # It changed in this very moment: the page as it now stands says how.
        return ask_again(request, token)
    response = redirect(reverse("consent:standing", args=[token]) + languages.kept(request))
    response.status_code = 303
    return response


def _form(typed: Any, opened: Opened, cover: Cover) -> StandingForm:
    """Return the choice, with what it covers in its words."""
    said = opened.heard.standing
    return StandingForm(
        typed,
        kind=cover.kind_name,
        until=clock.date_in_words(cover.until),
        answered_as=said.name if said else "",
    )


def _offer(
    request: HttpRequest,
    token: str,
    opened: Opened,
    cover: Cover,
    form: FamilyForm,
    standings: list[StandingConsent],
    given: Sealed | None,
    *,
    is_too_fast: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Show what it covers and the choice; the seal keeps the time of the first showing."""
    extra = {
        "cover": cover,
        "terms": policy.TERMS,
        "form": form,
        "sealed": _seal(opened.request.pk, GIVING, given, offered=cover.mark),
        "is_too_fast": is_too_fast,
        "standings": listed(standings, clock.now()),
    }
    return show(request, token, opened, "standing", extra, status=status)


def _untouched(request: HttpRequest, form: FamilyForm) -> FamilyForm:
    """Return a form as it was sent, to be looked at in another language."""
    form.initial.update({name: request.POST.get(name, "") for name in form.fields})
    return form


def _seal(pk: int, number: int, given: Sealed | None, *, offered: str = "") -> str:
    now = clock.now()
    made_at = datetime.fromtimestamp(given.made_at, tz=now.tzinfo) if given else now
    sealed = Sealed(
        request_id=pk, version=number, takes_part=False, name="", relationship="", offered=offered
    )
    return sealed.seal(made_at)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def year(request: HttpRequest, token: str) -> HttpResponse:
    """Show one yes for the school year behind its own link, which lives as long as that, or end it."""
    if is_foreign(request):
        return render(request, "consent/foreign.html", status=403)
    found = selectors.opened_year(token, clock.now())
    if found is None:
        return dead(request)
    with languages.spoken(request, found.guardian.language):
        return _shown_or_ended(request, token, found)


def _shown_or_ended(request: HttpRequest, token: str, found: StandingConsent) -> HttpResponse:
    """Show it, or end it where that was chosen."""
    now = clock.now()
    if request.method != "POST" or found.ended_at is not None:
        return _year(request, token, found, EndStandingForm(), None)
    form = EndStandingForm(request.POST)
    sealed = unseal(request.POST.get("sealed", ""), found.pk)
    if sealed is not None and sealed.version != ENDING:
        sealed = None
    if "look" in request.POST:
        return _year(request, token, found, _untouched(request, EndStandingForm()), sealed)
    if not form.is_valid():
        return _year(request, token, found, form, sealed, status=UNREADABLE)
    if form.cleaned_data["choice"] == "end":
        if sealed is None or sealed.is_too_fast(now):
            return _year(request, token, found, form, sealed, is_too_fast=True, status=UNREADABLE)
        services.end_standing(found, by=found.guardian)
    response = redirect(reverse("consent:year", args=[token]) + languages.kept(request))
    response.status_code = 303
    return response


def _year(
    request: HttpRequest,
    token: str,
    found: StandingConsent,
    form: FamilyForm,
    given: Sealed | None,
    *,
    is_too_fast: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Show what it covers, the calls that rest on it, and the choice to end it."""
    pupil = found.pupil
    is_hidden = pupil.is_address_confidential
    calls = [
        {
            "title": "" if is_hidden else one.request.question.asked.title,
            "starts_at": clock.local(one.request.question.asked.starts_at),
            "url": links.page(one.request.pk, one.request.link_version),
            "is_resting": one.voice.is_for_year,
            "is_open": not one.voice.is_answered,
        }
        for one in selectors.calls_of([found.pk], clock.now())
        if one.request
    ]
    context = {
        "token": token,
        "standing": found,
        "cover": found.cover,
        "terms": policy.TERMS,
        "name": pupil.given_name if is_hidden else pupil.short_name,
        "first_name": pupil.given_name,
        "is_hidden": is_hidden,
        "given_at": clock.local(found.given_at),
        "ended_at": clock.local(found.ended_at) if found.ended_at else None,
        "calls": calls,
        "form": form,
        "sealed": _seal(found.pk, ENDING, given),
        "is_too_fast": is_too_fast,
        "again": [pair for pair in request.POST.items() if pair[0] != "look"],
    }
    return render(request, "consent/year.html", context, status=status)


@staff_page
@capable(may_see_all_meetings)
def standings(request: StaffRequest) -> HttpResponse:
    # By POST: a child's name must stand in no address and no log.
    form = SearchForm(request.POST)
    search = form.cleaned_data["q"] if form.is_valid() else ""
    rows = selectors.standing_rows(search, request.viewer, clock.now())
    context = {
        "form": form,
        "search": search,
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "consent/standings.html", context)


@staff_page
@capable(may_see_all_meetings)
def end_standing(request: StaffRequest, pk: int) -> HttpResponse:
    rows = StandingConsent.objects.select_related("pupil", "guardian", "ended_by")
    found = get_object_or_404(rows.defer("shown"), pk=pk)
    school.check_no_kin(found.pupil, by=request.staff)
    form = EndForm(request.POST if request.method == "POST" else None)
    if found.ended_at is None and form.is_valid():
        services.end_standing(found, by=request.staff, reason=form.cleaned_data["reason"])
        messages.success(
            request, "It has ended, and the family is told. Coming calls are asked about."
        )
        return redirect("consent:standings")
    context = {
        "standing": found,
        "cover": found.cover,
        "form": form,
        "calls": selectors.calls_of([found.pk], clock.now()),
    }
    return render(
        request, "consent/end_standing.html", context, status=422 if form.is_bound else 200
    )
