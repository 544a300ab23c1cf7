"""Whom need-to-know asks about when somebody wants to read: the person, and who of the staff lives with them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from concerns.models.people import ACCUSED, Exclusion, Involved, teachers_in
from school.kin import above, home, marks
from school.models import Guardian, Guardianship, StaffMember


@dataclass(frozen=True, kw_only=True)
class Home:
    """A member of staff with those of the staff who share their home, however it is spelt (E60).

    `staff_ids` are theirs and those of whom the person reports to, also through others (E1): what is
    about one of these is not for them. `account_ids` are all accounts with one of their addresses; `marks` is what makes a guardian's
    record known as theirs (E7).
    """

    staff_id: int
    staff_ids: frozenset[int]
    emails: frozenset[str]
    account_ids: frozenset[int]
    marks: frozenset[str]

    def accused_in(self) -> QuerySet[Involved, int]:
        """Return the concerns that are about one of them, by account or by address (E1, E6)."""
        adults = Involved.objects.filter(
            kind__in=[Involved.Kind.STAFF, Involved.Kind.ADULT], part__in=ACCUSED
        )
        by_account = Q(staff__in=self.staff_ids | self.account_ids)
        rows = adults.alias(address=Lower("email")).filter(by_account | Q(address__in=self.emails))
        return rows.values_list("concern", flat=True)

    def family_in(self) -> QuerySet[Involved, int]:
        """Return the concerns with a child whose guardian may be one of them (E7)."""
        # The database finds who may be; whether they are is asked as the rule asks it.
        found = Guardian.objects.marked(self.marks)
        theirs = [one.pk for one in found if marks_of(one) & self.marks]
        children = Guardianship.objects.filter(guardian__in=theirs).values("pupil")
        return Involved.objects.filter(pupil__in=children).values_list("concern", flat=True)

    def set_aside_from(self) -> QuerySet[Exclusion, int]:
        """Return the concerns of which it is on record that the person stands outside."""
        standing = Exclusion.objects.standing().filter(staff=self.staff_id)
        return standing.values_list("concern", flat=True)

    def meant_in(self, concerns: QuerySet[Any]) -> list[int]:
        """Return in which of these concerns words may mean one of them, as far as nobody has said (E3).

        Words are sealed and must be opened to be read: this costs as much as there is among these.
        """
        rows = list(Involved.objects.unsettled().filter(concern__in=concerns.values("pk")))
        if not rows:
            return []
        people = StaffMember.objects.filter(pk__in=self.staff_ids).select_related("user")
        together = list(people.prefetch_related("roles_held", "teaching_groups"))
        teachers = teachers_in(rows)
        return [
            row.concern_id
            for row in rows
            if any(
                row.may_mean(person, teachers=teachers.get(row.concern_id, frozenset()))
                for person in together
            )
        ]


def home_of(staff_id: int) -> Home:
    """Return a person with those who share their home, in one query."""
    rows = StaffMember.objects.values_list(
        "pk", "household", "user__email", "name", "telephone", "line_manager"
    )
    staff = list(rows.order_by())
    line = above(staff_id, {row[0]: row[5] for row in staff if row[5] is not None})
    own = next((home(household) for pk, household, *_ in staff if pk == staff_id), "")
    together = [row for row in staff if row[0] == staff_id or (own and home(row[1]) == own)]
    near = [*together, *(row for row in staff if row[0] in line)]
    emails = frozenset(_plain(email) for _, _, email, *_ in near) - {""}
    return Home(
        staff_id=staff_id,
        staff_ids=frozenset(row[0] for row in near),
        emails=emails,
        account_ids=frozenset(pk for pk, _, email, *_ in staff if _plain(email) in emails),
        marks=frozenset().union(
            *(
                marks(name=name, email=email, telephone=telephone)
                for *_, email, name, telephone, _ in together
            )
        ),
    )


def marks_of(person: StaffMember | Guardian) -> frozenset[str]:
    """Return by what this person is known again on another record."""
    return marks(name=person.name, email=person.email, telephone=person.telephone)


def _plain(email: str) -> str:
    """Return an address as it is compared."""
    return email.strip().lower()
