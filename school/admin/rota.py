"""Who leads a year, is on duty or away, for keeping in order."""

from django.contrib import admin

from school.admin.kept import RotaAdmin
from school.models import (
    Absence,
    DutySlot,
    YearLead,
)


@admin.register(YearLead)
class YearLeadAdmin(RotaAdmin):
    """Who leads which year: told when a pupil of it was sent out of a call (P11)."""

    list_display = ["staff", "year_group"]
    list_filter = ["year_group"]
    list_select_related = ["staff"]


@admin.register(DutySlot)
class DutySlotAdmin(RotaAdmin):
    list_display = ["staff", "weekday", "starts_at", "ends_at"]
    list_filter = ["weekday"]


@admin.register(Absence)
class AbsenceAdmin(RotaAdmin):
    list_display = ["staff", "starts_at", "ends_at", "reason"]
