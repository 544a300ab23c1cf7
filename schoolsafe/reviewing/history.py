"""What was changed of a record, as one reader sees it: their fields alone, and names as far as they may know them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.apps import apps
from django.http import Http404, HttpRequest

from audit.coded import in_words
from audit.readonly import ReadOnlyAdmin
from school.models import Revision
from school.selectors.revisions import ON_A_PAGE, Heads, heads_of, heads_of_removed, revisions
from schoolsafe.lib import clock
from schoolsafe.lib.history import Line, Told
from schoolsafe.reviewing import reading, records
from schoolsafe.reviewing.records import Named
from schoolsafe.reviewing.words import in_sentence, record_words

Names = Mapping[str, Named]
# More pages than any record has; a longer number would be none for a database.
PAGE_NUMBER = re.compile("[1-9][0-9]{0,5}")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One change in words: when, by whom, why where that is kept, and its lines."""

    at: datetime
    who: str
    why: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some changes of one record, newest first; `newer` and `older` are the numbers of the pages around it, or 0."""

    changes: list[Shown]
    newer: int
    older: int


@dataclass(frozen=True, kw_only=True)
class Field:
    """How one field of a record is told; `kind` is what record its numbers name, or nothing."""

    what: str
    kind: str
    field: Any
    column: Any


def page(request: HttpRequest, register: ReadOnlyAdmin, row: Any, record: str) -> Page:
    """Return what was changed of a row: a constant number of queries, however much that is.

    A change of which this reader may see no field is not there. Raises Http404 for a page that there is not.
    """
    number = _asked_for(request)
    kept = heads_of(record, most=_end(number) + 1) if register.keeps_history else []
    fields = _fields(register, register.shown_fields(request, row) | set(register.beside))
    return _page(request, fields, number, kept, list(register.told_besides(request, row)))


def removed(request: HttpRequest, register: ReadOnlyAdmin) -> Page:
    """Return what the removed rows of a register said last, as far as this reader sees such rows.

    Raises Http404 for a page that there is not.
    """
    number = _asked_for(request)
    kept = heads_of_removed(register.model._meta.label_lower, most=_end(number) + 1)
    fields = _fields(register, register.shown_fields(request, None))
    return _page(request, fields, number, kept, [])


def _asked_for(request: HttpRequest) -> int:
    """Return the number of the page that is asked for, the first where none is. Raises Http404 for what is none."""
    asked = request.GET.get("page", "1")
    if not PAGE_NUMBER.fullmatch(asked):
        raise Http404
    return int(asked)


def _end(number: int) -> int:
    """Return how many changes stand on the pages up to this one."""
    return number * ON_A_PAGE


def _page(
    request: HttpRequest,
    fields: Mapping[str, Field],
    number: int,
    heads: Heads,
    besides: list[Told],
) -> Page:
    """Return one page of changes in words, newest first; a change of which nothing is seen is not there."""
    every: list[tuple[datetime, int | Told]] = [
        *((at, pk) for pk, at in heads),
        *((one.at, one) for one in besides),
    ]
    every.sort(key=lambda one: one[0], reverse=True)
    here = [one for _, one in every[_end(number - 1) : _end(number)]]
    if number > 1 and not here:
        raise Http404
    theirs = [one for one in here if isinstance(one, Told)]
    kept = revisions([one for one in here if isinstance(one, int)])
    names = _names(request, kept, theirs, fields)
    found = [*(_told(one, fields, names) for one in kept), *theirs]
    found.sort(key=lambda one: one.at, reverse=True)
    return Page(
        changes=[_shown(one, names) for one in found if one.lines],
        newer=number - 1,
        older=number + 1 if len(every) > _end(number) else 0,
    )


def _shown(told: Told, names: Names) -> Shown:
    who = reading.who(told.actor, names) if told.actor else ""
    return Shown(at=told.at, who=who, why=told.why, lines=told.lines)


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
    """Return what a record is called. Who is gone and who is kept from this reader are told alike (E30)."""
    known = names.get(f"{kind}:{pk}")
    return known.label if known else f"a {record_words(kind).lower()}"


def _numbers(value: Any) -> list[int]:
    """Return the numbers that a value names: of one row, of several, or of none."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
