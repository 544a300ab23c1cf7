"""What leaves for a request: decided text by text, approved by people, and given by nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from audit import services as audit
from audit.services import Row
from concerns import selectors
from concerns.models import AccessDecision, AccessRequest, AccessSeen, AccessStep, Concern
from concerns.policy.requests import CHANGED, Choice, Exemption, RequestStep, check_read
from concerns.selectors import Pack
from concerns.services.destroying import is_same_person
from concerns.services.requests import lock, record, step_of
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What somebody decided about one text: why something is left out, and which words."""

    key: str
    choice: Choice
    exemption: Exemption | None = None
    reasons: str = ""
    left_out: str = ""


@audit.atomic()
def read_request(request: AccessRequest, *, by: StaffMember) -> None:
    """Record that somebody opened a request."""
    audit.record(at=clock.now(), actor=by.actor, verb="concern.request.read", object=request.object)


@audit.atomic()
def decide_access(
    request: AccessRequest, concern: Concern, decided: Sequence[Decided], *, by: StaffMember
) -> None:
    """Decide about texts of one concern; approvals of what was decided before stand no more (G38).

    Raises NotAllowed for whoever does not read the concern, without an exemption and its reasons
    where something is left out, or for words that do not stand in the text.
    """
    now = clock.now()
    list(Concern.objects.select_for_update().filter(pk=concern.pk))
    request = lock(request, by=by)
    pack = selectors.pack_of(request, by.viewer())
    case = next((one for one in pack.cases if one.concern.pk == concern.pk), None)
    if case is None:
        raise NotAllowed("You may not read this concern.")
    known = {one.row.key: one for one in case.passages}
    for one in decided:
        passage = known.get(one.key)
        if passage is None:
            raise NotAllowed(CHANGED)
        _check(one, passage.row.text)
        if passage.file is not None and one.choice is Choice.PART:
            raise NotAllowed("A file is given whole or not at all.")
        AccessDecision.objects.create(
            request=request,
            concern=concern,
            key=one.key,
            sha256=passage.sha256,
            choice=one.choice,
            exemption=one.exemption or "",
            reasons=one.reasons,
            left_out=one.left_out,
            at=now,
            by=by,
        )
    audit.record(
        at=now,
        actor=by.actor,
        verb="concern.request.decide",
        object=concern.object,
        request=request.reference,
        texts=len(decided),
    )


def _check(one: Decided, text: str) -> None:
    """Refuse what cannot be done, or says not why."""
    if one.choice is not Choice.GIVE and (one.exemption is None or not one.reasons.strip()):
        raise NotAllowed("Say under which exemption something is left out, and why.")
    if one.choice is Choice.GIVE and one.exemption is not None:
        raise NotAllowed("What is given needs no exemption.")
    if one.choice is Choice.PART and (
        not one.left_out.strip() or selectors.words_left_out(text, one.left_out) is None
    ):
        raise NotAllowed("Write the words that are left out exactly as they stand in the text.")


@audit.atomic()
def approve_access(request: AccessRequest, *, by: StaffMember, text_sha256: str) -> AccessStep:
    """Approve what leaves, as it is decided now and as far as this person reads it (E94).

    Nothing leaves by it: somebody has to release it. `text_sha256` is of what they have read. Raises
    NotAllowed when that is not what would leave now, while something is missing, a second time, or for
    another account of somebody who has approved.
    """
    now = clock.now()
    pack = _locked(request, by=by)
    request = pack.request
    lacks = selectors.still_missing(pack)
    if lacks:
        raise NotAllowed(" ".join(lacks))
    check_read(read=text_sha256, leaves=selectors.text_hash(pack.parts))
    for step in selectors.standing_approvals(pack):
        if step.by_id == by.pk:
            raise NotAllowed("You have approved it already.")
        if step.by_id != by.pk and is_same_person(step.by, by):
            raise NotAllowed("It takes two people: this looks like two accounts of one person.")
    step = step_of(request, RequestStep.APPROVED, by=by, now=now)
    AccessSeen.objects.bulk_create(
        AccessSeen(step=step, concern=case.concern, sha256=case.seal) for case in pack.cases
    )
    record(request, RequestStep.APPROVED, by=by, now=now)
    return step


@audit.atomic()
def release_access(
    request: AccessRequest,
    *,
    by: StaffMember,
    code: str,
    whom: str,
    text: str,
    content: bytes,
    text_sha256: str,
) -> AccessStep:
    """Put on record that the file for the asker was made, before it is handed out (A53).

    It uses up the approvals: who makes another has it approved anew. Raises NotAllowed while anything
    or anybody's approval is missing, or when it is not what was approved.
    """
    now = clock.now()
    pack = _locked(request, by=by)
    request = pack.request
    lacks = selectors.still_missing(pack)
    waits = " ".join(lacks) or selectors.approval_missing(pack, selectors.colleagues(now))
    if waits:
        raise NotAllowed(waits)
    if not whom.strip():
        raise NotAllowed("Say to whom it is handed, and how.")
    check_read(read=text_sha256, leaves=selectors.text_hash(pack.parts))
    step = step_of(
        request,
        RequestStep.RELEASED,
        by=by,
        now=now,
        whom=whom,
        text=text,
        code=code,
        sha256=sha256(content).hexdigest(),
        text_sha256=text_sha256,
    )
    rows = [
        Row(
            actor=by.actor,
            verb="concern.copy",
            object=case.concern.object,
            detail={"copy": code, **selectors.codes_of(pack.files, case.concern)},
        )
        for case in pack.cases
        if case.part is not None
    ]
    audit.record_many(at=now, rows=rows)
    record(request, RequestStep.RELEASED, by=by, now=now, copy=code)
    return step


def _locked(request: AccessRequest, *, by: StaffMember) -> Pack:
    """Lock a request and the concerns in it that this person reads, and return what would leave."""
    ids = [case.pk for case in selectors.record_of(request.pupil, by.viewer()).concerns]
    list(Concern.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    request = lock(request, by=by)
    pack = selectors.pack_of(request, by.viewer())
    if sorted(case.concern.pk for case in pack.cases) != sorted(ids):
        raise NotAllowed(CHANGED)
    return pack
