"""For whom a paper form may be printed."""

from datetime import date, datetime

from django.utils import translation
from django.utils.translation import gettext

from consent import policy
from consent.models import Request
from consent.selectors.voices import AskedPupil, Heard, asked_pupils, needs_answer
from school import policy as people
from schoolsafe.lib import clock

ENGLISH = "en"
# The words that every language we speak has.
QUESTION = "May %(name)s take part in this call?"


def requests_to_print(
    question_id: int, now: datetime, *, is_for_missing: bool = False
) -> list[Request]:
    """Return the requests of those who count and may have a form, in three queries.

    Only those whose answer is missing, if that is wanted: nobody signs twice for nothing.
    """
    today = clock.local(now).date()
    return [
        heard.request
        for row in asked_pupils([question_id], now)
        for heard in row.heard
        if heard.request
        and has_paper(row, heard, on=today)
        and not (is_for_missing and not needs_answer(heard))
    ]


def has_paper(row: AskedPupil, heard: Heard, *, on: date) -> bool:
    """Tell whether a form may be printed for this person about this pupil."""
    return heard.request is not None and policy.may_have_form(
        heard.voice.unreachable,
        is_suspended=row.pupil.is_contact_suspended,
        has_left=people.has_left(row.pupil.left_on, on=on),
    )


def language_of(request: Request) -> str:
    """Return the language of a form: the guardian's, when our own texts exist in it, else English.

    Django speaks more languages than we do: half a form in one of them would help nobody.
    """
    if request.guardian is None:
        return ENGLISH
    language = request.guardian.language
    with translation.override(language):
        return language if gettext(QUESTION) != QUESTION else ENGLISH
