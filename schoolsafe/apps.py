"""The project's own app, and the admin with our site in it."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class SchoolsafeConfig(AppConfig):
    """Registers the letters of accounts when Django starts."""

    name = "schoolsafe"

    def ready(self) -> None:
        """Import the module whose registrations the sender needs."""
        import_module("schoolsafe.notices")


class RecordsConfig(AdminConfig):
    """Django's admin with our own site as the default one."""

    default_site = "school.site.RecordsSite"
