"""A meeting's join link in the one form that is stored."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import unquote

from meetings.teams.addresses import CANONICAL_HOST, join_path_and_query, only_value
from meetings.teams.refusals import CHAT, LIVE_EVENT, LinkRefusal, LinkRefused

# Every personal Microsoft account in the world belongs to this one tenant.
PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"

_PRIVATE_THREAD = re.compile(r"19:meeting_[A-Za-z0-9_-]{1,200}@thread\.(?:v2|skype)")
_CHANNEL_THREAD = re.compile(r"19:(?!meeting_)[A-Za-z0-9_-]+@thread\.skype|19:[^@]+@thread\.tacv2")
_CHAT_THREAD = re.compile(r"19:(?!meeting_)[A-Za-z0-9_-]+@(?:thread\.v2|unq\.gbl\.spaces)")
_OTHER_CLOUD_THREAD = re.compile(r"19:(?:gcch|dod):.*")
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DIGITS = re.compile(r"[0-9]{9,18}")
_PASSCODE = re.compile(r"[A-Za-z0-9_-]{1,200}")
_FLAT_OBJECT = re.compile(r"\{[^{}\[\]]*\}")
_CONTEXT_KEYS = frozenset({"Tid", "Oid", "IsBroadcastMeeting"})


class LinkKind(StrEnum):
    """The two forms of a join link that are kept."""

    CLASSIC = "classic"
    SHORT = "short"


@dataclass(frozen=True)
class JoinLink:
    """A meeting's link; whoever holds its URL can come to the door, so the repr leaves it out."""

    url: str = field(repr=False)
    kind: LinkKind
    tenant_id: str | None
    organiser_id: str | None
    meeting_id: str

    @property
    def proves_tenant(self) -> bool:
        """Tell whether the link names the tenant it belongs to; a short link does not."""
        return self.tenant_id is not None

    @property
    def digest(self) -> str:
        """Return what tells that two calls have one link, and from which no link can be read.

        Without a key: what is chosen by chance in a link is too long to be guessed, and no change
        of keys makes two calls look apart.
        """
        return hashlib.sha256(self.url.encode()).hexdigest()

    @property
    def meeting_digest(self) -> str:
        """Return what tells that two addresses lead to one Teams meeting, whatever stands around it."""
        return hashlib.sha256(self.meeting_id.encode()).hexdigest()


def parse_join_link(text: str, *, tenant_id: str | None = None) -> JoinLink:
    """Return the meeting's link in its stored form.

    With the school's tenant, a link that names another is refused; a link that names none is not,
    so ask `proves_tenant`. `None` means that the school's tenant is not known.

    Raises LinkRefused for every other text.
    """
    link = _read(*join_path_and_query(text))
    if link.tenant_id == PERSONAL_TENANT:
        raise LinkRefused(LinkRefusal.PERSONAL)
    if tenant_id is not None and link.tenant_id not in (None, tenant_id.strip().lower()):
        raise LinkRefused(LinkRefusal.OTHER_TENANT)
    return link


def _read(path: str, query: str) -> JoinLink:
    """Read a join address by its form; every other page of Teams is refused."""
    # Split before decoding: an encoded slash must not become a new part.
    match [unquote(part) for part in path.split("/")]:
        case ["", "l", "meetup-join", thread, message]:
            return _classic(thread, message, query)
        case ["", "meet", digits]:
            return _short(digits, query)
        case ["", "l", "meetup-join", *_] | ["", "meet", *_]:
            raise LinkRefused(LinkRefusal.MALFORMED)
        case _:
            # Also light-meetings: its passcode is not known to be the one a short link carries.
            raise LinkRefused(LinkRefusal.NOT_A_JOIN_LINK)


def _classic(thread: str, message: str, query: str) -> JoinLink:
    """Build the long link of a private meeting, which names its tenant and organiser."""
    _check_thread(thread)
    tenant, organiser = _tenant_and_organiser(only_value(query, "context"))
    if message != "0":
        raise LinkRefused(LinkRefusal.MALFORMED)
    # Microsoft's own spelling, to the case of each escape: Graph finds a meeting by this text.
    coded = thread.replace(":", "%3a").replace("@", "%40")
    context = f"%7b%22Tid%22%3a%22{tenant}%22%2c%22Oid%22%3a%22{organiser}%22%7d"
    url = f"https://{CANONICAL_HOST}/l/meetup-join/{coded}/0?context={context}"
    return JoinLink(url, LinkKind.CLASSIC, tenant, organiser, thread)


def _check_thread(thread: str) -> None:
    """Refuse every thread that is not a private meeting's."""
    if _OTHER_CLOUD_THREAD.fullmatch(thread):
        raise LinkRefused(LinkRefusal.OTHER_CLOUD)
    if _CHANNEL_THREAD.fullmatch(thread):
        raise LinkRefused(LinkRefusal.CHANNEL)
    if _CHAT_THREAD.fullmatch(thread):
        raise LinkRefused(LinkRefusal.NOT_A_JOIN_LINK, CHAT)
    if not _PRIVATE_THREAD.fullmatch(thread):
        raise LinkRefused(LinkRefusal.MALFORMED)


def _tenant_and_organiser(context: str) -> tuple[str, str]:
    """Return the two identifiers that a private meeting's link carries, in lower case."""
    pairs = _json_pairs(context)
    values = dict(pairs)
    broadcast = values.get("IsBroadcastMeeting", False)
    if broadcast is True:
        raise LinkRefused(LinkRefusal.NOT_A_JOIN_LINK, LIVE_EVENT)
    tenant, organiser = (str(values.get(key)).lower() for key in ("Tid", "Oid"))
    is_plain = len(values) == len(pairs) and values.keys() <= _CONTEXT_KEYS and broadcast is False
    if not (is_plain and _GUID.fullmatch(tenant) and _GUID.fullmatch(organiser)):
        raise LinkRefused(LinkRefusal.MALFORMED)
    return tenant, organiser


def _json_pairs(context: str) -> list[tuple[str, object]]:
    """Return the pairs of a flat JSON object, doubled names and all; none for any other text."""
    # No link has nested values, and deep nesting can exhaust the stack: turned away unread.
    if not _FLAT_OBJECT.fullmatch(context):
        return []
    try:
        pairs: list[tuple[str, object]] = json.loads(context, object_pairs_hook=list)
    except ValueError:
        return []
    return pairs


def _short(digits: str, query: str) -> JoinLink:
    """Build the short link, which names neither tenant nor organiser."""
    passcode = only_value(query, "p")
    if not (_DIGITS.fullmatch(digits) and _PASSCODE.fullmatch(passcode)):
        raise LinkRefused(LinkRefusal.MALFORMED)
    url = f"https://{CANONICAL_HOST}/meet/{digits}?p={passcode}"
    return JoinLink(url, LinkKind.SHORT, None, None, digits)
