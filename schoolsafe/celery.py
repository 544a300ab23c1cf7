"""The Celery app: a clock and a pair of hands. No request ever publishes to it."""

import os
import sys

from celery import Celery
from django.conf import settings

from schoolsafe.lib.rules import SetupFault

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "schoolsafe.settings")

try:
    # Read here and now, so that a missing setting is one line and not Celery's stack trace.
    settings.CELERY_BROKER_URL  # noqa: B018 - reading is the point
except SetupFault as fault:
    sys.exit(f"schoolsafe cannot start. {fault}")

app = Celery("schoolsafe")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
