"""Giving the child in a concern about an adult a record of its own, linked by reference only (E104)."""

from uuid import uuid4

from audit import services as audit
from concerns import selectors
from concerns.models import Concern, Counterpart, Involved
from concerns.policy import Action, Part, Urgency, When
from concerns.services import filing
from concerns.services.entering import NO_WORDS, begin, record
from concerns.services.filing import Account, Named
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def split(concern: Concern, *, by: StaffMember, text: str) -> Counterpart:
    """Give the children in a concern about an adult a record of their own, at the team's desk.

    It holds the words written for it and names no adult: neither text, category nor file goes over.
    The accused and who shares their home stand outside it too, and nothing in it says why.
    Each is kept by its own rule. Raises NotAllowed without words, when no child is named, when there
    is one already, and for whoever may not read the concern about the adult.
    """
    now = clock.now()
    concern, _ = begin(concern, Action.SPLIT, by=by, now=now)
    if not text.strip():
        raise NotAllowed(NO_WORDS)
    if Counterpart.objects.filter(staff_record=concern).exists():
        raise NotAllowed("The child has a record of its own already.")
    children = _children(concern)
    if not children:
        raise NotAllowed("No child is named in it.")
    account = Account(
        urgency=Urgency(concern.urgency),
        happened=When(concern.happened),
        happened_at=concern.happened_at,
        seen=text,
        people=children,
    )
    made = filing.write_down(
        account, by=by, key=uuid4(), now=now, aside=selectors.outside_childs_record(concern)
    )
    counterpart = Counterpart.objects.create(staff_record=concern, pupil_record=made, at=now, by=by)
    # In neither the other: whoever looks through the audit of one may not know that it exists (E8).
    record(concern, Action.SPLIT, by=by, now=now)
    return counterpart


def _children(concern: Concern) -> list[Named]:
    """Return the children in a concern with their parts, each as whom the words mean."""
    rows = concern.involved.filter(
        kind__in=[Involved.Kind.PUPIL, Involved.Kind.CHILD], meant=None
    ).select_related("pupil")
    return [
        Named(part=Part(row.part), pupil=row.pupil, name="" if row.pupil else str(row.name))
        for row in rows
    ]
