"""By which marks the words of a concern are found (ADR 24)."""

from django.db import models

from concerns.models.concern import Concern


class SearchMarks(models.Model):
    """The marks of all words in one concern, sorted, between spaces: one row for each concern."""

    concern = models.OneToOneField(
        Concern, on_delete=models.PROTECT, primary_key=True, related_name="search_marks"
    )
    marks = models.TextField()

    class Meta:
        verbose_name_plural = "search marks"

    def __str__(self) -> str:
        return f"marks of {self.concern_id}"
