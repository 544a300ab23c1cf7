"""In which browsers somebody is signed in, and what was sent from one that was locked."""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from school.models.staff import StaffMember
from schoolsafe.lib.encryption import EncryptedTextField


class Session(AbstractBaseSession):
    """One browser: who is signed in there, and when they last did something themselves."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    # When a person last asked for something, to the minute: what pages ask by themselves is no act.
    acted_at = models.DateTimeField()

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    @classmethod
    def get_session_store_class(cls) -> Any:
        """Return what reads and writes such rows."""
        return import_module(settings.SESSION_ENGINE).SessionStore


class Unsent(models.Model):
    """A form that was sent from a browser that was locked: it waits for its writer, and is sent by nobody else."""

    staff = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="+")
    address = models.TextField(help_text="Where it was to be sent.")
    typed = EncryptedTextField(help_text="Everything that stood in the form.")
    kept_at = models.DateTimeField()

    class Meta:
        ordering = ["-kept_at", "-pk"]
        verbose_name_plural = "unsent"
        constraints = [
            models.UniqueConstraint(fields=["staff", "address"], name="unsent_once_for_an_address")
        ]

    def __str__(self) -> str:
        return f"{self.pk}"
