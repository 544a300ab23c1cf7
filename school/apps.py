"""The school app."""

from django.apps import AppConfig
from django.urls import register_converter

from schoolsafe.lib.rows import RowConverter


class SchoolConfig(AppConfig):
    """The room called school."""

    name = "school"

    def ready(self) -> None:
        """Let every address above say `<row:pk>`."""
        register_converter(RowConverter, "row")
