"""Who is asked, as the school has them on record: for the page on which staff speak with them."""

from dataclasses import dataclass
from datetime import datetime

from consent.models import RELATIONSHIPS, Request
from consent.selectors.voices import SELF
from school.models import Guardianship
from school.policy import has_left, number
from school.selectors import barred_numbers
from schoolsafe.lib import clock


@dataclass(frozen=True, kw_only=True)
class OnRecord:
    """Somebody's name, what they are to the pupil, and the number at which they may be rung."""

    name: str = ""
    relationship: str = ""
    telephone: str = ""


def on_record(request: Request, now: datetime) -> OnRecord:
    """Return what is known of the person of a request; of a family without anybody nothing is."""
    today = clock.local(now).date()
    pupil, guardian = request.pupil, request.guardian
    if guardian is None:
        is_own = pupil.answers_alone(on=today)
        return OnRecord(name=str(pupil), relationship=SELF) if is_own else OnRecord()
    tie = Guardianship.objects.filter(guardian=guardian, pupil=pupil).first()
    known = dict(RELATIONSHIPS)
    return OnRecord(
        name=guardian.name,
        relationship=tie.relationship if tie and tie.relationship in known else "",
        telephone=_telephone(request, now),
    )


def _telephone(request: Request, now: datetime) -> str:
    """Return a guardian's number: none at which a blocked person may answer, none in grief (E31, E48)."""
    today = clock.local(now).date()
    pupil, telephone = request.pupil, request.guardian.telephone if request.guardian else ""
    if pupil.is_contact_suspended or has_left(pupil.left_on, on=today):
        return ""
    barred = barred_numbers([pupil.pk], on=today).get(pupil.pk, frozenset())
    return "" if number(telephone) in barred else telephone
