"""The kinds of notice and of ladder, and what is watched: each room above registers its own.

A room's `notices.py` calls `register`, `register_ladder` and `register_watch`; its `AppConfig.ready()` imports it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import cast

from django.template.loader import render_to_string
from django.utils import translation

from notices.enclosures import Enclosure
from notices.models import Ladder, Notice
from notices.policy import Urgency
from school.policy import Way
from school.selectors import Contact
from schoolsafe.lib.gaps import Gapped

__all__ = [
    "Circular",
    "Climb",
    "Digest",
    "Draft",
    "Errand",
    "Kind",
    "LadderKind",
    "Letter",
    "NotYet",
    "Part",
    "Unwanted",
    "Urgency",
    "Watch",
    "circular",
    "digested",
    "errands",
    "keeps_text",
    "kind",
    "kinds",
    "known",
    "ladder_kind",
    "ladder_kinds",
    "register",
    "register_errand",
    "register_ladder",
    "register_watch",
    "render",
    "unregister",
    "waiting",
    "watches",
]


@dataclass(frozen=True, kw_only=True)
class Letter:
    """Exactly what will be sent; one that `lists_several` tells of other notices too.

    `facts` are small facts about the text that its room will want to know of it later.
    """

    subject: str
    text: str
    html: str = ""
    language: str = "en"
    lists_several: bool = False
    facts: Mapping[str, int] = field(default_factory=dict)
    enclosed: tuple[Enclosure, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Circular:
    """A letter that many people get alike, with gaps for what is one person's own."""

    subject: Gapped
    text: Gapped
    html: Gapped
    language: str = "en"

    def to(self, own: Mapping[str, str]) -> Letter:
        """Return the letter of one person."""
        return Letter(
            subject=" ".join(self.subject.plain(own).split()),
            text=self.text.plain(own),
            html=self.html.page(own),
            language=self.language,
        )


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one notice puts into a letter that lists several; `covers` says what it asks about.

    One that `stands_alone` is never in a letter with others.
    """

    covers: frozenset[int]
    content: object = None
    stands_alone: bool = False


@dataclass(frozen=True, kw_only=True)
class Digest:
    """How several notices that are due to one person at one time become one letter (E52).

    `part` runs at the moment of sending like `Kind.compose`, once for each notice: what is no
    longer wanted, or has to wait, falls out of the letter. `join` writes it from the parts that are left.
    """

    part: "Callable[[Notice, Contact, datetime], Part | Unwanted | NotYet]"
    join: "Callable[[Sequence[Part], Contact], Letter]"


@dataclass(frozen=True)
class Unwanted:
    """The reason for a notice no longer holds: it is dropped, with this reason."""

    why: str


@dataclass(frozen=True, kw_only=True)
class NotYet:
    """The notice is still wanted, and may not go before then: it waits, and is asked about again."""

    until: datetime
    why: str


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of notice: how urgent, how it is written, what happens when it cannot be sent.

    `compose` runs at the moment of sending, inside a short transaction; it asks again whether the
    notice is still wanted. It reads and never locks. `on_failed` runs in a transaction when the
    notice can never be sent. The text of a `sensitive` kind is shown to nobody and its rows stand
    in no list. Without `keep_text` the text is erased once the notice is sent or given up.
    `by_sms` lets it go as a text message, by its template `_sms.txt`, to whom e-mail does not reach;
    one that `waits` is not sent to families in the quiet hours. `on_revived` runs in a transaction
    when one that had failed is sent after all. What the two lock is locked by `holds`, before the notices
    themselves: everybody locks in one order.
    """

    name: str
    urgency: Urgency
    template: str
    compose: Callable[[Notice, Contact, datetime], Letter | Unwanted | NotYet]
    on_failed: Callable[[Notice, datetime], None] | None = None
    keep_text: bool = True
    sensitive: bool = False
    label: str = ""
    by_sms: bool = False
    waits: bool = False
    digest: Digest | None = None
    on_revived: Callable[[Notice, datetime], None] | None = None
    holds: Callable[[Sequence[Notice]], None] | None = None

    @property
    def words(self) -> str:
        """Return the kind's name for a person."""
        return self.label or self.name.replace("_", " ").capitalize()


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A notice to be queued: to exactly one guardian, member of staff, pupil or fixed address.

    `key` says what the notice *is*; a second draft with the same key adds nothing. `detail` holds
    ids and small facts, never names. It does not wait for a morning that comes after `needed_by`.
    """

    kind: str
    key: str
    due_at: datetime
    about: str
    guardian_id: int | None = None
    pupil_ids: tuple[int, ...] = ()
    staff_id: int | None = None
    pupil_id: int | None = None
    address: str = ""
    needed_by: datetime | None = None
    detail: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Climb:
    """What one ladder does on its next rung.

    Without `next_due` the ladder ends here. `verb` writes an audit entry about the ladder's thing.
    """

    ladder_id: int
    drafts: tuple[Draft, ...]
    next_due: datetime | None
    verb: str = ""
    detail: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LadderKind:
    """One kind of ladder.

    `climb` gets a batch of ladders whose rung is due and the present: after days of silence it
    goes to the rung of now, once. It reads in a constant number of queries and never locks.
    `unladdered` names the open things that have no open ladder, with when their rung is due. A
    `sensitive` ladder stands in no list.
    """

    name: str
    climb: Callable[[Sequence[Ladder], datetime], Sequence[Climb]]
    unladdered: Callable[[datetime], Iterable[tuple[str, datetime]]]
    sensitive: bool = False


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Things that can turn although nobody touches them: the sweep looks once a minute.

    `turned` names those that want a second look, by their numbers, in a constant number of queries
    and without a lock; `see_to` looks at one of them, in a transaction and under a lock of its own.
    """

    name: str
    turned: Callable[[datetime], Iterable[int]]
    see_to: Callable[[int, datetime], None]


@dataclass(frozen=True, kw_only=True)
class Errand:
    """Things to be done at a service outside the house: the sweep goes when its letters are out.

    `due` names those whose time has come, by their numbers, in a constant number of queries and
    without a lock; `run` does one of them, claims it first and holds no transaction while it waits.
    It returns False when the service does not answer: then the sweep goes home.
    """

    name: str
    due: Callable[[datetime], Iterable[int]]
    run: Callable[[int, datetime], bool]


_kinds: dict[str, Kind] = {}
_ladders: dict[str, LadderKind] = {}
_watches: dict[str, Watch] = {}
_errands: dict[str, Errand] = {}


def register(kind: Kind) -> None:
    """Make a kind of notice known; raises ValueError when another has its name."""
    if _kinds.setdefault(kind.name, kind) is not kind:
        raise ValueError(f"There are two kinds of notice called {kind.name}.")


def register_ladder(kind: LadderKind) -> None:
    """Make a kind of ladder known; raises ValueError when another has its name."""
    if _ladders.setdefault(kind.name, kind) is not kind:
        raise ValueError(f"There are two kinds of ladder called {kind.name}.")


def register_watch(watch: Watch) -> None:
    """Make a watch known; raises ValueError when another has its name."""
    if _watches.setdefault(watch.name, watch) is not watch:
        raise ValueError(f"There are two watches called {watch.name}.")


def register_errand(errand: Errand) -> None:
    """Make an errand known; raises ValueError when another has its name."""
    if _errands.setdefault(errand.name, errand) is not errand:
        raise ValueError(f"There are two errands called {errand.name}.")


def unregister(name: str) -> None:
    """Forget a kind of notice, of ladder, of watch and of errand; for tests."""
    _kinds.pop(name, None)
    _ladders.pop(name, None)
    _watches.pop(name, None)
    _errands.pop(name, None)


def kind(name: str) -> Kind:
    """Return a kind of notice; raises KeyError for an unknown one."""
    return _kinds[name]


def known(name: str) -> Kind | None:
    """Return a kind of notice, or None when no room registers it any more."""
    return _kinds.get(name)


def hold_for(notices: Iterable[Notice]) -> None:
    """Lock what will be noted about these notices, before anybody locks the notices: in one transaction."""
    # Kinds that lock the same rows lock them together, or the order would be that of their names.
    together: dict[Callable[[Sequence[Notice]], None], list[Notice]] = {}
    for notice in sorted(notices, key=attrgetter("kind", "pk")):
        kind = known(notice.kind)
        if kind is not None and kind.holds is not None:
            together.setdefault(kind.holds, []).append(notice)
    for hold, rows in together.items():
        hold(rows)


def keeps_text(name: str) -> bool:
    """Tell whether the text of a kind stays once its notice has ended."""
    found = known(name)
    return found is None or found.keep_text


def waiting() -> tuple[str, ...]:
    """Return the names of the kinds that wait while families are left in peace."""
    return tuple(kind.name for kind in _kinds.values() if kind.waits)


def digested() -> tuple[str, ...]:
    """Return the names of the kinds that may stand in one letter with others."""
    return tuple(kind.name for kind in _kinds.values() if kind.digest)


def ladder_kind(name: str) -> LadderKind:
    """Return a kind of ladder; raises KeyError for an unknown one."""
    return _ladders[name]


def kinds() -> tuple[Kind, ...]:
    """Return all kinds of notice."""
    return tuple(_kinds.values())


def ladder_kinds() -> tuple[LadderKind, ...]:
    """Return all kinds of ladder."""
    return tuple(_ladders.values())


def watches() -> tuple[Watch, ...]:
    """Return all watches."""
    return tuple(_watches.values())


def errands() -> tuple[Errand, ...]:
    """Return all errands."""
    return tuple(_errands.values())


def circular(
    stem: str, context: Callable[[Mapping[str, str]], dict[str, object]], *names: str, language: str
) -> Circular:
    """Write a letter once for many people; `context` gets a mark for each name that is one's own."""

    def part(ending: str) -> Gapped:
        return Gapped.of(lambda own: render_to_string(f"{stem}{ending}", context(own)), *names)

    with translation.override(language):
        return Circular(
            subject=part("_subject.txt"), text=part(".txt"), html=part(".html"), language=language
        )


def render(
    template: Kind | str, context: dict[str, object], language: str = "en", way: Way = Way.EMAIL
) -> Letter:
    """Write a letter from its three templates: `_subject.txt`, `.txt` and `.html`.

    A text message is written from one: `_sms.txt`. What is `enclosed` in the context goes along with
    a letter, and never with a text message.
    """
    stem = template.template if isinstance(template, Kind) else template
    with translation.override(language):
        if way is Way.SMS:
            text = render_to_string(f"{stem}_sms.txt", context)
            return Letter(subject="", text=" ".join(text.split()), language=language)
        subject = render_to_string(f"{stem}_subject.txt", context)
        text = render_to_string(f"{stem}.txt", context)
        html = render_to_string(f"{stem}.html", context)
    enclosed: tuple[Enclosure, ...] = tuple(cast(Iterable[Enclosure], context.get("enclosed", ())))
    return Letter(
        subject=" ".join(subject.split()),
        text=text,
        html=html,
        language=language,
        enclosed=enclosed,
    )
