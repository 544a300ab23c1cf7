from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from school.access import StaffRequest, staff_page
from school.roles import may_plan_meetings
from schoolsafe import front
from schoolsafe.lib import clock


def home(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return what_waits(request)
    return redirect("people" if settings.DEVELOPMENT else settings.LOGIN_URL)


@staff_page
def what_waits(request: StaffRequest) -> HttpResponse:
    context = {
        "cards": front.cards(request.viewer, clock.now()),
        "plan_url": reverse("meetings:plan") if may_plan_meetings(request.viewer) else "",
    }
    return render(request, "schoolsafe/home.html", context)


def at_the_intranet(request: HttpRequest, **_names: str) -> HttpResponse:
    """Lead to the login of the intranet that mounts the module, whose people and passwords these are."""
    return redirect_to_login(request.GET.get("next") or reverse("schoolsafe_home"))
