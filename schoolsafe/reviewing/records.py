"""What the records in an audit entry are called, and where their pages are, for one reader."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from django.urls import Resolver404, resolve, reverse

from audit.chain import GUARDED, REFERENCE
from concerns.models import Concern
from consent.models import Answer, Request
from meetings.models import Meeting
from school.models import Guardian, Pupil, StaffMember
from school.roles import Viewer
from school.selectors import family_of, find_pupils, kin_of, orders_about
from schoolsafe.lib import clock
from schoolsafe.lib.codes import LENGTH, code_of, number_of
from schoolsafe.lib.rows import names_a_row
from schoolsafe.reviewing.words import record_words


@dataclass(frozen=True, kw_only=True)
class Named:
    """One record as its reader knows it."""

    label: str
    url: str


# More have one name only where the words say too little.
MOST_FOUND = 30
Keys = Collection[str]
Namer = Callable[[Viewer, Keys], dict[str, Named]]


def _calls(viewer: Viewer, keys: Keys) -> dict[str, Named]:
    found = Meeting.objects.visible_to(viewer).filter(pk__in=_numbers(keys))
    return {
        str(one.pk): Named(
            label=f"{one.title}, {clock.in_words(one.starts_at)}",
            url=reverse("meetings:detail", args=[one.pk]),
        )
        for one in found
    }


def _pupils(viewer: Viewer, keys: Keys) -> dict[str, Named]:
    return {
        str(one.pk): Named(label=str(one), url=reverse("consent:pupil", args=[one.pk]))
        for one in pupils_for(viewer, _numbers(keys))
    }


def pupils_for(viewer: Viewer, numbers: Collection[int]) -> list[Pupil]:
    """Return those of these pupils, also who has left, from whom nothing keeps this reader (E30, E42)."""
    if not numbers:
        return []
    kept = orders_about(numbers, seen_by=viewer.staff_id, on=clock.today()).kept_from
    return list(Pupil.objects.filter(pk__in=set(numbers) - kept))


def pupils_called(viewer: Viewer, words: str) -> list[Pupil]:
    """Return the pupils of whose name every word is a beginning, as far as this reader may know of them."""
    everybody = Pupil.objects.all()
    kept = orders_about(
        everybody.values_list("pk", flat=True), seen_by=viewer.staff_id, on=clock.today()
    ).kept_from
    return find_pupils(everybody.exclude(pk__in=kept), words, chosen=[], most=MOST_FOUND).pupils


def _guardians(viewer: Viewer, keys: Keys) -> dict[str, Named]:
    own = family_of(kin_of(viewer.staff_id))
    found = Guardian.objects.filter(pk__in=set(_numbers(keys)) - set(own))
    return {
        str(one.pk): Named(label=one.name, url=reverse("consent:guardian", args=[one.pk]))
        for one in found
    }


def _staff(viewer: Viewer, keys: Keys) -> dict[str, Named]:
    found = StaffMember.objects.filter(pk__in=_numbers(keys)).select_related("user")
    return {
        str(one.pk): Named(
            label=one.name, url=reverse("admin:school_staffmember_change", args=[one.pk])
        )
        for one in found
    }


def _accounts(viewer: Viewer, keys: Keys) -> dict[str, Named]:
    found = StaffMember.objects.filter(user__in=_numbers(keys)).select_related("user")
    return {
        str(one.user_id): Named(
            label=one.name, url=reverse("admin:school_staffmember_change", args=[one.pk])
        )
        for one in found
    }


def _concerns(viewer: Viewer, keys: Keys) -> dict[str, Named]:
    found = Concern.objects.visible_to(viewer).filter(reference__in=keys)
    references = found.values_list("reference", flat=True)
    return {
        one: Named(label=f"Concern {one}", url=reverse("concerns:detail", args=[one]))
        for one in references
    }


def _requests(viewer: Viewer, keys: Keys) -> dict[str, Named]:
    found = Request.objects.filter(pk__in=_numbers(keys)).exclude(pupil__in=kin_of(viewer.staff_id))
    return {str(one.pk): _asked(one) for one in found.select_related("pupil", "guardian")}


def _answers(viewer: Viewer, keys: Keys) -> dict[str, Named]:
    found = Answer.objects.filter(pk__in=_numbers(keys)).exclude(
        request__pupil__in=kin_of(viewer.staff_id)
    )
    rows = found.select_related("request__pupil", "request__guardian")
    return {str(one.pk): _asked(one.request) for one in rows}


def _asked(request: Request) -> Named:
    who = request.guardian.name if request.guardian else "the pupil"
    page = reverse("consent:evidence", args=[request.question_id, request.pupil_id])
    return Named(label=f"{request.pupil}, {who}", url=page)


NAMERS: dict[str, Namer] = {
    "meetings.meeting": _calls,
    "school.pupil": _pupils,
    "school.guardian": _guardians,
    "school.staffmember": _staff,
    "auth.user": _accounts,
    "concerns.concern": _concerns,
    "consent.request": _requests,
    "consent.answer": _answers,
}
# Whose numbers stand in addresses as they are; of all others a gap could tell of a hidden one (E8).
PLAIN = frozenset(NAMERS)
# The page of a record, by the name of its address, and what there names it.
PAGES = {
    "meetings:detail": ("meetings.meeting", "pk"),
    "consent:pupil": ("school.pupil", "pk"),
    "consent:guardian": ("school.guardian", "pk"),
    "concerns:chronology": ("school.pupil", "pk"),
    "concerns:detail": ("concerns.concern", "reference"),
}


def named(viewer: Viewer, references: Iterable[str]) -> dict[str, Named]:
    """Return what these records are called and where their pages are, as far as this reader may know.

    One query for each kind that occurs, however many there are.
    """
    keys: dict[str, set[str]] = defaultdict(set)
    for reference in references:
        kind, _, key = reference.partition(":")
        if key and kind in NAMERS:
            keys[kind].add(key)
    return {
        f"{kind}:{key}": found
        for kind, wanted in keys.items()
        for key, found in NAMERS[kind](viewer, wanted).items()
    }


def shown_as(reference: str) -> str:
    """Return the name of a record as an address may hold it: a code where a number could tell too much."""
    kind, _, key = reference.partition(":")
    if not names_a_row(key) or kind in PLAIN:
        return reference
    return f"{kind}:{code_of(kind, int(key))}"


def from_address(shown: str) -> str | None:
    """Return the record that an address names, or nothing when it names none."""
    kind, _, key = shown.partition(":")
    # Whoever counts through the numbers of what hangs on concerns learns nothing.
    if kind not in PLAIN and kind.startswith(GUARDED) and names_a_row(key):
        return None
    if kind not in PLAIN and len(key) == LENGTH:
        try:
            return f"{kind}:{number_of(kind, key)}"
        except ValueError:
            return None
    return shown if REFERENCE.fullmatch(shown) else None


def behind(address: str) -> str | None:
    """Return the record whose page an address of ours is, typed or pasted."""
    path = "/" + address.split("://", 1)[-1].partition("/")[2] if "://" in address else address
    try:
        match = resolve(path.split("?")[0].split("#")[0])
    except Resolver404:
        return None
    if match.view_name in PAGES:
        kind, key = PAGES[match.view_name]
        return f"{kind}:{match.kwargs[key]}"
    return _in_records(match.view_name, str(match.kwargs.get("object_id", "")))


def _in_records(view: str, key: str) -> str | None:
    """Return the record of a page of the admin."""
    kind = view.removeprefix("admin:").removesuffix("_change").replace("_", ".", 1)
    is_one = view.startswith("admin:") and view.endswith("_change") and names_a_row(key)
    return f"{kind}:{key}" if is_one else None


def label(reference: str, names: dict[str, Named]) -> str:
    """Return what a record is called: its kind, and its name where the reader may know it."""
    known = names.get(reference)
    kind = record_words(reference.partition(":")[0])
    return f"{kind}: {known.label}" if known else kind


def _numbers(keys: Iterable[str]) -> list[int]:
    """Return the keys that are numbers of rows."""
    return [int(key) for key in keys if names_a_row(key)]
