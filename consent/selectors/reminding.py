"""Who would get a reminder now, and who would not and why."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from consent import policy
from consent.models import Question, Request
from consent.selectors.messages import Messages, Recipient
from consent.selectors.voices import Heard
from consent.selectors.worklist import Item
from school.models import Guardianship
from school.policy import Refusal
from school.selectors import pace, reached_at
from schoolsafe.lib import clock

# The question and the pupil, by their numbers.
Pair = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One reminder: the children of one person in one question; a safe address has its own (E33)."""

    question: Question
    name: str
    address: str
    children: tuple[str, ...]
    requests: tuple[Request, ...]
    had: int

    @property
    def key(self) -> tuple[int, ...]:
        """Return what tells this letter from every other, as it stands."""
        return tuple(sorted(request.pk for request in self.requests))


@dataclass(frozen=True, kw_only=True)
class Spared:
    """Somebody who gets none, about one child, and why."""

    name: str
    child: str
    why: str
    call: str = ""
    is_special: bool = False


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """What would be sent now, and to whom not."""

    letters: tuple[Letter, ...]
    spared: tuple[Spared, ...]

    @property
    def keys(self) -> frozenset[tuple[int, ...]]:
        """Return what would be sent in a form that can be compared."""
        return frozenset(letter.key for letter in self.letters)

    @property
    def addresses(self) -> list[tuple[str, list[Letter]]]:
        """Return the letters by mailbox: each address once."""
        found: dict[str, list[Letter]] = defaultdict(list)
        for letter in self.letters:
            found[letter.address.casefold()].append(letter)
        return [(letters[0].address, letters) for letters in found.values()]


def reminder(items: Iterable[Item], messages: Messages, now: datetime) -> Reminder:
    """Return who would get a reminder about these pupils: two queries more than the list itself."""
    rows = list(items)
    most = pace().most_messages
    today = clock.local(now).date()
    asked: dict[tuple[int, Recipient, int], list[tuple[Item, Heard]]] = defaultdict(list)
    left: list[Spared] = []
    for item in rows:
        for heard in item.asked.heard:
            why = _why_not(item, heard, messages, today, most)
            if why or heard.request is None:
                left.append(_spared(item, heard, why))
            else:
                asked[_one_letter(item, heard)].append((item, heard))
    letters = tuple(_letter(group, messages) for group in asked.values())
    return Reminder(letters=letters, spared=(*left, *_blocked(rows, on=today)))


def _why_not(item: Item, heard: Heard, messages: Messages, today: date, most: int) -> str:
    """Return why somebody gets no reminder, or nothing."""
    recipient = _recipient(item, heard)
    is_own = heard.voice.guardian_id is None
    if is_own and not item.asked.pupil.answers_alone(on=today):
        return "nobody is on record"
    return policy.spared(
        heard.voice,
        is_asked=heard.request is not None,
        is_waiting=heard.request is not None and heard.request.pk in messages.waiting,
        is_decided=item.asked.is_out or item.asked.consent.status.is_settled,
        had=messages.had[recipient],
        is_reminded_today=recipient in messages.reminded_today,
        most=most,
    )


def _recipient(item: Item, heard: Heard) -> Recipient:
    guardian_id = heard.voice.guardian_id
    pupil_id = None if guardian_id else item.asked.pupil.pk
    return item.asked.question.about, guardian_id, pupil_id


def _one_letter(item: Item, heard: Heard) -> tuple[int, Recipient, int]:
    """Return what goes into one letter; a child with a safe address is never beside another."""
    pupil = item.asked.pupil
    alone = pupil.pk if pupil.is_address_confidential else 0
    return item.asked.question.pk, _recipient(item, heard), alone


def _letter(group: Sequence[tuple[Item, Heard]], messages: Messages) -> Letter:
    item, heard = group[0]
    guardian = heard.request.guardian if heard.request else None
    return Letter(
        question=item.asked.question,
        name=heard.name,
        address=reached_at(guardian) if guardian else item.asked.pupil.email,
        children=tuple(str(one.asked.pupil) for one, _ in group),
        requests=tuple(one.request for _, one in group if one.request),
        had=messages.had[_recipient(item, heard)],
    )


def _spared(item: Item, heard: Heard, why: str) -> Spared:
    return Spared(
        name=heard.name,
        child=str(item.asked.pupil),
        why=why,
        call=item.asked.question.asked.title,
        is_special=why in {Refusal.SHARES_BLOCKED_ADDRESS.value, Refusal.SUSPENDED.value},
    )


def _blocked(items: Collection[Item], *, on: date) -> list[Spared]:
    """Return those with whom no contact is allowed: they count for nothing, and are named here only."""
    ties = (
        Guardianship.objects.filter(
            Q(blocked_until=None) | Q(blocked_until__gte=on),
            pupil__in={item.asked.pupil.pk for item in items},
            blocked_from__lte=on,
        )
        .select_related("guardian", "pupil")
        .order_by("pupil__family_name", "pk")
    )
    return [
        Spared(
            name=tie.guardian.name,
            child=str(tie.pupil),
            why=Refusal.BLOCKED.value,
            is_special=True,
        )
        for tie in ties
    ]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What is no longer as it was on a list that somebody looked at."""

    gone: tuple[Spared, ...]
    added: tuple[Letter, ...]


def difference(seen: Iterable[tuple[int, ...]], now_due: Reminder) -> Difference:
    """Return who would not get a letter any more and why, and who would get one beside them."""
    before = {pk for key in seen for pk in key}
    today = {pk for key in now_due.keys for pk in key}
    why = {(one.name, one.child): one for one in now_due.spared}
    gone = []
    for request in Request.objects.filter(pk__in=before - today).select_related(
        "guardian", "pupil"
    ):
        child = str(request.pupil)
        name = request.guardian.name if request.guardian else child
        unknown = Spared(name=name, child=child, why="is not asked about this pupil any more")
        gone.append(why.get((name, child), unknown))
    return Difference(
        gone=tuple(gone),
        added=tuple(one for one in now_due.letters if not before.issuperset(one.key)),
    )
