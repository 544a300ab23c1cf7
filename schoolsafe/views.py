from django.http import HttpResponse
from django.shortcuts import render

from school.access import StaffRequest, staff_page


@staff_page
def home(request: StaffRequest) -> HttpResponse:
    return render(request, "home.html", {"cards": []})
