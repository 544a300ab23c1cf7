"""The Teams link of an invitation: never the first address that stands in it."""

import html
import re
from collections.abc import Iterator

from meetings.invitation.lines import NOTHING, Event
from meetings.invitation.refusals import InvitationRefusal, InvitationRefused
from meetings.teams import JoinLink, LinkKind, LinkRefusal, LinkRefused, parse_join_link

# Where Outlook's own Join button takes its address from.
NAMED = "X-MICROSOFT-SKYPETEAMSMEETINGURL"
_ADDRESS = re.compile(r"https?://[^\s<>\"'\\]+", re.IGNORECASE)
# Of the addresses in a text that are no join links, these say why the invitation is no good. The rest
# are help pages and footers, which every invitation has.
_TELLING = (
    LinkRefusal.PERSONAL,
    LinkRefusal.CHANNEL,
    LinkRefusal.OTHER_CLOUD,
    LinkRefusal.LOOKALIKE,
    LinkRefusal.MALFORMED,
)


def links_of(event: Event, *, tenant_id: str | None) -> tuple[JoinLink, JoinLink | None]:
    """Return the meeting's link, the one that proves its owner if there is one, and the other form.

    Every join link that stands anywhere in the invitation has to belong to one meeting, as far as can
    be seen. Raises InvitationRefused.
    """
    found, refused = _collected(event)
    classic, short = (_only(found, kind) for kind in (LinkKind.CLASSIC, LinkKind.SHORT))
    link = classic or short
    if link is None:
        raise _why_none(refused)
    _parsed(link.url, tenant_id)
    return link, (short if classic else None)


def _collected(event: Event) -> tuple[list[JoinLink], set[LinkRefusal]]:
    """Return every join link, and for which reasons other addresses are none."""
    found: dict[str, JoinLink] = {}
    refused: set[LinkRefusal] = set()
    if NAMED in event and event[NAMED].text.strip():
        # Outlook would open it: if it may not be used, nothing beside it makes the invitation good.
        link = _parsed(event[NAMED].text, None)
        found[link.url] = link
    for address in dict.fromkeys(_addresses(event)):
        try:
            link = parse_join_link(address)
        except LinkRefused as fault:
            refused.add(fault.reason)
        else:
            found[link.url] = link
    return list(found.values()), refused


def _addresses(event: Event) -> Iterator[str]:
    """Yield the addresses in the words of an invitation."""
    for name in ("DESCRIPTION", "LOCATION"):
        yield from _ADDRESS.findall(event.get(name, NOTHING).text)
    yield from _ADDRESS.findall(html.unescape(event.get("X-ALT-DESC", NOTHING).text))


def _only(found: list[JoinLink], kind: LinkKind) -> JoinLink | None:
    """Return the one link of a kind; two of them are two meetings."""
    links = [link for link in found if link.kind is kind]
    if len(links) > 1:
        raise InvitationRefused(InvitationRefusal.TWO_MEETINGS)
    return links[0] if links else None


def _parsed(text: str, tenant_id: str | None) -> JoinLink:
    try:
        return parse_join_link(text, tenant_id=tenant_id)
    except LinkRefused as fault:
        raise InvitationRefused(InvitationRefusal.BAD_LINK, fault.sentence) from fault


def _why_none(refused: set[LinkRefusal]) -> InvitationRefused:
    """Say why no address in the invitation is its link."""
    for reason in _TELLING:
        if reason in refused:
            return InvitationRefused(InvitationRefusal.BAD_LINK, LinkRefused(reason).sentence)
    return InvitationRefused(InvitationRefusal.NO_LINK)
