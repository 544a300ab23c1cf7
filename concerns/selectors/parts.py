"""A copy of a child's file in parts: what stands on paper, letter for letter, and the hash of each part."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from concerns import policy
from concerns.models import Concern, Entry, Involved
from concerns.selectors.casework import Told, as_told
from concerns.selectors.copies import Record
from concerns.selectors.lines import entry_lines
from concerns.selectors.pupils import in_full
from schoolsafe.lib import clock
from schoolsafe.lib.paper import readable

Say = Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A name and what stands beside it; `key` says which text of a concern it is."""

    name: str
    text: str
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a copy: the child, one concern, or the order of everything."""

    title: str
    rows: tuple[Row, ...]
    is_concern: bool = False

    @property
    def text(self) -> str:
        """Return all of it as text, as it is hashed."""
        return "\n".join([self.title, *(f"{row.name}: {row.text}" for row in self.rows)])

    @property
    def sha256(self) -> str:
        """Return the hash of its text in UTF-8."""
        return sha256(self.text.encode()).hexdigest()


def text_hash(parts: Iterable[Part]) -> str:
    """Return the hash of all parts one behind the other, with an empty line between."""
    return sha256("\n\n".join(part.text for part in parts).encode()).hexdigest()


def parts_of(record: Record) -> list[Part]:
    """Return the parts of a copy: the child, everything in its order, and each concern (A52).

    A concern holds what was logged, what was done with every correction beside what it corrects, and
    who knew of it when (E100).
    """
    concerns = [concern_part(record, concern) for concern in record.concerns]
    return [child_part(record), _order(record), *concerns]


def _row(name: str, text: str, key: str = "") -> Row:
    return Row(name=name, text=readable(text), key=key)


def child_part(record: Record) -> Part:
    """Return who the child is."""
    pupil = record.pupil
    year = f"Year {pupil.year_group}" if pupil.year_group else "Reception"
    facts = [
        ("Name", str(pupil)),
        ("Born on", clock.date_in_words(pupil.born_on) if pupil.born_on else "Not on record"),
        ("Year", year),
        ("Left on", clock.date_in_words(pupil.left_on) if pupil.left_on else ""),
    ]
    facts += [("Not in it", words) for words in record.tombstones]
    return Part(title="The child", rows=tuple(_row(*fact) for fact in facts if fact[1]))


def _order(record: Record) -> Part:
    """Return everything in one line each, in the order in which it happened."""
    rows = [
        _row(
            in_full(line.at)
            if line.is_known
            else f"Not known when, written {in_full(line.noted_at)}",
            f"{line.concern}: logged by {line.what.reporter}"
            if isinstance(line.what, Concern)
            else f"{line.concern}: {record.redact(entry_lines(line.what).heading)}",
        )
        for line in record.lines
    ]
    return Part(title="Everything in its order", rows=tuple(rows))


def concern_part(record: Record, concern: Concern) -> Part:
    """Return one concern."""
    say = record.redact
    rows = [
        _row("Logged", f"{concern.reporter}, {in_full(concern.logged_at)}", "logged"),
        *(
            _row("In it", _person(row, record), f"person:{row.pk}")
            for row in concern.involved.all()
        ),
        *_account(concern, say),
        *_done(list(concern.entries.all()), say),
        *(
            _row(f"File {one.file.code}", one.line(say), one.key)
            for one in record.files
            if one.file.concern_id == concern.pk
        ),
        *(_row("On record", words) for words in _trail(record, concern)),
    ]
    return Part(title=f"Concern {concern.reference}", rows=tuple(rows), is_concern=True)


def _person(row: Involved, record: Record) -> str:
    """Return a person in a concern and their part; another child without name and year (E93)."""
    part = policy.Part(row.part).label
    if row.pk in record.labels:
        return f"[{record.labels[row.pk]}]: {part}"
    who = str(row.pupil) if row.pupil is not None else row.who
    return f"{who if row.pupil or row.staff else record.redact(who)}: {part}"


def _account(concern: Concern, say: Say) -> Iterator[Row]:
    """Yield what the reporter wrote."""
    names = ", ".join(category.name for category in concern.categories.all())
    if names:
        yield _row("Category", names, "category")
    urgency = "at once" if concern.urgency == policy.Urgency.URGENT else "that day"
    yield _row("To be read", urgency, "urgency")
    yield _row("It happened", _when(concern), "happened")
    for name, field in (
        ("Where", "place"),
        ("The child's words", "child_words"),
        ("Seen or heard", "seen"),
        ("What the reporter thinks", "thought"),
    ):
        if text := str(getattr(concern, field)):
            yield _row(name, say(text), field)
    for mark in concern.marks.all():
        yield _row(f"Mark {mark}", say(str(mark.words)), f"mark:{mark.pk}")


def _when(concern: Concern) -> str:
    if concern.happened_at is None or concern.happened == policy.When.UNKNOWN:
        return "Not known when"
    about = "About " if concern.happened == policy.When.ABOUT else ""
    return f"{about}{in_full(concern.happened_at)}"


def _done(entries: Sequence[Entry], say: Say) -> Iterator[Row]:
    """Yield what was done since, oldest first, with each correction beside what it corrects (E12, E100)."""
    told = as_told(entries)
    for one in told.of_account:
        yield _entry(one, say, "Correction, ")
    for one in told.entries:
        yield _entry(one, say)
        for right in one.corrections:
            yield _entry(right, say, "Correction, ")


def _entry(one: Told, say: Say, before: str = "") -> Row:
    name = f"{before}{in_full(one.entry.at)}"
    return _row(name, say(one.lines.plain()), f"entry:{one.entry.pk}")


def _trail(record: Record, concern: Concern) -> list[str]:
    """Return who filed, first read, acknowledged and decided it, and when."""
    return record.knew[concern.pk]
