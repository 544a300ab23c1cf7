"""People from a file: proposed, approved by a person, undone.

All of a run is done or nothing of it. It never removes a guardian, a tie, an order or a confidential
flag (E30, E31, E54), and an address that changes is a changed address (E34).
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from hashlib import sha256

from django.db import IntegrityError
from django.db.models.deletion import ProtectedError

from audit import services as audit
from school.imports import Change, Proposal, Register, Roster, Verb, compare
from school.imports.roster import dumped, loaded
from school.models import (
    Guardian,
    Guardianship,
    ImportRun,
    Pupil,
    School,
    StaffMember,
    TeachingGroup,
)
from school.roles import may_import_people
from school.selectors import is_about_family, kin_among, own_children, register
from school.services import revisions
from school.services.importing import Doing
from school.services.system import System
from school.services.undoing import put_back
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed, Overtaken

SAME = frozenset({Verb.SAME_PUPIL, Verb.SAME_GUARDIAN})
NEW = frozenset({Verb.NEW_PUPIL, Verb.NEW_GUARDIAN})
LONGEST_NAME = 120
OF_PUPILS = frozenset({Verb.SAME_PUPIL, Verb.NEW_PUPIL})
CONTRADICTION = (
    "Two of the ticked changes cannot both be: somebody would be new and on record already, two people "
    "would be one, or two classes would have one name. Nothing was done: take one of them out."
)


@audit.atomic()
def propose_import(
    *, by: StaffMember | System, source: str, roster: Roster, data: bytes, file_name: str = ""
) -> ImportRun:
    """Keep what a file set says until a person has decided; nothing changes.

    `file_name` is the name under which it came, if it had one. Raises NotAllowed for staff who may not.
    """
    _check_may(by)
    run = ImportRun.objects.create(
        source=source,
        file_digest=sha256(data).hexdigest(),
        file_name="".join(filter(str.isprintable, file_name))[:LONGEST_NAME],
        roster=dumped(roster),
        proposed_at=clock.now(),
        proposed_by=_staff(by),
    )
    _record(run, "propose", by=by, pupils=len(roster.children), guardians=len(roster.adults))
    return run


@audit.atomic()
def drop_import(run: ImportRun, *, by: StaffMember | System) -> ImportRun:
    """Throw a proposal away, and with it what the files said.

    Raises NotAllowed for staff who may not, or whose own family it is about.
    """
    _check_may(by)
    run = _locked(run, ImportRun.PROPOSED)
    _check_not_own(run, by=by)
    _decided(run, ImportRun.DROPPED, by)
    _record(run, "drop", by=by)
    return run


@audit.atomic()
def approve_import(
    run: ImportRun,
    *,
    by: StaffMember | System,
    keys: Collection[str],
    seen: str,
    asked: Collection[str] = (),
) -> ImportRun:
    """Do the chosen changes of a run, as they were `seen`: the digest of the proposal.

    `asked` are the relationships that the school confirms for new ties: these have parental
    responsibility and are asked; all others wait to be confirmed. Raises Overtaken when people on record
    have changed since, and NotAllowed for staff who may not, or whose own family is among the changes.
    """
    _check_may(by)
    now = clock.now()
    run = _locked(run, ImportRun.PROPOSED)
    roster, today = loaded(run.roster), clock.local(now).date()
    if keys:
        _lock_people(compare(roster, register(run.source), on=today).to_choose)
    # Once more under the locks: what is done is what was seen.
    on_record = register(run.source)
    proposal = compare(roster, on_record, on=today)
    if proposal.digest != seen:
        raise Overtaken(
            "People on record have changed since you opened this page. Below it stands as it is now: "
            "look at it, and approve again."
        )
    changes = proposal.of(keys)
    _check_no_kin(changes, proposal, roster, on_record, by=by)
    doing = Doing(run.source, roster, on_record, by=by, on=today, asked=frozenset(asked))
    _check_once(changes)
    try:
        with audit.atomic():
            run.done = json.dumps(doing.do(changes))
    except IntegrityError as fault:
        raise NotAllowed(CONTRADICTION) from fault
    run.left = len(proposal.to_choose) - len(changes)
    run.counts = dict(Counter(change.verb.value for change in changes))
    _decided(run, ImportRun.APPLIED, by)
    _record(run, "approve", by=by, **run.counts)
    return run


@audit.atomic()
def undo_import(run: ImportRun, *, by: StaffMember | System) -> ImportRun:
    """Take a run back: what it made is gone, what it changed is as before.

    Raises NotAllowed for staff who may not, or whose own family it is about; when anything of it has
    changed since or was decided about whom it brought; and when a call, a letter or an answer speaks of
    them. Nothing is undone then.
    """
    _check_may(by)
    run = _locked(run, ImportRun.APPLIED)
    _check_not_own(run, by=by)
    if not run.done:
        raise NotAllowed(FORGOTTEN)
    try:
        put_back(json.loads(run.done), by=by)
    except ProtectedError as fault:
        raise NotAllowed(
            "Calls have been planned since with people from this import: it cannot be undone any more."
        ) from fault
    run.stage, run.done = ImportRun.UNDONE, ""
    run.undone_at, run.undone_by = clock.now(), _staff(by)
    run.save()
    _record(run, "undo", by=by)
    return run


@audit.atomic()
def confirm_ties(
    ties: Mapping[int, str], *, by: StaffMember, has_responsibility: bool
) -> list[Guardianship]:
    """Say what ties from a file mean: with parental responsibility, and asked; or neither.

    `ties` are their numbers, each with the doubt that stood beside it. Raises NotAllowed for staff who
    may not, or about their own family, and Overtaken where somebody would be asked against whom a file
    has said something since (E30).
    """
    _check_may(by)
    rows = list(
        Guardianship.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=ties, awaits_confirmation=True)
        .order_by("pk")
    )
    if kin_among(by, [row.pupil_id for row in rows]):
        raise NotAllowed(OWN_FAMILY)
    if has_responsibility and any(row.doubt != ties[row.pk] for row in rows):
        raise Overtaken(
            "A file has said something about one of these adults since you opened this page. Below it "
            "stands beside them: look at it, and confirm again."
        )
    said = {
        "awaits_confirmation": False,
        "doubt": "",
        "has_parental_responsibility": has_responsibility,
        "counts_for_consent": has_responsibility,
    }
    revisions.note_many(
        [(revisions.reference(row), revisions.changes(row, said)) for row in rows], by=by
    )
    for row in rows:
        for name, value in said.items():
            setattr(row, name, value)
        row.save(update_fields=list(said))
    audit.record_many(
        at=clock.now(),
        rows=[
            audit.Row(
                actor=by.actor,
                verb="guardianship.confirm",
                object=f"school.guardianship:{row.pk}",
                detail={"has_responsibility": has_responsibility},
            )
            for row in rows
        ],
    )
    return rows


FORGOTTEN = "What this import did is kept no longer: the time of its school year was up. It cannot be undone."
OWN_FAMILY = (
    "Among these are changes about your own family. Take them out: somebody else approves them."
)

OWN_IMPORT = (
    "This import is about your own family too: somebody else takes it back or throws it away."
)


def _check_may(by: StaffMember | System) -> None:
    if isinstance(by, StaffMember) and not may_import_people(by.viewer()):
        raise NotAllowed(
            "Only the office, the safeguarding team and the headteacher import people."
        )


def _check_once(changes: Collection[Change]) -> None:
    """Refuse two changes of which only one can be true: one row for two people, one person twice."""
    rows = Counter((one.verb, one.pk) for one in changes if one.verb in SAME)
    people = Counter(
        (one.source_id, one.verb in OF_PUPILS)
        for one in changes
        if one.verb in SAME or one.verb in NEW
    )
    if any(count > 1 for count in (*rows.values(), *people.values())):
        raise NotAllowed(CONTRADICTION)


def _check_no_kin(
    changes: Collection[Change],
    proposal: Proposal,
    roster: Roster,
    on_record: Register,
    *,
    by: StaffMember | System,
) -> None:
    """Refuse changes about the family of whoever approves them (E30, E34)."""
    if not isinstance(by, StaffMember):
        return
    shown = proposal.without(own_children(by, roster, on_record, proposal), roster)
    if not set(changes) <= set(shown.changes):
        raise NotAllowed(OWN_FAMILY)


def _check_not_own(run: ImportRun, *, by: StaffMember | System) -> None:
    """Refuse to take back or throw away what is about the family of whoever asks for it (E30, E34)."""
    if isinstance(by, StaffMember) and is_about_family(by, run, on=clock.today()):
        raise NotAllowed(OWN_IMPORT)


def _lock_people(changes: Collection[Change]) -> None:
    """Lock everybody a run may change: pupils, then guardians, then classes, each in their order."""
    kinds = (
        (Pupil, "pupil", "back", "leave"),
        (Guardian, "guardian", "address"),
        (TeachingGroup, "group"),
    )
    for model, *words in kinds:
        numbers = {one.pk for one in changes if one.pk and _speaks_of(one.verb, words)}
        rows = model._default_manager.select_for_update(no_key=True).filter(pk__in=numbers)
        list(rows.order_by("pk").values_list("pk", flat=True))


def _speaks_of(verb: Verb, words: Collection[str]) -> bool:
    return any(word in verb.value for word in words)


def _locked(run: ImportRun, stage: str) -> ImportRun:
    """Return the run, locked, and no other run beside it: one import at a time."""
    list(School.objects.select_for_update(no_key=True).values_list("pk", flat=True))
    run = ImportRun.objects.select_for_update(no_key=True).get(pk=run.pk)
    if run.stage != stage:
        raise Overtaken("Somebody has decided about this import already.")
    return run


def _decided(run: ImportRun, stage: str, by: StaffMember | System) -> None:
    """Note the decision, and keep what the files said no longer."""
    run.stage, run.roster = stage, ""
    run.decided_at, run.decided_by = clock.now(), _staff(by)
    run.save()


def _staff(by: StaffMember | System) -> StaffMember | None:
    return by if isinstance(by, StaffMember) else None


def _record(run: ImportRun, verb: str, *, by: StaffMember | System, **detail: object) -> None:
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb=f"import.{verb}",
        object=f"school.importrun:{run.pk}",
        **detail,
    )
