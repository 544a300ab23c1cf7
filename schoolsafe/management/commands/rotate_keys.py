"""Move every encrypted text and file under the first of FIELD_KEYS."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Model

from audit import services
from concerns import services as concerns
from school.services import System
from schoolsafe.lib import clock, rotation
from schoolsafe.lib.rules import SetupFault

# What others store, sealed by our keys, inside a JSON field: the secrets of second factors.
SEALED_INSIDE: list[tuple[type[Model], str]] = [(Authenticator, "data")]


class Command(BaseCommand):
    help = (
        "Put a new key first in FIELD_KEYS, restart everything, then run this. It may be interrupted "
        "and repeated. Only after it has ended well may the old key be taken away."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            services.prove_keys()
            turned = self._turn()
        except (SetupFault, rotation.Unreadable) as fault:
            raise CommandError(str(fault)) from fault
        # Words are marked under a key of the first one, and must be found without the old.
        found = concerns.index_all(by=System("rotate_keys"))
        self.stdout.write(f"The words of {found} concerns are marked under the first key.")
        services.keys_rotated(at=clock.now(), turned=turned)
        self.stdout.write(f"{sum(turned.values())} texts are now under the first key.")

    def _turn(self) -> dict[str, int]:
        """Move everything and say how much of each."""
        turned: dict[str, int] = {}
        for model, field in rotation.fields():
            self._count(turned, model, field.name, rotation.rotate(model, field))
        for model, file in rotation.files():
            self._count(turned, model, file.name, rotation.rotate_files(model, file))
        for model, name in SEALED_INSIDE:
            self._count(turned, model, name, rotation.rotate_within(model, name))
        return turned

    def _count(self, turned: dict[str, int], model: type[Model], name: str, count: int) -> None:
        label = model._meta.label
        turned[label] = turned.get(label, 0) + count
        self.stdout.write(f"{label}.{name}: {count}")
