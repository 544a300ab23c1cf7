"""The project's own app, the words of its forms, and the admin with our site in it."""

from importlib import import_module

from django import forms
from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.core.validators import EmailValidator

# What a form says where it has no words of its own; Django's speak of fields.
REQUIRED = "Please fill this in."
INVALID: dict[type[forms.Field], str] = {
    forms.DateField: "Write a date, such as 15/09/2026.",
    forms.DateTimeField: "Write the day and the time, such as 15/09/2026 14:00.",
    forms.TimeField: "Write a time, such as 14:00.",
}


class SchoolsafeConfig(AppConfig):
    """Registers what the rooms may not ask each other for, and the words of forms."""

    name = "schoolsafe"

    def ready(self) -> None:
        """Import the modules whose registrations others need, and say things our way."""
        import_module("schoolsafe.notices")
        import_module("schoolsafe.first_factors")
        import_module("schoolsafe.tried")
        import_module("schoolsafe.staffing.letters")
        import_module("schoolsafe.rota")
        import_module("schoolsafe.choosing.letters")
        import_module("schoolsafe.families.notices")
        import_module("schoolsafe.keeping.watches")
        import_module("schoolsafe.bridges")
        import_module("schoolsafe.reviewing.alarms")
        forms.Field.default_error_messages["required"] = REQUIRED
        for kind, words in INVALID.items():
            kind.default_error_messages["invalid"] = words
        EmailValidator.message = "Write an e-mail address, like name@example.com."


class RecordsConfig(AdminConfig):
    """Django's admin with our own site as the default one."""

    default_site = "schoolsafe.reviewing.site.ReviewedSite"
