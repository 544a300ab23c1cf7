"""Move every encrypted text under the first of FIELD_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit import services
from schoolsafe.lib import clock, rotation
from schoolsafe.lib.rules import SetupFault


class Command(BaseCommand):
    help = (
        "Put a new key first in FIELD_KEYS, restart everything, then run this. It may be interrupted "
        "and repeated. Only after it has ended well may the old key be taken away."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        turned: dict[str, int] = {}
        try:
            services.prove_keys()
            for model, field in rotation.fields():
                count = rotation.rotate(model, field)
                label = model._meta.label
                turned[label] = turned.get(label, 0) + count
                self.stdout.write(f"{label}.{field.name}: {count}")
        except (SetupFault, rotation.Unreadable) as fault:
            raise CommandError(str(fault)) from fault
        services.keys_rotated(at=clock.now(), turned=turned)
        self.stdout.write(f"{sum(turned.values())} texts are now under the first key.")
