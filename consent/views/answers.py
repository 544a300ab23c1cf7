"""The question, the check of the answer, the receipt; changing and withdrawing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from consent import policy, selectors, services
from consent.forms import OBJECTIONS, AnswerForm, RecordingForm, RefusalForm, Sealed, unseal
from consent.models import Request, Wording
from consent.selectors import Opened
from consent.services import Outdated, Overtaken, TooLate
from consent.views.door import answerer, dead, family_page
from consent.views.pages import CONFLICT, UNREADABLE, ask_again, pupil_of, show, show_blank
from consent.views.receipts import is_said, receipt, year
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@family_page
def ask(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    now = clock.now()
    if request.method == "POST":
        return _take(request, token, opened, now=now)
    if opened.request.question.closed_at is not None:
        return _over(request, token, opened)
    if opened.has_answer:
        return show(
            request, token, opened, "receipt", receipt(opened, now=now) | year(opened, now=now)
        )
    if not opened.request.question.is_open(now=now):
        return _over(request, token, opened)
    is_first_look = opened.heard.standing is None and not opened.voice.is_invalidated
    if is_first_look and not opened.request.question.series:
        return show_blank(request, token, opened)
    return _question(request, token, opened, _answer_form(opened))


@family_page
def change(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    if request.method == "POST":
        return ask_again(request, token)
    if not opened.request.question.is_open(now=clock.now()):
        return _over(request, token, opened)
    return _question(request, token, opened, _answer_form(opened))


@family_page
def recording(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    sealed = unseal(request.POST.get("sealed", ""), opened.request.pk)
    if sealed is None:
        return ask_again(request, token)
    if "look" in request.POST:
        looked_at = RecordingForm(initial=request.POST.dict())
        return _recording(request, token, opened, sealed, looked_at)
    form = RecordingForm(request.POST)
    if not form.is_valid():
        return _recording(request, token, opened, sealed, form, status=UNREADABLE)
    agreed = form.cleaned_data["may_be_recorded"] == "yes"
    return _check(request, token, opened, replace(sealed, may_be_recorded=agreed))


@family_page
def refusal(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    sealed = unseal(request.POST.get("sealed", ""), opened.request.pk)
    if sealed is None:
        return ask_again(request, token)
    if "look" in request.POST:
        return _refusal(request, token, opened, sealed, RefusalForm(initial=request.POST.dict()))
    form = RefusalForm(request.POST)
    if not form.is_valid():
        return _refusal(request, token, opened, sealed, form, status=UNREADABLE)
    return _check(request, token, opened, replace(sealed, **form.cleaned_data))


@family_page
def confirm(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    sealed = unseal(request.POST.get("sealed", ""), opened.request.pk)
    if sealed is None:
        return ask_again(request, token)
    if "edit" in request.POST:
        return _question(request, token, opened, _answer_form(opened, initial=_typed(sealed)))
    if sealed.version != opened.request.question.version:
        return _outdated(request, token, opened, sealed.version, _typed(sealed))
    if "look" in request.POST:
        return _check(request, token, opened, sealed)
    if is_said(opened, sealed):
        return ask_again(request, token)
    if sealed.is_too_fast(clock.now()):
        return _check(request, token, opened, sealed, is_too_fast=True, status=UNREADABLE)
    if sealed.is_old(clock.now()):
        return _check(request, token, opened, sealed, is_old=True, status=CONFLICT)
    return _confirmed(request, token, opened, sealed)


def _confirmed(request: HttpRequest, token: str, opened: Opened, sealed: Sealed) -> HttpResponse:
    """Record what was confirmed, for all the dates it is meant for, and lead to how things stand."""
    others = _others(opened, sealed)
    if others is None:
        return _gone(request, token, opened, sealed)
    try:
        services.answer_dates(
            [opened.request, *others],
            by=answerer(opened),
            takes_part=sealed.takes_part,
            may_be_recorded=sealed.may_be_recorded,
            name=sealed.name,
            relationship=sealed.relationship,
            objection=sealed.objection,
            wants_call=sealed.wants_call,
            versions={opened.request.pk: sealed.version, **_versions(sealed)},
            heard={opened.request.pk: sealed.heard, **{row[0]: row[2] for row in sealed.also}},
        )
    except Overtaken:
        return _overtaken(request, token, opened, sealed)
    except (Outdated, TooLate):
        # It changed in this very moment: the page as it now stands says how.
        return ask_again(request, token)
    except NotAllowed:
        return dead(request)
    return ask_again(request, token)


def _gone(request: HttpRequest, token: str, opened: Opened, sealed: Sealed) -> HttpResponse:
    """Say how it stands where a date takes no answer any more, or has one of its own by now."""
    dates = selectors.other_dates(opened, clock.now())
    answered = {one.request.pk for one in dates if one.voice.is_answered}
    if answered & set(_versions(sealed)):
        return _overtaken(request, token, opened, sealed)
    return ask_again(request, token)


def _overtaken(request: HttpRequest, token: str, opened: Opened, sealed: Sealed) -> HttpResponse:
    """Show once more what was filled in, with what counts now: nothing is written over unread."""
    if _others(opened, sealed) is None:
        # A date has its own answer by now: for which dates this one is meant has to be chosen anew.
        form = _answer_form(opened, initial=_typed(sealed))
        return _question(request, token, opened, form, is_overtaken=True, status=CONFLICT)
    heard = _heard(opened)
    now_heard = replace(
        sealed,
        heard=heard[opened.request.pk],
        also=[[pk, version, heard[pk]] for pk, version, _ in sealed.also],
    )
    return _check(request, token, opened, now_heard, is_overtaken=True, status=CONFLICT)


def _heard(opened: Opened) -> dict[int, int]:
    """Return how much has been said to the request and to the other dates, by request."""
    dates = selectors.other_dates(opened, clock.now())
    others = {one.request.pk: one.count for one in dates}
    return {opened.request.pk: opened.heard.count, **others}


def _versions(sealed: Sealed) -> dict[int, int]:
    """Return the texts of the other dates for which an answer is meant, by request."""
    return {row[0]: row[1] for row in sealed.also}


def _others(opened: Opened, sealed: Sealed) -> list[Request] | None:
    """Return the other dates for which an answer is meant; None when one cannot be answered any more."""
    if not sealed.also:
        return []
    dates = selectors.other_dates(opened, clock.now())
    open_now = {one.request.pk: one.request for one in dates if one.can_be_answered_alike}
    meant = _versions(sealed)
    return [open_now[pk] for pk in meant] if set(meant) <= set(open_now) else None


def _take(request: HttpRequest, token: str, opened: Opened, *, now: datetime) -> HttpResponse:
    """Read the first step, and show what comes next: nothing is recorded yet."""
    question = opened.request.question
    if not question.is_open(now=now):
        return _over(request, token, opened, status=CONFLICT)
    if "look" in request.POST:
        return _question(request, token, opened, _answer_form(opened, initial=request.POST.dict()))
    form = _answer_form(opened, typed=request.POST)
    is_valid = form.is_valid()
    version = form.cleaned_data.get("version")
    if version is not None and version != question.version:
        typed = {key: request.POST.get(key, "") for key in ("name", "relationship")}
        return _outdated(request, token, opened, version, typed)
    if not is_valid:
        return _question(request, token, opened, form, status=UNREADABLE)
    sealed = form.sealed(opened.request, _heard(opened))
    if sealed.takes_part and question.asks_recording:
        return _recording(request, token, opened, sealed, RecordingForm())
    if not sealed.takes_part:
        return _refusal(request, token, opened, sealed, RefusalForm(initial={"objection": ""}))
    return _check(request, token, opened, sealed)


def _answer_form(
    opened: Opened, *, typed: Any = None, initial: dict[str, Any] | None = None
) -> AnswerForm:
    """Return the form of the question, as it stands now."""
    request = opened.request
    dates = selectors.other_dates(opened, clock.now())
    return AnswerForm(
        typed,
        day=clock.day_in_words(request.question.asked.starts_at),
        others=[one.request for one in dates if one.can_be_answered_alike],
        pupil=pupil_of(opened),
        is_own=request.guardian_id is None,
        name_on_record=request.guardian.name if request.guardian else str(request.pupil),
        initial=(initial or {}) | {"version": request.question.version},
    )


def _typed(sealed: Sealed) -> dict[str, Any]:
    """Return what a person had filled in, to be put back before them."""
    return {
        "takes_part": "yes" if sealed.takes_part else "no",
        "name": sealed.name,
        "relationship": sealed.relationship,
    }


def _question(
    request: HttpRequest,
    token: str,
    opened: Opened,
    form: AnswerForm,
    *,
    is_overtaken: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Show the plan and the one question; after a change of plan, what changed since the answer."""
    standing = opened.heard.standing
    found: list[policy.Change] = []
    if standing is not None and opened.voice.is_outdated:
        found = _changes(opened, standing.wording)
    # Also where all is as it was again: in between it was another plan (E39).
    is_void = opened.voice.is_outdated and opened.voice.kind is policy.Kind.YES
    return show(
        request,
        token,
        opened,
        "ask",
        {
            "form": form,
            "look_at": reverse("consent:ask", args=[token]),
            "said": "" if is_void else opened.voice.kind,
            "is_void": is_void,
            "changes": found,
            "dates": _dates(opened, form.others),
            "is_taken_away": opened.voice.is_invalidated and opened.voice.kind is None,
            "is_owed": opened.voice.owed is not None,
            "is_overtaken": is_overtaken,
        },
        status=status,
    )


def _dates(opened: Opened, others: Sequence[Request]) -> list[tuple[datetime, datetime]]:
    """Return the hours of all dates about which a page speaks; of one alone the plan tells."""
    if not others:
        return []
    asked = [row.question.asked for row in (opened.request, *others)]
    hours = [(clock.local(one.starts_at), clock.local(one.ends_at)) for one in asked]
    return sorted(hours)


def _outdated(
    request: HttpRequest, token: str, opened: Opened, version: int, typed: dict[str, Any]
) -> HttpResponse:
    """Show what changed while the page was open, and ask again without a choice made."""
    question = opened.request.question
    wording = Wording.objects.filter(question=question, version=version).first()
    found = _changes(opened, wording) if wording else []
    initial = {key: value for key, value in typed.items() if key != "takes_part"}
    extra = {
        "form": _answer_form(opened, initial=initial),
        "look_at": reverse("consent:ask", args=[token]),
        "changes": found,
        "is_outdated": True,
    }
    return show(request, token, opened, "ask", extra, status=CONFLICT)


def _recording(
    request: HttpRequest,
    token: str,
    opened: Opened,
    sealed: Sealed,
    form: RecordingForm,
    *,
    status: int = 200,
) -> HttpResponse:
    """Ask about the recording on a page of its own."""
    look_at = reverse("consent:recording", args=[token])
    extra = {"form": form, "sealed": sealed.seal(clock.now()), "look_at": look_at}
    return show(request, token, opened, "recording", extra, status=status)


def _refusal(
    request: HttpRequest,
    token: str,
    opened: Opened,
    sealed: Sealed,
    form: RefusalForm,
    *,
    status: int = 200,
) -> HttpResponse:
    """Ask why not, and whether to talk about it; going on without a word is as good."""
    look_at = reverse("consent:refusal", args=[token])
    extra = {"form": form, "sealed": sealed.seal(clock.now()), "look_at": look_at}
    return show(request, token, opened, "refusal", extra, status=status)


def _check(
    request: HttpRequest,
    token: str,
    opened: Opened,
    sealed: Sealed,
    *,
    is_too_fast: bool = False,
    is_old: bool = False,
    is_overtaken: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Show the answer with the one button that gives it."""
    # Pressed too fast, the time stays that of the first showing: the next press will do.
    made_at = datetime.fromtimestamp(sealed.made_at, tz=clock.now().tzinfo)
    others = _others(opened, sealed) or []
    extra = {
        "said": sealed,
        "dates": _dates(opened, others),
        "relationship": _relationship(sealed.relationship),
        "reason": _reason(sealed.objection),
        "sealed": sealed.seal(made_at if is_too_fast else clock.now()),
        "is_too_fast": is_too_fast,
        "is_old": is_old,
        "is_overtaken": is_overtaken,
        "counts_now": opened.voice.kind if is_overtaken else None,
        "look_at": reverse("consent:confirm", args=[token]),
    }
    return show(request, token, opened, "check", extra, status=status)


def _over(request: HttpRequest, token: str, opened: Opened, *, status: int = 200) -> HttpResponse:
    """Say that nothing can be answered any more, and who can help."""
    is_closed = opened.request.question.closed_at is not None
    return show(request, token, opened, "over", {"is_closed": is_closed}, status=status)


def _relationship(value: str) -> str:
    """Return the word a person chose for what they are to the child."""
    choices: dict[str, str] = dict(selectors.RELATIONSHIP_WORDS)
    return gettext(choices[value]) if value in choices else ""


def _reason(value: str) -> str:
    """Return the reason that a person chose, in the words of their page."""
    return str(dict(OBJECTIONS).get(value, "")) if value else ""


def _changes(opened: Opened, wording: Wording) -> list[policy.Change]:
    """Return what is no longer as this version told it."""
    return policy.changes_for_family(
        wording.asked,
        opened.request.question.asked,
        is_hidden=opened.request.pupil.is_address_confidential,
    )
