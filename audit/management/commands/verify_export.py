"""Say whether a file of the audit is as it was saved, and whether the audit still says the same."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import proving

UNREADABLE = 2


class Command(BaseCommand):
    # What else is wrong with the installation says nothing of a file, and would end with 1 as well.
    requires_system_checks = ()
    help = (
        "Verify a file that was saved from the audit; ends with 1 and says which line when it was altered "
        "or the audit does not agree with it, and with 2 when it cannot be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="the file, as it was saved")

    def handle(self, *_args: Any, path: Path, **_options: Any) -> None:
        checked = _checked(path)
        if checked.proof:
            self.stdout.write(_of_itself(checked.proof))
        if checked.faults:
            raise CommandError("\n".join(checked.faults))
        self.stdout.write(
            "Every entry stands in the audit as it did, and the chain of the audit holds."
        )


def _checked(path: Path) -> proving.Checked:
    """Check the file at a path; end with 2 when there is none that can be read."""
    try:
        # A pipe or a device may never end.
        if not path.is_file():
            raise CommandError(f"There is no file {path}.", returncode=UNREADABLE)
        with path.open("rb") as file:
            return proving.check(file)
    except OSError as fault:
        raise CommandError(f"The file {path} cannot be read.", returncode=UNREADABLE) from fault


def _of_itself(proof: dict[str, Any]) -> str:
    """Return what a file that is unaltered says of itself."""
    at, by, count = proof["saved_at"], proof["person"], proof["count"]
    return f"The file is unaltered: {count:,} entries, saved at {at} by {by}."
