"""What was sent to a guardian or a pupil, word for word, for the copy that they may have (G37)."""

from collections.abc import Iterator, Mapping

from django.db.models import Q

from notices import kinds
from notices.delivery import Sealed
from notices.models import Notice
from notices.policy import State
from notices.selectors import letter_of
from schoolsafe.lib.holdings import Copy, Held, counted, moment, section


def held_about(copy: Copy) -> Held:
    """Return each letter that went to this person, unless it is about a child who may not be in the copy."""
    to = Q(guardian__isnull=False, guardian=copy.guardian_id)
    if copy.guardian_id is None:
        to = Q(pupil__in=copy.open_ids)
    sent = Notice.objects.filter(to, state=State.SENT.value).order_by("ended_at", "pk")
    letters = list(sent)
    about = _about(letters)
    given = [one for one in letters if about[one.pk] <= copy.open_ids]
    return Held(
        sections=section("letters", "Letters and text messages to you", _told(given)),
        left_out=counted(
            len(letters) - len(given),
            "Letters that are also about a child of whom nothing is given",
        ),
    )


def _about(letters: list[Notice]) -> dict[int, set[int]]:
    """Return about which pupils each letter is, with those of the others that stood in the same one."""
    others = {
        one.pk: set(Sealed.restored(one.letter).notice_ids) - {one.pk}
        for one in letters
        if one.letter
    }
    numbers = {pk for found in others.values() for pk in found}
    rows = Notice.objects.filter(pk__in=numbers).values_list("pk", "pupil_ids", "pupil")
    of_others = {pk: {*pupil_ids, *({pupil} if pupil else ())} for pk, pupil_ids, pupil in rows}
    return {
        one.pk: {*one.pupil_ids, *({one.pupil_id} if one.pupil_id else ())}.union(
            *(of_others.get(pk, set()) for pk in others.get(one.pk, ()))
        )
        for one in letters
    }


def _told(letters: list[Notice]) -> Iterator[Mapping[str, str]]:
    for one in letters:
        kind, letter = kinds.known(one.kind), letter_of(one)
        yield {
            "What": kind.label if kind is not None else "",
            "Sent": moment(one.ended_at),
            "Way": "text message" if one.channel == "sms" else "e-mail",
            "Subject": letter.subject if letter is not None else "",
            "Text": letter.text if letter is not None else "The text is not kept.",
        }
