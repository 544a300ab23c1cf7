"""What families ask: who sees it, whose data may be in the copy, and what this room holds of them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date

from django.db.models import Q, QuerySet

from school import rights
from school.kin import Known, is_one_person
from school.models import (
    FamilyRequest,
    FamilyRequestStep,
    Guardian,
    Guardianship,
    OwnConsent,
    Pupil,
    SourcedId,
)
from school.rights import Barrier
from school.roles import Viewer
from school.selectors.held_changes import changes_held
from school.selectors.kin import family_of, kin_of
from schoolsafe.lib.holdings import Copy, Held, counted, day, moment, section


def family_requests(viewer: Viewer) -> QuerySet[FamilyRequest]:
    """Return the requests that a person answers: none about their own family (E30, E35)."""
    if not rights.may_answer_families(viewer):
        return FamilyRequest.objects.none()
    kin = kin_of(viewer.staff_id)
    rows = FamilyRequest.objects.exclude(pupil__in=kin)
    return rows.exclude(pupil=None, guardian__in=family_of(kin)).select_related("pupil", "guardian")


def asked_about(pupil_ids: Collection[int]) -> set[int]:
    """Return about which of these pupils an open request is, by name or through a guardian: nothing goes (E96)."""
    open_ = FamilyRequest.objects.open()
    named = set(open_.filter(pupil__in=pupil_ids).values_list("pupil_id", flat=True))
    ties = Guardianship.objects.filter(
        pupil__in=pupil_ids, guardian__in=open_.filter(pupil=None).values("guardian")
    )
    return {int(pk) for pk in (*named, *ties.values_list("pupil_id", flat=True)) if pk}


def barrier_for(guardian: Guardian, pupil: Pupil, *, on: date) -> Barrier | None:
    """Return why nothing of a pupil is in what a guardian gets, None where it may be.

    An order counts however the guardian is on record: under another entry of the same person too (E30).
    """
    ties = list(Guardianship.objects.filter(pupil=pupil).select_related("guardian", "pupil"))
    own = next((tie for tie in ties if tie.guardian_id == guardian.pk), None)
    blocked = [tie.guardian for tie in ties if tie.facts().is_blocked(on=on)]
    return rights.barrier(
        is_blocked=any(_is_same(guardian, one) for one in blocked),
        pupil_answers_alone=pupil.answers_alone(on=on),
        has_responsibility=own is not None and own.has_parental_responsibility,
    )


def _is_same(one: Guardian, other: Guardian) -> bool:
    return one.pk == other.pk or is_one_person(_known(one), _known(other))


def _known(one: Guardian) -> Known:
    return Known(name=one.name, email=one.email, telephone=one.telephone)


def children_of(guardian: Guardian) -> list[Pupil]:
    """Return every pupil to whom a guardian is tied, blocked or not."""
    return list(Pupil.objects.filter(guardianships__guardian=guardian).distinct().order_by("pk"))


def children_in(request: FamilyRequest) -> list[Pupil]:
    """Return the pupils a request is about: the one who is named, or all of the guardian who asks."""
    if request.pupil is not None:
        return [request.pupil]
    return children_of(request.guardian) if request.guardian is not None else []


def copy_for(request: FamilyRequest, *, on: date) -> tuple[Copy, dict[int, Barrier]]:
    """Return whose data may be in the copy, and of which child nothing is in it, with why (E30, E33, G38)."""
    pupils, guardian = children_in(request), request.guardian
    barriers = {}
    if guardian is not None:
        found = {one.pk: barrier_for(guardian, one, on=on) for one in pupils}
        barriers = {pk: why for pk, why in found.items() if why is not None}
    open_ = [one for one in pupils if one.pk not in barriers]
    # Who asks for a pupil themselves is told where they are: to a grown-up they are not.
    is_pupil = guardian is None and not request.is_by_another
    hidden = [one.pk for one in open_ if one.is_address_confidential and not is_pupil]
    copy = Copy(
        pupil_ids=frozenset(one.pk for one in open_),
        guardian_id=guardian.pk if guardian is not None else None,
        hidden=frozenset(hidden),
    )
    return copy, barriers


def held_about(copy: Copy) -> Held:
    """Return what the school's own record holds: the people, the guardian's ties, and what was put beside it."""
    pupils = list(
        Pupil.objects.filter(pk__in=copy.pupil_ids)
        .prefetch_related("teaching_groups")
        .order_by("pk")
    )
    guardian = Guardian.objects.filter(pk=copy.guardian_id or 0).first()
    ties = Guardianship.objects.filter(guardian=copy.guardian_id, pupil__in=copy.pupil_ids)
    identifiers = SourcedId.objects.filter(
        Q(pupil__in=copy.open_ids) | Q(guardian__isnull=False, guardian=copy.guardian_id)
    ).order_by("source", "identifier")
    sections = (
        *section("pupils", "Pupils", (_pupil(one, copy) for one in pupils)),
        *section("guardian", "You as a guardian", [_guardian(guardian)] if guardian else []),
        *section(
            "ties", "You and the children", map(_tie, ties.select_related("pupil").order_by("pk"))
        ),
        *section(
            "identifiers",
            "Numbers in the school's own systems",
            ({"System": one.source, "Number": one.identifier} for one in identifiers),
        ),
        *section("changes", "What was changed of these", changes_held(copy)),
        *section("own", "Deciding yourself", _own(copy)),
        *section("beside", "What you asked to be put beside it", _beside(copy)),
    )
    return Held(sections=sections, left_out=_left_out(pupils, copy))


def _pupil(one: Pupil, copy: Copy) -> Mapping[str, str]:
    is_open = one.pk in copy.open_ids
    is_own = copy.guardian_id is None
    return {
        "Name": str(one),
        "Year": "Reception" if not one.year_group else str(one.year_group),
        "Born on": day(one.born_on),
        "Classes": ", ".join(group.name for group in one.teaching_groups.all()) if is_open else "",
        "E-mail": one.email if is_own else "",
        "Left on": day(one.left_on) if is_open else "",
    }


def _guardian(one: Guardian) -> Mapping[str, str]:
    return {
        "Name": one.name,
        "E-mail": one.email,
        "Telephone": one.telephone,
        "Language": one.language,
        "E-mail changed": moment(one.email_changed_at),
        "E-mail confirmed": moment(one.email_confirmed_at),
        "E-mail closed": moment(one.email_closed_at),
    }


def _tie(one: Guardianship) -> Mapping[str, str]:
    return {
        "Child": str(one.pupil),
        "Relationship": one.relationship,
        "Parental responsibility": _yes(one.has_parental_responsibility),
        "Has care": _yes(one.has_care),
        "Is asked for consent": _yes(one.counts_for_consent),
    }


def _own(copy: Copy) -> Iterator[Mapping[str, str]]:
    """Tell a pupil, and nobody else, that they decide themselves: the grounds stay with the team (E42)."""
    rows = OwnConsent.objects.filter(pupil__in=copy.pupil_ids if copy.guardian_id is None else ())
    for one in rows.order_by("pk"):
        yield {
            "From": day(one.begins_on),
            "Until": day(one.until),
            "Approved": moment(one.approved_at),
            "Ended": moment(one.ended_at),
        }


def _beside(copy: Copy) -> Iterator[Mapping[str, str]]:
    """Tell what stands beside what cannot be written over: of the same person's own requests alone."""
    own = Q(guardian=copy.guardian_id) & (Q(pupil=None) | Q(pupil__in=copy.pupil_ids))
    if copy.guardian_id is None:
        own = Q(guardian=None, pupil__in=copy.pupil_ids)
    rows = FamilyRequestStep.objects.filter(
        kind=rights.Step.ENDED, request__in=FamilyRequest.objects.filter(own, outcome="added")
    )
    for one in rows.select_related("request"):
        yield {
            "Asked on": day(one.request.received_on),
            "Your words": str(one.request.words),
            "Put beside it": moment(one.at),
            "In these words": str(one.text),
        }


def _left_out(pupils: Iterable[Pupil], copy: Copy) -> tuple[str, ...]:
    """Say for the staff what is never in a copy that a grown-up gets of this record."""
    hidden = [str(one) for one in pupils if one.pk in copy.hidden]
    others = Guardianship.objects.filter(pupil__in=copy.pupil_ids).exclude(
        guardian=copy.guardian_id or 0
    )
    return (
        *(f"Classes, calls and letters of {name}: the address is confidential" for name in hidden),
        *counted(others.count(), "Other guardians, with their addresses and telephones"),
    )


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"
