"""The product with one page more, for measuring: signed in like every other, and nothing on it."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from school.access import staff_page
from schoolsafe.urls import urlpatterns as of_the_product


@staff_page
def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("empty/", empty), *of_the_product]
