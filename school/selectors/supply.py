"""Reads about supply staff: who is here or expected, and who was here lately."""

from dataclasses import dataclass
from datetime import date, timedelta

from school.models import StaffMember, SupplyStay

# Who was here longer ago is entered anew, and found by the address all the same.
SHOWN = timedelta(days=365)


@dataclass(frozen=True, kw_only=True)
class Supply:
    """Supply staff as their page shows them, with their newest stay."""

    staff: StaffMember
    stay: SupplyStay
    is_here: bool
    is_expected: bool


def supply_staff(*, on: date) -> list[Supply]:
    """Return supply staff by name, each once, as of their newest stay."""
    stays = SupplyStay.objects.filter(ends_on__gte=on - SHOWN).select_related(
        "staff__user", "checked_by"
    )
    newest: dict[int, SupplyStay] = {}
    for stay in stays:
        newest.setdefault(stay.staff_id, stay)
    return sorted((_told(stay, on=on) for stay in newest.values()), key=lambda one: one.staff.name)


def _told(stay: SupplyStay, *, on: date) -> Supply:
    is_over = stay.ended_at is not None or stay.ends_on < on or not stay.staff.user.is_active
    return Supply(
        staff=stay.staff,
        stay=stay,
        is_here=not is_over and stay.starts_on <= on,
        is_expected=not is_over and stay.starts_on > on,
    )
