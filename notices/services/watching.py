"""What can turn although nobody touches it: each room looks at its own, once a minute."""

from collections.abc import Callable
from datetime import datetime

from notices import kinds
from notices.kinds import Watch
from notices.services.guard import Fault, guarded


def watch(*, now: datetime) -> int:
    """Let each room look at what has turned; return how many things were seen to."""
    return sum(_watch(one, now=now) for one in kinds.watches())


def _watch(one: Watch, *, now: datetime) -> int:
    """See to each thing on its own: one that fails does not stop the others."""
    turned = guarded(lambda: list(one.turned(now)), doing=f"watch {one.name}")
    if isinstance(turned, Fault):
        return 0
    done = [guarded(_seer(one, pk, now=now), doing=f"watch {one.name} {pk}") for pk in turned]
    return sum(not isinstance(result, Fault) for result in done)


def _seer(one: Watch, pk: int, *, now: datetime) -> Callable[[], None]:
    """Return the work of one thing on its own."""
    return lambda: one.see_to(pk, now)
