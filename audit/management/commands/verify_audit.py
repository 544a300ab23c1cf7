"""Walk the audit chain and say whether it holds."""

from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import verification


def _hash(text: str) -> str:
    """Refuse anything that is no head of a chain; the parser then ends with 2."""
    if len(text) != 64 or not set(text) <= set("0123456789abcdef"):
        raise ArgumentTypeError("a head is 64 characters, 0-9 and a-f")
    return text


class Command(BaseCommand):
    help = (
        "Verify the audit chain; ends with 1 and names the first broken link when it does not hold."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--expect-head",
            default=None,
            type=_hash,
            metavar="HASH",
            help="a head written down earlier: the chain must still go through it",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        walk = verification.walk(expect_head=options["expect_head"] or "")
        self.stdout.write(f"{walk.count} entries hold. Head: {walk.head}")
        if walk.broken:
            raise CommandError(f"The chain is broken ({walk.broken.why}). {walk.broken.words}")
