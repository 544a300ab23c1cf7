"""What passed between the school and others about a concern: referrals, answers, what was shared, reports."""

from dataclasses import dataclass
from datetime import datetime

from audit import services as audit
from concerns import policy
from concerns.models import Agency, Concern, Entry, Task
from concerns.policy import Action, EntryKind, How, Result
from concerns.services import alerts, tasks
from concerns.services.entering import append, begin, check_past, of, record
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Whom outside something was said to, when, how, and under which reference of theirs."""

    agency: Agency | None
    at: datetime
    person: str = ""
    how: How | None = None
    reference: str = ""

    def fields(self) -> dict[str, object]:
        """Return it as an entry keeps it."""
        return {
            "agency": self.agency,
            "dealt_at": self.at,
            "person": self.person,
            "how": self.how or "",
            "agency_reference": self.reference,
        }


@audit.atomic()
def refer(concern: Concern, *, by: StaffMember, contact: Contact, text: str) -> Entry:
    """Note a referral; their answer is asked for on the next school day (A34).

    Raises NotAllowed without an agency or words, or for a referral that lies in the future.
    """
    now = clock.now()
    concern, scene = begin(concern, Action.REFER, by=by, now=now)
    agency = _agency(contact, now=now)
    entry = append(concern, EntryKind.REFERRAL, by=by, now=now, text=text, **contact.fields())
    owner = concern.owner
    if owner is None or not policy.may_own(owner.pk, scene.facts, scene.people):
        owner = by
    due_on = policy.answer_due(scene.hours, made_at=contact.at)
    tasks.make(
        concern,
        scene,
        by=by,
        what=f"Ask {agency} for their answer to the referral.",
        owner=owner,
        due_on=max(due_on, clock.local(now).date()),
        chases=entry,
    )
    record(concern, Action.REFER, by=by, now=now, agency=agency.pk)
    return entry


@audit.atomic()
def answer(
    concern: Concern,
    *,
    by: StaffMember,
    entry: Entry,
    result: Result,
    text: str,
    at: datetime | None = None,
) -> Entry:
    """Note what somebody outside answered to a referral or a disagreement, or why no answer is awaited.

    Whoever was to ask for it need not any more. Raises NotAllowed without words, or for one in the
    future.
    """
    now = clock.now()
    concern, _ = begin(concern, Action.ANSWER, by=by, now=now)
    asked = of(concern, entry, EntryKind.REFERRAL, EntryKind.DISAGREEMENT)
    if at is not None:
        check_past(at, now=now)
    noted = append(
        concern,
        EntryKind.ANSWER,
        by=by,
        now=now,
        text=text,
        follows=asked,
        result=result,
        dealt_at=at,
        agency=asked.agency,
    )
    for task in Task.objects.open().filter(chases=asked):
        append(concern, EntryKind.TASK_DONE, by=by, now=now, text="They answered.", task=task)
        tasks.end(task, by=by, now=now)
    record(concern, Action.ANSWER, by=by, now=now, result=result)
    return noted


@audit.atomic()
def share(concern: Concern, *, by: StaffMember, contact: Contact, text: str) -> Entry:
    """Note with whom what was shared (G16). Raises NotAllowed when nobody is named."""
    now = clock.now()
    concern, _ = begin(concern, Action.SHARE, by=by, now=now)
    _somebody(contact)
    check_past(contact.at, now=now)
    entry = append(concern, EntryKind.SHARED, by=by, now=now, text=text, **contact.fields())
    record(concern, Action.SHARE, by=by, now=now)
    return entry


@audit.atomic()
def keep_back(
    concern: Concern, *, by: StaffMember, agency: Agency | None, person: str, reasons: str
) -> Entry:
    """Note with whom it was decided not to share, and why (G16)."""
    now = clock.now()
    concern, _ = begin(concern, Action.SHARE, by=by, now=now)
    if agency is None and not person.strip():
        raise NotAllowed("Say who it is: an agency, or somebody by name.")
    entry = append(
        concern,
        EntryKind.NOT_SHARED,
        by=by,
        now=now,
        text=reasons,
        agency=agency,
        person=person,
    )
    record(concern, "keep_back", by=by, now=now)
    return entry


@audit.atomic()
def disagree(
    concern: Concern, *, by: StaffMember, contact: Contact, text: str, entry: Entry | None = None
) -> Entry:
    """Note what the school disagrees about with an agency, and to whom it was taken (A35).

    `entry`: the step before this one, when it goes further up.
    """
    now = clock.now()
    concern, _ = begin(concern, Action.DISAGREE, by=by, now=now)
    _somebody(contact)
    check_past(contact.at, now=now)
    before = None if entry is None else of(concern, entry, EntryKind.DISAGREEMENT)
    noted = append(
        concern,
        EntryKind.DISAGREEMENT,
        by=by,
        now=now,
        text=text,
        follows=before,
        **contact.fields(),
    )
    record(concern, Action.DISAGREE, by=by, now=now)
    return noted


@audit.atomic()
def notify(
    concern: Concern,
    *,
    by: StaffMember,
    contact: Contact,
    holder: StaffMember,
    told_by: StaffMember,
    holder_knows: bool,
    text: str = "",
) -> Entry:
    """Note that the police or the local authority were told, whose duty it was and who did it (G15).

    Each person's is an entry of its own, which nobody takes away. Whoever only logged the concern
    notes what they did themselves. Raises NotAllowed otherwise.
    """
    now = clock.now()
    concern, scene = begin(concern, Action.NOTIFY, by=by, now=now)
    if not policy.may_view(by.viewer(), scene.facts) and {holder.pk, told_by.pk} != {by.pk}:
        raise NotAllowed("Note here what you did yourself.")
    if not _agency(contact, now=now).takes_reports:
        raise NotAllowed("Such a report goes to the police or the local authority.")
    entry = append(
        concern,
        EntryKind.NOTIFICATION,
        by=by,
        now=now,
        staff=holder,
        told_by=told_by,
        holder_knows=holder_knows or holder.pk in {by.pk, told_by.pk},
        **({"text": text} if text.strip() else {}),
        **contact.fields(),
    )
    told = policy.to_tell_of_more(scene.facts, scene.people, besides=by.pk)
    alerts.tell_of_more(concern, told, what=str(entry.pk), now=now)
    record(concern, Action.NOTIFY, by=by, now=now, holder=holder.pk)
    return entry


@audit.atomic()
def tell_holder(concern: Concern, *, by: StaffMember, entry: Entry) -> Entry:
    """Note that the person whose duty it was now knows that the report was made (G15)."""
    now = clock.now()
    concern, _ = begin(concern, Action.SHARE, by=by, now=now)
    report = of(concern, entry, EntryKind.NOTIFICATION)
    if report.holder_knows or report.followed_by.filter(kind=EntryKind.HOLDER_TOLD).exists():
        raise NotAllowed("They know already.")
    noted = append(
        concern, EntryKind.HOLDER_TOLD, by=by, now=now, follows=report, staff=report.staff
    )
    record(concern, "tell_holder", by=by, now=now)
    return noted


def _agency(contact: Contact, *, now: datetime) -> Agency:
    """Return the agency that was told. Raises NotAllowed without one, or before it was told."""
    if contact.agency is None:
        raise NotAllowed("Choose who was told.")
    check_past(contact.at, now=now)
    return contact.agency


def _somebody(contact: Contact) -> None:
    """Refuse what was said to nobody."""
    if contact.agency is None and not contact.person.strip():
        raise NotAllowed("Say who it is: an agency, or somebody by name.")
