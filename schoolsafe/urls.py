"""Every address of the site."""

from importlib.util import find_spec

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from schoolsafe import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("admin/", admin.site.urls),
]
for prefix, room in {
    "meetings/": "meetings",
    "concerns/": "concerns",
    "": "consent",
    "outbox/": "notices",
}.items():
    if find_spec(f"{room}.urls"):
        urlpatterns.append(path(prefix, include(f"{room}.urls")))
if settings.DEVELOPMENT and find_spec("schoolsafe.mailbox_urls"):
    urlpatterns.append(path("mailbox/", include("schoolsafe.mailbox_urls")))
