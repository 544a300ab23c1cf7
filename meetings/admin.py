"""Calls and what became of them, for those who review; purposes, for those who keep reference data."""

from operator import attrgetter
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from audit.coded import IsSetFilter
from audit.readonly import ReadOnlyAdmin, ReadOnlyTabularInline
from meetings.models import (
    AttendanceReport,
    Closing,
    Incident,
    Meeting,
    Participant,
    Place,
    Presence,
    Purpose,
    Recognition,
    RegisterEntry,
    Seat,
    Share,
)
from school import roles
from school.admin import KeptAdmin, viewer_of
from school.selectors import family_of, kin_of


class ReviewAdmin(ReadOnlyAdmin):
    """Records of calls, for the safeguarding team and the headteacher; each look is audited."""

    # What leads from a row to its call.
    call = "meeting_id"

    def may_look(self, request: HttpRequest) -> bool:
        return roles.may_review_meetings(viewer_of(request))

    def page_of(self, row: Any) -> str:
        return reverse("meetings:detail", args=[attrgetter(self.call)(row)])


class SeatInline(ReadOnlyTabularInline):
    """The adults of a call."""

    model = Seat


class PlaceInline(ReadOnlyTabularInline):
    """The pupils of a call."""

    model = Place


@admin.register(Purpose)
class PurposeAdmin(KeptAdmin):
    """Why calls are held, and what that means for recording (P3)."""

    list_display = ["name", "recording_rule", "is_offered"]


@admin.register(Meeting)
class MeetingAdmin(ReviewAdmin):
    """Calls. The Teams address stays out: nobody needs it to review a call."""

    read_verb = "meeting.read"
    call = "pk"
    keeps_history = True
    beside = {
        "co_hosts": ("Co-hosts", "school.staffmember"),
        "reserves": ("Reserves", "school.staffmember"),
        "pupils": ("Pupils", "school.pupil"),
    }
    exclude = ["join_url", "link_digest"]
    list_display = ["title", "starts_at", "status", "purpose", "is_recorded", "on_hold_since"]
    list_filter = ["status", "purpose", "is_recorded"]
    list_select_related = ["purpose"]
    date_hierarchy = "starts_at"
    search_fields = ["title"]
    inlines = [SeatInline, PlaceInline]


@admin.register(Share)
class ShareAdmin(ReviewAdmin):
    """What went where, when, by whom (P9)."""

    read_verb = "share.read"
    list_display = ["meeting", "channel", "guardian", "is_for_class", "shared_at", "shared_by"]
    list_filter = ["channel", "is_for_class"]
    list_select_related = ["meeting", "guardian", "shared_by"]
    date_hierarchy = "shared_at"
    search_fields = ["meeting__title", "guardian__name", "shared_by__name"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave out a reader's own family: who has a link has said yes (E35)."""
        kin = kin_of(viewer_of(request).staff_id)
        family = Q(pupil__in=kin) | Q(guardian__in=family_of(kin))
        return (
            super().get_queryset(request).exclude(family) if kin else super().get_queryset(request)
        )


@admin.register(RegisterEntry)
class RegisterEntryAdmin(ReviewAdmin):
    """The registers of all calls, line by line (P10, P11)."""

    read_verb = "register.read"
    coded = {
        "kind": {
            "presenting": "May present",
            "presented": "May no longer present",
            "called": "Called in from the reserve",
            "unknown_name": "Unknown name at the door",
        }
    }
    list_display = ["meeting", "kind", "pupil", "staff", "at", "actor"]
    list_filter = ["kind"]
    list_select_related = ["meeting", "pupil", "staff"]
    date_hierarchy = "at"
    search_fields = ["meeting__title", "pupil__family_name", "pupil__given_name", "staff__name"]


@admin.register(Closing)
class ClosingAdmin(ReviewAdmin):
    """How calls were ended (P12, P13).

    Whether something troubled the host stays out: it would hint at a concern (E74).
    """

    read_verb = "closing.read"
    exclude = ["was_troubling", "note"]
    list_display = ["meeting", "took_place", "hung_up", "was_recorded", "closed_at", "closed_by"]
    list_filter = ["hung_up", "was_recorded", "took_place"]
    list_select_related = ["meeting", "closed_by"]
    date_hierarchy = "closed_at"
    search_fields = ["meeting__title", "closed_by__name"]


@admin.register(Incident)
class IncidentAdmin(ReviewAdmin):
    """What reached the safeguarding team by itself."""

    read_verb = "incident.read"
    list_display = ["meeting", "kind", "seconds", "raised_at", "settled_at", "settled_by"]
    list_filter = ["kind", ("settled_at", IsSetFilter)]
    list_select_related = ["meeting", "settled_by"]
    date_hierarchy = "raised_at"
    search_fields = ["meeting__title", "settled_by__name"]


@admin.register(AttendanceReport)
class AttendanceReportAdmin(ReviewAdmin):
    """What Teams reported, and who brought it. What it says is told on the page of the call."""

    read_verb = "attendance.read"
    exclude = ["digest", "meeting_reference", "consented"]
    list_display = ["meeting", "source", "started_at", "ended_at", "brought_at", "brought_by"]
    list_filter = ["source"]
    list_select_related = ["meeting", "brought_by"]
    date_hierarchy = "brought_at"
    search_fields = ["meeting__title", "brought_by__name"]


@admin.register(Participant)
class ParticipantAdmin(ReviewAdmin):
    """The entries of all reports; who is known stands without a name of their own."""

    read_verb = "attendance.read"
    call = "report.meeting_id"
    list_display = ["report", "staff", "pupil", "flags"]
    list_select_related = ["report", "staff", "pupil"]
    search_fields = ["staff__name", "pupil__family_name", "pupil__given_name"]


@admin.register(Presence)
class PresenceAdmin(ReviewAdmin):
    """From when until when somebody was on a call."""

    read_verb = "attendance.read"
    call = "participant.report.meeting_id"
    list_display = ["participant", "joined_at", "left_at"]
    list_select_related = ["participant"]
    date_hierarchy = "joined_at"


@admin.register(Recognition)
class RecognitionAdmin(ReviewAdmin):
    """Who said that an entry of a report was whom."""

    read_verb = "attendance.read"
    list_display = ["meeting", "staff", "pupil", "recognised_at", "recognised_by"]
    list_select_related = ["meeting", "staff", "pupil", "recognised_by"]
    date_hierarchy = "recognised_at"
