"""Rows of the meetings room: a call, who is on it, what was confirmed and what happened."""

from meetings.models.attendance import AttendanceReport, Participant, Presence, Recognition
from meetings.models.call import Check, Meeting, MeetingQuerySet, Place, Purpose, Seat, Series
from meetings.models.record import Closing, Incident, LeakedLink, RegisterEntry, Share
from meetings.models.teams import ReportSearch, TeamsEvent, TeamsReading

__all__ = [
    "AttendanceReport",
    "Check",
    "Closing",
    "Incident",
    "LeakedLink",
    "Meeting",
    "MeetingQuerySet",
    "Participant",
    "Place",
    "Presence",
    "Purpose",
    "Recognition",
    "RegisterEntry",
    "ReportSearch",
    "Seat",
    "Series",
    "Share",
    "TeamsEvent",
    "TeamsReading",
]
