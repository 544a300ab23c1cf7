"""The audit app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The room called audit."""

    name = "audit"

    def ready(self) -> None:
        """Register the check of the keys, once the models are there."""
        from audit import checks  # noqa: F401, PLC0415 - registers itself
