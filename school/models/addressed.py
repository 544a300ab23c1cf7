"""What is known of an e-mail address: who changed it, who made sure of it, whether anything goes there."""

from django.db import models

from school.models.staff import StaffMember


class Addressed(models.Model):
    """Somebody who is written to, and how far their address can be relied on (E34, E46)."""

    email_changed_at = models.DateTimeField(null=True, blank=True)
    email_changed_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    email_confirmed_at = models.DateTimeField(null=True, blank=True)
    email_confirmed_by = models.ForeignKey(
        StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    email_closed_at = models.DateTimeField(
        null=True, blank=True, help_text="When a message came back; nothing is sent there since."
    )

    class Meta:
        abstract = True
