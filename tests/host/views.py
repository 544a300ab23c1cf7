"""Pages of the intranet, and the admin that it had before."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from tests.host.models import Dinner

office = admin.AdminSite(name="office")
office.register(Dinner)


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "intranet/home.html", {"nav": "intranet"})


@require_POST
def order(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ordered")
