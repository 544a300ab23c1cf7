"""The school app."""

from django.apps import AppConfig


class SchoolConfig(AppConfig):
    """The room called school."""

    name = "school"

    def ready(self) -> None:
        """Register the check of the languages."""
        from school import checks  # noqa: F401, PLC0415 - registers itself
