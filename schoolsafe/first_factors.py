"""The first second factor of an account: a password alone was enough to set it up, so others hear of it.

Where somebody's roles open concerns, the other leaders are told at once. Of everybody else the leaders and IT
get one letter a day with all names: in its first weeks a whole school sets one up.
"""

from datetime import datetime, time, timedelta

from django.contrib.auth.models import User

from audit import services as audit
from audit.models import Entry
from notices import services as notices
from notices.kinds import Draft, Kind, Letter, Unwanted, Urgency, register, render
from notices.models import Notice
from school import roles
from school.models import School, StaffMember
from school.roles import Role
from school.selectors import Contact, holders
from schoolsafe.lib import clock

VERB = "account.first_factor"
TEMPLATE = "account/mail/first_factors"
# When the letter of a day goes: people can still ask each other.
LETTER_AT = time(16)
# More names a letter does not hold; the audit has them all.
MOST_NAMES = 200


@audit.atomic()
def note_first_factor(user: User) -> None:
    """Write down that somebody set up a second factor where a password alone had been enough, and tell others.

    One of them asks in person. The person has the letter about the change itself.
    """
    now = clock.now()
    staff = StaffMember.objects.working().filter(user=user).first()
    if staff is None:
        return
    is_watched = roles.opens_concerns(staff.viewer().roles)
    who = roles.LEADERS if is_watched else (*roles.LEADERS, Role.IT)
    told = [one for one in holders(*who, on=clock.local(now).date()) if one.pk != staff.pk]
    draft = _at_once if is_watched else _with_the_day
    notices.queue([draft(staff, person, now) for person in told], now=now)
    audit.record(
        at=now,
        actor=staff.actor,
        verb=VERB,
        object=f"school.staffmember:{staff.pk}",
        told=[person.pk for person in told],
    )


def _at_once(staff: StaffMember, person: StaffMember, now: datetime) -> Draft:
    return Draft(
        kind="account_first_factor",
        key=f"account_first_factor:{staff.pk}:{now.isoformat()}:{person.pk}",
        due_at=now,
        about=f"school.staffmember:{staff.pk}",
        staff_id=person.pk,
        detail={"person": staff.pk},
    )


def _with_the_day(_staff: StaffMember, person: StaffMember, now: datetime) -> Draft:
    """Return the letter in which this one stands with others: the first of a day queues it."""
    due = clock.at(clock.local(now).date(), LETTER_AT)
    if due <= now:
        due = clock.at(clock.local(now).date() + timedelta(days=1), LETTER_AT)
    day = clock.local(due).date().isoformat()
    return Draft(
        kind="account_first_factors",
        key=f"account_first_factors:{day}:{person.pk}",
        due_at=due,
        about=f"school.staffmember:{person.pk}",
        staff_id=person.pk,
        detail={"until": due.isoformat()},
    )


def _letter(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Name everybody of that day but the reader."""
    until = datetime.fromisoformat(str(notice.detail["until"]))
    since = clock.at(clock.local(until).date() - timedelta(days=1), LETTER_AT)
    found = Entry.objects.filter(verb=VERB, at__gte=since, at__lt=until).order_by("pk")
    numbers = {int(one.partition(":")[2]) for one in found.values_list("object", flat=True)}
    people = StaffMember.objects.filter(pk__in=numbers - {notice.staff_id}).order_by("name", "pk")
    names = list(people.values_list("name", flat=True)[: MOST_NAMES + 1])
    if not names:
        return Unwanted("nobody but the reader")
    reader = StaffMember.objects.get(pk=notice.staff_id or 0)
    context: dict[str, object] = {
        "school": School.objects.current(),
        "name": reader.name,
        "names": names[:MOST_NAMES],
        "is_cut": len(names) > MOST_NAMES,
    }
    return render(TEMPLATE, context)


register(
    Kind(
        name="account_first_factors",
        urgency=Urgency.TODAY,
        template=TEMPLATE,
        compose=_letter,
        label="Who set up a second factor for the first time",
    )
)
