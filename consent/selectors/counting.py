"""Which answers count, as the database finds them: for numbers, where nobody reads one after the other."""

from django.db.models import F, Q

from consent.policy import Channel, Kind


def that_count() -> Q:
    """Return what tells the answers that stand from those that wait, or count for nothing.

    As `policy.weight_of` says it of one: somebody else's counts once it was accepted (E26), and so does
    a yes by a link that was disowned, or from an address that was changed lately (E34). Whether a yes
    for the school year still covers a call is not asked.
    """
    is_doubted = Q(
        kind=Kind.YES.value,
        channel__in=[Channel.LINK.value, Channel.STANDING.value],
        request__disowned_at__gte=F("recorded_at"),
    )
    waits = Q(is_by_someone_else=True) | Q(address_changed_at__isnull=False) | is_doubted
    return Q(invalidation=None) & (Q(check_made__is_accepted=True) | Q(check_made=None) & ~waits)
