"""What is attached to a concern, and the pictures that nobody may attach."""

import secrets
from typing import Self

from django.db import models
from django.db.models import Prefetch, Q
from django.urls import reverse

from concerns import policy
from school.models import StaffMember
from schoolsafe.lib.encryption import EncryptedFileField, EncryptedTextField
from schoolsafe.lib.filetypes import FileKind

# Without letters and digits that are mistaken for one another on the telephone.
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 4
PICTURES = [kind.value for kind in FileKind if kind.is_picture]


def new_code() -> str:
    """Return a random name within a concern: a number would tell the reporter of the team's files."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Filters that chain; contents are left in the database until somebody opens one."""

    def listed(self) -> Self:
        """Return them as a page lists them: without what is in them."""
        asked = Prefetch("removals", Removal.objects.select_related("proposed_by", "settled_by"))
        people = self.select_related("attached_by", "sealed_by").prefetch_related(asked)
        return people.defer("original", "redrawn")

    def attached_by(self, staff: StaffMember) -> Self:
        """Those that one person attached: all that a reporter sees (E5)."""
        return self.filter(attached_by=staff)


class Attachment(models.Model):
    """A file that belongs to a concern: what came is sealed, a picture is shown drawn anew (E17)."""

    concern = models.ForeignKey(
        "concerns.Concern", on_delete=models.PROTECT, related_name="attachments"
    )
    code = models.CharField(max_length=CODE_LENGTH, default=new_code, editable=False)
    attached_at = models.DateTimeField()
    attached_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    words = EncryptedTextField(help_text="What it is, as whoever attached it says.")
    name = EncryptedTextField(help_text="What it was called: evidence, and on no address.")
    kind = models.CharField(max_length=4, choices=[(kind.value, kind.value) for kind in FileKind])
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, help_text="Of the original, byte for byte.")
    original = EncryptedFileField(null=True)
    redrawn = EncryptedFileField(null=True, help_text="A picture as it is shown.")
    is_declared = models.BooleanField(
        help_text="Whoever attached it said that it is no picture that nobody may hold (E16)."
    )
    sealed_at = models.DateTimeField(null=True, blank=True)
    sealed_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    sealed_as = models.CharField(
        max_length=13, blank=True, choices=[(why.value, why.label) for why in policy.SealedAs]
    )
    sealed_because = EncryptedTextField(blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["attached_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["concern", "code"], name="attachment_code_in_concern"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in FileKind]),
                name="attachment_kind_is_known",
            ),
            models.CheckConstraint(
                # E16: no picture without the answer to the question before it.
                condition=~Q(kind__in=PICTURES) | Q(is_declared=True),
                name="attachment_picture_is_declared",
            ),
            models.CheckConstraint(
                # A picture is never shown as it came.
                condition=Q(removed_at__isnull=False)
                | Q(kind__in=PICTURES, redrawn__isnull=False)
                | (~Q(kind__in=PICTURES) & Q(redrawn__isnull=True)),
                name="attachment_picture_is_redrawn",
            ),
            models.CheckConstraint(
                condition=Q(sealed_at__isnull=True, sealed_by__isnull=True, sealed_as="")
                | (Q(sealed_at__isnull=False, sealed_by__isnull=False) & ~Q(sealed_as="")),
                name="attachment_sealed_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, original__isnull=False)
                | Q(
                    removed_at__isnull=False,
                    original__isnull=True,
                    redrawn__isnull=True,
                    sealed_as=policy.SealedAs.UNLAWFUL,
                ),
                name="attachment_is_removed_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.served_name

    def get_absolute_url(self) -> str:
        """Return its page: what it is, before anybody opens it."""
        return reverse("concerns:file", args=[self.concern.reference, self.code])

    @property
    def served_name(self) -> str:
        """Return what it is called when it leaves: nothing of the name that it came with (E17)."""
        return f"{self.concern.reference}-{self.code}.{self.kind}"

    @property
    def file_kind(self) -> FileKind:
        """Return what it is."""
        return FileKind(self.kind)

    @property
    def served(self) -> bytes | None:
        """Return what a person is given of it: a picture drawn anew and never as it came (E17)."""
        content = self.redrawn if self.file_kind.is_picture else self.original
        return None if content is None else bytes(content)

    @property
    def size_words(self) -> str:
        """Return how large it is, for a person."""
        kilobytes = max(self.size // 1024, 1)
        return f"{kilobytes} KB" if kilobytes < 1024 else f"{kilobytes / 1024:.1f} MB"

    @property
    def removal(self) -> "Removal | None":
        """Return the newest wish to remove it."""
        return next(iter(self.removals.all()), None)

    def facts(self) -> policy.FileFacts:
        """Return what the rules need."""
        asked = self.removal
        is_waiting = asked is not None and asked.settled_at is None
        return policy.FileFacts(
            attached_by=self.attached_by_id,
            sealed_as=policy.SealedAs(self.sealed_as) if self.sealed_as else None,
            proposed_by=asked.proposed_by_id if asked is not None and is_waiting else None,
            is_removed=self.removed_at is not None,
        )


class Removal(models.Model):
    """That the content of a file was to be destroyed: one asks, another confirms or declines (E96)."""

    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="removals")
    sha256 = models.CharField(max_length=64)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    reason = EncryptedTextField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_confirmed = models.BooleanField(null=True, blank=True)

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["attachment"],
                condition=Q(settled_at__isnull=True),
                name="removal_is_asked_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(
                    settled_at__isnull=True, settled_by__isnull=True, is_confirmed__isnull=True
                )
                | Q(settled_at__isnull=False, settled_by__isnull=False, is_confirmed=False)
                | (
                    Q(settled_at__isnull=False, settled_by__isnull=False, is_confirmed=True)
                    & ~Q(settled_by=models.F("proposed_by"))
                ),
                name="removal_takes_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"removal {self.pk}"


class PictureElsewhere(models.Model):
    """A picture that nobody may copy: who has the device it is on, and where; never the picture (E16)."""

    concern = models.ForeignKey(
        "concerns.Concern", on_delete=models.PROTECT, related_name="pictures_elsewhere"
    )
    at = models.DateTimeField()
    by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    holder = EncryptedTextField(help_text="Who has the device.")
    place = EncryptedTextField(help_text="Where the device is now.")
    copied = models.CharField(
        max_length=8, choices=[(known.value, known.label) for known in policy.Copied]
    )
    text = EncryptedTextField(blank=True, help_text="Who has seen it, who sent it on.")

    class Meta:
        ordering = ["at", "pk"]
        verbose_name_plural = "pictures elsewhere"

    def __str__(self) -> str:
        return f"picture elsewhere {self.pk}"


class NotTaken(models.Model):
    """A file that came with a concern and was not taken: which, and why; never what was in it (A10)."""

    concern = models.ForeignKey(
        "concerns.Concern", on_delete=models.PROTECT, related_name="files_not_taken"
    )
    at = models.DateTimeField()
    by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    name = EncryptedTextField(help_text="What it is called: only whoever brought it reads that.")
    why = EncryptedTextField()

    class Meta:
        ordering = ["at", "pk"]
        verbose_name_plural = "files not taken"

    def __str__(self) -> str:
        return f"file not taken {self.pk}"
