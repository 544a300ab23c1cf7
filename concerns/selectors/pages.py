"""What the pages of the Log of Concern show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, F, IntegerField, Prefetch, Q, Value, When

from audit import selectors as audit
from concerns import policy
from concerns.models import Concern, ConcernQuerySet, Entry, Involved
from notices.models import Notice
from school import names
from school.calendar import Calendar
from school.models import Pupil, StaffMember
from school.roles import Role, Viewer
from schoolsafe.lib import clock

STATES = {
    "open": "Open",
    "new": "Not acknowledged",
    "undecided": "Acknowledged, not decided",
    "overdue": "Overdue",
    "closed": "Closed",
}
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


def in_state(state: str, *, now: datetime) -> Q:
    """Return what makes a concern one of STATES."""
    logged, closed = Q(status=policy.Status.LOGGED), Q(status=policy.Status.CLOSED)
    undecided = ~logged & ~closed & Q(decided_at__isnull=True)
    return {
        "new": logged,
        "undecided": undecided,
        "overdue": (logged & Q(acknowledge_by__lte=now)) | (undecided & Q(decide_by__lte=now)),
        "closed": closed,
    }.get(state, ~closed)


def queue(viewer: Viewer, *, state: str, words: str, now: datetime) -> ConcernQuerySet:
    """Return the concerns a person may read, the most pressing first."""
    concerns = Concern.objects.visible_to(viewer).filter(in_state(state, now=now))
    for word in _search_words(words):
        named = Involved.objects.filter(
            Q(pupil__given_name__icontains=word) | Q(pupil__family_name__icontains=word)
        )
        concerns = concerns.filter(Q(reference__iexact=word) | Q(pk__in=named.values("concern")))
    return (
        concerns.annotate(
            weight=Case(
                When(status=policy.Status.LOGGED, urgency=policy.Urgency.URGENT, then=Value(0)),
                When(status=policy.Status.LOGGED, then=Value(1)),
                When(status=policy.Status.CLOSED, then=Value(3)),
                default=Value(2),
                output_field=IntegerField(),
            )
        )
        .order_by("weight", F("logged_at").asc() if state != "closed" else F("logged_at").desc())
        .select_related("reporter", "acknowledged_by")
        .prefetch_related(
            "categories",
            Prefetch("involved", Involved.objects.select_related("pupil", "staff")),
        )
    )


def counts(viewer: Viewer, *, now: datetime) -> list[tuple[str, str, int]]:
    """Return each state with its words and how many a person may read in it (E8)."""
    numbers = Concern.objects.visible_to(viewer).aggregate(
        **{state: Count("pk", filter=in_state(state, now=now)) for state in STATES}
    )
    return [(state, words, numbers[state]) for state, words in STATES.items()]


def chronology(concern: Concern) -> list[Entry]:
    """Return what was done about a concern, oldest first."""
    return list(concern.entries.select_related("by", "called", "outcome"))


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
    here = [person for person in people if person.has_telephone and not person.is_away]
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


def find_pupils(words: str, *, chosen: Sequence[int], now: datetime) -> list[Pupil]:
    """Return the chosen pupils, and those on roll whose name holds every word, with their classes."""
    found = Pupil.objects.on_roll(on=clock.local(now).date()).exclude(pk__in=chosen)
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
