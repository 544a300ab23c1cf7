"""The way from a call into the Log of Concern: this room knows its address, and nothing of what is in it."""

from datetime import datetime
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from meetings.models import Meeting


def concern_address(meeting: Meeting, *, at: datetime | None = None) -> str:
    """Return the Log of Concern with this call as its reference (E73, E74); empty where there is none.

    `at` is when it happened, where it is not about now: the form is filled in with it, to be changed.
    """
    told = {"about": meeting.about} | ({"at": f"{at:%Y-%m-%dT%H:%M:%S%z}"} if at else {})
    try:
        return f"{reverse('concerns:log')}?{urlencode(told)}"
    except NoReverseMatch:
        return ""
