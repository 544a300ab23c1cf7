"""Celery's driver of the sweep."""

from celery import shared_task

from notices import services
from schoolsafe.lib import clock


@shared_task(ignore_result=True)
def run_due() -> None:
    services.run_due(clock.now(), driver="celery")
