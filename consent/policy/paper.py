"""Who gets a paper form."""

from school.policy import Refusal

# Paper reaches a family without an address, or whose mailbox somebody else reads: these get one.
NO_PAPER = frozenset(
    {
        Refusal.BLOCKED,
        Refusal.SUSPENDED,
        Refusal.LEFT,
        Refusal.PUPIL_DECIDES,
        Refusal.GUARDIANS_DECIDE,
    }
)


def may_have_form(unreachable: str, *, is_suspended: bool, has_left: bool) -> bool:
    """Tell whether a form may be printed for somebody who counts; a contact block beats all (E30).

    Nor for a family whose contact is suspended (E48), nor once the pupil has left (E53).
    """
    return unreachable not in NO_PAPER and not is_suspended and not has_left
