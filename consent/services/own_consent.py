"""That a pupil decides themselves before 18: what the change means for the open questions (E42)."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import F, Q, QuerySet

from audit import services as audit
from consent import events
from consent.models import Question, Request
from consent.services.asking import ask
from consent.services.locks import hold
from consent.services.requests import request_for
from consent.services.standing import hold_given, lapse
from school import services as school
from school.models import OwnConsent, Pupil, StaffMember
from schoolsafe.lib import clock


@audit.atomic()
def approve_own_consent(own: OwnConsent, *, by: StaffMember) -> OwnConsent:
    """Let a pupil decide themselves, and ask them alone; guardians are neither asked nor told.

    What guardians said does not count any more, also not for the school year, and every link that went
    to them is dead from this second. Where it begins later, everything stays until that day, as before an
    18th birthday. Raises NotAllowed as `school.services.approve_own_consent` does.
    """
    return _decide(own, lambda: school.approve_own_consent(own, by=by), by=by)


@audit.atomic()
def end_own_consent(own: OwnConsent, *, by: StaffMember) -> OwnConsent:
    """Give the decision back: the guardians who count are asked anew, and nothing said before counts.

    A proposal that nobody has approved goes without a trace in any question. Raises NotAllowed as
    `school.services.end_own_consent` does.
    """
    return _decide(own, lambda: school.end_own_consent(own, by=by), by=by)


def _decide(own: OwnConsent, change: Callable[[], OwnConsent], *, by: StaffMember) -> OwnConsent:
    """Take every lock, change who decides, and ask whoever decides now."""
    now = clock.now()
    today = clock.local(now).date()
    alive = _alive(own.pupil_id, now=now)
    questions = hold([row.question_id for row in alive], now=now)
    held = hold_given(alive, Q(pupil=own.pupil_id), now=now)
    was = school.lock_row(Pupil, own.pupil_id)
    changed = change()
    pupil = Pupil.objects.get(pk=own.pupil_id)
    turns = was.answers_alone(on=today) != pupil.answers_alone(on=today)
    live = Request.objects.live().filter(question__in=questions, pupil=pupil)
    if turns:
        why = "Who decides for this pupil has changed."
        lapse(held, by=by, reason=why, now=now, kills_link=True)
        _end(live, now=now)
    elif was.own() == pupil.own() or pupil.answers_alone(on=today):
        # Nobody had approved it, or the pupil is 18 meanwhile: nothing is decided otherwise.
        return changed
    elif changed.ended_at is not None:
        # It had not begun: the guardians' answers stand, and the pupil is not asked in time to come.
        asked = live.exclude(guardian=None).values_list("question_id", flat=True)
        _end(live.filter(guardian=None, question__in=list(asked)), now=now)
    for question in questions:
        _ask(question, pupil, by=by, now=now)
        events.answer_changed.send(
            Question, question=question, pupil_ids=(pupil.pk,), now=now, is_astray=turns
        )
    return changed


def _alive(pupil_id: int, *, now: datetime) -> list[Request]:
    """Return the live requests about a pupil and a call that is not over."""
    live = Request.objects.live().filter(pupil=pupil_id, question__closed_at=None)
    return list(live.filter(question__ends_at__gt=now).order_by("question_id", "pk"))


def _end(rows: QuerySet[Request], *, now: datetime) -> None:
    """End what was asked: no answer to it counts, and no link of it opens again."""
    rows.update(ended_at=now, link_version=F("link_version") + 1)


def _ask(question: Question, pupil: Pupil, *, by: StaffMember, now: datetime) -> None:
    """Ask whoever decides now; of a call that has begun only the row is put down, and nobody written to."""
    if not question.is_open(now=now):
        request_for(question, [pupil.pk], now=now)
        return
    ask(
        by=by,
        about=question.about,
        asked=question.asked,
        pupil_ids=[pupil.pk],
        closes_at=question.closes_at,
    )
