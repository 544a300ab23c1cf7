"""What a record said before and after each change of it: the audit says who and which fields, never what."""

import json
from typing import Any

from django.db import models

from schoolsafe.lib.encryption import EncryptedTextField


class Revision(models.Model):
    """One change of one record: each field that changed, as it was and as it is from then on.

    Named as the audit names it, and not tied to its row: a revision may outlive a term that was taken off
    the calendar. It is no part of the audit's chain, so that it can be destroyed with what it tells of.
    """

    object = models.CharField(max_length=100)
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    is_removal = models.BooleanField(
        default=False, help_text="The record was removed: these are the last values of it."
    )
    fields = EncryptedTextField(help_text="By field what it was and what it became, as JSON.")

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["object", "-id"], name="revision_of_object"),
            models.Index(
                fields=["-id"], name="revision_of_removed", condition=models.Q(is_removal=True)
            ),
        ]

    def __str__(self) -> str:
        return f"revision of {self.object}"

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        """Return what changed: by field what it was and what it became, a row by its number."""
        found: dict[str, tuple[Any, Any]] = json.loads(self.fields)
        return found
