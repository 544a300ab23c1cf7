"""`manage.py processing`: the register of processing, as the documentation has it."""

from typing import Any

from django.core.management.base import BaseCommand

from schoolsafe.processing import register


class Command(BaseCommand):
    help = "Write the register of processing (UK GDPR, Article 30) as docs/security/processing.md has it."
    # It reads the code alone.
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(register.markdown(), ending="")
