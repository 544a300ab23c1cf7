"""Taking a yes back: one choice and one button, on one page."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse

from consent import policy, services
from consent.forms import Sealed, WithdrawForm, unseal
from consent.selectors import Opened
from consent.views.door import answerer, family_page
from consent.views.pages import UNREADABLE, ask_again, pupil_of, show
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

# No text has this version: a sealed withdrawal can never pass for an answer, nor the other way.
WITHDRAWAL = 0


@family_page
def withdraw(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    if opened.request.question.closed_at is not None or opened.voice.kind is not policy.Kind.YES:
        return ask_again(request, token)
    if request.method != "POST":
        return _page(request, token, opened, WithdrawForm(pupil=pupil_of(opened)), None)
    sealed = _seal_of_the_page(request, opened)
    if "look" in request.POST:
        form = WithdrawForm(initial={"choice": request.POST.get("choice")}, pupil=pupil_of(opened))
        return _page(request, token, opened, form, sealed)
    form = WithdrawForm(request.POST, pupil=pupil_of(opened))
    if not form.is_valid():
        return _page(request, token, opened, form, sealed, status=UNREADABLE)
    if form.cleaned_data["choice"] == "keep":
        return ask_again(request, token)
    if sealed is None or sealed.is_too_fast(clock.now()):
        return _page(request, token, opened, form, sealed, is_too_fast=True, status=UNREADABLE)
    try:
        services.withdraw(opened.request, by=answerer(opened))
    except NotAllowed:
        # Somebody else was faster, or the call has just ended: the page says how it stands.
        return ask_again(request, token)
    return ask_again(request, token)


def _seal_of_the_page(request: HttpRequest, opened: Opened) -> Sealed | None:
    """Return the seal that the page carried, when it is one of a withdrawal."""
    sealed = unseal(request.POST.get("sealed", ""), opened.request.pk)
    return sealed if sealed is not None and sealed.version == WITHDRAWAL else None


def _page(
    request: HttpRequest,
    token: str,
    opened: Opened,
    form: WithdrawForm,
    given: Sealed | None,
    *,
    is_too_fast: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Show the choice and the one button; the seal keeps the time of the first showing."""
    now = clock.now()
    made_at = datetime.fromtimestamp(given.made_at, tz=now.tzinfo) if given else now
    sealed = Sealed(
        request_id=opened.request.pk, version=WITHDRAWAL, takes_part=False, name="", relationship=""
    )
    extra = {"form": form, "sealed": sealed.seal(made_at), "is_too_fast": is_too_fast}
    return show(request, token, opened, "withdraw", extra, status=status)
