from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from school.access import StaffRequest, staff_page
from schoolsafe import front
from schoolsafe.lib import clock


def home(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return what_waits(request)
    return redirect("people" if settings.DEVELOPMENT else settings.LOGIN_URL)


@staff_page
def what_waits(request: StaffRequest) -> HttpResponse:
    cards = front.cards(request.viewer, clock.now())
    return render(request, "home.html", {"cards": cards})
