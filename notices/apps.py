"""The notices app."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """The room called notices."""

    name = "notices"
    verbose_name = "Messages"
