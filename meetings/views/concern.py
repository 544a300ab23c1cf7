"""The way from a call into the Log of Concern: this room knows its address, and nothing of what is in it."""

from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from meetings.models import Meeting


def concern_address(meeting: Meeting) -> str:
    """Return the Log of Concern with this call as its reference (E73, E74); empty where there is none."""
    try:
        return f"{reverse('concerns:log')}?{urlencode({'about': meeting.about})}"
    except NoReverseMatch:
        return ""
