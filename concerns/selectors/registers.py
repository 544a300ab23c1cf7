"""The register of low-level concerns, as far as one person may read it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, Q

from concerns import policy
from concerns.models import Concern, Entry, Involved
from concerns.models.people import ACCUSED
from concerns.policy import EntryKind, Level
from school.roles import Viewer


@dataclass(frozen=True, kw_only=True)
class InRegister:
    """A concern of the register as its page shows it."""

    concern: Concern
    was_raised: bool


@dataclass(frozen=True, kw_only=True)
class OfAdult:
    """What stands in the register about one adult, in the order in which it happened."""

    name: str
    adult: policy.Adult
    rows: Sequence[InRegister]


@dataclass(frozen=True, kw_only=True)
class Register:
    """The register: every concern in it, by adult."""

    concerns: Sequence[Concern]
    adults: Sequence[OfAdult]


def register(viewer: Viewer) -> Register:
    """Return the low-level concerns a person may read, and those that were raised from there (G10)."""
    if not policy.may_keep_register(viewer):
        return Register(concerns=(), adults=())
    entered = Entry.objects.filter(kind=EntryKind.LOWERED).values("concern")
    people = Prefetch("involved", Involved.objects.select_related("pupil", "staff"))
    found = Concern.objects.filter(Q(level=Level.LOW) | Q(pk__in=entered)).visible_to(viewer)
    concerns = list(
        found.defer("place", "child_words", "seen", "thought")
        .select_related("reporter")
        .prefetch_related("categories", people)
    )
    names: dict[str, str] = {}
    lines = [_line(concern, names) for concern in concerns]
    known = {concern.reference: concern for concern in concerns}
    return Register(
        concerns=concerns,
        adults=[_adult(one, names[one.key], known) for one in policy.by_adult(lines)],
    )


def _line(concern: Concern, names: dict[str, str]) -> policy.Line:
    """Return a concern as the rules of the register see it; notes the names of whom it is about."""
    about = []
    for row in concern.involved.all():
        if not row.is_adult or row.part not in ACCUSED or row.meant_id is not None:
            continue
        # Who is not on the staff is known by the words that somebody wrote.
        key = f"staff:{row.staff_id}" if row.staff_id else f"words:{row.who.casefold().strip()}"
        names.setdefault(key, row.who)
        about.append(key)
    return policy.Line(
        reference=concern.reference,
        about=tuple(dict.fromkeys(about)),
        at=concern.happened_at or concern.logged_at,
        was_raised=concern.level != Level.LOW,
    )


def _adult(one: policy.Adult, name: str, known: dict[str, Concern]) -> OfAdult:
    """Return one adult of the register with their concerns."""
    rows = [
        InRegister(concern=known[line.reference], was_raised=line.was_raised) for line in one.lines
    ]
    return OfAdult(name=name, adult=one, rows=rows)
