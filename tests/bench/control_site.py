"""The control's web site: Django's seven usual middlewares, one signed link, one query, one template.

Run by gunicorn beside the product, on the same database file or server.
"""

import json
import os
from typing import Any

import django
from django.conf import settings

PAGE = """{% extends "base" %}{% block title %}Consent - {{ slip.meeting }}{% endblock %}
{% block main %}<h2>{{ slip.meeting }}</h2>
<dl><dt>Pupil</dt><dd>{{ slip.pupil }}</dd><dt>Staff</dt><dd>{{ slip.staff }}</dd>
<dt>When</dt><dd>{{ slip.starts_at|date:"l j F Y, H:i" }}</dd></dl>
<ul>{% for row in rows %}<li>Rule {{ forloop.counter }}:
{% if row %}a second adult is present{% else %}the meeting is recorded{% endif %}</li>{% endfor %}</ul>
<form method="post">{% csrf_token %}<fieldset><legend>Do you give consent?</legend>
<label><input type="radio" name="a" value="y"> Yes</label>
<label><input type="radio" name="a" value="n"> No</label></fieldset>
<button>Send</button></form>{% endblock %}"""
BASE = """<!doctype html><html lang="en-GB"><head><meta charset="utf-8">
<title>{% block title %}{% endblock %}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer"></head>
<body><a href="#main">Skip to content</a><header><h1>Example School</h1></header>
<main id="main">{% block main %}{% endblock %}</main>
<footer><p>Need help? Contact the school office.</p></footer></body></html>"""
SALT = "bench.slip"
SECRET = "for measuring only"

if not settings.configured:
    settings.configure(
        SECRET_KEY=SECRET,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        DATABASES={"default": json.loads(os.environ["BENCH_DATABASE"])},
        USE_TZ=True,
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "loaders": [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                (
                                    "django.template.loaders.locmem.Loader",
                                    {"page": PAGE, "base": BASE},
                                )
                            ],
                        )
                    ],
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ],
                },
            }
        ],
        LOGGING_CONFIG=None,
    )
    django.setup()

from django.core import signing  # noqa: E402 - Django must be set up first
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.shortcuts import get_object_or_404, render  # noqa: E402
from django.urls import path  # noqa: E402

from tests.bench.control import Slip  # noqa: E402


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


def signed(request: HttpRequest, token: str) -> HttpResponse:
    try:
        key: Any = signing.loads(token, salt=SALT, max_age=86_400)
    except signing.BadSignature:
        return HttpResponse("bad link", status=400)
    slip = get_object_or_404(Slip, key=key)
    return render(request, "page", {"slip": slip, "rows": range(8)})


urlpatterns = [path("empty/", empty), path("signed/<str:token>/", signed)]
application = get_wsgi_application()
