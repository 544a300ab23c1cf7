"""The letter about a change of plan: what is new since its family was last told, whatever came between."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from consent import policy
from consent.models import Request, Wording
from consent.notices.letters import (
    ANSWERED,
    ASKS,
    NOT_ASKED,
    OVER,
    compose_asking,
    context_of,
    live,
    said_to,
    written,
)
from consent.selectors.last_told import is_first_letter_waiting, last_told
from consent.selectors.voices import needs_answer
from consent.services.telling import TOLD_ANEW
from notices.enclosures import enclosed_in
from notices.kinds import Letter, NotYet, Unwanted
from notices.models import Notice
from school.selectors import Contact

AS_TOLD = Unwanted("the plan is as the family was told")
TOLD_FIRST = Unwanted("the letter that asks has not left yet, and tells the plan as it is now")
ASK = compose_asking("consent/mail/request")


def compose_changed(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted | NotYet:
    """Tell all that changed since the person was last told; a later change makes this letter pointless.

    What was told is what left, or what they answered on its page: letters of which a later change took
    the place have told nobody. Who was told nothing yet is asked like anybody else.
    """
    requests = live(notice, contact)
    if not requests:
        return NOT_ASKED
    question = requests[0].question
    if not question.is_open(now=now):
        return OVER
    if question.version != notice.detail["version"]:
        return Unwanted(TOLD_ANEW)
    told = last_told(requests)
    if not told:
        return TOLD_FIRST if is_first_letter_waiting(requests) else ASK(notice, contact, now)
    return _since(notice, contact, requests, told, now=now)


def _since(
    notice: Notice,
    contact: Contact,
    requests: Sequence[Request],
    told: dict[int, int],
    *,
    now: datetime,
) -> Letter | Unwanted:
    """Tell what changed since the oldest version that the person was told about any of the children."""
    question, is_asked = requests[0].question, bool(notice.detail["material"])
    heard = said_to(requests)
    if is_asked:
        requests = [row for row in requests if needs_answer(heard[row.pk])]
    if not requests:
        return ANSWERED
    requests = [row for row in requests if told.get(row.pk) != question.version]
    if not requests:
        return AS_TOLD
    version = min(told.get(row.pk, min(told.values())) for row in requests)
    before = Wording.objects.get(question=question, version=version).asked
    is_hidden = any(row.pupil.is_address_confidential for row in requests)
    changes = policy.changes_for_family(before, question.asked, is_hidden=is_hidden)
    if not (changes or is_asked):
        return AS_TOLD
    context = context_of(
        requests,
        changes=changes,
        is_as_before=not policy.changes(before, question.asked),
        is_material=is_asked,
        enclosed=enclosed_in(notice, contact, now),
        is_unanswered=all(needs_answer(heard[row.pk]) for row in requests),
        button_label=ASKS if is_asked else _("See the plan"),
    )
    return written("consent/mail/changed", contact, context, requests)
