"""A new link, and a link in the wrong hands."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consent import services
from consent.forms import NewLinkForm, NotMeForm, WishForm
from consent.selectors import Opened, shown_to
from consent.views.door import answerer, family_page
from consent.views.pages import UNREADABLE
from schoolsafe.lib import languages
from schoolsafe.lib.origin import is_foreign


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def wish(request: HttpRequest) -> HttpResponse:
    """Take an address from somebody whose link is dead; the answer never tells whether it is known."""
    with languages.spoken(request):
        return _wish(request)


def _wish(request: HttpRequest) -> HttpResponse:
    if is_foreign(request):
        return render(request, "consent/foreign.html", status=403)
    form = WishForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = UNREADABLE if form.is_bound else 200
        return render(request, "consent/wish.html", {"form": form}, status=status)
    services.wish_for_link(form.cleaned_data["email"])
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
def not_me(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    form = NotMeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"form": form, "token": token, "shown": shown_to(opened.request)}
        status = UNREADABLE if form.is_bound else 200
        return render(request, "consent/not_me.html", context, status=status)
    services.disown(opened.request, by=answerer(opened))
    return render(request, "consent/disowned.html")
