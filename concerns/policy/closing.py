"""What a concern must hold before it is closed (G2, G18), and when a second person signs (A32)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from concerns.policy.moves import TAKEN, EntryKind, Status, Urgency
from schoolsafe.lib.rules import NotAllowed


class Lack(StrEnum):
    """What may be missing before a concern is closed; the page gives each the button that mends it."""

    ACKNOWLEDGEMENT = "acknowledgement"
    DECISION = "decision"
    TASK = "task"
    REFERRAL = "referral"
    ANSWER = "answer"
    REPLY = "reply"
    WORDS = "words"
    TOLD = "told"
    HANDING = "handing"
    SECOND = "second"

    @property
    def label(self) -> str:
        """Return what is missing, in words."""
        return LACK_LABELS[self]


LACK_LABELS = {
    Lack.ACKNOWLEDGEMENT: "Nobody has acknowledged it.",
    Lack.DECISION: "Nothing is decided, with reasons.",
    Lack.TASK: "A task is neither done nor cancelled.",
    Lack.REFERRAL: "It was decided to tell somebody outside, and no referral is noted.",
    Lack.ANSWER: "Somebody outside has not answered, and nobody has said why no answer is awaited.",
    Lack.REPLY: "A question to whoever logged it is open.",
    Lack.WORDS: "Somebody on the staff may be meant by what was written, and nobody has said.",
    Lack.TOLD: "Somebody does not know yet that a report was made on their behalf.",
    Lack.HANDING: "It was handed over, and nobody has confirmed that it is there.",
    Lack.SECOND: "It was urgent: a second person looks at it before it is closed.",
}


@dataclass(frozen=True, kw_only=True)
class Missing:
    """One thing that is missing, and the row it is missing of, where there is one."""

    lack: Lack
    row: int | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """One entry of a chronology as the rule of the second person sees it."""

    kind: EntryKind
    by: int


@dataclass(frozen=True, kw_only=True)
class Case:
    """A concern as the rules of closing see it; numbers are those of the rows concerned.

    `urgencies` are all it ever counted as. `readers` may read it at its desk. `steps` is its
    chronology. `owes_referral`: the decision that stands says that somebody outside is told, and
    none is on record since.
    """

    status: Status
    urgencies: frozenset[Urgency]
    readers: frozenset[int]
    steps: Sequence[Step] = ()
    open_tasks: Sequence[int] = ()
    owes_referral: bool = False
    unanswered: Sequence[int] = ()
    unreplied: Sequence[int] = ()
    unsettled: Sequence[int] = ()
    untold: Sequence[int] = ()
    unconfirmed: Sequence[int] = ()

    @property
    def was_urgent(self) -> bool:
        """Tell whether it ever counted as urgent, by the reporter's word or the team's."""
        return Urgency.URGENT in self.urgencies

    @property
    def decider(self) -> int | None:
        """Return who made the decision that stands; none stands that was made before a reopening."""
        for step in reversed(self.steps):
            if step.kind in {EntryKind.REOPENING, EntryKind.RAISED}:
                return None
            if step.kind in {EntryKind.DECISION, EntryKind.SETTLED}:
                return step.by
        return None


def others(case: Case) -> frozenset[int]:
    """Return who could look at it as the second person: every reader who did not decide (A32)."""
    return case.readers - {case.decider}


def is_signed(case: Case) -> bool:
    """Tell whether a second person has signed, and nothing has happened since: what is new is theirs to see."""
    return bool(case.steps) and case.steps[-1].kind is EntryKind.SECOND_SIGNED


def asked_by(case: Case) -> int | None:
    """Return who has asked for a second person and waits for the answer."""
    for step in reversed(case.steps):
        if step.kind is EntryKind.SECOND_ASKED:
            return step.by
        if step.kind in ENDS_ASKING:
            return None
    return None


ENDS_ASKING = {
    EntryKind.SECOND_SIGNED,
    EntryKind.SECOND_REFUSED,
    EntryKind.DECISION,
    EntryKind.REOPENING,
    EntryKind.CLOSURE,
    EntryKind.RAISED,
    EntryKind.SETTLED,
}


def is_alone(case: Case) -> bool:
    """Tell whether it is closed by one person although it was urgent: nobody else may read it.

    The headteacher's desk has one reader, and the chair of governors must not see a pupil's matter.
    Then it can be closed, and the record says that nobody else was there.
    """
    return case.was_urgent and not others(case)


def missing_before_second(case: Case) -> tuple[Missing, ...]:
    """Return what is missing of the work itself, whoever signs."""
    found = []
    if case.status not in TAKEN:
        found.append(Missing(lack=Lack.ACKNOWLEDGEMENT))
    if case.decider is None:
        found.append(Missing(lack=Lack.DECISION))
    if case.owes_referral:
        found.append(Missing(lack=Lack.REFERRAL))
    rows = (
        (Lack.TASK, case.open_tasks),
        (Lack.ANSWER, case.unanswered),
        (Lack.REPLY, case.unreplied),
        (Lack.WORDS, case.unsettled),
        (Lack.TOLD, case.untold),
        (Lack.HANDING, case.unconfirmed),
    )
    return (*found, *(Missing(lack=lack, row=row) for lack, each in rows for row in each))


def missing_for_closure(case: Case) -> tuple[Missing, ...]:
    """Return all that is missing before a concern may be closed; nothing, when it is complete (G2, G18)."""
    missing = missing_before_second(case)
    if case.was_urgent and others(case) and not is_signed(case):
        return (*missing, Missing(lack=Lack.SECOND))
    return missing


def check_closing(case: Case) -> None:
    """Refuse to close what is not complete, and say what is missing first."""
    missing = missing_for_closure(case)
    if missing:
        raise NotAllowed(missing[0].lack.label)


def check_settling(case: Case) -> None:
    """Refuse to settle a low-level concern while anything else than the decision is missing (G10)."""
    missing = [one for one in missing_for_closure(case) if one.lack is not Lack.DECISION]
    if missing:
        raise NotAllowed(missing[0].lack.label)


def may_sign(staff_id: int, case: Case) -> bool:
    """Tell whether somebody may be the second person: a reader who neither decided nor asked (A32)."""
    asker = asked_by(case)
    return asker is not None and staff_id in others(case) - {asker}
