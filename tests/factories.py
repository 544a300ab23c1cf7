"""Plain functions that make rows: sequences, no randomness, no surprises."""

from datetime import date, datetime, time
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model

from school.models import (
    Absence,
    ClosedDay,
    DutySlot,
    Guardian,
    Guardianship,
    Pupil,
    RoleHeld,
    School,
    StaffMember,
    TeachingGroup,
    Term,
)
from school.roles import Role

PASSWORD = "correct horse battery staple"
_numbers = count(1)


def make_school(**facts: Any) -> School:
    """The one school; asked twice, it is the same row."""
    defaults: dict[str, Any] = {
        "name": "Elmfield Primary School",
        "office_telephone": "020 7946 0100",
        "office_email": "office@elmfield.example",
        "microsoft_tenant": "8f6a4c1e-2b3d-4e5f-9a0b-1c2d3e4f5a6b",
        "care_telephone": "020 7946 0200",
        "care_out_of_hours_telephone": "020 7946 0300",
    }
    school, _ = School.objects.update_or_create(pk=1, defaults=defaults | facts)
    return school


def make_term(
    name: str = "Autumn", starts_on: date = date(2026, 9, 1), ends_on: date = date(2026, 12, 18)
) -> Term:
    return Term.objects.create(name=name, starts_on=starts_on, ends_on=ends_on)


def make_closed_day(day: date, reason: str = "INSET") -> ClosedDay:
    return ClosedDay.objects.create(day=day, reason=reason)


def make_staff(
    name: str = "",
    *,
    roles: tuple[Role, ...] = (Role.STAFF,),
    is_active: bool = True,
    is_superuser: bool = False,
    **facts: Any,
) -> StaffMember:
    """A member of staff with an account and the password PASSWORD."""
    number = next(_numbers)
    email = f"staff{number}@elmfield.example"
    user = get_user_model().objects.create_user(
        username=email,
        email=email,
        password=PASSWORD,
        is_active=is_active,
        is_staff=True,
        is_superuser=is_superuser,
    )
    staff = StaffMember.objects.create(user=user, name=name or f"Staff {number}", **facts)
    RoleHeld.objects.bulk_create([RoleHeld(staff=staff, role=role.value) for role in roles])
    return staff


def close_account(*people: StaffMember) -> None:
    """Let people leave the school."""
    get_user_model().objects.filter(staff_member__in=people).update(is_active=False)


def give_role(staff: StaffMember, role: Role) -> None:
    RoleHeld.objects.create(staff=staff, role=role.value)


def make_duty(
    staff: StaffMember, weekday: int, starts_at: time = time(8), ends_at: time = time(17)
) -> DutySlot:
    return DutySlot.objects.create(
        staff=staff, weekday=weekday, starts_at=starts_at, ends_at=ends_at
    )


def make_absence(staff: StaffMember, starts_at: datetime, ends_at: datetime) -> Absence:
    return Absence.objects.create(staff=staff, starts_at=starts_at, ends_at=ends_at)


def make_pupil(given_name: str = "", family_name: str = "", **facts: Any) -> Pupil:
    number = next(_numbers)
    facts.setdefault("year_group", 4)
    return Pupil.objects.create(
        given_name=given_name or f"Pupil{number}", family_name=family_name or "Okafor", **facts
    )


def make_guardian(*pupils: Pupil, name: str = "", email: str | None = None, **tie: Any) -> Guardian:
    """A guardian tied to these pupils; `tie` is what the tie allows. `email=""` means none."""
    number = next(_numbers)
    guardian = Guardian.objects.create(
        name=name or f"Guardian {number}",
        email=f"guardian{number}@family.example" if email is None else email,
        telephone=tie.pop("telephone", f"07700 9{number:05d}"),
        language=tie.pop("language", "en"),
    )
    for pupil in pupils:
        tie_guardian(guardian, pupil, **tie)
    return guardian


def tie_guardian(guardian: Guardian, pupil: Pupil, **tie: Any) -> Guardianship:
    tie.setdefault("relationship", "mother")
    return Guardianship.objects.create(guardian=guardian, pupil=pupil, **tie)


def make_blocked_guardian(
    pupil: Pupil, *, approved_by: StaffMember, blocked_from: date, **facts: Any
) -> Guardian:
    """A guardian under a no-contact order about this pupil."""
    return make_guardian(
        pupil,
        blocked_from=blocked_from,
        block_reason="non-molestation order",
        block_evidence="case file 12",
        block_approved_by=approved_by,
        **facts,
    )


def make_group(
    *pupils: Pupil, name: str = "", staff: tuple[StaffMember, ...] = ()
) -> TeachingGroup:
    group = TeachingGroup.objects.create(name=name or f"Class {next(_numbers)}", year_group=4)
    group.pupils.set(pupils)
    group.staff.set(staff)
    return group
