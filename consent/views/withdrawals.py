"""Taking a yes back: one choice and one button, like giving it."""

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
    now = clock.now()
    question = opened.request.question
    if question.closed_at is not None or opened.voice.kind is not policy.Kind.YES:
        return ask_again(token)
    sealed = unseal(request.POST.get("sealed", ""), opened.request.pk)
    if sealed is not None and sealed.version == WITHDRAWAL:
        if sealed.is_too_fast(now):
            return _check_withdrawal(request, token, opened, is_too_fast=True, status=UNREADABLE)
        try:
            services.withdraw(opened.request, by=answerer(opened))
        except NotAllowed:
            # Somebody else was faster, or the call has just ended: the page says how it stands.
            return ask_again(token)
        return ask_again(token)
    is_posted = request.method == "POST"
    form = WithdrawForm(request.POST if is_posted else None, pupil=pupil_of(opened))
    if not form.is_valid():
        status = UNREADABLE if is_posted else 200
        return show(request, token, opened, "withdraw", {"form": form}, status=status)
    if form.cleaned_data["choice"] == "keep":
        return ask_again(token)
    return _check_withdrawal(request, token, opened)


def _check_withdrawal(
    request: HttpRequest,
    token: str,
    opened: Opened,
    *,
    is_too_fast: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Show the one button that takes a yes back."""
    given = unseal(request.POST.get("sealed", ""), opened.request.pk)
    now = clock.now()
    made_at = datetime.fromtimestamp(given.made_at, tz=now.tzinfo) if given else now
    sealed = Sealed(
        request_id=opened.request.pk, version=WITHDRAWAL, takes_part=False, name="", relationship=""
    )
    extra = {"sealed": sealed.seal(made_at), "is_too_fast": is_too_fast}
    return show(request, token, opened, "check_withdrawal", extra, status=status)
