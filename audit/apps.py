"""The audit app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The room called audit."""

    name = "audit"
