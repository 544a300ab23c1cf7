"""The concerns app."""

from importlib import import_module

from django.apps import AppConfig
from django.urls import register_converter

from schoolsafe.lib.codes import converter_of

# What an address of this room calls the code of a row, and the table in which the row is.
CODES = {
    "entry": "concerns_entry",
    "hold": "concerns_hold",
    "link": "concerns_link",
    "opening": "concerns_opening",
    "person": "concerns_involved",
    "share": "concerns_share",
    "status": "concerns_statusflag",
    "task": "concerns_task",
}


class ConcernsConfig(AppConfig):
    """Registers this room's kinds of notice, and the codes in its addresses, when Django starts."""

    name = "concerns"
    verbose_name = "Log of Concern"

    def ready(self) -> None:
        """Let addresses say `<entry:pk>`, and import the module whose registrations the sender needs."""
        for word, table in CODES.items():
            register_converter(converter_of(table), word)
        import_module("concerns.notices")
