"""The records with what was changed in them: the site that knows the names of every room."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from audit.readonly import ReadOnlyAdmin
from school.site import RecordsSite
from schoolsafe.reviewing import history, records

UNCHANGED = "No change of what you see in this record is kept. What else was done with it stands in the audit."
NOTHING_REMOVED = "Nothing was removed here."


class ReviewedSite(RecordsSite):
    """The records, each row with its history."""

    def history_page(
        self, request: HttpRequest, register: ReadOnlyAdmin, row: Any, record: str
    ) -> HttpResponse:
        """Show what was changed of a row that this person may see, before beside after."""
        page = history.page(request, register, row, record)
        context = {
            **self.each_context(request),
            "title": f"History of {row}",
            "opts": register.opts,
            "row_url": "../change/",
            "page": page,
            "empty": register.unchanging,
            "record": records.shown_as(record),
            "page_url": register.page_of(row),
        }
        if register.keeps_history:
            context["empty"] = UNCHANGED
        return render(request, "admin/object_history.html", context)

    def removed_page(self, request: HttpRequest, register: ReadOnlyAdmin) -> HttpResponse:
        """Show what the removed rows of a register said last."""
        context = {
            **self.each_context(request),
            "title": f"Removed: {register.opts.verbose_name_plural}",
            "opts": register.opts,
            "page": history.removed(request, register),
            "is_of_removed": True,
            "empty": NOTHING_REMOVED,
        }
        return render(request, "admin/object_history.html", context)
