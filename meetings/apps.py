"""The meetings app."""

from importlib import import_module

from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    """Registers this room's kinds of notice and listens to consent when Django starts."""

    name = "meetings"
    verbose_name = "Calls"

    def ready(self) -> None:
        """Import the modules that need every model loaded."""
        import_module("meetings.notices")
        import_module("meetings.listeners").connect()
