"""What was changed of the people in a copy of everything held, as they may have it (G37): nobody else is in it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from school import policy
from school.mailboxes import mailbox
from school.models import Guardian, Guardianship, Pupil, Revision
from schoolsafe.lib.holdings import Copy, moment

# Of each record what the copy tells of it now, in the same words; what is not here stays at the school.
OF_PUPIL = {
    "given_name": "Given name",
    "family_name": "Family name",
    "year_group": "Year",
    "born_on": "Born on",
}
OF_OPEN_PUPIL = {"left_on": "Left on"}
OF_OWN_RECORD = {"email": "E-mail"}
OF_GUARDIAN = {
    "name": "Name",
    "email": "E-mail",
    "telephone": "Telephone",
    "language": "Language",
    "email_confirmed_at": "E-mail confirmed",
    "email_closed_at": "E-mail closed",
}
OF_TIE = {
    "relationship": "Relationship",
    "has_parental_responsibility": "Parental responsibility",
    "has_care": "Has care",
    "counts_for_consent": "Is asked for consent",
}
REACHED = ("email", "telephone")
OF_SOMEBODY_ELSE = "somebody else’s"


@dataclass(frozen=True, kw_only=True)
class About:
    """What of the changes of one record is told, and whom it is about."""

    who: str
    fields: Mapping[str, str]


def changes_held(copy: Copy) -> Iterator[Mapping[str, str]]:
    """Yield each change of what is in the copy, as it was and as it became, the oldest first.

    A wrong address that is another guardian's is not told: it may be kept from whoever reads this (E30).
    """
    about = _about(copy)
    rows = list(Revision.objects.filter(object__in=about).order_by("pk"))
    others = _reached(_family(copy)) | _own_of_pupils(copy) if rows else frozenset()
    for row in rows:
        told = about[row.object]
        for name, (before, after) in row.changes.items():
            if name in told.fields:
                yield {
                    "When": moment(row.at),
                    "About": told.who,
                    "What": told.fields[name],
                    "Before": _said(name, before, others),
                    "After": _said(name, after, others),
                }


def _about(copy: Copy) -> dict[str, About]:
    """Return the records in a copy, by the names that their changes are kept under."""
    found = {}
    for pupil in Pupil.objects.filter(pk__in=copy.pupil_ids):
        fields = dict(OF_PUPIL)
        fields |= OF_OPEN_PUPIL if pupil.pk in copy.open_ids else {}
        fields |= OF_OWN_RECORD if copy.guardian_id is None else {}
        found[f"school.pupil:{pupil.pk}"] = About(who=str(pupil), fields=fields)
    if copy.guardian_id is None:
        return found
    found[f"school.guardian:{copy.guardian_id}"] = About(who="You", fields=OF_GUARDIAN)
    ties = Guardianship.objects.filter(guardian=copy.guardian_id, pupil__in=copy.pupil_ids)
    for tie in ties.select_related("pupil"):
        who = f"You and {tie.pupil}"
        found[f"school.guardianship:{tie.pk}"] = About(who=who, fields=OF_TIE)
    return found


def _family(copy: Copy) -> list[Guardian]:
    """Return the other guardians of all children in question, those included of whom nothing may be told."""
    own = Guardianship.objects.filter(guardian=copy.guardian_id).values_list("pupil", flat=True)
    pupils = {*copy.pupil_ids, *(own if copy.guardian_id is not None else ())}
    rows = Guardian.objects.filter(guardianships__pupil__in=pupils).exclude(
        pk=copy.guardian_id or 0
    )
    return list(rows.distinct())


def _reached(people: Collection[Guardian]) -> frozenset[str]:
    """Return where people are and were reached, as two of such are compared."""
    now = [value for one in people for value in (one.email, one.telephone)]
    rows = Revision.objects.filter(object__in=[f"school.guardian:{one.pk}" for one in people])
    was = [str(value) for row in rows for value in _values(row)]
    return frozenset(_compared(value) for value in (*now, *was) if value)


def _own_of_pupils(copy: Copy) -> frozenset[str]:
    """Return where the children themselves are and were reached: a guardian is not told of it (E42)."""
    if copy.guardian_id is None:
        return frozenset()
    pupils = Pupil.objects.filter(pk__in=copy.pupil_ids)
    rows = Revision.objects.filter(object__in=[f"school.pupil:{pk}" for pk in copy.pupil_ids])
    was = [str(value) for row in rows for value in _values(row)]
    now = pupils.values_list("email", flat=True)
    return frozenset(_compared(value) for value in (*now, *was) if value)


def _values(row: Revision) -> Iterable[object]:
    return (
        value
        for name, values in row.changes.items()
        if name in REACHED
        for value in values
        if value
    )


def _compared(value: str) -> str:
    return mailbox(value) if "@" in value else policy.number(value)


def _said(name: str, value: object, others: Collection[str]) -> str:
    """Return a value as a copy tells it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = "" if value is None else str(value)
    if text and name.endswith("_at"):
        return moment(datetime.fromisoformat(text))
    return OF_SOMEBODY_ELSE if name in REACHED and text and _compared(text) in others else text
