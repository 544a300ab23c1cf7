"""The product with one page more, for measuring: its frame for somebody signed in, nothing inside."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from school.access import staff_page
from schoolsafe.urls import urlpatterns as of_the_product


@staff_page
def empty(request: HttpRequest) -> HttpResponse:
    return render(request, "schoolsafe/base.html")


urlpatterns = [path("empty/", empty), *of_the_product]
