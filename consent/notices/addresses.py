"""The letter to an address that is no longer on record."""

from datetime import datetime

from notices import kinds
from notices.kinds import Letter, Unwanted
from notices.models import Notice
from school import selectors as school
from school.models import Guardian
from school.selectors import Contact
from schoolsafe.lib import languages

FORBIDDEN = Unwanted("this mailbox may not be written to")


def compose_address_changed(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Tell the old address that another one is on record now; it names neither child nor call (E34)."""
    if "pupil" in notice.detail:
        may_be_told = school.may_pupil_be_told_at(notice.detail["pupil"], notice.address, now)
        language = languages.ENGLISH
    else:
        guardian_id = int(notice.detail["guardian"])
        may_be_told = school.may_be_told_at(guardian_id, notice.address, now)
        language = Guardian.objects.values_list("language", flat=True).get(pk=guardian_id)
    if not may_be_told:
        return FORBIDDEN
    context: dict[str, object] = {"school": school.front()}
    return kinds.render("consent/mail/address_changed", context, language)
