"""The letters about what the school has chosen."""

from datetime import datetime

from django.urls import reverse

from notices.kinds import Kind, Letter, Unwanted, Urgency, register, render
from notices.models import Notice
from school.models import School, SettingChange, StaffMember
from school.selectors import Contact
from school.settings import SETTINGS
from schoolsafe.choosing.telling import PROPOSED, WEAKENED
from schoolsafe.lib.links import absolute


def _weakened(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Tell a leader what guards less from now on."""
    return _letter("school/mail/setting_weakened", notice, _change(notice))


def _proposed(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Tell the headteacher what waits, unless somebody has decided about it."""
    change = _change(notice)
    if not change.waits:
        return Unwanted("somebody has decided about it")
    return _letter("school/mail/setting_proposed", notice, change)


def _change(notice: Notice) -> SettingChange:
    rows = SettingChange.objects.select_related("asked_by", "approved_by")
    return rows.get(pk=notice.detail["change"])


def _letter(template: str, notice: Notice, change: SettingChange) -> Letter:
    setting = SETTINGS[change.name]
    facts = {
        "school": School.objects.current(),
        "name": StaffMember.objects.get(pk=notice.staff_id or 0).name,
        "change": change,
        "setting": setting,
        "before": setting.in_words(change.before),
        "value": setting.in_words(change.value),
        "page": absolute(reverse("school_setting", args=[change.name])),
    }
    return render(template, facts)


register(
    Kind(
        name=WEAKENED,
        urgency=Urgency.NOW,
        template="school/mail/setting_weakened",
        compose=_weakened,
        label="A setting guards less than its clause asks for",
    )
)
register(
    Kind(
        name=PROPOSED,
        urgency=Urgency.NOW,
        template="school/mail/setting_proposed",
        compose=_proposed,
        label="A weaker setting waits for the headteacher",
    )
)
