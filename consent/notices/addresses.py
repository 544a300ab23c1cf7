"""The letter to an address that is no longer on record."""

from datetime import datetime

from notices import kinds
from notices.kinds import Letter, Unwanted
from notices.models import Notice
from school import selectors as school
from school.models import Guardian
from school.selectors import Contact

FORBIDDEN = Unwanted("this mailbox may not be written to")


def compose_address_changed(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Tell the old address that another one is on record now; it names neither child nor call (E34)."""
    guardian_id = int(notice.detail["guardian"])
    if not school.may_be_told_at(guardian_id, notice.address, now):
        return FORBIDDEN
    language = Guardian.objects.values_list("language", flat=True).get(pk=guardian_id)
    context: dict[str, object] = {"school": school.front()}
    return kinds.render("consent/mail/address_changed", context, language)
