"""Calls and what became of them, for those who review; purposes, for those who keep reference data."""

from collections.abc import Collection
from operator import attrgetter
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.urls import reverse

from audit.coded import InWords, IsSetFilter
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
from school.selectors import family_of, kept_from, kin_of, orders_about
from schoolsafe.lib import clock

SEATS = {"host": "Host", "co_host": "Co-host", "reserve": "Reserve"}


class ReviewAdmin(ReadOnlyAdmin):
    """Records of calls, for the safeguarding team and the headteacher; each look is audited."""

    # What leads from a row to its call.
    call = "meeting_id"

    def may_look(self, request: HttpRequest) -> bool:
        return roles.may_review_meetings(viewer_of(request))

    def page_of(self, row: Any) -> str:
        return reverse("meetings:detail", args=[attrgetter(self.call)(row)])


class OfPupilsAdmin(ReviewAdmin):
    """Records that name pupils: whom a reader is kept from is in none of them (E30, E42)."""

    # What leads from a row to its pupil.
    pupil = "pupil"

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        kept = kept_from(viewer_of(request).staff_id, on=clock.today())
        return rows.exclude(self.about(kept)) if kept else rows

    def about(self, pupils: Collection[int]) -> Q:
        """Return what picks the rows about these pupils."""
        return Q(**{f"{self.pupil}__in": pupils})


class EntriesAdmin(OfPupilsAdmin):
    """What a report of Teams says of an entry: it is about a pupil also where a person said that it is theirs."""

    # What leads from a row to the entry.
    entry = ""

    def about(self, pupils: Collection[int]) -> Q:
        recognised = Recognition.objects.filter(
            meeting=OuterRef(f"{self.entry}report__meeting"),
            key=OuterRef(f"{self.entry}key"),
            pupil__in=pupils,
        )
        return super().about(pupils) | Q(Exists(recognised))


class BesideCall(ReadOnlyTabularInline):
    """Who is on a call, beside it: for those who see the record of the call, and for nobody else."""

    def may_look(self, request: HttpRequest) -> bool:
        return roles.may_review_meetings(viewer_of(request))

    def rows_of(self, meeting: Meeting, request: HttpRequest) -> Any:
        """Return the rows of a call that this reader may see."""
        return self.get_queryset(request).filter(meeting=meeting)


class SeatInline(BesideCall):
    """The adults of a call."""

    model = Seat
    verbose_name_plural = "adults"
    fields: ClassVar[Any] = ("staff", InWords("role", SEATS), "called_at", "dropped_out_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("staff")


class PlaceInline(BesideCall):
    """The pupils of a call. Of links it tells nothing: a new one would tell of what a family did (E35)."""

    model = Place
    verbose_name_plural = "pupils"
    fields = readonly_fields = ("pupil", "taken_off_at")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("pupil")

    def rows_of(self, meeting: Meeting, request: HttpRequest) -> Any:
        """Leave out whom this reader is kept from, today or on the day of the call (E30, E42)."""
        rows = super().rows_of(meeting, request)
        pupils = meeting.places.values_list("pupil", flat=True)
        for day in {clock.today(), clock.local(meeting.starts_at).date()}:
            orders = orders_about(pupils, seen_by=viewer_of(request).staff_id, on=day)
            rows = rows.exclude(pupil__in=orders.kept_from)
        return rows


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

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Meeting, inline: Any, prefix: str
    ) -> dict[str, Any]:
        """Show beside a call what its reader may see of it."""
        given: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        return given | {"queryset": inline.rows_of(obj, request)}


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
class RegisterEntryAdmin(OfPupilsAdmin):
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
class ParticipantAdmin(EntriesAdmin):
    """The entries of all reports; who is known stands without a name of their own."""

    read_verb = "attendance.read"
    call = "report.meeting_id"
    list_display = ["report", "staff", "pupil", "flags"]
    list_select_related = ["report", "staff", "pupil"]
    search_fields = ["staff__name", "pupil__family_name", "pupil__given_name"]


@admin.register(Presence)
class PresenceAdmin(EntriesAdmin):
    """From when until when somebody was on a call."""

    read_verb = "attendance.read"
    call = "participant.report.meeting_id"
    entry = "participant__"
    pupil = "participant__pupil"
    list_display = ["participant", "joined_at", "left_at"]
    list_select_related = ["participant"]
    date_hierarchy = "joined_at"


@admin.register(Recognition)
class RecognitionAdmin(OfPupilsAdmin):
    """Who said that an entry of a report was whom."""

    read_verb = "attendance.read"
    list_display = ["meeting", "staff", "pupil", "recognised_at", "recognised_by"]
    list_select_related = ["meeting", "staff", "pupil", "recognised_by"]
    date_hierarchy = "recognised_at"
