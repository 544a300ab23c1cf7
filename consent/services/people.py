"""Who is asked about a pupil and where: a change, with what it means for the open questions."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from django.db.models import Q, QuerySet

from audit import services as audit
from consent import events
from consent.models import Question, Request
from consent.selectors.standing import in_doubt, put_to
from consent.selectors.unsettled import unsettled
from consent.services import drafts
from consent.services.asking import ask
from consent.services.locks import hold, hold_requests
from consent.services.reaching import resend
from consent.services.settling import hold_waiting, settle
from notices import services as outbox
from notices.kinds import Draft
from notices.policy import MISSED
from school import policy
from school import services as school
from school.models import Guardian, Pupil, StaffMember
from school.selectors import reach_of
from schoolsafe.lib import clock
from schoolsafe.lib.rules import Overtaken

CONFIRMED = "The address was confirmed."

Person = TypeVar("Person", bound=Guardian | Pupil)


@audit.atomic()
def choose_who_is_asked(
    pupil: Pupil, *, by: StaffMember, wanted: policy.Choice, seen: policy.Choice
) -> Pupil:
    """Say whose yes is enough for a pupil; who counts from now on is asked, and calls look again.

    Raises Overtaken and NotAllowed as `school.services.choose_who_is_asked` does.
    """
    now = clock.now()
    questions = hold(_open_questions(pupil.pk, now=now), now=now)
    pupil = school.choose_who_is_asked(pupil, by=by, wanted=wanted, seen=seen)
    for question in questions:
        ask(
            by=by,
            about=question.about,
            asked=question.asked,
            pupil_ids=[pupil.pk],
            closes_at=question.closes_at,
        )
        events.answer_changed.send(Question, question=question, pupil_ids=(pupil.pk,), now=now)
    return pupil


@audit.atomic()
def change_reach(
    person: Person, *, by: StaffMember, wanted: policy.Reach, seen: policy.Reach
) -> Person:
    """Change where or in which language somebody is written to: only what the person changed.

    What they left as they saw it stays as it is now, whatever their page still shows. Raises Overtaken
    when somebody else has changed the same meanwhile, NotAllowed for who may not.
    """
    changed = wanted.changed_from(seen)
    # What did not arrive first, then the person: nothing more is locked once the person is.
    missed = _missed(person, now=clock.now()) if "email" in changed else []
    person = _locked(person)
    names = policy.overtaken(wanted, seen=seen, now=reach_of(person))
    if names:
        raise Overtaken("Somebody has changed this since you opened the page.", *sorted(names))
    if "email" in changed:
        person = _correct(person, missed, by=by, email=wanted.email)
    if "language" in changed and isinstance(person, Guardian):
        change_language(person, by=by, language=wanted.language)
    return _locked(person)


@audit.atomic()
def correct_address(person: Person, *, by: StaffMember, email: str) -> Person:
    """Put somebody's address right, tell the old one, and send what could not arrive (E34, E46).

    A yes that waited for the old one to be settled counts for nothing, and is asked for anew. The same
    address again changes nothing. Raises NotAllowed for who may not.
    """
    return _correct(person, _missed(person, now=clock.now()), by=by, email=email)


def _correct(person: Person, missed: Iterable[Request], *, by: StaffMember, email: str) -> Person:
    """Put an address right, and send these requests again, which are locked."""
    now = clock.now()
    old = _locked(person).email
    if old.strip().casefold() == email.strip().casefold():
        return person
    person = school.change_email(person, by=by, email=email.strip())
    tell_old_address(person, old, now=now)
    if person.email:
        for request in missed:
            resend(request, by=by)
    return person


def tell_old_address(person: Guardian | Pupil, old: str, *, now: datetime) -> None:
    """Write to the address that somebody had: whoever changed it may not have been them (E34)."""
    if old:
        outbox.queue([_to_old_address(person, old, now=now)], now=now)


def missed_by(guardian_ids: Sequence[int], *, now: datetime) -> QuerySet[Request]:
    """Return what did not reach these guardians and can still be answered."""
    return _missed_among(_unreached(Q(guardian__in=guardian_ids), now=now))


def change_language(guardian: Guardian, *, by: StaffMember, language: str) -> Guardian:
    """Note in which language a guardian is written to; the same again changes nothing (E49).

    Raises NotAllowed for who may not.
    """
    if guardian.language == language:
        return guardian
    return school.change_language(guardian, by=by, language=language)


@audit.atomic()
def confirm_address(person: Person, *, by: StaffMember, email: str, how: str) -> Person:
    """Note who made sure that an address is right, and let go what waited for it (E34).

    A yes that came from it counts from now on.
    Where somebody had said that a message was not meant for them, or where it came back, it is sent
    again.
    Raises NotAllowed as `school.services.confirm_email` does.
    """
    now = clock.now()
    own = _alive(person, now=now)
    waiting = hold_waiting(person, also=own, now=now)
    outbox.ask_again_now(now=now, **_recipient(person))
    doubted = [row for row in in_doubt(person, now) if row.pk in own]
    failed = _failed(own) if person.email_closed_at else []
    person = school.confirm_email(person, by=by, email=email, how=how, is_doubted=bool(doubted))
    settle(waiting, by=by, note=CONFIRMED, now=now)
    for request in {row.pk: row for row in [*doubted, *failed]}.values():
        resend(request, by=by)
    return person


@audit.atomic()
def look_at_pupil(pupil: Pupil, *, by: StaffMember) -> None:
    """Write down that a member of staff has looked at who is asked about a pupil.

    Raises NotAllowed for the pupil's own family.
    """
    school.check_no_kin(pupil, by=by)
    audit.record(
        at=clock.now(), actor=by.actor, verb="pupil.read", object=f"school.pupil:{pupil.pk}"
    )


@audit.atomic()
def look_at_guardian(guardian: Guardian, *, by: StaffMember) -> None:
    """Write down that a member of staff has looked at how a guardian is written to.

    Raises NotAllowed for the family of any of the guardian's pupils.
    """
    school.check_no_kin(guardian, by=by)
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb="guardian.read",
        object=f"school.guardian:{guardian.pk}",
    )


@audit.atomic()
def export(*, by: StaffMember, rows: int, wanted: Sequence[str]) -> None:
    """Write down that a member of staff has taken the list out of the house."""
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb="consent.export.read",
        object="consent.list",
        rows=rows,
        wanted=list(wanted),
    )


def _open_questions(pupil_id: int, *, now: datetime) -> list[int]:
    """Return the open questions about a pupil by their numbers."""
    live = Request.objects.live().filter(pupil=pupil_id).values("question")
    open_ones = Question.objects.open(now=now).filter(pk__in=live)
    return list(open_ones.values_list("pk", flat=True))


def _missed(person: Guardian | Pupil, *, now: datetime) -> list[Request]:
    """Lock and return what did not reach somebody, or reached somebody else, and can still be answered.

    What came back from a wrong address is not among it: the sweep sends that very letter again.
    """
    held = hold_requests(_missed_among(_unreached(put_to(person), now=now)))
    return list(Request.objects.filter(pk__in=held).order_by("pk"))


def _missed_among(rows: QuerySet[Request]) -> QuerySet[Request]:
    by_sweep = Q(disowned_at=None, failed_because__in=[fate.value for fate in MISSED])
    return rows.exclude(by_sweep)


def _alive(person: Guardian | Pupil, *, now: datetime) -> set[int]:
    """Return what somebody can still answer."""
    live = Request.objects.live().filter(put_to(person), question__closed_at=None)
    return set(live.filter(question__closes_at__gt=now).values_list("pk", flat=True))


def _failed(own: Collection[int]) -> list[Request]:
    """Return of these what came back from an address that turns out to be right after all."""
    return list(Request.objects.live().filter(pk__in=own).exclude(failed_at=None).order_by("pk"))


def _unreached(to: Q, *, now: datetime) -> QuerySet[Request]:
    live = Request.objects.live().filter(to, question__closed_at=None)
    lost = Q(failed_at__isnull=False) | Q(disowned_at__isnull=False)
    # What was said from an address that another replaces is asked anew at that one (E34).
    return live.filter(lost | Q(pk__in=unsettled().values("request")), question__closes_at__gt=now)


def _locked(person: Person) -> Person:
    """Return the row as it stands, locked."""
    return school.lock_row(type(person), person.pk)


def _recipient(person: Guardian | Pupil) -> dict[str, int]:
    """Return the person as the outbox knows them."""
    return {f"{person._meta.model_name}_id": person.pk}


def _to_old_address(person: Guardian | Pupil, old: str, *, now: datetime) -> Draft:
    name = str(person._meta.model_name)
    who = f"{person.pk}" if isinstance(person, Guardian) else f"p{person.pk}"
    return Draft(
        kind=drafts.ADDRESS_CHANGED,
        key=f"{drafts.ADDRESS_CHANGED}:{who}:{now:%Y%m%d%H%M%S%f}",
        due_at=now,
        about=f"school.{name}:{person.pk}",
        address=old,
        detail={name: person.pk},
    )
