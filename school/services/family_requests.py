"""What families ask about their own data: noted, checked, answered, each step with who and when."""

from datetime import date, datetime
from hashlib import sha256
from typing import Any

from django.db.models import Q

from audit import services as audit
from school import rights
from school.models import FamilyRequest, FamilyRequestStep, Guardian, Pupil, StaffMember
from school.rights import Ground, Heard, Outcome, Right, Step
from school.selectors.family_requests import barrier_for, family_requests
from school.services.kin import check_no_kin
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def note_family_request(
    *,
    by: StaffMember,
    right: Right,
    pupil: Pupil | None,
    guardian: Guardian | None,
    is_by_another: bool,
    heard: Heard,
    name: str,
    words: str,
    received_on: date,
) -> FamilyRequest:
    """Write down what somebody asks; the month runs from that day, whatever way it was asked (G37, E95).

    The same once more is one request, as long as it is open (E20). Raises NotAllowed for who may not answer
    families, for family of who it is about, without a name, or for a day to come.
    """
    now = clock.now()
    about = pupil or guardian
    if about is None or not rights.may_answer_families(by.viewer()):
        raise NotAllowed("The office, the safeguarding team and the headteacher answer families.")
    check_no_kin(about, by=by)
    if not name.strip() or not words.strip():
        raise NotAllowed("Write down who asks, and for what.")
    if received_on > clock.local(now).date():
        raise NotAllowed("Nobody has asked on a day to come.")
    # Whoever destroys what is due locks the people first, and then asks who has asked for it.
    theirs = Q(guardianships__guardian=guardian) if pupil is None else Q(pk=pupil.pk)
    numbers = Pupil.objects.filter(theirs).values("pk")
    list(Pupil.objects.select_for_update(no_key=True).filter(pk__in=numbers).order_by("pk"))
    # Of a guardian who has no pupil any more there is nobody else to lock.
    if guardian is not None:
        list(Guardian.objects.select_for_update(no_key=True).filter(pk=guardian.pk))
    for same in FamilyRequest.objects.open().filter(
        right=right, pupil=pupil, guardian=guardian, received_on=received_on, heard=heard
    ):
        if (same.name, same.words) == (name, words):
            return same
    request = FamilyRequest.objects.create(
        right=right,
        pupil=pupil,
        guardian=guardian,
        is_by_another=is_by_another,
        heard=heard,
        name=name,
        words=words,
        received_on=received_on,
        noted_at=now,
        noted_by=by,
    )
    _step(request, Step.NOTED, by=by, now=now, happened_on=received_on)
    return request


@audit.atomic()
def ask_identity(
    request: FamilyRequest, *, by: StaffMember, happened_on: date, text: str
) -> FamilyRequest:
    """Record that they have to show who they are: the clock stands until they have (G37)."""
    now, request = clock.now(), _lock(request, by=by)
    if request.identity_asked_on is not None or request.identity_on is not None:
        raise NotAllowed("They were asked already, or it is known who they are.")
    request.identity_asked_on = happened_on
    return _note(request, Step.IDENTITY_ASKED, by=by, now=now, happened_on=happened_on, text=text)


@audit.atomic()
def check_identity(
    request: FamilyRequest, *, by: StaffMember, happened_on: date, text: str
) -> FamilyRequest:
    """Record how it was made sure who they are; from then on the clock runs again."""
    now, request = clock.now(), _lock(request, by=by)
    if request.identity_asked_on is not None and happened_on < request.identity_asked_on:
        raise NotAllowed("They were asked later than that.")
    request.identity_on = happened_on
    return _note(request, Step.IDENTITY, by=by, now=now, happened_on=happened_on, text=text)


@audit.atomic()
def check_authority(
    request: FamilyRequest, *, by: StaffMember, happened_on: date, text: str
) -> FamilyRequest:
    """Record that they may ask for somebody else (G37).

    Raises NotAllowed where the record says that this guardian may not ask about this pupil.
    """
    now, request = clock.now(), _lock(request, by=by)
    if request.pupil is not None and request.guardian is not None:
        found = barrier_for(request.guardian, request.pupil, on=clock.local(now).date())
        if found is not None:
            raise NotAllowed(f"They may not ask about this pupil: {found.words}.")
    request.authority_on = happened_on
    return _note(request, Step.AUTHORITY, by=by, now=now, happened_on=happened_on, text=text)


@audit.atomic()
def extend_family_request(
    request: FamilyRequest, *, by: StaffMember, happened_on: date, text: str
) -> FamilyRequest:
    """Record that they were told of two more months, and why (G37)."""
    now, request = clock.now(), _lock(request, by=by)
    rights.check_extension(request.wish(), told_on=happened_on)
    request.extended_on = happened_on
    return _note(request, Step.EXTENDED, by=by, now=now, happened_on=happened_on, text=text)


@audit.atomic()
def release_copy(
    request: FamilyRequest,
    *,
    by: StaffMember,
    is_delicate: bool,
    code: str,
    whom: str,
    text: str,
    content: bytes,
    text_sha256: str,
) -> FamilyRequestStep:
    """Put on record that the copy was made, before it is handed out.

    Raises NotAllowed while it is not known who they are or that they may ask, and for the office where an
    order or a hidden address is in play.
    """
    now, request = clock.now(), _lock(request, by=by)
    if request.right != Right.ACCESS:
        raise NotAllowed("Nobody has asked for a copy.")
    if lacks := rights.missing(request.wish()):
        raise NotAllowed(" ".join(lacks))
    if not rights.may_release(by.viewer(), is_delicate=is_delicate):
        raise NotAllowed("One of the safeguarding team or the headteacher makes this copy.")
    if not whom.strip():
        raise NotAllowed("Say to whom it is handed, and how.")
    return _step(
        request,
        Step.RELEASED,
        by=by,
        now=now,
        whom=whom,
        text=text,
        code=code,
        sha256=sha256(content).hexdigest(),
        text_sha256=text_sha256,
    )


@audit.atomic()
def decide_family_request(
    request: FamilyRequest,
    *,
    by: StaffMember,
    outcome: Outcome,
    ground: Ground | None,
    happened_on: date,
    text: str,
) -> FamilyRequest:
    """Record how it ended, by whom, and how they were told; refused only for a lawful reason.

    Nothing is changed by it: whoever puts a name or an address right does that where it is kept, and what
    cannot be written over has these words beside it. Raises NotAllowed as `rights.check_outcome` does.
    """
    now, request = clock.now(), _lock(request, by=by)
    rights.check_outcome(request.wish(), outcome, ground)
    request.ended_at, request.outcome, request.ground = now, outcome, ground or ""
    return _note(request, Step.ENDED, by=by, now=now, happened_on=happened_on, text=text)


@audit.atomic()
def read_family_request(request: FamilyRequest, *, by: StaffMember) -> None:
    """Record that somebody opened a request."""
    audit.record(at=clock.now(), actor=by.actor, verb="family.request.read", object=request.object)


def _lock(request: FamilyRequest, *, by: StaffMember) -> FamilyRequest:
    """Return the row as it is now, for this transaction alone.

    Raises NotAllowed for whoever does not answer it, or once it has ended.
    """
    rows = FamilyRequest.objects.select_for_update(of=("self",))
    locked = rows.select_related("pupil", "guardian").get(pk=request.pk)
    if not family_requests(by.viewer()).filter(pk=request.pk).exists():
        raise NotAllowed("Somebody else answers this: you are on record as their family.")
    if locked.ended_at is not None:
        raise NotAllowed("It has ended. Who asks again makes a new request.")
    return locked


def _note(
    request: FamilyRequest, kind: Step, *, by: StaffMember, now: datetime, **facts: Any
) -> FamilyRequest:
    """Save what has changed with its step. Raises NotAllowed without words, or for a day that cannot be."""
    if not str(facts["text"]).strip():
        raise NotAllowed("Write how, or why: without it nobody can tell later.")
    if facts["happened_on"] > clock.local(now).date():
        raise NotAllowed("It can be noted once it has been done, not before.")
    if facts["happened_on"] < request.received_on:
        raise NotAllowed("They had not asked yet on that day.")
    request.save()
    _step(request, kind, by=by, now=now, **facts)
    return request


def _step(
    request: FamilyRequest, kind: Step, *, by: StaffMember, now: datetime, **facts: Any
) -> FamilyRequestStep:
    """Append one thing that was done, here and in the audit."""
    facts.setdefault("happened_on", clock.local(now).date())
    step = FamilyRequestStep.objects.create(request=request, kind=kind, at=now, by=by, **facts)
    copy = {"copy": step.code} if step.code else {}
    audit.record(
        at=now, actor=by.actor, verb=f"family.request.{kind}", object=request.object, **copy
    )
    return step
