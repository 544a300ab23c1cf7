"""What families are told about a call, and which changes of it they must agree to anew."""

from dataclasses import dataclass
from datetime import datetime

from schoolsafe.lib.words import marked

# What families read before they answer, when the school has not written its own.
CONDUCT = (
    marked("Two members of staff are on the call, or it is recorded."),
    marked("Staff behave as they do in school."),
    marked("Pupils join from a shared room, dressed as for school."),
    marked("Nobody at home films or records."),
    marked("Who breaks the rules is taken off, and we tell you."),
)
YES, NO = marked("yes"), marked("no")


# Who the adults on a call are, where nothing else is said: a visitor would be another kind.
OWN_STAFF = marked("Members of staff of the school")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a family is told about the call they are asked about.

    `kind` is the key of the kind of call that `purpose` names; without one nobody can say yes to
    other calls of the kind. A reserve comes onto the call in the place of one of the `staff`.
    `staff_ids` and `reserve_ids` are the keys of the people named, in the order of their names: two
    may bear one name, and one may change theirs. No family reads them; texts kept earlier have none.
    """

    title: str
    purpose: str
    starts_at: datetime
    ends_at: datetime
    staff: tuple[str, ...]
    staff_ids: tuple[str, ...] = ()
    reserves: tuple[str, ...] = ()
    reserve_ids: tuple[str, ...] = ()
    platform: str = "Microsoft Teams"
    is_recorded: bool
    conduct: tuple[str, ...] = ()
    kind: str = ""
    adults: str = OWN_STAFF

    def people(self, *, by_name: bool = False) -> dict[str, str]:
        """Return the name of every adult who is told of, under what tells them apart."""
        names = (*self.staff, *self.reserves)
        has_keys = self.staff_ids and not by_name
        keys = (*self.staff_ids, *self.reserve_ids) if has_keys else names
        return dict(zip(keys, names, strict=True))

    def tells_of(self, key: str, name: str) -> bool:
        """Tell whether somebody is among the adults who are told of."""
        return (key if self.staff_ids else name) in self.people()


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that is no longer as the family was told; without `before` it was not there at all."""

    code: str
    label: str
    before: object
    after: object
    is_material: bool


# Where a family agreed to these people on this platform for this reason, a change needs a new
# answer; a change of the hour is only told (E39). Less than was agreed to is only told, too, and so
# is the corrected name of somebody who was agreed to.
def changes(old: Asked, new: Asked) -> list[Change]:
    """Return what is no longer as it was told."""
    newcomers = _newcomers(old, new)
    namesakes = sorted(newcomers & {*old.staff, *old.reserves})
    found = [
        _change("time", marked("When"), old.starts_at, new.starts_at, material=False),
        _change("end", marked("Until"), old.ends_at, new.ends_at, material=False),
        _change(
            "staff",
            marked("With"),
            ", ".join(old.staff),
            ", ".join(new.staff),
            material=not newcomers.isdisjoint(new.staff),
        ),
        # Who was named as a reserve was agreed to: taking a place on the call is only told.
        _change(
            "reserves",
            marked("Or in their place"),
            ", ".join(old.reserves),
            ", ".join(new.reserves),
            material=not newcomers.isdisjoint(new.reserves),
        ),
        # Nobody could tell by the name alone that this is a person whom they have not agreed to.
        _change(
            "namesake",
            marked("Another person of the same name"),
            "",
            ", ".join(namesakes),
            material=True,
        ),
        _change("adults", marked("Adults"), old.adults, new.adults, material=True),
        _change("platform", marked("On"), old.platform, new.platform, material=True),
        _change(
            "recording",
            marked("Recorded"),
            YES if old.is_recorded else NO,
            YES if new.is_recorded else NO,
            material=new.is_recorded,
        ),
        _change("purpose", marked("What for"), old.purpose, new.purpose, material=True),
        _change("title", marked("What"), old.title, new.title, material=False),
        _change("conduct", marked("Rules"), old.conduct, new.conduct, material=False),
    ]
    return [change for change in found if change]


def material_changes(old: Asked, new: Asked) -> list[Change]:
    """Return the changes for which families are asked again."""
    return [change for change in changes(old, new) if change.is_material]


def changes_for_family(old: Asked, new: Asked, *, is_hidden: bool) -> list[Change]:
    """Return the changes that a family reads; staff and reason stay hidden for a safe address (E33)."""
    hidden = {"staff", "reserves", "namesake", "adults", "purpose", "title"} if is_hidden else set()
    return [change for change in changes(old, new) if change.code not in hidden]


def _newcomers(old: Asked, new: Asked) -> set[str]:
    """Return the names of adults of whom nothing was told; where one text knows names alone, by these."""
    by_name = not (old.staff_ids and new.staff_ids)
    known = old.people(by_name=by_name)
    return {name for key, name in new.people(by_name=by_name).items() if key not in known}


def _change(
    code: str, label: str, before: object, after: object, *, material: bool
) -> Change | None:
    """Return a change, or None when both are the same."""
    if before == after:
        return None
    return Change(code=code, label=label, before=before, after=after or "–", is_material=material)
