"""Taking a yes back, and undoing an answer: one choice and one button, on one page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from consent import policy, selectors, services
from consent.forms import Sealed, UndoForm, WithdrawForm, unseal
from consent.forms.family import FamilyForm
from consent.models import Request
from consent.selectors import Opened
from consent.services.asking import Actor
from consent.views.door import answerer, family_page
from consent.views.pages import CONFLICT, UNREADABLE, ask_again, pupil_of, show
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@dataclass(frozen=True, kw_only=True)
class Act:
    """One way to take something back: its page, its form, and what it does.

    No text has its number for a version: what is sealed for it can never pass for an answer.
    """

    page: str
    number: int
    form: Callable[..., FamilyForm]
    do: Callable[[Opened, Actor, str], object]


WITHDRAW = Act(
    page="withdraw",
    number=0,
    form=lambda typed, opened: WithdrawForm(
        typed,
        pupil=pupil_of(opened),
        day=clock.day_in_words(opened.request.question.asked.starts_at),
        later=len(_later(opened)),
    ),
    do=lambda opened, by, choice: services.withdraw_dates(
        [opened.request, *(_later(opened) if choice == "later" else ())], by=by
    ),
)
UNDO = Act(
    page="undo",
    number=-1,
    form=lambda typed, opened: UndoForm(
        typed,
        day=clock.day_in_words(opened.request.question.asked.starts_at),
        others=len(_given_with(opened)),
    ),
    do=lambda opened, by, choice: services.undo_dates(
        [opened.request, *(_given_with(opened) if choice == "all" else ())], by=by
    ),
)


def _given_with(opened: Opened) -> list[Request]:
    """Return the other dates of the series to which the same answer was given and can be undone."""
    now = clock.now()
    said = opened.heard.unchecked or opened.heard.standing
    return [
        one.request
        for one in selectors.other_dates(opened, now)
        if said and one.said and one.is_open and one.said.kind == said.kind
        if services.may_undo(one.said, now=now)
    ]


def _later(opened: Opened) -> list[Request]:
    """Return the later dates of the series for which the same person has said yes."""
    starts_at = opened.request.question.closes_at
    return [
        one.request
        for one in selectors.other_dates(opened, clock.now())
        if one.voice.kind is policy.Kind.YES and one.request.question.closes_at > starts_at
    ]


@family_page
def withdraw(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    if opened.request.question.closed_at is not None or opened.voice.kind is not policy.Kind.YES:
        return ask_again(request, token)
    return _take_back(request, token, opened, WITHDRAW)


@family_page
def undo(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    now = clock.now()
    last = opened.heard.unchecked or opened.heard.standing
    is_open = opened.request.question.is_open(now=now)
    if not is_open or last is None or not services.may_undo(last, now=now):
        return ask_again(request, token)
    return _take_back(request, token, opened, UNDO)


def _take_back(request: HttpRequest, token: str, opened: Opened, act: Act) -> HttpResponse:
    """Show the choice, or do what was chosen."""
    if request.method != "POST":
        return _page(request, token, opened, act, act.form(None, opened), None)
    sealed = _seal_of_the_page(request, opened, act)
    if "look" in request.POST:
        return _page(request, token, opened, act, _untouched(request, opened, act), sealed)
    form = act.form(request.POST, opened)
    if not form.is_valid():
        return _page(request, token, opened, act, form, sealed, status=UNREADABLE)
    if form.cleaned_data["choice"] == "keep":
        return ask_again(request, token)
    if sealed is None or sealed.is_too_fast(clock.now()):
        return _page(request, token, opened, act, form, sealed, is_too_fast=True, status=UNREADABLE)
    if act is UNDO and sealed.heard != opened.heard.count:
        return _page(request, token, opened, act, form, None, is_overtaken=True, status=CONFLICT)
    try:
        act.do(opened, answerer(opened), form.cleaned_data["choice"])
    except NotAllowed:
        # Somebody else was faster, or the call has just ended: the page says how it stands.
        return ask_again(request, token)
    return ask_again(request, token)


def _untouched(request: HttpRequest, opened: Opened, act: Act) -> FamilyForm:
    """Return the form as it was sent, to be looked at in another language."""
    form = act.form(None, opened)
    form.initial["choice"] = request.POST.get("choice", "")
    return form


def _seal_of_the_page(request: HttpRequest, opened: Opened, act: Act) -> Sealed | None:
    """Return the seal that the page carried, when it is one of this act."""
    sealed = unseal(request.POST.get("sealed", ""), opened.request.pk)
    return sealed if sealed is not None and sealed.version == act.number else None


def _page(
    request: HttpRequest,
    token: str,
    opened: Opened,
    act: Act,
    form: FamilyForm,
    given: Sealed | None,
    *,
    is_too_fast: bool = False,
    is_overtaken: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Show the choice and the one button; the seal keeps the time of the first showing."""
    now = clock.now()
    made_at = datetime.fromtimestamp(given.made_at, tz=now.tzinfo) if given else now
    sealed = Sealed(
        request_id=opened.request.pk,
        version=act.number,
        takes_part=False,
        name="",
        relationship="",
        heard=given.heard if given else opened.heard.count,
    )
    extra = {
        "form": form,
        "sealed": sealed.seal(made_at),
        "is_too_fast": is_too_fast,
        "is_overtaken": is_overtaken,
        "here": reverse(f"consent:{act.page}", args=[token]),
        "is_no": policy.Kind.NO in {opened.voice.kind, opened.voice.unchecked},
        "ends_year": act is UNDO and selectors.gave_year(opened.request, now),
    }
    return show(request, token, opened, act.page, extra, status=status)
