"""The concerns app."""

from importlib import import_module

from django.apps import AppConfig


class ConcernsConfig(AppConfig):
    """Registers this room's kinds of notice when Django starts."""

    name = "concerns"

    def ready(self) -> None:
        """Import the module whose registrations the sender needs."""
        import_module("concerns.notices")
