"""Requests to see a child's file: who may know of them, what is known of the asker, and what would leave."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from hashlib import sha256

from concerns import policy
from concerns.models import AccessDecision, AccessRequest, AccessStep, Concern, Hold, Involved
from concerns.models.homes import marks_of
from concerns.models.people import ACCUSED
from concerns.policy import requests as rules
from concerns.policy.enclosing import Fate
from concerns.policy.redaction import Other, Redactor
from concerns.policy.requests import (
    Asker,
    Choice,
    RequestStep,
    Risk,
    days_left,
    due_on,
    is_paused,
)
from concerns.selectors.copies import Record, record_of
from concerns.selectors.enclosing import PLAIN, files_to_decide
from concerns.selectors.filed import Filed
from concerns.selectors.parts import Part, Row, child_part, concern_part
from concerns.selectors.transfers import transfers_open
from school.models import Guardian, Guardianship, Pupil, StaffMember
from school.roles import Role, Viewer
from schoolsafe.lib import clock

# What stands instead of names is numbered by what is given: a gap would tell of what is not.
NUMBERED = re.compile(r"\[(another child's adult|another child|a child named by mistake) \(\d+\)\]")
ABOUT_THE_CHILD = frozenset({"Name", "Born on", "Year", "Left on"})


def words_left_out(text: str, left_out: str) -> str | None:
    """Return a text without these words, one stretch to a line; None when one of them is not in it."""
    done = text
    lines = [line.strip() for line in left_out.splitlines() if line.strip()]
    for line in sorted(lines, key=len, reverse=True):
        if _without(text, line) == text:
            return None
        done = _without(done, line)
    return done


def _without(text: str, words: str) -> str:
    return Redactor(child="", others=[Other(instead="left out", names=(words,))])(text)


@dataclass(frozen=True, kw_only=True)
class Passage:
    """One text of a concern as it might leave, and what was decided about it."""

    row: Row
    sha256: str
    decision: AccessDecision | None = None
    file: Filed | None = None

    @cached_property
    def shortened(self) -> str | None:
        """Return the text without the words that are left out, None where they are not in it."""
        return words_left_out(self.row.text, str(self.decision.left_out) if self.decision else "")

    @property
    def is_decided(self) -> bool:
        """Tell whether somebody decided about the text as it is now, so that it can be done."""
        if self.decision is None or self.decision.sha256 != self.sha256:
            return False
        return self.decision.choice != Choice.PART or self.shortened is not None

    @property
    def leaves(self) -> Row | None:
        """Return what is given of it, None for nothing."""
        if self.decision is None or not self.is_decided:
            return None
        if self.decision.choice == Choice.WITHHOLD:
            return None
        return replace(self.row, text=str(self.shortened))

    @property
    def is_file_given(self) -> bool:
        """Tell whether somebody decided that a file goes, whole: until then it does not."""
        if self.file is None or self.decision is None or self.file.fate is not Fate.GOES:
            return False
        return self.is_decided and self.decision.choice == Choice.GIVE


@dataclass(frozen=True, kw_only=True)
class Case:
    """One concern in a request, with all its texts."""

    concern: Concern
    title: str
    passages: tuple[Passage, ...]

    @property
    def undecided(self) -> int:
        """Return how many texts nobody has decided."""
        return sum(not one.is_decided for one in self.passages)

    @property
    def seal(self) -> str:
        """Return a hash of what was decided, the same for everybody who may read this concern."""
        decided = [
            f"{one.row.key}:{one.decision.pk if one.decision else 0}" for one in self.passages
        ]
        return sha256("\n".join(decided).encode()).hexdigest()

    @property
    def part(self) -> Part | None:
        """Return what leaves of it: nothing at all where nothing of it is given."""
        rows = tuple(row for one in self.passages if (row := one.leaves) is not None)
        return Part(title=self.title, rows=rows, is_concern=True) if rows else None


@dataclass(frozen=True, kw_only=True)
class Pack:
    """All that one person may read for a request, and what would leave of it."""

    request: AccessRequest
    record: Record
    cases: tuple[Case, ...]

    @property
    def undecided(self) -> int:
        """Return how many texts nobody has decided."""
        return sum(case.undecided for case in self.cases)

    @property
    def files(self) -> list[Filed]:
        """Return the files that somebody decided to give, in their order."""
        every = [one for case in self.cases for one in case.passages]
        return [one.file for one in every if one.file is not None and one.is_file_given]

    @cached_property
    def parts(self) -> list[Part]:
        """Return what leaves: who the child is, and of each concern what is given."""
        child = child_part(self.record)
        facts = tuple(row for row in child.rows if row.name in ABOUT_THE_CHILD)
        given = [part for case in self.cases if (part := case.part) is not None]
        return _numbered_anew([replace(child, rows=facts), *given])


def _numbered_anew(parts: Sequence[Part]) -> list[Part]:
    """Return these parts with everybody who is left out numbered in the order in which they appear."""
    known: dict[str, str] = {}
    counts: dict[str, int] = {}

    def anew(found: re.Match[str]) -> str:
        if found[0] not in known:
            counts[found[1]] = counts.get(found[1], 0) + 1
            known[found[0]] = f"[{found[1]} ({counts[found[1]]})]"
        return known[found[0]]

    return [
        replace(part, rows=tuple(replace(r, text=NUMBERED.sub(anew, r.text)) for r in part.rows))
        for part in parts
    ]


def pack_of(request: AccessRequest, viewer: Viewer) -> Pack:
    """Return what a person may read for a request, with what was decided of each text (G38)."""
    record = record_of(request.pupil, viewer)
    record = replace(record, files=files_to_decide(record))
    files = {one.key: one for one in record.files}
    plain = replace(record, redact=PLAIN, labels={})
    rows = request.decisions.filter(concern__in=record.concerns).select_related("by")
    decided = {(row.concern_id, row.key): row for row in rows}
    cases = []
    for concern in record.concerns:
        part, whole = concern_part(record, concern), concern_part(plain, concern)
        passages = tuple(
            Passage(
                row=row,
                sha256=sha256(told.text.encode()).hexdigest(),
                decision=decided.get((concern.pk, row.key)),
                file=files.get(row.key),
            )
            for row, told in zip(part.rows, whole.rows, strict=True)
            # Who looked when is about the staff, and a look would change what was decided.
            if row.key
        )
        cases.append(Case(concern=concern, title=part.title, passages=passages))
    return Pack(request=request, record=record, cases=tuple(cases))


def risk_of(request: AccessRequest, *, today: date) -> Risk:
    """Return what is known of the asker, from every concern, whoever looks; in doubt it is so (E94)."""
    if request.asker == Asker.PUPIL:
        return Risk()
    return Risk(
        is_blocked=_is_blocked(request, today=today), is_alleged=_is_alleged(request.pupil, request)
    )


def _is_blocked(request: AccessRequest, *, today: date) -> bool:
    """Tell whether the asker may have no contact; of somebody unknown, whether anybody may not."""
    ties = Guardianship.objects.filter(pupil=request.pupil).exclude(blocked_from=None)
    blocked = [
        tie
        for tie in ties.select_related("guardian")
        if tie.blocked_until is None or tie.blocked_until >= today
    ]
    if request.asker == Asker.OTHER or request.guardian is None:
        return bool(blocked)
    own = marks_of(request.guardian)
    return any(
        tie.guardian_id == request.guardian_id or marks_of(tie.guardian) & own for tie in blocked
    )


def _is_alleged(pupil: Pupil, request: AccessRequest) -> bool:
    """Tell whether an adult in words is said to have harmed, who may be the asker, or it is them."""
    here = Involved.objects.filter(pupil=pupil).values("concern")
    accused = Involved.objects.filter(concern__in=here, part__in=ACCUSED)
    in_words = accused.filter(kind=Involved.Kind.ADULT, meant__staff=None)
    if in_words.exists():
        return True
    staff = accused.filter(kind=Involved.Kind.STAFF).select_related("staff__user")
    return any(row.staff is not None and _is_asker(row.staff, request.guardian) for row in staff)


def _is_asker(staff: StaffMember, guardian: Guardian | None) -> bool:
    return guardian is None or bool(marks_of(staff) & marks_of(guardian))


def requests_open(viewer: Viewer) -> list[AccessRequest]:
    """Return the open requests to which a person sees."""
    rows = AccessRequest.objects.open()
    # Mostly there is none: who stands outside is asked only where there is.
    if not rules.may_handle_requests(viewer) or not rows.exists():
        return []
    return list(rows.visible_to(viewer).select_related("pupil"))


def clock_of(row: AccessRequest) -> dict[str, object]:
    """Return an open request with its clock."""
    asked, today = row.asked(), clock.today()
    left = days_left(asked, today=today)
    return {
        "row": row,
        "due_on": due_on(asked, today=today),
        "left": left,
        "is_late": left < 0,
        "late_by": -left,
        "is_paused": is_paused(asked),
    }


def clocks_open(viewer: Viewer) -> list[dict[str, object]]:
    """Return the open requests to which a person sees, each with its clock."""
    return [clock_of(row) for row in requests_open(viewer)]


def out_of_the_house(viewer: Viewer) -> dict[str, object]:
    """Return for the list of concerns which files have to leave, and who asks to see one."""
    return {"leavers": transfers_open(viewer), "asked": clocks_open(viewer)}


def requests_ended(viewer: Viewer) -> list[AccessRequest]:
    """Return the ended requests of which a person may know, the newest first."""
    rows = AccessRequest.objects.exclude(ended_at=None).visible_to(viewer)
    return list(rows.select_related("pupil").order_by("-ended_at"))


def is_asked_for(held: Hold) -> bool:
    """Tell whether a hold belongs to a request that is open: it ends with it, and not before (E96)."""
    return AccessRequest.objects.open().filter(hold_number=held.pk).exists()


def to_tell_of_requests(
    requests: Sequence[AccessRequest], people: Iterable[policy.Colleague]
) -> dict[int, list[int]]:
    """Return for each request whom to remind: all who see to it and are here; else all who see to it."""
    told: dict[int, list[policy.Colleague]] = {row.pk: [] for row in requests}
    for person in people:
        viewer = Viewer(staff_id=person.staff_id, roles=person.roles)
        if not rules.may_handle_requests(viewer):
            continue
        for row in AccessRequest.objects.filter(pk__in=told).visible_to(viewer):
            told[row.pk].append(person)
    return {
        pk: [one.staff_id for one in ([p for p in able if not p.is_away] or able)]
        for pk, able in told.items()
    }


def approvals(request: AccessRequest) -> list[AccessStep]:
    """Return the approvals that no release has used up."""
    fresh: list[AccessStep] = []
    rows = request.steps.select_related("by__user").prefetch_related("by__roles_held", "seen")
    for step in rows:
        if step.kind == RequestStep.RELEASED:
            fresh = []
        elif step.kind == RequestStep.APPROVED:
            fresh.append(step)
    return fresh


def standing_approvals(pack: Pack) -> list[AccessStep]:
    """Return the approvals of exactly what would leave now, by people who still see to the request."""
    seals = {case.concern.pk: case.seal for case in pack.cases}
    return [step for step in approvals(pack.request) if _stands(step, pack.request, seals)]


def _stands(step: AccessStep, request: AccessRequest, seals: Mapping[int, str]) -> bool:
    """Tell whether somebody has approved all that they may read of this, as it is now."""
    viewer = step.by.viewer()
    seen = {row.concern_id: row.sha256 for row in step.seen.all()}
    if any(seals.get(pk, seal) != seal for pk, seal in seen.items()):
        return False
    if not AccessRequest.objects.filter(pk=request.pk).visible_to(viewer).exists():
        return False
    new = Concern.objects.filter(pk__in=seals.keys() - seen.keys())
    return not new.visible_to(viewer).exists()


def unseen_by(pack: Pack, steps: Iterable[AccessStep]) -> int:
    """Return how many of these concerns none of these approvals has seen."""
    seen = {row.concern_id for step in steps for row in step.seen.all()}
    return sum(case.concern.pk not in seen for case in pack.cases)


def has_head(request: AccessRequest, people: Iterable[policy.Colleague]) -> bool:
    """Tell whether there is a headteacher who does not stand outside."""
    return any(
        AccessRequest.objects.filter(pk=request.pk)
        .visible_to(Viewer(staff_id=one.staff_id, roles=one.roles))
        .exists()
        for one in people
        if one.holds(Role.HEADTEACHER)
    )


def still_missing(pack: Pack) -> tuple[str, ...]:
    """Return all that stands in the way of giving it, besides an approval that is still to come."""
    asked, today = pack.request.asked(), clock.today()
    is_held = rules.is_held(asked, risk_of(pack.request, today=today))
    found = rules.missing(asked, is_held=is_held, today=today)
    if pack.undecided:
        number = pack.undecided
        found += (f"Decide about {number} text{'' if number == 1 else 's'} of the file.",)
    return found


def approval_missing(pack: Pack, people: Iterable[policy.Colleague]) -> str:
    """Return whose approval is still to come before this may leave."""
    steps = standing_approvals(pack)
    asked, today = pack.request.asked(), clock.today()
    words = rules.approvals_missing(
        [step.by.viewer() for step in steps],
        is_held=rules.is_held(asked, risk_of(pack.request, today=today)),
        has_head=has_head(pack.request, people),
    )
    if not words and unseen_by(pack, steps):
        return "Nobody has approved all of it as it is now."
    return words
