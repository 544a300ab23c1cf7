"""Questions to whoever logged a concern (A24), and corrections of what stands there (E12)."""

from collections.abc import Sequence
from datetime import datetime

from audit import services as audit
from concerns import policy
from concerns.models import Concern, Entry
from concerns.policy import Action, EntryKind
from concerns.services import alerts, naming, routing
from concerns.services.alerts import Notice
from concerns.services.entering import append, begin, of, record
from concerns.services.filing import Named
from notices import services as notices
from notices.kinds import Draft
from school.models import StaffMember
from school.services import SWEEP
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def ask(concern: Concern, *, by: StaffMember, text: str) -> Entry:
    """Ask whoever logged a concern for more; they see the question and nothing else (A24).

    Raises NotAllowed when they stand outside it now, have left, or would ask themselves.
    """
    now = clock.now()
    concern, scene = begin(concern, Action.ASK, by=by, now=now)
    reporter = concern.reporter
    if reporter.pk == by.pk:
        raise NotAllowed("You logged it yourself: add what you know.")
    is_here = StaffMember.objects.working().filter(pk=reporter.pk).exists()
    if not is_here:
        raise NotAllowed("Whoever logged it does not work here any more.")
    if reporter.pk in scene.facts.excluded:
        raise NotAllowed("Whoever logged it stands outside it: they must see nothing of this.")
    entry = append(concern, EntryKind.QUESTION, by=by, now=now, text=text)
    notices.queue([_letter(concern, entry, now=now)], now=now)
    record(concern, Action.ASK, by=by, now=now)
    return entry


def _letter(concern: Concern, entry: Entry, *, now: datetime) -> Draft:
    """Return the letter to the reporter: there is something to answer, and no more (E9)."""
    return Draft(
        kind=Notice.ASKED,
        key=f"concern:{concern.pk}:{Notice.ASKED}:{entry.pk}",
        due_at=now,
        about=concern.object,
        staff_id=concern.reporter_id,
        detail={"question": entry.pk},
    )


@audit.atomic()
def withdraw(concern: Concern, *, by: StaffMember, entry: Entry, reasons: str) -> Entry:
    """Say why a question to the reporter needs no answer any more.

    Raises NotAllowed without reasons, or when it is answered or withdrawn already.
    """
    now = clock.now()
    concern, _ = begin(concern, Action.ASK, by=by, now=now)
    question = of(concern, entry, EntryKind.QUESTION)
    if question.followed_by.exclude(kind=EntryKind.CORRECTION).exists():
        raise NotAllowed("It is answered or withdrawn already.")
    noted = append(concern, EntryKind.WITHDRAWAL, by=by, now=now, text=reasons, follows=question)
    record(concern, "withdraw", by=by, now=now)
    return noted


@audit.atomic()
def correct(
    concern: Concern,
    *,
    by: StaffMember,
    text: str,
    entry: Entry | None = None,
    people: Sequence[Named] = (),
) -> Entry:
    """Correct the account, or an entry: what stood there stays, the correction stands beside it (E12).

    `people`: staff named in it with their parts; who must not read it is shut out before it is there.
    Whoever only logged it corrects their own words. Raises NotAllowed for those of others.
    """
    now = clock.now()
    concern, scene = begin(concern, Action.CORRECT, by=by, now=now)
    wrong = None if entry is None else _root(concern.entries.get(pk=entry.pk))
    is_reader = policy.may_view(by.viewer(), scene.facts)
    if not is_reader and wrong is not None and not _is_own(wrong, by):
        raise NotAllowed("You can correct what you wrote yourself.")
    concern = naming.involve_too(concern, people, by=by, now=now)
    noted = append(concern, EntryKind.CORRECTION, by=by, now=now, text=text, follows=wrong)
    routing.follow(concern, by=SWEEP, now=now)
    scene = alerts.look(concern, now=now)
    told = policy.to_tell_of_more(scene.facts, scene.people, besides=by.pk)
    alerts.tell_of_more(concern, told, what=str(noted.pk), now=now)
    record(concern, Action.CORRECT, by=by, now=now)
    return noted


def _root(entry: Entry) -> Entry | None:
    """Return what an entry is about in the end: a corrected correction is one of the same words."""
    return entry.follows if entry.kind == EntryKind.CORRECTION else entry


def _is_own(entry: Entry, by: StaffMember) -> bool:
    """Tell whether somebody wrote an entry as whoever logged the concern."""
    return entry.by_id == by.pk and entry.kind in policy.REPORTERS_OWN
