"""`manage.py back_up`: everything that is kept, in one file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from schoolsafe.backup import making
from schoolsafe.backup.files import BackupFault
from schoolsafe.lib.rules import SetupFault


class Command(BaseCommand):
    help = (
        "Write the database, with the scans in it, into one new file, while everything runs on. Ends "
        "with 0 when the file is whole, with 1 when nothing was written, with 2 when called wrongly. "
        "The keys are never in it: --keys-to writes them into another file, elsewhere."
    )
    # What is wrong with the settings must not stand in the way of a backup.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "to", type=Path, metavar="TO", help="the file to write; not over another"
        )
        parser.add_argument(
            "--keys-to",
            type=Path,
            metavar="FILE",
            help="write the keys too, as lines of a settings file, into another folder",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            made = making.make(options["to"], keys_path=options["keys_to"])
        except (BackupFault, SetupFault) as fault:
            raise CommandError(f"No backup was made. {fault}") from fault
        self.stdout.write(
            f"{options['to']}: {made.size} bytes, {made.entries} audit entries. Head: {made.head}"
        )
        if options["keys_to"]:
            self.stdout.write(f"{options['keys_to']}: the keys. Take them to another place now.")
        else:
            self.stdout.write("The keys are not in it: without a copy of them nobody can read it.")
