"""Mark the words of every concern anew, so that they are found."""

from typing import Any

from django.core.management.base import BaseCommand

from concerns import services
from school.services import System


class Command(BaseCommand):
    help = (
        "Makes the marks by which words are found anew for every concern. After an update from a "
        "version without search; rotate_keys does it by itself. It may be interrupted and repeated."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        count = services.index_all(by=System("index_concerns"))
        self.stdout.write(f"The words of {count} concerns can be found.")
