"""The kinds of notice about concerns: each says that there is something to read, and no more (E9)."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db.models import Value
from django.db.models.functions import Concat
from django.urls import reverse

from audit import selectors as audit_reads
from audit.models import EntryQuerySet
from concerns import policy, selectors, services
from concerns.models import (
    AccessRequest,
    Concern,
    Draft,
    Opening,
    Share,
    StatusFlag,
    Task,
    Transfer,
)
from concerns.models.concern import PREFIX
from concerns.notices import leaving
from concerns.services import openings, shares
from notices import kinds
from notices.kinds import Kind, LadderKind, Letter, Unwanted, Urgency, Watch
from notices.models import Ladder, Notice
from school import services as school
from school.models import Guardian, School
from school.roles import Viewer
from school.selectors import Contact
from school.services import SWEEP
from schoolsafe.lib.links import absolute

ACKNOWLEDGED = Unwanted("already acknowledged")
OUTSIDE = Unwanted("no longer for this person")


def _concern(notice: Notice) -> Concern:
    """Return the concern a notice is about."""
    return Concern.objects.get(reference=Concern.reference_in(notice.about))


def _letter(notice: Notice, template: str, page: str, label: str, **words: str) -> Letter:
    """Write a letter that holds a link and nothing of what lies behind it."""
    concern = _concern(notice)
    context: dict[str, object] = {
        "school": School.objects.current(),
        "button_url": absolute(reverse(f"concerns:{page}", args=[concern.reference])),
        "button_label": label,
        **words,
    }
    return kinds.render(f"concerns/mail/{template}", context)


def _is_outside(notice: Notice, concern: Concern, now: datetime) -> bool:
    """Tell whether the recipient must not know of the concern at the moment of sending (E81).

    Of one that has waited too long also those above its desk hear, who cannot read it.
    """
    people = selectors.colleagues(now)
    facts = selectors.facts_of(concern, now=now, people=people)
    if notice.kind == services.Notice.ESCALATED:
        return notice.staff_id in facts.excluded
    return notice.staff_id not in {person.staff_id for person in policy.able(facts, people)}


def _to_reader(
    template: str, *, while_waiting: bool
) -> Callable[[Notice, Contact, datetime], Letter | Unwanted]:
    """Return what writes to those who handle concerns, once it has asked again (E86)."""

    def compose(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
        concern = _concern(notice)
        if while_waiting and concern.status != policy.Status.LOGGED:
            return ACKNOWLEDGED
        if _is_outside(notice, concern, now):
            return OUTSIDE
        return _letter(notice, template, "detail", "Read it")

    return compose


def _undecided(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Ask for a decision, unless there is one."""
    concern = _concern(notice)
    if not policy.is_undecided(concern.facts()):
        return Unwanted("already decided")
    return (
        OUTSIDE
        if _is_outside(notice, concern, now)
        else _letter(notice, "undecided", "detail", "Decide")
    )


def _task(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Remind of a task that is still to be done, whoever may still read the concern."""
    if not Task.objects.open().filter(pk=notice.detail.get("task")).exists():
        return Unwanted("already done")
    if _is_outside(notice, _concern(notice), now):
        return OUTSIDE
    return _letter(notice, "task", "detail", "See what is to be done")


def _asked(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Tell the reporter that there is a question, unless it is answered or not for them any more."""
    concern = _concern(notice)
    if selectors.named_at(concern) is not None:
        return OUTSIDE
    if int(notice.detail.get("question", 0)) not in selectors.waiting(
        selectors.chronology(concern)
    ):
        return Unwanted("already answered")
    return _letter(notice, "asked", "received", "See the question")


def _to_reporter(
    template: str, *, while_waiting: bool
) -> Callable[[Notice, Contact, datetime], Letter | Unwanted]:
    """Return what writes to whoever logged the concern."""

    def compose(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
        concern = _concern(notice)
        if while_waiting and concern.status != policy.Status.LOGGED:
            return ACKNOWLEDGED
        # Whoever was named since must not see by a letter that anything has changed (E5).
        if selectors.named_at(concern) is not None:
            return OUTSIDE
        return _letter(notice, template, "received", "See what you logged")

    return compose


def _nag(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Ask the reporter for a call to whom their page says can be rung at the moment of sending (E87)."""
    concern = _concern(notice)
    if concern.status != policy.Status.LOGGED:
        return ACKNOWLEDGED
    telephones = selectors.telephones(services.look(concern, now=now).rung())
    words = selectors.ring_whom_by_letter(telephones)
    return _letter(notice, "nag", "received", "See what you logged", ring_whom=words)


def _shared(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Tell somebody that a concern is shared with them, while it is and they may read it (E4)."""
    concern = _concern(notice)
    running = Share.objects.running(now).filter(pk=int(notice.detail["share"]))
    is_inside = Concern.objects.outside_of(int(notice.staff_id or 0)).filter(pk=concern.pk)
    if not running.exists() or not is_inside.exists():
        return OUTSIDE
    return _letter(notice, "shared", "shared", "Read it")


def _of_opening(template: str) -> Callable[[Notice, Contact, datetime], Letter | Unwanted]:
    """Return what writes to those who answer for emergency access, and may know of this one."""

    def compose(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
        opening = Opening.objects.get(pk=int(notice.about.partition(":")[2]))
        if opening.reviewed_at is not None:
            return Unwanted("already reviewed")
        concerns = Concern.objects.outside_of(int(notice.staff_id or 0))
        if not concerns.filter(pk=opening.concern_id).exists():
            return OUTSIDE
        context: dict[str, object] = {
            "school": School.objects.current(),
            "button_url": absolute(reverse("concerns:openings")),
            "button_label": "See what was opened",
        }
        return kinds.render(f"concerns/mail/{template}", context)

    return compose


def _unreviewed(now: datetime) -> Iterable[tuple[str, datetime]]:
    """Return the openings that wait for a review and that no ladder carries."""
    carried = set(
        Ladder.objects.open().filter(kind=openings.LADDER).values_list("about", flat=True)
    )
    waiting = Opening.objects.unreviewed().order_by("pk")
    return [(row.object, now) for row in waiting if row.object not in carried]


def _unladdered(now: datetime) -> Iterable[tuple[str, datetime]]:
    """Return the concerns that wait for somebody and that no ladder carries."""
    carried = set(
        Ladder.objects.open().filter(kind=services.LADDER).values_list("about", flat=True)
    )
    waiting = Concern.objects.climbing().order_by("pk").only("reference")
    return [(row.object, now) for row in waiting if row.object not in carried]


def _unreminded(now: datetime) -> Iterable[tuple[str, datetime]]:
    """Return the open tasks of which no ladder reminds."""
    carried = set(
        Ladder.objects.open().filter(kind=services.TASK_LADDER).values_list("about", flat=True)
    )
    return [(row.object, now) for row in Task.objects.open() if row.object not in carried]


def _see_to_tasks(pk: int, now: datetime) -> None:
    """Lay the tasks of whoever may not read one concern any more at its desk."""
    services.take_back(Concern.objects.get(pk=pk), by=SWEEP)


def _see_to(pk: int, now: datetime) -> None:
    """Look at one concern again."""
    services.look_again(Concern.objects.get(pk=pk), by=SWEEP)


def _draft(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Remind somebody of what they have begun, while it is neither sent nor thrown away (A14)."""
    if not Draft.objects.filter(key=Draft.key_in(notice.about)).exists():
        return Unwanted("sent or thrown away")
    context: dict[str, object] = {
        "school": School.objects.current(),
        "button_url": absolute(reverse("concerns:mine")),
        "button_label": "See what you began",
    }
    return kinds.render("concerns/mail/draft", context)


def _visible_entries(entries: EntryQuerySet, viewer: Viewer) -> EntryQuerySet:
    """Leave the audit entries of concerns this person may read; the others do not exist for them."""
    visible = Concern.objects.visible_to(viewer)
    shown = entries.filter(object__in=visible.values_list(Concat(Value(PREFIX), "reference")))
    leaving = Transfer.objects.visible_to(viewer).only("reference")
    shown |= entries.filter(object__in=[row.object for row in leaving])
    asked = AccessRequest.objects.visible_to(viewer).only("reference")
    shown |= entries.filter(object__in=[row.object for row in asked])
    # That somebody looked at a pupil tells who may not know that there is something to look at.
    own = entries.filter(verb__in=services.LOOKS, actor=f"staff:{viewer.staff_id}")
    flags = StatusFlag.objects.visible_to(viewer).values_list("pupil", flat=True)
    of_children = [f"school.pupil:{pk}" for pk in flags.distinct().order_by()]
    statuses = entries.filter(verb__in=services.STATUS_VERBS, object__in=of_children)
    return shown | own | statuses


def _out_of_date(now: datetime) -> range:
    """Return how often some hundreds of guardians have to be marked anew."""
    return range(-(-Guardian.objects.unmarked().count() // school.MARKED_AT_ONCE))


def _renew(number: int, now: datetime) -> None:
    """Mark some hundreds of guardians anew."""
    school.renew_marks()


for _name, _compose, _on_failed, _label in (
    (
        services.Notice.ALERT,
        _to_reader("alert", while_waiting=True),
        services.alert_failed,
        "Something to read",
    ),
    (
        services.Notice.ESCALATED,
        _to_reader("escalated", while_waiting=True),
        services.alert_failed,
        "Something has waited",
    ),
    (
        services.Notice.ADDED,
        _to_reader("added", while_waiting=False),
        services.more_failed,
        "More to read",
    ),
    (services.Notice.UNDECIDED, _undecided, None, "Waits for a decision"),
    (services.Notice.UNCALLED, _to_reader("uncalled", while_waiting=True), None, "No call noted"),
    (services.Notice.TASK, _task, None, "Something to do"),
    (services.Notice.ASKED, _asked, None, "A question"),
    (services.Notice.READ, _to_reporter("read", while_waiting=False), None, "Acknowledged"),
    (services.Notice.NAG, _nag, None, "Please telephone"),
    (services.REMINDER, _draft, None, "Begun and not sent"),
    (services.Notice.PHONE, _to_reporter("phone", while_waiting=True), None, "Telephone now"),
):
    kinds.register(
        Kind(
            name=str(_name),
            urgency=Urgency.NOW,
            template=f"concerns/mail/{str(_name).removeprefix('concern_')}",
            compose=_compose,
            on_failed=_on_failed,
            label=_label,
            sensitive=True,
        )
    )
kinds.register_ladder(
    LadderKind(name=services.LADDER, climb=services.climb, unladdered=_unladdered, sensitive=True)
)
kinds.register_ladder(
    LadderKind(
        name=services.REMINDER,
        climb=services.remind,
        unladdered=services.unreminded,
        sensitive=True,
    )
)
kinds.register_ladder(
    LadderKind(
        name=services.TASK_LADDER,
        climb=services.remind_of_tasks,
        unladdered=_unreminded,
        sensitive=True,
    )
)
for _kind, _writes, _words in (
    (shares.SHARED, _shared, "Shared with you"),
    (openings.OPENED, _of_opening("opened"), "Emergency access"),
    (openings.UNREVIEWED, _of_opening("unreviewed"), "Emergency access waits for a review"),
):
    kinds.register(
        Kind(
            name=_kind,
            urgency=Urgency.NOW,
            template=f"concerns/mail/{_kind.removeprefix('concern_')}",
            compose=_writes,
            label=_words,
            sensitive=True,
        )
    )
kinds.register_ladder(
    LadderKind(name=openings.LADDER, climb=openings.climb, unladdered=_unreviewed, sensitive=True)
)
kinds.register_watch(Watch(name="concern", turned=selectors.astray, see_to=_see_to))
kinds.register_watch(Watch(name="guardian_marks", turned=_out_of_date, see_to=_renew))
kinds.register_watch(Watch(name="concern_task", turned=selectors.lost_tasks, see_to=_see_to_tasks))
__all__ = ["leaving"]
audit_reads.visibility("concern", _visible_entries)
