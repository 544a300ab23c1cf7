"""The same form sent twice: a second click is nothing new, words added since must not be lost (E20)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from concerns import selectors
from concerns.models import Concern
from concerns.policy import EntryKind
from schoolsafe.lib.rules import NotAllowed

if TYPE_CHECKING:
    from concerns.services.filing import Account, Named


class AlreadyLogged(NotAllowed):
    """A form that was sent already comes with something that is not in what was received."""

    def __init__(self, concern: Concern) -> None:
        super().__init__("This was received already, and not all of what stands here is in it.")
        self.concern = concern


def check_same(concern: Concern, account: "Account", people: Sequence["Named"]) -> None:
    """Raise AlreadyLogged unless everything in an account is in the concern that its form has logged.

    Asked of what its reporter wrote alone: by whether somebody is found there now they could try out
    whom others have named since, themselves for one (E5).
    """
    is_same = (
        _texts(concern) == _texts(account)
        and concern.reported_urgency == account.urgency
        and set(account.categories) <= {one.pk for one in concern.categories.all()}
        and _named(people) <= _there(concern)
        and {mark.words for mark in account.marks}
        <= {str(one.words) for one in concern.marks.all()}
        and (
            account.call is None
            or concern.entries.filter(kind=EntryKind.CALL, by=concern.reporter).exists()
        )
    )
    if not is_same:
        raise AlreadyLogged(concern)


def _texts(written: "Concern | Account") -> list[str]:
    return [
        str(text) for text in (written.child_words, written.seen, written.thought, written.place)
    ]


def _named(people: Sequence["Named"]) -> set[tuple[object, ...]]:
    """Return who is named in a form, each with their part."""
    everybody = [who for person in people for who in (person, person.meant) if who is not None]
    return {
        (
            who.part,
            who.pupil.pk if who.pupil else None,
            who.staff.pk if who.staff else None,
            who.name,
        )
        for who in everybody
    }


def _there(concern: Concern) -> set[tuple[object, ...]]:
    """Return whom the form has named that logged a concern, each with their part."""
    rows = selectors.rows_as_logged(concern)
    return {(row.part, row.pupil_id, row.staff_id, str(row.name)) for row in rows}
