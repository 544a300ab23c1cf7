"""Drive the sweep without Celery: once, for cron, or in a loop."""

import logging
import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from notices import services
from schoolsafe.lib import clock

logger = logging.getLogger(__name__)

# cron comes by each minute: a single run goes on until shortly before, at the provider's pace.
ONCE_FOR_SECONDS = 50


class Command(BaseCommand):
    help = "Sends what is due and lets ladders climb: once, or with --loop until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on until stopped")
        parser.add_argument("--every", type=float, default=3, help="seconds between two looks")

    def handle(self, *, loop: bool, every: float, **_options: Any) -> None:
        stop = threading.Event()

        def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
            stop.set()

        before = {
            name: signal.signal(name, ask_to_stop) for name in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            if loop:
                self._go_on(stop, every)
            else:
                self._once(stop)
        finally:
            for name, was in before.items():
                signal.signal(name, was)

    def _once(self, stop: threading.Event) -> None:
        started = clock.now()
        while not stop.is_set():
            report = services.run_due(clock.now(), should_stop=stop.is_set)
            seconds = (clock.now() - started).total_seconds()
            if seconds >= ONCE_FOR_SECONDS or not (report.again or report.waiting):
                return
            stop.wait(1)

    def _go_on(self, stop: threading.Event, every: float) -> None:
        """Sweep until stopped; a database that is away for a while ends nothing."""
        while not stop.is_set():
            again = False
            try:
                close_old_connections()
                again = services.run_due(clock.now(), driver="loop", should_stop=stop.is_set).again
            except (OperationalError, InterfaceError) as fault:
                logger.warning("the database cannot be used now: %s", type(fault).__name__)
                connection.close()
            stop.wait(0 if again else every)
