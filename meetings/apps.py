"""The meetings app."""

from importlib import import_module

from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    """Registers this room's kinds of notice when Django starts."""

    name = "meetings"

    def ready(self) -> None:
        """Import the module whose registrations the sender needs."""
        import_module("meetings.notices")
