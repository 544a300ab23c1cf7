"""What keeps something beyond its day, asked of every room that can hold: a hold wins over everything (E96)."""

from collections.abc import Collection

from concerns import selectors as concerns
from school import selectors as school


def held_pupils(pupil_ids: Collection[int]) -> set[int]:
    """Return of which of these pupils nothing may be destroyed: somebody asks for it, or has held it."""
    return concerns.held_pupils(pupil_ids) | school.asked_about(pupil_ids)


def held_calls(pupils: dict[int, set[int]]) -> set[int]:
    """Return which of these calls are kept: by a pupil on them, or by a concern that arose from one."""
    held = held_pupils({pk for found in pupils.values() for pk in found})
    names = {f"meetings.meeting:{pk}": pk for pk in pupils}
    arose = {names[name] for name in concerns.kept_things(names.keys())}
    return arose | {pk for pk, found in pupils.items() if found & held}
