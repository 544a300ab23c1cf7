"""The Celery app: a clock and a pair of hands. No request ever publishes to it."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "schoolsafe.settings")

app = Celery("schoolsafe")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
