"""An answer on its way into the record: what is said, whose it is, and whether it is there already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from consent import policy
from consent.models import Answer, PaperForm, Request, Scan
from consent.policy import Channel, Kind, Weight
from consent.selectors.answers import answers_to
from consent.selectors.voices import count_of, weigh
from school.models import Guardian
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


class TooLate(NotAllowed):
    """The call has begun, ended or been cancelled."""


class Outdated(NotAllowed):
    """The text has changed since the person read it: they must see what changed first."""


class Overtaken(NotAllowed):
    """Something was said or set aside since the page was made: they must see that first."""


@dataclass(frozen=True)
class PupilAlone:
    """A pupil who answers for themselves: from 18, or where it is approved from 16 (E41, E42)."""

    pupil_id: int

    @property
    def actor(self) -> str:
        """Return the name under which the audit knows them."""
        return f"pupil:{self.pupil_id}"


@dataclass(frozen=True, kw_only=True)
class Said:
    """One answer on its way into the record."""

    kind: Kind
    channel: Channel
    may_be_recorded: bool | None = None
    name: str = ""
    relationship: str = ""
    objection: str = ""
    wants_call: bool = False
    at: datetime | None = None
    note: str = ""
    form: PaperForm | None = None
    scan: Scan | None = None


def said_of(
    *,
    takes_part: bool,
    may_be_recorded: bool | None,
    name: str,
    relationship: str,
    objection: str = "",
    wants_call: bool = False,
) -> Said:
    """Return an answer by a link, without what does not go together: a no has no recording, a yes no objection."""
    return Said(
        kind=Kind.YES if takes_part else Kind.NO,
        channel=Channel.LINK,
        may_be_recorded=may_be_recorded if takes_part else None,
        name=name.strip(),
        relationship=relationship,
        objection="" if takes_part else objection,
        wants_call=wants_call and not takes_part,
    )


def beside_what_was_said(
    own: Request,
    meant: Request,
    said: Said,
    *,
    wording_id: int,
    heard: int | None,
    stranger: bool,
) -> tuple[Request, bool, Answer | None]:
    """Return whose answer it is, whether somebody else's, and the very same one if it is there already.

    Behind another's link in a shared mailbox a person answers, or says the same again. What they have
    said otherwise they change behind their own link: the page was about somebody else's answers, so it
    waits until staff have looked (E29). Raises Overtaken when something was said since the page was made.
    """
    given = answers_to(sorted({own.pk, meant.pk}))
    there = _said_already(meant, given[meant.pk], said, wording_id=wording_id)
    if there is None and meant is not own and _changes(given[meant.pk], said):
        meant, stranger = own, True
        there = _said_already(own, given[own.pk], said, wording_id=wording_id)
    if there is None and heard is not None and heard != count_of(given[own.pk]):
        raise Overtaken("Something was said since you opened it. Please read it again.")
    return meant, stranger, there


def declared(request: Request, name: str) -> tuple[Request, bool]:
    """Return whose answer it is by the name typed, and whether that is somebody else's.

    With a link that may lie in another mailbox than the shared one nobody speaks for the other (E34).
    """
    guardian = request.guardian
    on_record = guardian.name if guardian else str(request.pupil)
    if guardian is None or policy.is_same_person(name, on_record):
        return request, not policy.is_same_person(name, on_record)
    others = Request.objects.live().filter(question=request.question_id, pupil=request.pupil_id)
    for row in others.exclude(guardian=None).select_related("question", "pupil", "guardian"):
        other = row.guardian
        if not other or not _shares_mailbox(guardian, other):
            continue
        if policy.is_same_person(name, other.name):
            return (request, True) if _has_link_elsewhere(guardian) else (row, False)
    return request, True


def _said_already(
    request: Request, given: Sequence[Answer], said: Said, *, wording_id: int
) -> Answer | None:
    """Return the last answer, where it says exactly this to this text and counts, or waits for staff.

    One that was set aside or rejected, that waits because its link was disowned, or after which help
    was asked for, is said anew: there the same words change something.
    """
    last = max(given, key=lambda one: one.pk, default=None)
    if last is None or last.wording_id != wording_id or last.recorded_at < request.asked_at:
        return None
    in_doubt = (request.disowned_at, request.help_asked_at)
    is_last_word = all(at is None or at < last.recorded_at for at in in_doubt)
    is_same = all(
        getattr(last, name) == getattr(said, name)
        for name in (
            "kind",
            "channel",
            "may_be_recorded",
            "name",
            "relationship",
            "objection",
            "wants_call",
        )
    )
    return last if is_same and is_last_word and weigh(request, last) is not Weight.NOTHING else None


def _changes(given: Sequence[Answer], said: Said) -> bool:
    """Tell whether somebody who has answered says otherwise now."""
    last = max(given, key=lambda one: one.pk, default=None)
    now = (said.kind.value, said.may_be_recorded)
    return last is not None and (last.kind, last.may_be_recorded) != now


def _has_link_elsewhere(guardian: Guardian) -> bool:
    """Tell whether a living link went to the address that somebody had before: it leads to all theirs."""
    alive = Request.objects.live().filter(guardian=guardian, question__closed_at=None)
    changed_at = guardian.email_changed_at
    return (
        changed_at is not None
        and alive.filter(question__ends_at__gt=clock.now(), created_at__lte=changed_at).exists()
    )


def _shares_mailbox(one: Guardian, other: Guardian) -> bool:
    """Tell whether two people have one address: one channel, two people (E29)."""
    return one.pk != other.pk and one.email.casefold() == other.email.casefold() != ""
