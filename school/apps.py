"""The school app."""

from django.apps import AppConfig


class SchoolConfig(AppConfig):
    """The room called school."""

    name = "school"
