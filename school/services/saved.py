"""Views of the records that somebody keeps for themselves."""

from audit import services as audit
from school.models import SavedView, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

# More than anybody finds their way in.
MOST = 30


@audit.atomic()
def save_view(*, by: StaffMember, register: str, name: str, query: str) -> SavedView:
    """Keep a view under a name; what stood under it before gives way.

    Raises NotAllowed for a view without a name or without a filter, and beyond the thirtieth.
    """
    name = " ".join(name.split())
    if not name:
        raise NotAllowed("Give the view a name.")
    if not query or max(len(name) - 40, len(query) - 500) > 0:
        raise NotAllowed("There is no filter to keep, or more than can be kept.")
    # Two tabs at once would each find room for one more.
    StaffMember.objects.select_for_update().get(pk=by.pk)
    others = by.saved_views.exclude(register=register, name=name)
    if others.count() >= MOST:
        raise NotAllowed(f"You keep {MOST} views already. Remove one first.")
    view, _ = SavedView.objects.update_or_create(
        staff=by,
        register=register,
        name=name,
        defaults={"query": query, "saved_at": clock.now()},
    )
    _record(view, "save", by=by)
    return view


@audit.atomic()
def drop_view(view: SavedView, *, by: StaffMember) -> None:
    """Forget a view; the second of two clicks does nothing. Raises NotAllowed for anybody but its owner."""
    if view.staff_id != by.pk:
        raise NotAllowed("This view is somebody else's.")
    kept = SavedView.objects.select_for_update().filter(pk=view.pk).first()
    if kept is not None:
        _record(kept, "drop", by=by)
        kept.delete()


def _record(view: SavedView, what: str, *, by: StaffMember) -> None:
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb=f"view.{what}",
        object=f"school.savedview:{view.pk}",
        register=view.register,
    )
