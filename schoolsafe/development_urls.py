"""The demo people: mounted in development only."""

from django.urls import path

from schoolsafe import development

urlpatterns = [
    path("", development.people, name="people"),
    path("<row:pk>/sign-in/", development.sign_in_as, name="sign_in_as"),
]
