"""What was changed of a record, as one reader sees it: their fields alone, and names as far as they may know them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.apps import apps
from django.http import HttpRequest

from audit.coded import in_words
from audit.readonly import ReadOnlyAdmin
from school.models import Revision
from school.selectors.revisions import MOST, removals_of, revisions_of
from schoolsafe.lib import clock
from schoolsafe.lib.history import Line, Told
from schoolsafe.reviewing import reading, records
from schoolsafe.reviewing.records import Named
from schoolsafe.reviewing.words import in_sentence, record_words

Names = Mapping[str, Named]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One change in words: when, by whom, why where that is kept, and its lines."""

    at: datetime
    who: str
    why: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Page:
    """The changes of one record, newest first; `is_cut` where there are more than are shown."""

    changes: list[Shown]
    is_cut: bool


@dataclass(frozen=True, kw_only=True)
class Field:
    """How one field of a record is told; `kind` is what record its numbers name, or nothing."""

    what: str
    kind: str
    field: Any
    column: Any


def page(request: HttpRequest, register: ReadOnlyAdmin, row: Any, record: str) -> Page:
    """Return what was changed of a row: a constant number of queries, however much that is.

    A change of which this reader may see no field is not there.
    """
    kept = revisions_of(record) if register.keeps_history else []
    fields = _fields(register, register.shown_fields(request, row) | set(register.beside))
    besides = list(register.told_besides(request, row))
    names = _names(request, kept, besides, fields)
    return _page([*(_told(one, fields, names) for one in kept), *besides], names)


def removed(request: HttpRequest, register: ReadOnlyAdmin) -> Page:
    """Return what the removed rows of a register said last, as far as this reader sees such rows."""
    kept = removals_of(register.model._meta.label_lower)
    fields = _fields(register, register.shown_fields(request, None))
    names = _names(request, kept, [], fields)
    return _page([_told(one, fields, names) for one in kept], names)


def _page(told: Iterable[Told], names: Names) -> Page:
    """Return changes in words, newest first; one of which nothing is seen is not there."""
    seen = sorted((one for one in told if one.lines), key=lambda one: one.at, reverse=True)
    changes = [
        Shown(
            at=one.at,
            who=reading.who(one.actor, names) if one.actor else "",
            why=one.why,
            lines=one.lines,
        )
        for one in seen[:MOST]
    ]
    return Page(changes=changes, is_cut=len(seen) > MOST)


def _fields(register: ReadOnlyAdmin, names: Iterable[str]) -> dict[str, Field]:
    """Return how each field that is shown is told; what only the page makes of a row has no history."""
    own = {one.name: one for one in register.model._meta.get_fields() if one.concrete}
    found = {}
    for name in names:
        if name in register.beside:
            words, kind = register.beside[name]
            found[name] = Field(what=words, kind=kind, field=None, column=None)
        elif name in own:
            field = own[name]
            found[name] = Field(
                what=in_sentence(str(field.verbose_name)),
                kind=field.related_model._meta.label_lower if field.is_relation else "",
                field=field,
                column=register.column(name) if name in register.coded else None,
            )
    return found


def _names(
    request: HttpRequest,
    kept: Iterable[Revision],
    besides: Iterable[Told],
    fields: Mapping[str, Field],
) -> Names:
    """Return what all records are called that these changes name, as far as this reader may know."""
    actors = [*(one.actor for one in kept), *(one.actor for one in besides)]
    wanted = {reading.person_of(one) for one in actors}
    for revision in kept:
        for name, values in revision.changes.items():
            if name in fields and fields[name].kind:
                wanted |= {
                    f"{fields[name].kind}:{pk}" for value in values for pk in _numbers(value)
                }
    asked: Any = request
    return records.named(asked.viewer, wanted) | _others(wanted)


def _others(wanted: Iterable[str]) -> dict[str, Named]:
    """Return what records are called that are no people and no calls: nobody is kept from their names."""
    numbers: dict[str, set[str]] = defaultdict(set)
    for reference in wanted:
        kind, _, key = reference.partition(":")
        if key and kind not in records.NAMERS:
            numbers[kind].add(key)
    return {
        f"{kind}:{pk}": Named(label=str(row), url="")
        for kind, keys in numbers.items()
        for pk, row in apps.get_model(kind)._default_manager.in_bulk(keys).items()
    }


def _told(revision: Revision, fields: Mapping[str, Field], names: Names) -> Told:
    """Return one change in words, of the fields that are shown."""
    lines = tuple(
        _line(fields[name], before, after, names)
        for name, (before, after) in revision.changes.items()
        if name in fields
    )
    return Told(at=revision.at, actor=revision.actor, lines=lines)


def _line(field: Field, before: Any, after: Any, names: Names) -> Line:
    """Return one field as it was and as it became; where there are several, only who went and who came is kept."""
    was, is_now = _said(field, before, names), _said(field, after, names)
    if not (field.kind and isinstance(before, list)):
        return Line(what=field.what, before=was, after=is_now)
    return Line(
        what=f"{field.what}: who went, who came",
        before=was or "nobody went",
        after=is_now or "nobody came",
    )


def _said(field: Field, value: Any, names: Names) -> str:
    """Return a value as people read it, and nothing for one that was empty."""
    if value is None or value == "":
        return ""
    if field.kind:
        return ", ".join(_named(field.kind, pk, names) for pk in _numbers(value))
    if field.column is not None:
        return str(field.column.said(str(value)))
    if isinstance(value, Mapping | list):
        return "; ".join(_parts(value))
    return _worded(field.field, value)


def _worded(field: Any, value: Any) -> str:
    """Return a plain value: as its choice says it, or as dates and switches are read."""
    said = dict(field.flatchoices).get(value)
    if said is not None:
        return str(said)
    if isinstance(value, bool):
        return "yes" if value else "no"
    read = field.to_python(value)
    if isinstance(read, datetime):
        return clock.in_full_words(read)
    if isinstance(read, date):
        return clock.date_in_words(read)
    return f"{read:%H:%M}" if isinstance(read, time) else str(read)


def _parts(value: Mapping[str, Any] | list[Any]) -> Iterator[str]:
    """Yield what is kept together, one part after the other."""
    if isinstance(value, list):
        yield from map(str, value)
        return
    for name, one in value.items():
        told = ", ".join(map(str, one)) if isinstance(one, list) else str(one)
        yield f"{in_words(name)}: {told}"


def _named(kind: str, pk: int, names: Names) -> str:
    known = names.get(f"{kind}:{pk}")
    return known.label if known else f"a {record_words(kind).lower()}"


def _numbers(value: Any) -> list[int]:
    """Return the numbers that a value names: of one row, of several, or of none."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
