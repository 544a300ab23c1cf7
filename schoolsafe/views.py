from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from school.access import StaffRequest, staff_page
from school.pages.rota import away_now
from school.roles import may_import_people, may_plan_meetings
from schoolsafe import front
from schoolsafe.idle import to_unlock
from schoolsafe.lib import clock
from schoolsafe.lib.origin import leads_here


def home(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return what_waits(request)
    asked: Any = request
    if asked.locked_out:
        return to_unlock(request.get_full_path())
    return redirect("people" if settings.DEVELOPMENT else settings.LOGIN_URL)


@staff_page
def what_waits(request: StaffRequest) -> HttpResponse:
    context = {
        "cards": front.cards(request.viewer, clock.now()),
        "away_words": away_now(request.staff.pk, clock.now()),
        "plan_url": reverse("meetings:plan") if may_plan_meetings(request.viewer) else "",
        "imports_url": reverse("consent:imports") if may_import_people(request.viewer) else "",
    }
    return render(request, "schoolsafe/home.html", context)


def at_the_intranet(request: HttpRequest, **_names: str) -> HttpResponse:
    """Lead to the login of the intranet that mounts the module, whose people and passwords these are."""
    there = request.GET.get("next", "")
    return redirect_to_login(there if leads_here(request, there) else reverse("schoolsafe_home"))
