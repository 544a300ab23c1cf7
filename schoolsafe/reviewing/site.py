"""The records with what was changed in them: the site that knows the names of every room."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from audit.readonly import ReadOnlyAdmin
from school.site import RecordsSite
from schoolsafe.reviewing import history, records


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
            "record": records.shown_as(record),
            "page_url": register.page_of(row),
            "keeps_history": register.keeps_history,
            "unchanging": register.unchanging,
        }
        return render(request, "admin/object_history.html", context)
