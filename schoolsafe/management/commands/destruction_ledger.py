"""`manage.py destruction_ledger`: what was destroyed, out of the database or into an older one."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from schoolsafe.backup import ledgers
from schoolsafe.lib import ledger


class Command(BaseCommand):
    help = (
        "Keep outside the database what was destroyed (--to adds to a file what it lacks), or destroy "
        "it again in a database that was restored from before (--apply). Ends with 1 when nothing was "
        "done, or when a line of the file was altered."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--to", type=Path, metavar="FILE", help="the file to add to")
        which.add_argument("--apply", type=Path, metavar="FILE", help="the ledger to go by")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["to"]:
            try:
                added = ledger.append(options["to"], ledgers.told_now())
            except OSError as fault:
                raise CommandError(
                    f"{options['to']} cannot be written: {fault.strerror}."
                ) from fault
            self.stdout.write(f"{added} certificates were added to {options['to']}.")
            return
        if not options["apply"].is_file():
            raise CommandError(f"There is no ledger {options['apply']}.")
        read = ledgers.read([options["apply"]])
        again = ledgers.apply(read.told)
        self.stdout.write(
            f"{len(read.told)} certificates stand in it. {again.concerns} concerns were destroyed again."
        )
        if again.years:
            self.stdout.write(f"{again.years} school years go again in batches.")
        if faults := (*read.faults, *again.faults):
            raise CommandError(" ".join(faults))
