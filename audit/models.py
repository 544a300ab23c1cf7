"""What happened: one append-only chain of entries, without foreign keys."""

from typing import Any, NoReturn

from django.db import models

# What every canary says once it is decrypted.
CANARY = "This key fits."


class Rewritten(Exception):
    """Somebody tried to change, remove or slip in an audit entry."""


class EntryQuerySet(models.QuerySet["Entry"]):
    """Reads of the audit; nothing in it changes or removes."""

    def about(self, reference: str) -> "EntryQuerySet":
        """Keep what happened to one object, such as `meetings.meeting:12`."""
        return self.filter(object=reference)

    def update(self, **_kwargs: Any) -> NoReturn:
        """Refuse: entries stay as they were written."""
        raise Rewritten("An audit entry is never changed.")

    def delete(self) -> NoReturn:
        """Refuse: entries stay."""
        raise Rewritten("An audit entry is never removed.")


class Entry(models.Model):
    """One thing that happened, sealed with the hash of the one before it."""

    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=64)
    verb = models.CharField(max_length=64)
    object = models.CharField(max_length=100, db_index=True)
    detail = models.JSONField(default=dict)
    # The prefix that hides this entry from those who may not know, or "" for everybody's entries.
    guard = models.CharField(max_length=32, blank=True)
    key_id = models.CharField(max_length=32)
    previous = models.CharField(max_length=64, unique=True)
    hash = models.CharField(max_length=64, unique=True)

    objects = models.Manager.from_queryset(EntryQuerySet)()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "entries"
        indexes = [models.Index(fields=["guard", "-id"], name="audit_entry_guard")]

    def __str__(self) -> str:
        return f"{self.verb} {self.object}"

    def save(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: only audit.services.record writes, and nobody rewrites."""
        raise Rewritten("Audit entries are written by audit.services.record alone.")

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: entries stay."""
        raise Rewritten("An audit entry is never removed.")


class Canary(models.Model):
    """A known text under one key, which proves at the start that the key still fits."""

    FIELD, AUDIT = "field", "audit"

    purpose = models.CharField(max_length=8, default=FIELD)
    key_id = models.CharField(max_length=32)
    sealed = models.TextField()

    class Meta:
        verbose_name_plural = "canaries"
        constraints = [
            models.UniqueConstraint(fields=["purpose", "key_id"], name="audit_canary_one_a_key"),
            models.CheckConstraint(
                condition=models.Q(purpose__in=["field", "audit"]), name="audit_canary_purpose"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.key_id}"
