"""Bringing a concern to the desk where it belongs, and to somebody who is in charge of it."""

from datetime import datetime

from audit import services as audit
from concerns import policy
from concerns.models import Concern
from concerns.services import alerts
from school.services import System
from schoolsafe.lib import clock


@audit.atomic()
def look_again(concern: Concern, *, by: System) -> None:
    """Look at a concern again, as the sweep does: its people may have left, risen or come."""
    follow(Concern.objects.select_for_update().get(pk=concern.pk), by=by, now=clock.now())


def follow(concern: Concern, *, by: System, now: datetime) -> None:
    """Move a concern to where it belongs now; whoever may read it there is told.

    The row must be locked by the caller. That whoever took charge is gone means that it waits to
    be acknowledged again.
    """
    scene = alerts.look(concern, now=now)
    if not policy.is_astray(scene.facts, scene.people):
        return
    was = concern.desk
    concern.desk = policy.desk_now(scene.facts, scene.people)
    concern.save(update_fields=["desk"])
    hand_over(concern, now=now)
    audit.record(
        at=now,
        actor=by.actor,
        verb="concern.route",
        object=concern.object,
        left=was,
        desk=concern.desk,
    )


def hand_over(concern: Concern, *, now: datetime) -> None:
    """Tell those who handle it now; begin the wait anew when whoever took charge cannot go on."""
    scene = alerts.look(concern, now=now)
    if policy.is_in_hand(scene.facts, scene.people) or concern.status == policy.Status.CLOSED:
        readers = policy.at_desk(scene.facts, scene.people)
        alerts.tell_of_more(
            concern,
            [person.staff_id for person in readers],
            what=f"desk-{int(now.timestamp())}",
            now=now,
        )
        return
    concern.status = policy.Status.LOGGED
    concern.acknowledged_at = concern.acknowledged_by = concern.owner = None
    # What was decided stands in its entries; whoever takes it now says whether that still holds.
    concern.decided_at = concern.decide_by = None
    concern.clock_began_at = now
    alerts.settle(concern, now=now, why="handed over")
    scene = alerts.look(concern, now=now)
    concern.acknowledge_by = policy.acknowledge_by(scene.facts, scene.hours)
    concern.save(
        update_fields=[
            "status",
            "acknowledged_at",
            "acknowledged_by",
            "owner",
            "clock_began_at",
            "acknowledge_by",
            "decided_at",
            "decide_by",
        ]
    )
    alerts.begin(concern, scene)
