"""The one service that destroys: two people, every rule asked again under lock, a certificate."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import transaction

from audit import services as audit
from concerns import policy, selectors
from concerns.models import Certificate, Concern, Destroyed
from concerns.selectors import Kept
from concerns.services import removing
from concerns.services.retention import GONE, check, locked
from school.kin import Known, home, is_one_person
from school.models import StaffMember
from school.names import full_name
from school.services import System
from schoolsafe.lib import clock, ledger
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def agree(references: Collection[str], *, by: StaffMember) -> list[Certificate]:
    """Destroy for ever what somebody else has proposed: account, entries, files, letters, everything.

    All of them or none. Returns a certificate for each who proposed and each desk; its lines go into
    the ledger outside the database too (E97). The audit stays: it holds ids.
    Raises NotAllowed when a proposal has lapsed, when one is on hold, open or not due, or when this
    person may not be the second of the two, or is the first under another account (E96).
    """
    now = clock.now()
    rows = locked(references)
    facts = selectors.facts_of_all(rows, selectors.colleagues(now), now=now)
    kept = selectors.kept(rows, now=now)
    for one in kept:
        _check(one, facts[one.concern.pk], by=by)
    certificates = [
        _destroy(list(group), by=by, now=now)
        for _, group in groupby(sorted(kept, key=_group), key=_group)
    ]
    # Not before it is true. All of it each time: what a full disk kept out once comes in later.
    transaction.on_commit(write_ledger, robust=True)
    return certificates


def write_ledger() -> None:
    """Add to the ledger outside the database whatever it does not say yet."""
    ledger.append(settings.DESTRUCTION_LEDGER, selectors.ledger())


def _check(kept: Kept, facts: policy.Facts, *, by: StaffMember) -> None:
    """Ask everything again of one concern. Raises NotAllowed."""
    proposal, reference = kept.proposal, kept.concern.reference
    if proposal is None or not policy.may_agree(by.viewer(), facts, proposed_by=proposal.by_id):
        raise NotAllowed(GONE)
    check(kept)
    if kept.standing is None:
        raise NotAllowed(f"{reference}: the proposal has lapsed. Somebody has to propose it anew.")
    if is_same_person(proposal.by, by):
        raise NotAllowed("It takes two people: this looks like two accounts of one person.")


def is_same_person(one: StaffMember, other: StaffMember) -> bool:
    """Tell whether two accounts may be one person's; here a name alone is enough to refuse."""
    if full_name(one.name) and full_name(one.name) == full_name(other.name):
        return True
    return is_one_person(*(_known(person) for person in (one, other)))


def _known(person: StaffMember) -> Known:
    return Known(name=person.name, email=person.email, telephone=person.telephone)


def share_a_home(one: StaffMember, other: StaffMember) -> bool:
    """Tell whether two people live together: allowed, said before, and kept on the certificate (E60)."""
    return home(one.household) == home(other.household) != ""


def _group(kept: Kept) -> tuple[int, str]:
    """Return by what the concerns of one certificate belong together: who proposed, and the desk."""
    return (kept.proposal.by_id if kept.proposal else 0, kept.concern.desk)


def _destroy(group: list[Kept], *, by: StaffMember, now: datetime) -> Certificate:
    """Destroy what one person proposed on one desk, and certify it."""
    proposal = group[0].proposal
    assert proposal is not None  # noqa: S101 - _check has seen to it
    first = proposal.by
    certificate = Certificate.objects.create(
        at=now,
        desk=group[0].concern.desk,
        proposed_by=first.actor,
        agreed_by=by.actor,
        share_a_home=share_a_home(first, by),
    )
    lines = [(kept.concern.reference, *check(kept)) for kept in group]
    objects = [kept.concern.object for kept in group]
    Destroyed.objects.bulk_create(
        Destroyed(certificate=certificate, reference=reference, rule=rule, due_on=due_on)
        for reference, due_on, rule in lines
    )
    certificate.rows = removing.remove([kept.concern for kept in group])
    certificate.save(update_fields=["rows"])
    _record(objects, certificate, actor=by.actor, verb="concern.destroy", now=now)
    return certificate


def _record(
    objects: Iterable[str], certificate: Certificate, *, actor: str, verb: str, now: datetime
) -> None:
    """Write into the audit of each concern, and of the certificate, that it was destroyed."""
    for name in [*objects, certificate.object]:
        audit.record(
            at=now, actor=actor, verb=verb, object=name, certificate=certificate.reference,
            first=certificate.proposed_by, second=certificate.agreed_by,
        )  # fmt: skip


@audit.atomic()
def destroy_again(told: Iterable[Mapping[str, Any]], *, by: System) -> int:
    """Destroy what the ledger names and a restore has brought back, and bring back its certificates (E97).

    Two people have agreed to it, whatever the older database says of holds. Returns how many concerns.
    """
    now = clock.now()
    return sum(_again(one, by=by, now=now) for one in told)


def _again(told: Mapping[str, Any], *, by: System, now: datetime) -> int:
    """Bring one certificate back, and destroy again what it names."""
    certificate, _ = Certificate.objects.get_or_create(
        reference=told["certificate"],
        defaults={
            "at": datetime.fromisoformat(told["at"]),
            "desk": told["desk"],
            "proposed_by": told["proposed_by"],
            "agreed_by": told["agreed_by"],
            "share_a_home": told["share_a_home"],
            "rows": told["rows"],
        },
    )
    for reference, rule, due_on in told["destroyed"]:
        Destroyed.objects.get_or_create(
            reference=reference,
            defaults={
                "certificate": certificate,
                "rule": rule,
                "due_on": date.fromisoformat(due_on),
            },
        )
    names = [reference for reference, _, _ in told["destroyed"]]
    rows = list(Concern.objects.select_for_update().filter(reference__in=names).order_by("pk"))
    if not rows:
        return 0
    objects = [row.object for row in rows]
    removing.remove(rows)
    _record(objects, certificate, actor=by.actor, verb="concern.destroy_again", now=now)
    return len(rows)
