"""A page of the audit as its reader sees it: who, what, about what, and the rest in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit import services
from audit.coded import in_words
from audit.models import Entry
from audit.searching import Asked, found
from school.models import StaffMember
from school.roles import Role, Viewer
from school.settings import SETTINGS
from schoolsafe.lib import clock
from schoolsafe.lib.codes import code_of, number_of
from schoolsafe.reviewing import records
from schoolsafe.reviewing.records import Named
from schoolsafe.reviewing.words import ACTORS, in_sentence, record_words, told

PAGE = 50
TABLE = "audit.entry"
SAVED = "audit.export.read"
# Rows of one table for all concerns: a gap in their numbers tells of one that is hidden (E8).
HANGING = frozenset({"hold", "hold_number", "involved", "opening", "picture", "task"})
# Which words of a detail name whom.
PEOPLE = {
    **dict.fromkeys(("pupil", "pupils"), "school.pupil"),
    **dict.fromkeys(("guardian", "guardians"), "school.guardian"),
    **dict.fromkeys(("staff", "told", "person", "host", "co_host", "hosts"), "school.staffmember"),
}
# Which words of a detail are names that the code gives.
KEYWORDS = {
    **dict.fromkeys(("role", "roles"), {role.value: role.words for role in Role}),
    "setting": {name: setting.words for name, setting in SETTINGS.items()},
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One entry in words. `person` and `record` are as an address names them."""

    at: datetime
    who: str
    person: str
    what: str
    about: str
    url: str
    record: str
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One page of entries; `before` is where the next one begins, or nothing."""

    lines: list[Line]
    before: str


def piece(viewer: Viewer, asked: Asked, *, before: str) -> Piece:
    """Return a page of what is looked for; a mark that is none begins at the newest."""
    rows = found(viewer, asked)
    number = _number(before)
    if number is not None:
        rows = rows.filter(pk__lt=number)
    entries = list(rows[: PAGE + 1])
    more = code_of(TABLE, entries[PAGE - 1].pk) if len(entries) > PAGE else ""
    return Piece(lines=lines(viewer, entries[:PAGE]), before=more)


def lines(viewer: Viewer, entries: Sequence[Entry]) -> list[Line]:
    """Return entries in words; the names in them are asked for once."""
    wanted = {reference for entry in entries for reference in _references(entry)}
    names = records.named(viewer, wanted)
    return [_line(entry, names) for entry in entries]


def note_look(by: StaffMember, asked: Asked) -> None:
    """Write down that somebody looked: at which record and person, and by which filters, never at what words."""
    _note("audit.read", by, asked)


def note_saved(by: StaffMember, asked: Asked, *, form: str, digest: str) -> str:
    """Write down that somebody took entries as a file, and return the hash of that: the same as of a look.

    The digest ties the file to the chain. How many they were stands in the file alone: another reader would
    learn from the number how much is hidden from them (E8).
    """
    _note(SAVED, by, asked, form=form, digest=digest)
    return Entry.objects.get(actor=by.actor, verb=SAVED, detail__digest=digest).hash


@services.atomic()
def _note(verb: str, by: StaffMember, asked: Asked, **detail: str) -> None:
    """Write down a look or what was taken."""
    if asked.actor:
        detail["person"] = asked.actor
    services.record(
        at=clock.now(),
        actor=by.actor,
        verb=verb,
        # Of a kind of record alone nothing is told: its word could hide the look from everybody.
        object=asked.record if ":" in asked.record else TABLE,
        filters=asked.filters,
        **detail,
    )


def who(actor: str, names: Mapping[str, Named]) -> str:
    """Return who did it: a name where the reader may know it, else what they are."""
    known = names.get(person_of(actor))
    return known.label if known else ACTORS.get(actor.partition(":")[0], "Somebody")


def _line(entry: Entry, names: dict[str, Named]) -> Line:
    known = names.get(entry.object)
    return Line(
        at=entry.at,
        who=who(entry.actor, names),
        person=entry.actor,
        what=told(entry.verb),
        about=records.label(entry.object, names),
        url=known.url if known else "",
        record=records.shown_as(entry.object),
        details=tuple(details(entry, names)),
    )


def details(entry: Entry, names: Mapping[str, Named]) -> Iterable[tuple[str, str]]:
    """Yield what else is known, in words; what hangs on a concern is named by a code."""
    for name, value in entry.detail.items():
        yield in_words(name), _said(name, value, names)


def _said(name: str, value: Any, names: Mapping[str, Named]) -> str:
    """Return one value of a detail in words."""
    if isinstance(value, list):
        return ", ".join(_said(name, one, names) for one in value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{in_words(key)} {_said(key, one, names)}" for key, one in value.items())
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, int):
        return _numbered(name, value, names)
    return KEYWORDS.get(name, {}).get(value) or _worded(value, names)


def _numbered(name: str, value: int, names: Mapping[str, Named]) -> str:
    """Return a number: whom it names, a code where it would tell too much, or itself."""
    if name in PEOPLE:
        known = names.get(f"{PEOPLE[name]}:{value}")
        return known.label if known else f"a {record_words(PEOPLE[name]).lower()}"
    return code_of(f"audit.{name}", value) if name in HANGING else str(value)


def _worded(value: str, names: Mapping[str, Named]) -> str:
    """Return a word: the record or the person that it names, or the word itself as people write it."""
    kind, _, key = value.partition(":")
    if key and ("." in kind or kind in ACTORS or kind == "staff"):
        reference = value if "." in kind else person_of(value)
        known = names.get(reference)
        return known.label if known else in_sentence(ACTORS.get(kind) or record_words(kind))
    return value if any(sign.isdigit() for sign in value) else in_words(value)


def _references(entry: Entry) -> Iterable[str]:
    """Yield every record and person that an entry names."""
    yield entry.object
    yield person_of(entry.actor)
    for name, value in entry.detail.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, int) and name in PEOPLE:
                yield f"{PEOPLE[name]}:{one}"
            elif isinstance(one, str) and ":" in one:
                yield one if "." in one.partition(":")[0] else person_of(one)


def person_of(actor: str) -> str:
    """Return the record of whoever did it."""
    kind, _, key = actor.partition(":")
    kinds = {
        "staff": "school.staffmember",
        "guardian": "school.guardian",
        "pupil": "school.pupil",
        "user": "auth.user",
    }
    return f"{kinds[kind]}:{key}" if kind in kinds else ""


def names_of(viewer: Viewer, asked: Asked) -> dict[str, Named]:
    """Return what the record and the person that are looked for are called."""
    return records.named(viewer, [asked.record, person_of(asked.actor)])


def _number(before: str) -> int | None:
    """Return the number behind the mark of a page."""
    try:
        return number_of(TABLE, before)
    except ValueError:
        return None
