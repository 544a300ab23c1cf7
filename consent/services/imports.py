"""People from a file: what an import means for the open questions and for those who are written to.

What it does to people is done by `school.services`. Here old addresses are told, what could not arrive is
sent to the new ones, who counts from now on is asked, and calls look again (E34, E46, E54).
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import TypeVar

from audit import services as audit
from consent import events
from consent.models import Question, Request
from consent.services.asking import ask
from consent.services.locks import hold
from consent.services.people import missed_by, tell_old_address
from consent.services.reaching import resend
from school import selectors as people
from school import services as school
from school.imports import Change, Verb
from school.models import Guardian, Guardianship, ImportRun, StaffMember
from schoolsafe.lib import clock

Done = TypeVar("Done")
# What turns who is asked about a pupil, or whether anybody is.
TURNS = frozenset({Verb.NEW_TIE, Verb.LEAVE, Verb.CAME_BACK})


@audit.atomic()
def approve_import(
    run: ImportRun,
    *,
    by: StaffMember | school.System,
    keys: Collection[str],
    seen: str,
    asked: Collection[str] = (),
) -> ImportRun:
    """Do the chosen changes of an import as they were `seen`, and what follows from them.

    Raises Overtaken and NotAllowed as `school.services.approve_import` does.
    """
    now = clock.now()
    # Unlocked, to know what to lock first; if people change meanwhile, nothing is done.
    today = clock.local(now).date()
    changes = people.proposal_of(run, on=today).of(keys) if keys else ()
    pupils = _turned(changes, run.source)
    return _with_consequences(
        lambda: school.approve_import(run, by=by, keys=keys, seen=seen, asked=asked),
        pupils=pupils,
        moved={one.pk: one.before for one in changes if one.verb is Verb.CHANGE_ADDRESS},
        by=by,
        now=now,
    )


@audit.atomic()
def undo_import(run: ImportRun, *, by: StaffMember | school.System) -> ImportRun:
    """Take an import back; who is written to elsewhere again is told, and calls look again.

    Raises Overtaken and NotAllowed as `school.services.undo_import` does.
    """
    now = clock.now()
    made = school.made_by(run)
    return _with_consequences(
        lambda: school.undo_import(run, by=by),
        pupils=made.pupils,
        moved=made.addresses,
        by=by,
        now=now,
    )


@audit.atomic()
def confirm_ties(
    ties: Mapping[int, str], *, by: StaffMember, has_responsibility: bool
) -> list[Guardianship]:
    """Say what ties from a file mean; who has responsibility is asked what is being asked.

    Raises NotAllowed and Overtaken as `school.services.confirm_ties` does.
    """
    pupils = Guardianship.objects.filter(pk__in=ties, awaits_confirmation=True)
    return _with_consequences(
        lambda: school.confirm_ties(ties, by=by, has_responsibility=has_responsibility),
        pupils=set(pupils.values_list("pupil", flat=True)),
        moved={},
        by=by,
        now=clock.now(),
    )


def _with_consequences(
    change: Callable[[], Done],
    *,
    pupils: Collection[int],
    moved: Mapping[int, str],
    by: StaffMember | school.System,
    now: datetime,
) -> Done:
    """Take the locks of consent, change people, and do what follows.

    `moved` are the addresses before the change, by guardian.
    """
    unreached = missed_by(list(moved), now=now)
    known = set(unreached.values_list("pk", flat=True)) if moved else set()
    questions = hold(_open_questions(pupils, now=now), now=now, also=known)
    missed = list(unreached.filter(pk__in=known).order_by("pk")) if known else []
    done = change()
    _look_again(questions, pupils, by=by, now=now)
    for guardian in Guardian.objects.filter(pk__in=moved).order_by("pk"):
        tell_old_address(guardian, moved[guardian.pk], now=now)
    # Staff have looked at the address; what nobody has looked at stays on the office's list.
    if isinstance(by, StaffMember):
        for request in missed:
            resend(request, by=by)
    return done


def _look_again(
    questions: Iterable[Question],
    pupils: Collection[int],
    *,
    by: StaffMember | school.System,
    now: datetime,
) -> None:
    for question in questions:
        about = set(
            Request.objects.filter(question=question, pupil__in=pupils).values_list(
                "pupil", flat=True
            )
        )
        if question.closes_at > now:
            ask(
                by=by,
                about=question.about,
                asked=question.asked,
                pupil_ids=sorted(about),
                closes_at=question.closes_at,
            )
        events.answer_changed.send(
            Question, question=question, pupil_ids=tuple(sorted(about)), now=now
        )


def _turned(changes: Iterable[Change], source: str) -> frozenset[int]:
    """Return the pupils on record about whom somebody else is asked after these changes."""
    turned = [one for one in changes if one.verb in TURNS]
    if not turned:
        return frozenset()
    known = {one.source_id: one.pk for one in people.register(source).pupils if one.source_id}
    return frozenset(one.pk or known.get(one.source_id, 0) for one in turned) - {0}


def _open_questions(pupils: Collection[int], *, now: datetime) -> list[int]:
    live = Request.objects.live().filter(pupil__in=pupils).values("question")
    open_ones = Question.objects.open(now=now).filter(pk__in=live)
    return list(open_ones.values_list("pk", flat=True))
