"""The demo school before anything happens in it: settings, calendar, staff, families, classes."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from django.contrib.auth.hashers import make_password

from meetings import services as meetings
from meetings.models import Purpose
from meetings.policy import RecordingRule
from school import calendar as hours
from school import policy as people_policy
from school import services as school
from school.models import (
    ClosedDay,
    Guardian,
    Guardianship,
    Pupil,
    School,
    StaffMember,
    TeachingGroup,
    Term,
)
from school.services import SETUP
from school.terms import calendar
from schoolsafe.demo.cast import Cast
from schoolsafe.demo.days import Days, school_year, terms
from schoolsafe.demo.families import Adult, Child, Family, everybody
from schoolsafe.demo.people import PEOPLE
from schoolsafe.lib import clock

NAME = "Elmfield Primary School"
PASSWORD = "elmfield-demo-school"  # noqa: S105 - printed when the demo is loaded, in development only
TENANT = "8f6a4c1e-2b3d-4e5f-9a0b-1c2d3e4f5a6b"
OPENED = timedelta(days=70)
# The year group of the mentor who has just turned 18.
MENTOR_OF_18 = 13
TURNED_18 = timedelta(days=10)
BLOCKED = timedelta(days=50)
LEFT = timedelta(days=21)
# Who teaches each year's two classes.
TEACHERS = {
    0: ("aisha", "nina"),
    1: ("ben", "kit"),
    2: ("laura", "nina"),
    3: ("carmen", "fiona"),
    4: ("helen", "sam"),
    5: ("tom", "owen"),
    6: ("ruth", "grace"),
}
# Mornings and afternoons of the safeguarding team, Monday to Friday: somebody is always on duty.
ROTA = {
    "joan": [(0, "am"), (1, "pm"), (2, "am"), (3, "pm"), (4, "am")],
    "daniel": [(0, "pm"), (2, "pm"), (4, "pm")],
    "priya": [(1, "am"), (3, "am")],
    "ruth": [(1, "pm"), (2, "am"), (4, "am")],
}
THURSDAY = 3
SHIFTS = {"am": (time(8), time(12, 30)), "pm": (time(12, 30), time(17))}
PURPOSES = {
    "reading": (
        "Reading together",
        RecordingRule.OPTIONAL,
        "Choose the pages beforehand. Cameras on while a child reads.",
    ),
    "lesson": (
        "Lesson for pupils at home",
        RecordingRule.ADVISED,
        "Record it, so that pupils who were ill can see it, or write down why not.",
    ),
    "link": (
        "Link-up with another school",
        RecordingRule.REQUIRED,
        "The other school has agreed to the recording. First names only.",
    ),
    "pastoral": (
        "Pastoral or counselling talk",
        RecordingRule.NOT_ALLOWED,
        "Two adults, always. Nobody records.",
    ),
    "club": ("After-school club", RecordingRule.OPTIONAL, ""),
}


def begin(now: datetime) -> Days:
    """Write down the school and its calendar, some weeks ago, and return the days of the demo."""
    today = clock.local(now).date()
    with clock.standing_at(now - OPENED):
        school.set_up(by=SETUP, school=_school())
        stretches = terms(today)
        closed = [
            ClosedDay(day=day, reason="INSET: staff training")
            for stretch in stretches
            if stretch.is_first_half and (day := stretch.starts_on) != today
        ]
        school.set_calendar(
            by=SETUP,
            terms=[
                Term(name=row.name, starts_on=row.starts_on, ends_on=row.ends_on)
                for row in stretches
            ],
            closed_days=list({row.day: row for row in closed}.values()),
        )
    return Days(now=now, calendar=calendar())


def populate(days: Days) -> Cast:
    """Bring in the staff, the families, the classes and the purposes of calls."""
    with clock.standing_at(days.now - OPENED + timedelta(hours=1)):
        staff = _employ()
        _roster(staff, days.now)
        _choose(staff)
        pupils, years = _enrol(days, staff)
        return Cast(
            days=days,
            staff=staff,
            pupils=pupils,
            years=years,
            groups=_form_groups(staff, pupils, years),
            purposes=_offer_purposes(staff["joan"]),
        )


def _school() -> School:
    return School(
        name=NAME,
        office_telephone="020 7946 0100",
        office_email="office@elmfield.example",
        microsoft_tenant=TENANT,
        care_telephone="020 7946 0200",
        care_out_of_hours_telephone="020 7946 0300",
        officer_name="Elm County's designated officer (LADO)",
        officer_telephone="020 7946 0400",
        officer_email="lado@elmcounty.example",
        # Whoever looks at the demo in the evening wants to see its letters arrive.
        quiet_from=time(0),
        quiet_until=time(0),
        opens_at=time(8, 30),
        closes_at=time(16),
    )


def _employ() -> dict[str, StaffMember]:
    password_hash = make_password(PASSWORD)
    return {
        person.key: school.employ(
            by=SETUP,
            name=person.name,
            email=person.email,
            telephone=f"07700 900{number:03d}",
            roles=person.roles,
            household=person.household,
            is_eligible_for_calls=person.is_eligible,
            password_hash=password_hash,
            is_superuser=person.is_superuser,
        )
        for number, person in enumerate(PEOPLE, start=1)
    }


def _roster(staff: dict[str, StaffMember], now: datetime) -> None:
    """Put the safeguarding team on duty, and let one teacher be on leave.

    A deputy is away on one of her mornings, which nobody has filled yet; two share the next holiday.
    """
    for key, shifts in ROTA.items():
        slots = [(weekday, *SHIFTS[shift]) for weekday, shift in shifts]
        school.put_on_duty(staff[key], by=staff["joan"], slots=slots)
    school.record_absence(
        staff["fiona"],
        by=staff["joan"],
        starts_at=now - timedelta(days=14),
        ends_at=now + timedelta(days=60),
        reason="Parental leave",
    )
    _leave_a_hole(staff, clock.local(now).date())
    _answer_in_the_next_holiday(staff, clock.local(now).date())


def _leave_a_hole(staff: dict[str, StaffMember], today: date) -> None:
    """Let the deputy who is alone on Thursday mornings be away on the next one that is not too near."""
    day = today + timedelta(days=3)
    while day.weekday() != THURSDAY:
        day += timedelta(days=1)
    school.record_absence(
        staff["priya"],
        by=staff["priya"],
        starts_at=clock.at(day, time()),
        ends_at=clock.at(day, time(12)),
        reason="Course",
    )


def _answer_in_the_next_holiday(staff: dict[str, StaffMember], today: date) -> None:
    """Let the lead and a deputy share the next holiday between two terms, where one is entered."""
    to_come = [one for one in hours.term_holidays(calendar()) if one[0] > today]
    for first, last in to_come[:1]:
        begins, ends = clock.at(first, time()), clock.at(last + timedelta(days=1), time())
        middle = clock.at(first + (last - first) / 2, time())
        for key, starts_at, ends_at in (("daniel", begins, middle), ("joan", middle, ends)):
            if starts_at < ends_at:
                school.answer_besides(
                    staff[key], by=staff[key], starts_at=starts_at, ends_at=ends_at
                )


def _choose(staff: dict[str, StaffMember]) -> None:
    """Let the lead change one setting."""
    why = "Ten minutes were long for a child alone with two adults."
    school.change_setting("wait_for_others_minutes", 8, by=staff["joan"], why=why, seen=0)


def propose(cast: Cast) -> None:
    """Let the lead propose a weaker setting, which waits for the headteacher."""
    why = "Pupils at home after an operation watch the lessons for longer than a month."
    school.change_setting("keep_recordings_days", 60, by=cast.staff["joan"], why=why, seen=0)


def _enrol(
    days: Days, staff: dict[str, StaffMember]
) -> tuple[dict[str, Pupil], dict[int, list[Pupil]]]:
    """Enrol every family; return the pupils of the awkward ones by name, the others by year."""
    families = everybody()
    rows = {
        (family, child): _pupil(family, child, days.today)
        for family in families
        for child in family.children
    }
    school.enrol(by=SETUP, pupils=list(rows.values()))
    adults = {
        (family, adult): _guardian(adult, number)
        for number, (family, adult) in enumerate(
            (family, adult) for family in families for adult in family.adults
        )
    }
    school.add_guardians(by=SETUP, guardians=list(adults.values()))
    ties = [
        (_tie(guardian, rows[family, child], adult), adult)
        for (family, adult), guardian in adults.items()
        for child in family.children
    ]
    school.tie(by=SETUP, ties=[row for row, _ in ties])
    siblings = [[rows[family, child] for child in family.children] for family in families]
    school.note_siblings(by=SETUP, families=siblings)
    _block(ties, staff["joan"], days.today)
    named = {str(row): row for (family, _), row in rows.items() if family.shows}
    school.suspend_contact(named["Isla Fraser"], by=staff["ruth"])
    school.leave(named["Jakub Nowak"], by=staff["olive"], on=days.today - LEFT)
    years: dict[int, list[Pupil]] = {}
    for (family, child), row in rows.items():
        if not family.shows:
            years.setdefault(child.year, []).append(row)
    return named, years


def _pupil(family: Family, child: Child, today: date) -> Pupil:
    born_on = date(school_year(today) - 5 - child.year, 9, 1) + timedelta(
        days=(child.place * 12 + len(family.surname)) % 360
    )
    if child.year == MENTOR_OF_18:
        born_on = people_policy.birthday(today - TURNED_18, -people_policy.ADULT_AT)
    return Pupil(
        given_name=child.given,
        family_name=family.surname,
        year_group=child.year,
        born_on=born_on,
        email=child.email,
        consent_mode=child.mode,
        is_address_confidential=child.is_confidential,
    )


def _guardian(adult: Adult, number: int) -> Guardian:
    return Guardian(
        name=adult.name,
        email=adult.email,
        telephone=f"07700 900{100 + number:03d}" if adult.has_telephone else "",
        language=adult.language,
    )


def _tie(guardian: Guardian, pupil: Pupil, adult: Adult) -> Guardianship:
    return Guardianship(
        guardian=guardian,
        pupil=pupil,
        relationship=adult.relationship,
        has_parental_responsibility=adult.has_responsibility,
        has_care=adult.has_care,
        is_corporate_parent=adult.is_corporate_parent,
        counts_for_consent=adult.counts,
    )


def _block(ties: Sequence[tuple[Guardianship, Adult]], lead: StaffMember, today: date) -> None:
    """Forbid the contacts that a court, the police or a refuge forbids (E30, E31, E33)."""
    for row, adult in ties:
        if adult.block_reason:
            left = adult.block_days_left
            school.block_contact(
                row,
                by=lead,
                blocked_from=today - BLOCKED,
                blocked_until=today + timedelta(days=left) if left else None,
                reason=adult.block_reason,
                evidence=adult.block_evidence,
            )


def _form_groups(
    staff: dict[str, StaffMember], pupils: dict[str, Pupil], years: dict[int, list[Pupil]]
) -> dict[str, TeachingGroup]:
    """Form two classes of each year, and the reading group across two of them."""
    groups = {
        name: school.form_group(
            by=SETUP, name=name, year_group=year, pupils=members, staff=[staff[teacher]]
        )
        for year, name, members, teacher in _classes()
    }
    groups["Reading link-up"] = school.form_group(
        by=SETUP,
        name="Reading link-up",
        pupils=[pupils["Ada Okonkwo"], pupils["Chidi Okonkwo"], *years[4][:3]],
        staff=[staff["helen"], staff["sam"]],
    )
    return groups


def _classes() -> Iterator[tuple[int, str, list[Pupil], str]]:
    """Return the classes: two children of one name in a year are in different ones (E11)."""
    for year, teachers in TEACHERS.items():
        label = f"Year {year}" if year else "Reception"
        members = list(Pupil.objects.filter(year_group=year, left_on=None).order_by("pk"))
        for first, tree in enumerate(("Ash", "Birch")):
            yield year, f"{label} {tree}", members[first::2], teachers[first]


def _offer_purposes(by: StaffMember) -> dict[str, Purpose]:
    return {
        key: meetings.offer_purpose(by=by, name=name, recording_rule=rule, guidance=guidance)
        for key, (name, rule, guidance) in PURPOSES.items()
    }
