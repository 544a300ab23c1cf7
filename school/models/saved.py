"""Views of the records that somebody keeps for themselves."""

from django.db import models

from school.models.staff import StaffMember


class SavedView(models.Model):
    """One person's choice of filters, dates and order for a register, under a name of their own.

    Never what they searched for: that can be a child's name.
    """

    staff = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="saved_views")
    register = models.CharField(max_length=60, help_text="Such as meetings_incident.")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=500, help_text="What stands behind the ? of its address.")
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["staff", "register", "name"], name="saved_view_has_one_name"
            )
        ]

    def __str__(self) -> str:
        return self.name
