"""The kinds of notice about concerns: each says that there is something to read, and no more (E9)."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.urls import reverse

from audit import selectors as audit_reads
from audit.models import EntryQuerySet
from concerns import policy, selectors, services
from concerns.models import Concern
from notices import kinds
from notices.kinds import Kind, LadderKind, Letter, Unwanted, Urgency, Watch
from notices.models import Ladder, Notice
from school.models import School
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


def _unladdered(now: datetime) -> Iterable[tuple[str, datetime]]:
    """Return the concerns that wait for somebody and that no ladder carries."""
    carried = set(
        Ladder.objects.open().filter(kind=services.LADDER).values_list("about", flat=True)
    )
    waiting = Concern.objects.climbing().order_by("pk").only("reference")
    return [(row.object, now) for row in waiting if row.object not in carried]


def _see_to(pk: int, now: datetime) -> None:
    """Look at one concern again."""
    services.look_again(Concern.objects.get(pk=pk), by=SWEEP)


def _visible_entries(entries: EntryQuerySet, viewer: Viewer) -> EntryQuerySet:
    """Leave the audit entries of concerns this person may read; the others do not exist for them."""
    visible = Concern.objects.visible_to(viewer)
    return entries.filter(object__in=[row.object for row in visible.only("reference")])


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
    (services.Notice.READ, _to_reporter("read", while_waiting=False), None, "Acknowledged"),
    (services.Notice.NAG, _nag, None, "Please telephone"),
    (services.Notice.PHONE, _to_reporter("phone", while_waiting=True), None, "Telephone now"),
):
    kinds.register(
        Kind(
            name=_name.value,
            urgency=Urgency.NOW,
            template=f"concerns/mail/{_name.value.removeprefix('concern_')}",
            compose=_compose,
            on_failed=_on_failed,
            label=_label,
            sensitive=True,
        )
    )
kinds.register_ladder(
    LadderKind(name=services.LADDER, climb=services.climb, unladdered=_unladdered, sensitive=True)
)
kinds.register_watch(Watch(name="concern", turned=selectors.astray, see_to=_see_to))
audit_reads.visibility("concern", _visible_entries)
