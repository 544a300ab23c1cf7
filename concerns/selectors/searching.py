"""Looking for words across what somebody may read, although all of it is encrypted (ADR 24)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Prefetch, Q, QuerySet, Value
from django.db.models.functions import StrIndex

from concerns.models import (
    Attachment,
    Concern,
    ConcernQuerySet,
    Entry,
    Involved,
    SearchMarks,
)
from concerns.searching import Sought, mark, words_of
from school.models import Pupil, StaffMember
from school.roles import Viewer
from schoolsafe.lib.blind import search_keys
from schoolsafe.lib.encryption import EncryptedTextField

PER_PAGE = 50
# So many concerns are opened for one search at most: some hundred milliseconds, whatever was typed.
MOST_OPENED = 3000
# The first page is mostly among the first; who looks for something rare is read for in larger steps.
FIRST_STEP = PER_PAGE + 14
PLACES = {
    "child_words": "the child's words",
    "seen": "what was seen or heard",
    "thought": "what the reporter thinks",
    "place": "where it happened",
}
# What hangs on a concern, and how a page says that a word stands there.
PARTS = {
    "entries": "what was done since",
    "marks": "the marks on the body",
    "tasks": "a task",
    "attachments": "what a file is called",
    "pictures_elsewhere": "what is said of a picture",
}


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A concern in which it was found, and where: nothing of it is quoted."""

    concern: Concern
    places: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a search found, newest first; whether there is more, and whether it looked at all."""

    hits: Sequence[Hit]
    is_more: bool
    is_cut: bool
    opened: int


def search(viewer: Viewer, sought: Sought) -> Found:
    """Return where words stand in what a person may read, the newest concerns first.

    What they may not read is left out before anything is decrypted, so it is in no number and takes
    no time that could be told (E8). The marks find a few too many; only a text itself says that it is there.
    """
    every = list(candidates(viewer, sought).values_list("pk", flat=True)[: MOST_OPENED + 1])
    ids = every[:MOST_OPENED]
    hits: list[Hit] = []
    opened = 0
    step = FIRST_STEP
    while opened < len(ids) and len(hits) <= PER_PAGE:
        rows = _opened(ids[opened : opened + step])
        opened, step = opened + step, 2 * step
        found = [Hit(concern=row, places=_places(row, sought)) for row in rows]
        hits += [hit for hit in found if hit.places]
    is_more = len(hits) > PER_PAGE
    return Found(
        hits=hits[:PER_PAGE],
        is_more=is_more,
        is_cut=not is_more and len(every) > len(ids),
        opened=min(opened, len(ids)),
    )


def candidates(viewer: Viewer, sought: Sought) -> ConcernQuerySet:
    """Return the concerns a person may read in which every word may stand, newest first."""
    concerns = Concern.objects.order_by("-logged_at", "-pk")
    names = _names(sought.all_words)
    for word in sought.all_words:
        # As one list for each word: the database reads it first, and asks of those alone who may see.
        concerns = concerns.filter(pk__in=_marked(word).union(_named(names[word]), _called(word)))
    # Who is meant by words about an adult can be read only by opening those: of these few alone.
    return concerns.visible_to(viewer)


def _marked(word: str) -> QuerySet[Any, Any]:
    """Return the concerns with the mark of a word, under whichever key it was made."""
    rows, may_stand = SearchMarks.objects.order_by(), Q()
    for number, key in enumerate(search_keys()):
        at = StrIndex("marks", Value(f" {mark(word, key)} "))
        rows = rows.alias(**{f"at_{number}": at})
        may_stand |= Q(**{f"at_{number}__gt": 0})
    return rows.filter(may_stand).values("concern")


def _called(word: str) -> QuerySet[Any, Any]:
    """Return the concern with this reference."""
    return Concern.objects.filter(reference=word.upper()).order_by().values("pk")


@dataclass(frozen=True, kw_only=True)
class _Named:
    """Those on roll and on the staff in whose name a word stands."""

    pupils: Sequence[int]
    staff: Sequence[int]


def _names(words: Sequence[str]) -> dict[str, _Named]:
    """Return for each word who is called so now: a name may change, and no mark is made of it."""
    pupils, staff = _by_word(_pupil_names()), _by_word(_staff_names())
    return {word: _Named(pupils=pupils[word], staff=staff[word]) for word in words}


def _pupil_names() -> Iterator[tuple[int, str]]:
    """Yield every pupil in a concern with their name."""
    inside = Involved.objects.exclude(pupil=None).values("pupil")
    rows = Pupil.objects.filter(pk__in=inside).order_by()
    for pk, given, family in rows.values_list("pk", "given_name", "family_name"):
        yield pk, f"{given} {family}"


def _staff_names() -> Iterator[tuple[int, str]]:
    """Yield everybody on the staff with their name."""
    yield from StaffMember.objects.order_by().values_list("pk", "name")


def _by_word(names: Iterable[tuple[int, str]]) -> dict[str, list[int]]:
    """Return the rows in whose name each word stands."""
    rows: dict[str, list[int]] = defaultdict(list)
    for pk, name in names:
        for word in set(words_of(name)):
            rows[word].append(pk)
    return rows


def _named(named: _Named) -> QuerySet[Any, Any]:
    """Return the concerns in which one of these is."""
    rows = Involved.objects.filter(Q(pupil__in=named.pupils) | Q(staff__in=named.staff))
    return rows.order_by().values("concern")


def _opened(ids: Sequence[int]) -> list[Concern]:
    """Return concerns with every text in them, in their order."""
    rows = with_texts(Concern.objects.filter(pk__in=ids))
    place = {pk: at for at, pk in enumerate(ids)}
    return sorted(rows, key=lambda row: place[row.pk])


def _places(concern: Concern, sought: Sought) -> list[str]:
    """Return where in a concern all that is looked for stands; nothing where a part is missing."""
    texts = [(place, words_of(text)) for place, text in _said(concern)]
    if not sought.is_in([text for _, text in texts]):
        return []
    return list(dict.fromkeys(place for place, text in texts if sought.touches(text)))


def _said(concern: Concern) -> Iterator[tuple[str, str]]:
    """Yield every text of a concern that can be found, with where it stands."""
    yield "the reference", concern.reference
    for name, text in _texts(concern):
        yield PLACES.get(name, "the account"), text
    for person in concern.involved.all():
        yield "who is in it", person.who
    for part, where in PARTS.items():
        for row in getattr(concern, part).all():
            for _, text in _texts(row):
                yield where, text


def with_texts(concerns: ConcernQuerySet) -> ConcernQuerySet:
    """Read along every text that hangs on these concerns; what is in a file stays sealed."""
    return concerns.select_related("reporter", "acknowledged_by").prefetch_related(
        Prefetch("involved", Involved.objects.select_related("pupil", "staff")),
        Prefetch("entries", Entry.objects.select_related("by", "called", "outcome")),
        "marks",
        "tasks",
        Prefetch("attachments", Attachment.objects.defer("original", "redrawn")),
        "pictures_elsewhere",
    )


def texts_to_mark(concern: Concern) -> list[str]:
    """Return every text of a concern that is stored encrypted: the names on record are in clear.

    The concern comes from `with_texts`.
    """
    rows: list[Model] = [concern, *concern.involved.all()]
    for part in PARTS:
        rows += getattr(concern, part).all()
    return [text for row in rows for _, text in _texts(row)]


def _texts(row: Model) -> Iterator[tuple[str, str]]:
    """Yield the encrypted texts of a row, whichever it has."""
    for field in row._meta.local_fields:
        if isinstance(field, EncryptedTextField) and (text := field.value_from_object(row)):
            yield field.name, text
