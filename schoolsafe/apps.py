"""The schoolsafe app."""

from importlib import import_module

from django.apps import AppConfig


class SchoolsafeConfig(AppConfig):
    """Registers the letters of accounts when Django starts."""

    name = "schoolsafe"

    def ready(self) -> None:
        """Import the module whose registrations the sender needs."""
        import_module("schoolsafe.notices")
