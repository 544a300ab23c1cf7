"""What a change of plan would cost: the yeses that no longer count, said before it is kept."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from consent import policy as consent
from consent.policy import Asked
from consent.selectors.voices import Heard, asked_pupils
from meetings import policy
from meetings.models import Meeting
from meetings.services import Plan
from schoolsafe.lib import clock


@dataclass(frozen=True, kw_only=True)
class Cost:
    """How many yeses a change makes void, and of how many families, who are asked again."""

    yeses: int = 0
    families: int = 0

    @property
    def before(self) -> str:
        """Return the cost of a change that is still being typed; nothing when it costs none."""
        return self._said("will no longer count") if self.yeses else ""

    @property
    def after(self) -> str:
        """Return the cost of a change that has been kept; nothing when it cost none."""
        no_more = "no longer counts" if self.yeses == 1 else "no longer count"
        return self._said(no_more) if self.yeses else ""

    def _said(self, no_more: str) -> str:
        yeses = "1 yes" if self.yeses == 1 else f"{self.yeses} yeses"
        families = "1 family is" if self.families == 1 else f"{self.families} families are"
        return f"{yeses} {no_more}; {families} asked again."


def cost_of(
    changed: Sequence[tuple[Meeting, Plan]], now: datetime, *, but: Collection[int] = ()
) -> Cost:
    """Return what these changes cost among the families who were asked (E39).

    Without those of some pupils: from a number a parent on the staff would tell the other's answer (E35).
    """
    asked = {
        meeting.question_id: (_as_asked(meeting, what), {pupil.pk for pupil in what.pupils})
        for meeting, what in changed
        if meeting.question is not None
        and consent.material_changes(meeting.question.asked, _as_asked(meeting, what))
    }
    void = []
    for row in asked_pupils([pk for pk in asked if pk], now):
        new, pupils = asked[row.question.pk]
        if row.pupil.pk in pupils and row.pupil.pk not in but and not row.is_out:
            void += [
                one.voice.guardian_id or -row.pupil.pk
                for one in row.heard
                if one.voice.says_yes and not _is_covered(one, new)
            ]
    return Cost(yeses=len(void), families=len(set(void)))


def _as_asked(meeting: Meeting, what: Plan) -> Asked:
    """Return what families would be told of a call after a change."""
    host = meeting.seats.select_related("staff").get(role=policy.SeatRole.HOST.value)
    assert meeting.question is not None  # noqa: S101 - for the type checker
    staff = [host.staff, *what.co_hosts]
    return replace(
        meeting.question.asked,
        title=what.title,
        purpose=what.purpose.name,
        kind=f"meetings.purpose:{what.purpose.pk}",
        starts_at=what.starts_at,
        ends_at=what.ends_at,
        staff=tuple(person.name for person in staff),
        staff_ids=tuple(str(person.pk) for person in staff),
        reserves=tuple(person.name for person in what.reserves),
        reserve_ids=tuple(str(person.pk) for person in what.reserves),
        is_recorded=what.is_recorded,
    )


def _is_covered(one: Heard, asked: Asked) -> bool:
    """Tell whether a yes for the school year answers the changed call, too."""
    standing = one.standing.standing if one.standing else None
    if standing is None or standing.ended_at is not None:
        return False
    return not consent.misses(standing.cover, asked, on=clock.local(asked.starts_at).date())
