"""The school app."""

from django.apps import AppConfig
from django.urls import register_converter

from schoolsafe.lib.rows import RowConverter


class SchoolConfig(AppConfig):
    """The room called school."""

    name = "school"
    verbose_name = "School and people"

    def ready(self) -> None:
        """Let every address above say `<row:pk>`, and register the check of the languages."""
        register_converter(RowConverter, "row")
        from school import checks  # noqa: F401, PLC0415 - registers itself
