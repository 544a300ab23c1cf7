"""The consent app."""

from importlib import import_module

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    """Registers this room's kinds of notice when Django starts."""

    name = "consent"

    def ready(self) -> None:
        """Import the module whose registrations the sender needs."""
        import_module("consent.notices")
