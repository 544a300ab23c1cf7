"""Who leads a year, is on duty or away, for keeping in order."""

from django.contrib import admin

from school.admin.kept import LookAdmin, RotaAdmin
from school.models import Absence, Cover, DutySlot, YearLead


@admin.register(YearLead)
class YearLeadAdmin(RotaAdmin):
    """Who leads which year: told when a pupil of it was sent out of a call (P11)."""

    list_display = ["staff", "year_group"]
    list_filter = ["year_group"]
    list_select_related = ["staff"]


@admin.register(DutySlot)
class DutySlotAdmin(LookAdmin):
    """For looking: duties are changed on the page of the rota."""

    list_display = ["staff", "weekday", "starts_at", "ends_at"]
    list_filter = ["weekday"]
    list_select_related = ["staff"]


@admin.register(Cover)
class CoverAdmin(LookAdmin):
    """For looking: who answers besides is said on the page of the rota."""

    list_display = ["staff", "starts_at", "ends_at"]
    list_select_related = ["staff"]


@admin.register(Absence)
class AbsenceAdmin(LookAdmin):
    """For looking: who is away is said on the page for it. What is taken back goes with its reason."""

    keeps_removed = False
    list_display = ["staff", "starts_at", "ends_at", "reason"]
    list_select_related = ["staff"]
