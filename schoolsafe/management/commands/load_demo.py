"""`manage.py load_demo`: the demo school, for trying schoolsafe without a real child's name in it."""

import logging
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from school.models import Guardian, Pupil, School, StaffMember
from schoolsafe import mailbox
from schoolsafe.demo.again import start_over
from schoolsafe.demo.loading import load
from schoolsafe.demo.people import PEOPLE
from schoolsafe.demo.setting import PASSWORD
from schoolsafe.lib import clock


class Command(BaseCommand):
    help = "Load the demo school: families, calls and concerns in every state. Development only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument(
            "--if-empty", action="store_true", help="do nothing when there is a school already"
        )
        choice.add_argument(
            "--again",
            action="store_true",
            help="throw the embedded database and the mailbox away first",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEVELOPMENT:
            raise CommandError("The demo school is for development only: this is production.")
        if options["again"]:
            start_over()
        if School.objects.exists():
            if options["if_empty"]:
                return
            raise CommandError(
                "There is a school already. To make the demo new: python manage.py load_demo --again"
            )
        if settings.SMTP_URL:
            raise CommandError(
                "The letters of the demo school stay in its own mailbox: unset SMTP_URL to load it."
            )
        # Letters of a load that was interrupted belong to a school that never was.
        mailbox.empty()
        # A month of sweeps goes by in a minute, over a chain that is written when all of it is done.
        logging.disable(logging.INFO)
        try:
            load(clock.now())
        finally:
            logging.disable(logging.NOTSET)
        self._say_what_is_there()

    def _say_what_is_there(self) -> None:
        self.stdout.write(
            f"{School.objects.current()}: {Pupil.objects.count()} pupils, "
            f"{Guardian.objects.count()} guardians, {StaffMember.objects.count()} staff. "
            "Nobody in it is real.\n"
            f"Sign in with a click: {settings.SITE_URL}/people/\n"
            f"Or with a password: {PEOPLE[0].email} (or anybody else there), {PASSWORD}"
        )
