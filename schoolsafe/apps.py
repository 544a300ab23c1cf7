"""The schoolsafe app."""

from django.apps import AppConfig


class SchoolsafeConfig(AppConfig):
    """The room called schoolsafe."""

    name = "schoolsafe"
