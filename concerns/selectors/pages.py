"""What the pages of the Log of Concern show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from django.db.models import Case, Count, F, IntegerField, Prefetch, Q, Value, When

from audit import selectors as audit
from concerns import policy
from concerns.models import Concern, ConcernQuerySet, Draft, Involved, Task
from concerns.models.concern import OPEN
from notices.models import Notice
from school import names
from school.calendar import Calendar
from school.models import Pupil, StaffMember
from school.roles import Role, Viewer
from school.terms import calendar
from schoolsafe.lib import clock

STATES = {
    "open": "Open",
    "new": "Not acknowledged",
    "undecided": "Acknowledged, not decided",
    "overdue": "Overdue",
    "mine": "Mine: I own it or have a task",
    "closed": "Closed",
}
# Within one seriousness: whose time is up first.
CLOCK = Case(
    When(status=policy.Status.LOGGED, then=F("acknowledge_by")),
    When(decided_at__isnull=True, then=F("decide_by")),
    default=F("logged_at"),
)
FOUND_AT_MOST = 12
LINE_LENGTH = 6
# A whole paragraph in the search box is a slip: each word costs the database a join.
MOST_WORDS = 6


@dataclass(frozen=True, kw_only=True)
class Telephone:
    """A person and how to reach them by telephone."""

    staff_id: int
    name: str
    number: str
    words: str = ""


def in_state(state: str, viewer: Viewer, *, now: datetime) -> Q:
    """Return what makes a concern one of STATES; "mine" is what I own or have a task about (A29)."""
    # Each by name: an index on the status finds the few open ones, and no "all but" does.
    logged, is_open = Q(status=policy.Status.LOGGED), Q(status__in=OPEN)
    undecided = is_open & ~logged & Q(decided_at__isnull=True)
    overdue = (logged & Q(acknowledge_by__lte=now)) | (undecided & Q(decide_by__lte=now))
    return {
        "new": logged,
        "undecided": undecided,
        "overdue": is_open & overdue,
        "mine": is_open & (Q(owner=viewer.staff_id) | _has_task(viewer)),
        "closed": Q(status=policy.Status.CLOSED),
    }.get(state, is_open)


def _has_task(viewer: Viewer) -> Q:
    """Return what makes a concern one about which somebody still has something to do."""
    return Q(pk__in=Task.objects.open().filter(owner=viewer.staff_id).values("concern"))


# Open concerns that somebody may read: what is listed and counted is nothing else (E8).
Readable = NewType("Readable", ConcernQuerySet)


def open_to(viewer: Viewer) -> Readable:
    """Return the open concerns a person may read: asked once for a page, which lists and counts them."""
    return Readable(Concern.objects.open().visible_to(viewer))


def queue(
    concerns: Readable, viewer: Viewer, *, state: str, words: str, now: datetime
) -> ConcernQuerySet:
    """Return those of these concerns that are in a state and named by words, the most pressing first."""
    found = _named(concerns.filter(in_state(state, viewer, now=now)), words)
    pressing = found.annotate(
        weight=Case(
            When(status=policy.Status.LOGGED, urgency=policy.Urgency.URGENT, then=Value(0)),
            When(status=policy.Status.LOGGED, then=Value(1)),
            When(decided_at__isnull=False, then=Value(4)),
            When(urgency=policy.Urgency.URGENT, then=Value(2)),
            default=Value(3),
            output_field=IntegerField(),
        )
    )
    return _for_rows(pressing.order_by("weight", CLOCK, "logged_at", "pk"))


@dataclass(frozen=True, kw_only=True)
class Closed:
    """A page of closed concerns, the newest first, and behind which of them the next page begins."""

    rows: list[Concern]
    after: str


def closed(viewer: Viewer, *, words: str, after: str, count: int) -> Closed:
    """Return so many of the closed concerns a person may read, from the one they have seen last.

    There are ever more of them: nothing is counted, and only words in those of the page are opened.
    """
    older = _named(Concern.objects.filter(status=policy.Status.CLOSED), words)
    last = Concern.objects.filter(reference=after).visible_to(viewer).first() if after else None
    if last is not None:
        older = older.filter(logged_at__lte=last.logged_at).exclude(
            logged_at=last.logged_at, pk__gte=last.pk
        )
    older = older.order_by("-logged_at", "-pk")
    rows = _first_visible(older, viewer, count + 1)
    return Closed(rows=rows[:count], after=rows[count - 1].reference if len(rows) > count else "")


def _first_visible(concerns: ConcernQuerySet, viewer: Viewer, count: int) -> list[Concern]:
    """Return the first few of these that a person may read: they are looked at a stretch at a time.

    A stretch is what may be read unless words mean the reader; the next one is four times as long.
    """
    perhaps = concerns.perhaps_visible_to(viewer)
    stretch = 2 * count
    while True:
        ids = list(perhaps.values_list("pk", flat=True)[:stretch])
        found = Concern.objects.filter(pk__in=ids).visible_to(viewer)
        rows = list(_for_rows(found.order_by("-logged_at", "-pk"))[:count])
        if len(rows) == count or len(ids) < stretch:
            return rows
        stretch *= 4


def _named(concerns: ConcernQuerySet, words: str) -> ConcernQuerySet:
    """Keep those of this reference, or with a pupil whose name holds every word."""
    for word in _search_words(words):
        named = Involved.objects.filter(
            Q(pupil__given_name__icontains=word) | Q(pupil__family_name__icontains=word)
        )
        concerns = concerns.filter(Q(reference=word.upper()) | Q(pk__in=named.values("concern")))
    return concerns


def _for_rows(concerns: ConcernQuerySet) -> ConcernQuerySet:
    """Read along what a row of a list shows; the texts stay sealed."""
    return (
        concerns.select_related("reporter", "owner")
        .defer("place", "child_words", "seen", "thought")
        .prefetch_related(
            "categories",
            Prefetch("involved", Involved.objects.select_related("pupil", "staff")),
        )
    )


def counts(
    concerns: Readable, viewer: Viewer, *, now: datetime
) -> list[tuple[str, str, int | None]]:
    """Return each state with its words and how many of the open concerns one may read are in it (E8).

    Nobody counts the closed ones: they are ever more, and nothing is to be done about them.
    """
    states = [state for state in STATES if state != "closed"]
    numbers = concerns.aggregate(
        **{state: Count("pk", filter=in_state(state, viewer, now=now)) for state in states}
    )
    return [(state, words, numbers.get(state)) for state, words in STATES.items()]


def drafts_of(staff_id: int) -> int:
    """Return how many concerns a person has begun and not sent."""
    return Draft.objects.filter(by=staff_id).count()


def read_by(concern: Concern, *, until: datetime | None = None) -> list[tuple[str, datetime]]:
    """Return who has opened a concern, until an instant, and when first."""
    first: dict[str, datetime] = {}
    looks = audit.about(concern.object).filter(verb="concern.read").order_by("at")
    if until is not None:
        looks = looks.filter(at__lt=until)
    for actor, at in looks.values_list("actor", "at"):
        first.setdefault(actor, at)
    ids = {actor: int(actor.partition(":")[2]) for actor in first}
    names = StaffMember.objects.in_bulk(ids.values())
    return [(names[ids[actor]].name, at) for actor, at in first.items() if ids[actor] in names]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the ladder as a page draws it."""

    who: str
    state: str
    at: datetime | None
    words: str = ""


def ladder_line(
    concern: Concern,
    facts: policy.Facts,
    people: Sequence[policy.Colleague],
    hours: Calendar,
    *,
    now: datetime,
) -> list[Step]:
    """Return who was told when, and who is next; nothing is next once somebody has acknowledged."""
    told: dict[tuple[str, int], list[Notice]] = {}
    alerts = Notice.objects.about(concern.object).filter(
        kind__in=["concern_alert", "concern_escalated"]
    )
    for notice in alerts.select_related("staff").order_by("due_at", "pk"):
        told.setdefault((notice.key.rsplit(":", 2)[0], notice.detail.get("step", 0)), []).append(
            notice
        )
    steps = [
        Step(
            who=", ".join(str(notice.staff) for notice in notices),
            state="done",
            at=notices[0].due_at,
            words=_sent(notices),
        )
        for notices in told.values()
    ]
    following = policy.next_rung(facts, people, hours, now=now)
    if following is not None:
        steps.append(_ahead(following))
    return steps[-LINE_LENGTH:]


def _sent(notices: list[Notice]) -> str:
    """Return in words what became of the letters of one step."""
    states = {notice.state for notice in notices}
    if "failed" in states:
        return "an e-mail could not be delivered"
    if states & {"due", "sending"}:
        return "being sent"
    return "by e-mail" if "sent" in states else "not sent: acknowledged first"


def _ahead(rung: policy.Rung) -> Step:
    """Return the step that comes next."""
    names = StaffMember.objects.in_bulk(rung.tell)
    who = ", ".join(names[pk].name for pk in rung.tell) or "Nobody at school can be told"
    words = "and the reporter is told to telephone" if rung.tells_reporter else ""
    return Step(who=who, state="next", at=rung.due_at, words=words)


def telephones(rung: policy.Rung | None) -> list[Telephone]:
    """Return who can be telephoned about a concern now, likeliest first."""
    if rung is None:
        return []
    names = StaffMember.objects.in_bulk(rung.telephone)
    return [
        Telephone(staff_id=pk, name=names[pk].name, number=names[pk].telephone)
        for pk in rung.telephone
    ]


def ring_whom(telephones: Sequence[Telephone]) -> str:
    """Ask for the call in words that fit the list of whom to ring."""
    return _ask_for_call([one.name for one in telephones], of_several="one of the people below")


def ring_whom_by_letter(telephones: Sequence[Telephone]) -> str:
    """Ask for the same in a letter: it names nobody (E9), the page behind its link does."""
    names = ["the person whom the page names" for _ in telephones]
    return _ask_for_call(names, of_several="one of the people whom the page names")


def _ask_for_call(names: list[str], *, of_several: str) -> str:
    """Return whom to telephone: the only one there is, one of several, or nobody at school."""
    if not names:
        return "Nobody at school can be rung about it: ring children's social care yourself."
    whom = names[0] if len(names) == 1 else of_several
    return f"Now telephone {whom} as well, and note the call."


def phone_first(now: datetime, people: Sequence[policy.Colleague]) -> list[Telephone]:
    """Return whom to telephone before anything is written, and for what."""
    today = policy.on_the_day(people, calendar(), now=now)
    here = [person for person in today if person.has_telephone and not person.is_away]
    duty = [person for person in here if person.is_on_duty]
    team = duty or [p for p in here if p.holds(Role.SAFEGUARDING, Role.DSL)]
    groups = [
        ("on duty now" if duty else "safeguarding team", team),
        ("headteacher: about a member of staff", [p for p in here if p.holds(Role.HEADTEACHER)]),
        ("chair of governors: about the headteacher", [p for p in here if p.holds(Role.CHAIR)]),
    ]
    names = StaffMember.objects.in_bulk([person.staff_id for person in here])
    return [
        Telephone(
            staff_id=person.staff_id,
            name=names[person.staff_id].name,
            number=names[person.staff_id].telephone,
            words=words,
        )
        for words, group in groups
        for person in group
    ]


def _search_words(typed: str) -> list[str]:
    """Return what is looked for: the first few words, without signs that no database takes."""
    return typed.replace("\x00", " ").split()[:MOST_WORDS]


def pupils_of_name(typed: str) -> list[Pupil]:
    """Return the pupils on roll who may have a typed name of two words or more; slips allowed."""
    if not names.full_name(typed):
        return []
    roll = Pupil.objects.on_roll(on=clock.today())
    return [pupil for pupil in roll if names.is_same_person(typed, str(pupil))][:FOUND_AT_MOST]


def find_pupils(
    words: str, *, chosen: Sequence[int], now: datetime, with_leavers: bool = False
) -> list[Pupil]:
    """Return the chosen pupils, and those on roll whose name holds every word, with their classes."""
    known = Pupil.objects.all()
    here = known if with_leavers else known.on_roll(on=clock.local(now).date())
    found = here.exclude(pk__in=chosen)
    for word in _search_words(words):
        found = found.filter(
            Q(given_name__icontains=word)
            | Q(family_name__icontains=word)
            | Q(teaching_groups__name__iexact=word)
        )
    matches = list(
        found.distinct().prefetch_related("teaching_groups")[:FOUND_AT_MOST]
        if words.strip()
        else []
    )
    kept = Pupil.objects.filter(pk__in=chosen).prefetch_related("teaching_groups")
    return [*kept, *matches]
