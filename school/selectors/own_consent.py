"""Pupils who answer for themselves: where they are written to, and what was decided about it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from itertools import islice

from django.db.models import Q, QuerySet

from school import policy
from school.deciding import Stage, is_near
from school.mailboxes import same_mailbox
from school.models import Guardianship, OwnConsent, Pupil
from school.roles import SAFEGUARDING_TEAM, Viewer, may_approve_own_consent
from school.selectors.kin import kin_of
from school.selectors.people import Contact, links_of, unsettled_until
from schoolsafe.lib import clock, languages

MOST_FOUND = 20
# What keeps a letter from a pupil, and nobody from telling them.
UNREACHED = {None, policy.Refusal.NO_ADDRESS, policy.Refusal.CAME_BACK}


def pupil_alone(pupil_id: int, now: datetime) -> Pupil | None:
    """Return a pupil who answers for themselves, is here, and whose mailbox is their own; else None.

    One without an address, or whose address takes nothing, is told by the office.
    """
    pupil = Pupil.objects.filter(pk=pupil_id).first()
    if pupil is None:
        return None
    refusals = own_refusals([pupil], on=clock.local(now).date())
    return pupil if refusals.get(pupil_id, policy.Refusal.GUARDIANS_DECIDE) in UNREACHED else None


def own_contact(pupil_id: int, now: datetime) -> Contact:
    """Return where a pupil who answers alone is written to now; `refused` says why they may not be."""
    today = clock.local(now).date()
    pupil = Pupil.objects.filter(pk=pupil_id).first()
    if pupil is None:
        return Contact(
            address="", language=languages.ENGLISH, pupil_ids=(), refused="is not on roll"
        )
    refusal = own_refusals([pupil], on=today).get(pupil_id, policy.Refusal.GUARDIANS_DECIDE)
    return Contact(
        address="" if refusal else pupil.email,
        language=languages.ENGLISH,
        pupil_ids=() if refusal else (pupil_id,),
        refused=refusal.value if refusal else "",
        unsettled_until=unsettled_until(pupil, now),
    )


def own_refusals(pupils: Iterable[Pupil], *, on: date) -> dict[int, policy.Refusal | None]:
    """Return those of these pupils who answer alone, each with why they can't be written to.

    One query where there are any, and none where all are children.
    """
    alone = {pupil.pk: pupil for pupil in pupils if pupil.answers_alone(on=on)}
    if not alone:
        return {}
    others: dict[int, list[policy.Link]] = defaultdict(list)
    for row in links_of(list(alone)):
        others[row.pupil_id].append(row.facts())
    return {pk: policy.own_refusal(one.own(), others[pk], on=on) for pk, one in alone.items()}


def reads_mailbox_of(pupil: Pupil, address: str) -> bool:
    """Tell whether a guardian of a pupil is written to at an address that is to be the pupil's own."""
    ties = Guardianship.objects.filter(pupil=pupil).values_list("guardian__email", flat=True)
    return any(same_mailbox(email, address) for email in ties)


def own_address_fault(pupil: Pupil) -> str:
    """Return why a pupil who decides could not be written to, or nothing."""
    if not pupil.email:
        return policy.Refusal.NO_ADDRESS.value
    if reads_mailbox_of(pupil, pupil.email):
        return policy.Refusal.READ_BY_FAMILY.value
    return policy.Refusal.CAME_BACK.value if pupil.email_closed_at else ""


def names_of_deciding(pupil: Pupil, on: date) -> list[str]:
    """Return the guardians who decide where the pupil does not, by name."""
    rows = links_of([pupil.pk])
    return [
        row.guardian.name
        for row in rows
        if policy.counts(replace(row.facts(), decides_from=None, decides_until=None), on=on)
    ]


def pupils_near_deciding(search: str, on: date) -> list[Pupil]:
    """Return the first pupils of these names who are 15 to 17, or of unknown age."""
    pupils = Pupil.objects.on_roll(on=on)
    for word in search.split():
        pupils = pupils.filter(Q(given_name__icontains=word) | Q(family_name__icontains=word))
    near = (
        one
        for one in pupils
        if is_near(one.born_on, year_group=one.year_group, on=on)
        and not policy.is_adult(one.born_on, on=on)
    )
    return list(islice(near, MOST_FOUND))


def own_consents(pupil: Pupil) -> list[OwnConsent]:
    """Return what was proposed and decided about a pupil's own consent, newest first."""
    return list(_own_consents().filter(pupil=pupil))


def open_own_consents(on: date) -> list[OwnConsent]:
    """Return the proposals that wait, and the pupils who decide themselves by approval, by name (E42)."""
    rows = _own_consents().filter(ended_at=None).order_by("pupil__family_name", "pk")
    return [
        row
        for row in rows
        if row.stage(on=on) is not Stage.OVER
        and not policy.is_adult(row.pupil.born_on, on=on)
        and not policy.has_left(row.pupil.left_on, on=on)
    ]


def own_consents_to_approve(viewer: Viewer, on: date) -> list[OwnConsent]:
    """Return the proposals about which a person is to decide; their own family is not for them."""
    if not viewer.holds(*SAFEGUARDING_TEAM):
        return []
    kin = kin_of(viewer.staff_id)
    return [
        row
        for row in open_own_consents(on)
        if row.approved_at is None
        and row.pupil_id not in kin
        and may_approve_own_consent(viewer, asked_by=row.asked_by.viewer())
    ]


def _own_consents() -> QuerySet[OwnConsent]:
    people = ("pupil", "asked_by__user", "approved_by", "ended_by")
    return OwnConsent.objects.select_related(*people).prefetch_related("asked_by__roles_held")


def may_pupil_be_told_at(pupil_id: int, address: str, now: datetime) -> bool:
    """Tell whether a pupil may be written to at an address that was theirs until now (E34)."""
    today = clock.local(now).date()
    pupil = Pupil.objects.filter(pk=pupil_id).first()
    if pupil is None:
        return False
    own = replace(pupil.own(), address=address, is_closed=False)
    others = [row.facts() for row in links_of([pupil_id])]
    return policy.own_refusal(own, others, on=today) is None
