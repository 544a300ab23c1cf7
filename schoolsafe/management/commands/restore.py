"""`manage.py restore`: a backup, back into an empty database."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from schoolsafe.backup import restoring
from schoolsafe.backup.files import BackupFault
from schoolsafe.backup.restoring import Restored, Unfinished
from schoolsafe.lib import clock
from schoolsafe.lib.rules import SetupFault

FOUND_SOMETHING = 3


class Command(BaseCommand):
    help = (
        "Fill an empty database from a backup, and prove that it is whole: every byte, the keys, all "
        "that is sealed, the audit chain. Ends with 0 when all is well, with 1 when nothing was "
        "touched, with 2 when called wrongly, with 3 when it is restored and something is wrong in it."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "source", type=Path, metavar="FROM", help="a file that back_up has written"
        )
        parser.add_argument(
            "--keys", type=Path, metavar="FILE", help="the file that back_up --keys-to has written"
        )
        parser.add_argument(
            "--ledger",
            type=Path,
            metavar="FILE",
            help="another ledger of what was destroyed than the one beside the backup",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            done = restoring.restore(
                options["source"], keys_path=options["keys"], ledger_path=options["ledger"]
            )
        except (BackupFault, SetupFault) as fault:
            raise CommandError(f"Nothing was restored. {fault}") from fault
        except Unfinished as fault:
            raise CommandError(str(fault), returncode=FOUND_SOMETHING) from fault
        self._tell(done)
        if done.faults:
            raise CommandError(" ".join(done.faults), returncode=FOUND_SOMETHING)

    def _tell(self, done: Restored) -> None:
        taken = clock.in_words(done.taken_at)
        self.stdout.write(f"Restored as of {taken}, from version {done.version}.")
        self.stdout.write(f"{done.opened} sealed texts and scans open with these keys.")
        self.stdout.write(f"{done.entries} audit entries hold. Head: {done.head}")
        self.stdout.write(
            f"{done.held} messages to families were due and are held, because they may have left "
            "already: look at them on the page Messages, under failed."
        )
        self.stdout.write(
            f"{done.destroyed} concerns came back that had been destroyed since, and are gone again."
        )
        if done.years:
            self.stdout.write(
                f"{done.years} school years came back that had been destroyed since, and go again in batches."
            )
        if connection.vendor == "postgresql":
            self.stdout.write(
                "Now run deploy/postgresql/2-rights.sql: the tables are this role's alone."
            )
        self.stdout.write(
            f"What happened after {taken} is not in it: answers taken back, orders, leaked links, "
            "concerns. Ask the safeguarding team before the first call."
        )
