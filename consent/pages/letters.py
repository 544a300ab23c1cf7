"""A letter as evidence: what left, when, and what the server said; without keys and other children."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from notices import kinds
from notices.models import Notice
from notices.policy import State
from notices.selectors import letter_of
from school.models import Pupil
from schoolsafe.lib import clock

ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
OTHER_CHILD = "[another child]"
# Of a child with a safe address.
LEFT_OUT = "[left out]"
OF_SEVERAL = "One letter asked about several calls at once. It is left out here."


@dataclass(frozen=True, kw_only=True)
class MessagePart:
    """One message with what became of it."""

    heading: str
    left: datetime | None
    facts: tuple[tuple[str, str], ...]
    subject: str
    text: str
    names_others: bool


def kind_words(notice: Notice) -> str:
    """Return what kind of message it is, for a person."""
    kind = kinds.known(notice.kind)
    return kind.words if kind else notice.kind


def message_part(
    notice: Notice, pupil: Pupil, others: Mapping[int, Pupil], *, hidden: Iterable[str] = ()
) -> MessagePart:
    """Tell one message: the key in its link is masked already, where it is read.

    So are here addresses, which may be safe ones, the names of brothers and sisters (E44), and the
    `hidden` words of a letter that left before the child had a safe address (E33). A letter that
    asked about other calls too is not shown: they are no part of this one (E52).
    """
    letter = letter_of(notice)
    is_shared = letter is not None and letter.lists_several
    if is_shared:
        letter = None
    siblings = [others[pk] for pk in notice.pupil_ids if pk in others]
    left = notice.ended_at if notice.state == State.SENT.value else None
    facts = [("Written", clock.in_words(notice.queued_at))]
    if left:
        facts.append(("Left", clock.in_words(left)))
    facts.append(("State", " ".join(part for part in (notice.sentence, notice.why) if part)))
    for delivery in notice.deliveries.all():
        said = f" ({ADDRESS.sub('[address]', delivery.answer)})" if delivery.answer else ""
        facts.append(
            (f"Try {delivery.turn}", f"{clock.in_words(delivery.at)}: {delivery.words}{said}")
        )
    if is_shared:
        facts.append(("Text", OF_SEVERAL))
    return MessagePart(
        heading=kind_words(notice),
        left=left,
        facts=tuple(facts),
        subject=_fit_to_show(letter.subject, pupil, siblings, hidden) if letter else "",
        text=_fit_to_show(letter.text, pupil, siblings, hidden) if letter else "",
        names_others=bool(siblings),
    )


def _fit_to_show(text: str, pupil: Pupil, others: list[Pupil], hidden: Iterable[str]) -> str:
    """Return a letter's words without addresses, other children and what is hidden."""
    text = ADDRESS.sub("[address]", text)
    for words in hidden:
        text = text.replace(words, LEFT_OUT)
    for other in others:
        names = [str(other), other.short_name]
        if other.given_name != pupil.given_name:
            names.append(other.given_name)
        for name in names:
            # A given name may be a word within another: only whole ones.
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", OTHER_CHILD, text)
    return text
