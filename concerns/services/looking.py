"""Putting on record that somebody looked where many concerns are shown at once."""

from collections.abc import Sequence

from audit import services as audit
from audit.services import Row
from concerns.models import Concern
from school.models import Pupil, StaffMember
from schoolsafe.lib import clock

# Looks at many concerns at once; each look is told to nobody but who looked.
LOOKS = (
    "concern.chronology.read",
    "concern.search.read",
    "concern.status.read",
    "concern.copy.make",
    "concern.register.read",
    "concern.inspection.read",
)


@audit.atomic()
def read_chronology(pupil: Pupil, concerns: Sequence[Concern], *, by: StaffMember) -> None:
    """Record that somebody opened a pupil's chronology, and with it each concern that it shows.

    Who has read there has read the concern: should it turn out to be about them, that counts (E4).
    """
    rows = [
        Row(actor=by.actor, verb="concern.read", object=concern.object, detail={"in": "chronology"})
        for concern in concerns
    ]
    opened = Row(actor=by.actor, verb="concern.chronology.read", object=f"school.pupil:{pupil.pk}")
    audit.record_many(at=clock.now(), rows=[opened, *rows])
