"""Who has not answered: every pupil of every open question, sorted by what to do next."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from consent import policy
from consent.policy import Left, Task
from consent.selectors.calls import questions_for
from consent.selectors.messages import Messages, messages
from consent.selectors.voices import AskedPupil, asked_pupils
from school.models import Guardian, Pupil, TeachingGroup
from school.policy import SETTLES_AFTER
from school.roles import Viewer
from school.selectors import answers_about, family_of, kin_of, unsettled_until
from schoolsafe.lib import clock

TO_DO, ALL = "", "all"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One pupil of one call in the list; at the `barred` numbers a blocked person may answer."""

    asked: AskedPupil
    task: Task
    days: int
    groups: tuple[tuple[int, str], ...]
    barred: frozenset[str] = frozenset()
    also: tuple["Item", ...] = ()
    """The other dates of a series that one telephone call settles, or one answer has settled."""

    @property
    def wish(self) -> tuple[object, ...]:
        """Return what a telephone call settles, or an answer has: dates of a series, else this pair."""
        series = self.asked.question.series
        if series and self.task is Task.DONE and self._said:
            return series, self.asked.pupil.pk, self._said
        if self.task is not Task.HELP or not series:
            return self.pair
        voices = [heard.voice for heard in self.asked.heard]
        who = frozenset(
            one.guardian_id
            for one in voices
            if policy.task_of(one, mode=self.asked.mode) is Task.HELP
        )
        return series, self.asked.pupil.pk, who

    @property
    def _said(self) -> frozenset[tuple[object, ...]]:
        """Return what was said and when: an answer that was given for several dates is one."""
        return frozenset(
            (heard.voice.guardian_id, heard.standing.at, heard.standing.words())
            for heard in self.asked.heard
            if heard.standing
        )

    @property
    def left(self) -> Left:
        """Return how soon the call is."""
        return policy.left_of(self.days)

    @property
    def pair(self) -> tuple[int, int]:
        """Return the question and the pupil by their numbers."""
        return self.asked.question.pk, self.asked.pupil.pk


@dataclass(frozen=True, kw_only=True)
class Worklist:
    """What stands in the list before anything is chosen, and what was written."""

    items: tuple[Item, ...]
    messages: Messages


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a person chose to see."""

    task: str = TO_DO
    call: int | None = None
    year: int | None = None
    group: int | None = None
    left: str = ""
    pupil: int | None = None
    words: str = ""


# For each choice: whether an item is among what was chosen.
_TESTS: dict[str, Callable[[Item, Any], bool]] = {
    "task": lambda item, value: (
        value == ALL or (item.task.is_to_do if value == TO_DO else item.task == value)
    ),
    "call": lambda item, value: value in {None, item.asked.question.pk},
    "year": lambda item, value: value in {None, item.asked.pupil.year_group},
    "group": lambda item, value: value is None or any(value == pk for pk, _ in item.groups),
    "left": lambda item, value: value in {"", item.left.value},
    "pupil": lambda item, value: value in {None, item.asked.pupil.pk},
    "words": lambda item, value: not value or _is_named(item, value),
}


def worklist(viewer: Viewer, now: datetime) -> Worklist:
    """Return every pupil asked about in the open questions that a person may know of.

    Seven queries, however many pupils.
    """
    open_ones = dict(questions_for(viewer).open(now=now).values_list("pk", "about"))
    if not open_ones:
        return Worklist(items=(), messages=Messages())
    return _listed(open_ones, viewer, now)


def worklist_of(question_ids: Iterable[int], viewer: Viewer, now: datetime) -> Worklist:
    """Return the same for these questions alone."""
    open_ones = questions_for(viewer).open(now=now).filter(pk__in=list(question_ids))
    return _listed(dict(open_ones.values_list("pk", "about")), viewer, now)


def _listed(questions: dict[int, str], viewer: Viewer, now: datetime) -> Worklist:
    today = clock.local(now).date()
    written = messages(list(questions.values()), today=today)
    rows = asked_pupils(list(questions), now, unsent=written.unsent)
    orders = answers_about({row.pupil.pk for row in rows}, seen_by=viewer.staff_id, on=today)
    rows = [row for row in rows if row.pupil.pk not in orders.kept_from]
    groups = _groups({row.pupil.pk for row in rows})
    items = [
        Item(
            asked=row,
            task=policy.next_task(
                row.consent.status,
                [heard.voice for heard in row.heard],
                mode=row.mode,
                is_out=row.is_out,
                is_asked_again=_is_asked_again(row, written),
            ),
            days=policy.days_left(clock.local(row.question.closes_at).date(), today=today),
            groups=groups.get(row.pupil.pk, ()),
            barred=orders.numbers.get(row.pupil.pk, frozenset()),
        )
        for row in rows
    ]
    return Worklist(items=tuple(sorted(items, key=_place)), messages=written)


def _is_asked_again(row: AskedPupil, written: Messages) -> bool:
    """Tell whether everybody whose answer was set aside has been written to since."""
    return all(
        heard.request is not None
        and (last := written.last.get(heard.request.pk)) is not None
        and last.queued_at >= heard.set_aside_at
        for heard in row.heard
        if heard.set_aside_at is not None and heard.voice.kind is None
    )


def _place(item: Item) -> tuple[object, ...]:
    """Return where an item stands: by urgency, then by the call's time, then by name."""
    pupil = item.asked.pupil
    return (
        *policy.urgency(item.task, days=item.days),
        item.asked.question.closes_at,
        item.asked.question.pk,
        pupil.family_name,
        pupil.given_name,
        pupil.pk,
    )


def _groups(pupil_ids: set[int]) -> dict[int, tuple[tuple[int, str], ...]]:
    """Return the classes of each pupil."""
    found: dict[int, tuple[tuple[int, str], ...]] = defaultdict(tuple)
    rows = TeachingGroup.objects.filter(pupils__in=pupil_ids).order_by("name", "pk")
    for pupil_id, pk, name in rows.values_list("pupils", "pk", "name"):
        found[pupil_id] += ((pk, name),)
    return found


def chosen(items: Iterable[Item], wanted: Wanted) -> list[Item]:
    """Return the items that were chosen, in their order."""
    tests = [(test, getattr(wanted, name)) for name, test in _TESTS.items()]
    return [item for item in items if all(test(item, value) for test, value in tests)]


def folded(items: Iterable[Item]) -> list[Item]:
    """Let what one call settles, or one answer has, for several dates stand once: at the first."""
    kept: dict[tuple[object, ...], Item] = {}
    for item in items:
        first = kept.get(item.wish)
        kept[item.wish] = replace(first, also=(*first.also, item)) if first else item
    return list(kept.values())


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many rows each choice would show, with all else as it is chosen."""

    tasks: Counter[str] = field(default_factory=Counter)
    calls: Counter[int] = field(default_factory=Counter)
    years: Counter[int] = field(default_factory=Counter)
    groups: Counter[int] = field(default_factory=Counter)
    lefts: Counter[str] = field(default_factory=Counter)


def counts(items: Sequence[Item], wanted: Wanted) -> Counts:
    """Return the true count of each choice."""

    def but(**changes: Any) -> list[Item]:
        return folded(chosen(items, replace(wanted, **changes)))

    found = but(task=ALL)
    tasks = Counter(item.task.value for item in found)
    tasks[TO_DO] = sum(item.task.is_to_do for item in found)
    tasks[ALL] = len(found)
    return Counts(
        tasks=tasks,
        calls=Counter(one.asked.question.pk for item in but(call=None) for one in _dates(item)),
        years=Counter(item.asked.pupil.year_group for item in but(year=None)),
        groups=Counter(pk for item in but(group=None) for pk, _ in item.groups),
        lefts=Counter(
            left for item in but(left="") for left in {one.left.value for one in _dates(item)}
        ),
    )


def _dates(item: Item) -> tuple[Item, ...]:
    """Return the calls for which a row stands."""
    return (item, *item.also)


def _is_named(item: Item, words: str) -> bool:
    """Tell whether every word that was typed begins a name of the pupil or of who is asked."""
    names = [str(item.asked.pupil), *(heard.name for heard in item.asked.heard)]
    known = plain(" ".join(names)).split()
    return all(any(name.startswith(word) for name in known) for word in plain(words).split())


def plain(words: str) -> str:
    """Return words as they are compared: without accents, capitals and signs."""
    letters = unicodedata.normalize("NFKD", words.casefold())
    return "".join(
        c if c.isalnum() else " " for c in letters if not unicodedata.combining(c)
    ).strip()


def unsettled_addresses(
    items: Iterable[Item], viewer: Viewer, now: datetime
) -> list[Guardian | Pupil]:
    """Return those whose changed address nobody has confirmed yet (E34): of the pupils, those asked.

    Nobody of the family of whoever looks is among them: somebody else makes sure of it.
    """
    changed = Guardian.objects.filter(
        email_changed_at__gt=now - SETTLES_AFTER, email_confirmed_at=None
    ).exclude(email="")
    guardians = list(changed.order_by("email_changed_at", "pk"))
    family = family_of(kin_of(viewer.staff_id)) if guardians else frozenset()
    asked = {item.asked.pupil.pk: item.asked.pupil for item in items}
    today = clock.local(now).date()
    return [
        *(guardian for guardian in guardians if guardian.pk not in family),
        *(
            pupil
            for pupil in asked.values()
            if pupil.email and unsettled_until(pupil, now) and pupil.answers_alone(on=today)
        ),
    ]
