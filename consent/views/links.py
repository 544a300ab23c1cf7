"""A new link, and a link in the wrong hands."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consent import services
from consent.forms import FORWARDED, HelpForm, NewLinkForm, NotMeForm, WishForm
from consent.policy import Help
from consent.selectors import Opened, shown_to
from consent.services.wishing import LOST
from consent.views.door import answerer, dead, family_page
from consent.views.pages import UNREADABLE, ask_again, show
from school.policy import MOST_WISHES_AN_HOUR
from schoolsafe.lib import clock
from schoolsafe.lib.origin import is_foreign
from schoolsafe.lib.rules import NotAllowed
from schoolsafe.lib.senders import is_crowded


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def wish(request: HttpRequest) -> HttpResponse:
    """Take an address from somebody whose link is dead; the answer never tells whether it is known."""
    if is_foreign(request):
        return render(request, "consent/foreign.html", status=403)
    form = WishForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = UNREADABLE if form.is_bound else 200
        return render(request, "consent/wish.html", {"form": form}, status=status)
    crowded = is_crowded(request, "wish", most=MOST_WISHES_AN_HOUR)
    services.wish(LOST, form.cleaned_data["email"], is_crowded=crowded)
    return render(request, "consent/wished.html")


@family_page
def new_link(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    form = NewLinkForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"form": form, "token": token, "shown": shown_to(opened.request)}
        status = UNREADABLE if form.is_bound else 200
        return render(request, "consent/new_link.html", context, status=status)
    services.send_new_link(opened.request, by=answerer(opened))
    return render(request, "consent/wished.html")


@family_page
def help_wanted(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    if not opened.request.question.is_open(now=clock.now()):
        return ask_again(request, token)
    form = HelpForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = UNREADABLE if form.is_bound else 200
        return show(request, token, opened, "help", {"form": form}, status=status)
    need = Help(form.cleaned_data["need"])
    try:
        services.ask_for_help(opened.request, by=answerer(opened), need=need)
    except NotAllowed:
        return ask_again(request, token)
    return show(request, token, opened, "helped", {})


@family_page
def not_me(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    form = NotMeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"form": form, "token": token, "shown": shown_to(opened.request)}
        status = UNREADABLE if form.is_bound else 200
        return render(request, "consent/not_me.html", context, status=status)
    try:
        is_wrong = form.cleaned_data["reason"] != FORWARDED
        services.disown(opened.request, by=answerer(opened), is_mailbox_wrong=is_wrong)
    except NotAllowed:
        # The pupil was taken off the call in this very moment: the link is dead already.
        return dead(request)
    return render(request, "consent/disowned.html")
