"""Hold a roster against what is on record: what is new, changed, gone or odd."""

from datetime import date

from school.imports.families import families
from school.imports.groups import groups
from school.imports.proposal import Change, Proposal, Section, Verb
from school.imports.pupils import pupils
from school.imports.register import Register
from school.imports.roster import Roster

# More pupils than this share of them do not leave at once: the file is rather cut off.
MOST_LEAVING = 0.2


def compare(roster: Roster, register: Register, *, on: date) -> Proposal:
    """Return what an import would change on a day. Nothing in it removes a guardian or a tie (E54).

    The same file again, once everything was approved, proposes nothing.
    """
    of_pupils = pupils(roster, register, on=on)
    changes = [
        *of_pupils.changes,
        *families(roster, register, of_pupils.known),
        *groups(roster, register, of_pupils.known),
        *(
            Change(verb=Verb.NOTE, section=Section.NOTED, source_id=note.place, words=note.words)
            for note in roster.notes
        ),
    ]
    return Proposal(changes=tuple(changes), warnings=_warnings(changes, register))


def _warnings(changes: list[Change], register: Register) -> tuple[str, ...]:
    leaving = sum(change.verb is Verb.LEAVE for change in changes)
    known = sum(bool(pupil.source_id) and not pupil.left_on for pupil in register.pupils)
    if leaving <= known * MOST_LEAVING or leaving == 1:
        return ()
    return (
        f"{leaving} of {known} pupils are not in this file. Perhaps it is cut off, or of one class "
        "only: make it again before you let anybody leave.",
    )
