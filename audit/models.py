"""What happened: one append-only chain of entries, without foreign keys."""

from typing import Any, NoReturn

from django.db import models

from audit.chain import GENESIS
from audit.policy import Part, Why
from schoolsafe.lib.encryption import EncryptedTextField

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
        indexes = [
            models.Index(fields=["guard", "-id"], name="audit_entry_guard"),
            models.Index(fields=["actor", "-id"], name="audit_entry_actor"),
            models.Index(fields=["verb", "-id"], name="audit_entry_verb"),
        ]

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


class Verified(models.Model):
    """How far one walk along the chain has come, sealed so that nobody sets it back unseen."""

    part = models.CharField(
        max_length=8, unique=True, choices=[(one.value, one.value) for one in Part]
    )
    # The last entry that was looked at, not a foreign key: whether it is still there is the question.
    entry = models.BigIntegerField(default=0)
    head = models.CharField(max_length=64, default=GENESIS)
    count = models.BigIntegerField(default=0)
    is_under_way = models.BooleanField(default=True)
    begun_at = models.DateTimeField()
    looked_at = models.DateTimeField()
    # When it last came to the end of the chain; until it has, when it was first begun.
    finished_at = models.DateTimeField()
    key_id = models.CharField(max_length=32)
    seal = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "verified"

    def __str__(self) -> str:
        return self.part


class AlarmQuerySet(models.QuerySet["Alarm"]):
    """Alarms about the chain."""

    def open(self) -> "AlarmQuerySet":
        """Keep what nobody has answered for yet."""
        return self.filter(acknowledged_at=None)


class Alarm(models.Model):
    """One thing that a check of the chain found, until a person says what they make of it."""

    why = models.CharField(max_length=16, choices=[(one.value, one.value) for one in Why])
    # The entry at which it shows, where there is one.
    entry = models.BigIntegerField(null=True)
    # What stood there, as a digest: the same thing found again is no second alarm.
    mark = models.CharField(max_length=64, unique=True)
    found_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=64, blank=True)
    words = EncryptedTextField(blank=True)

    objects = models.Manager.from_queryset(AlarmQuerySet)()

    class Meta:
        indexes = [
            models.Index(
                fields=["found_at"],
                condition=models.Q(acknowledged_at=None),
                name="audit_alarm_open",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(acknowledged_at=None, acknowledged_by="")
                | models.Q(acknowledged_at__isnull=False) & ~models.Q(acknowledged_by=""),
                name="audit_alarm_answered_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return self.why

    @property
    def object(self) -> str:
        """Return the name under which the audit knows it."""
        return f"audit.alarm:{self.pk}"
