"""One clean https address on a server of Teams, out of whatever was pasted."""

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import parse_qsl

from meetings.teams.refusals import (
    HIDDEN_CHARACTERS,
    MORE_THAN_A_LINK,
    OPENS_THE_APP,
    TOO_LONG,
    LinkRefusal,
    LinkRefused,
)

CANONICAL_HOST = "teams.microsoft.com"
JOIN_HOSTS = frozenset({CANONICAL_HOST, "teams.cloud.microsoft"})
LONGEST_TEXT = 2000
UNWRAPPED_AT_MOST = 2

# The names from here to the blank line let no link in; they only choose which refusal a person reads.
_PERSONAL_HOST = "teams.live.com"
_OTHER_CLOUDS = (
    ".teams.microsoft.us",
    ".gov.teams.microsoft.com",
    ".teams.microsoftonline.cn",
)
_MICROSOFT = (".microsoft.com", ".cloud.microsoft", ".aka.ms")
_TEAMS_WORDS = ("teams", "microsoft")
_ALIKE = str.maketrans({"0": "o", "1": "i", "l": "i", "3": "e", "5": "s", "-": None})

_OPENING = "<(\"'“‘"
_CLOSING = ">).,;\"'”’"
_ADDRESS = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?#]*)"
    r"(?P<path>[^?#]*)\??(?P<query>[^#]*)#?(?P<fragment>.*)",
    re.IGNORECASE | re.ASCII,
)
_APP_LINK = re.compile(r"msteams:", re.IGNORECASE | re.ASCII)
_SAFE_LINKS_HOST = re.compile(r"[a-z0-9-]+\.safelinks\.protection\.outlook\.com")
_SAFE_LINKS_PATH = re.compile(r"/?|/ap/[a-z]-[0-9a-f]+/?", re.IGNORECASE | re.ASCII)
_LAUNCHER_PATH = "/dl/launcher/launcher.html"
_CLIENT_PATHS = frozenset({"", "/", "/_", "/v2", "/v2/"})


class Address(NamedTuple):
    """The five pieces of an address, still encoded."""

    scheme: str
    authority: str
    path: str
    query: str
    fragment: str


def join_path_and_query(text: str) -> tuple[str, str]:
    """Return what stands behind the server of Teams, out of Safe Links, launcher or web client."""
    address = _clean_address(text)
    for _ in range(UNWRAPPED_AT_MOST):
        if _SAFE_LINKS_HOST.fullmatch(address.authority.lower()):
            address = _clean_address(_unwrapped(address))
    _check_host(address)
    if address.path.lower() == _LAUNCHER_PATH:
        address = _launched(address)
    if address.path.lower() in _CLIENT_PATHS:
        path, _, query = address.fragment.partition("#")[0].partition("?")
        return path, query
    return address.path, address.query


def only_value(query: str, name: str) -> str:
    """Return the one value of a parameter; none or two leave open which was meant."""
    pairs = parse_qsl(query, keep_blank_values=True)
    values = [value for key, value in pairs if key.lower() == name]
    if len(values) != 1:
        raise LinkRefused(LinkRefusal.MALFORMED)
    return values[0]


def _clean_address(text: str) -> Address:
    """Take an address apart, or refuse a text that is not one clean https address."""
    text = text.strip().lstrip(_OPENING).rstrip(_CLOSING).strip()
    _check_is_one_link(text)
    _check_characters(text)
    if _APP_LINK.match(text):
        raise LinkRefused(LinkRefusal.NOT_HTTPS, OPENS_THE_APP)
    address = _split(text)
    if address is None:
        raise LinkRefused(LinkRefusal.NOT_A_URL)
    if address.scheme.lower() != "https":
        raise LinkRefused(LinkRefusal.NOT_HTTPS)
    return address


def _split(text: str) -> Address | None:
    """Split as RFC 3986 does: the one place where an address is taken apart, and it never raises."""
    match = _ADDRESS.fullmatch(text)
    return None if match is None else Address(**match.groupdict())


def _check_is_one_link(text: str) -> None:
    """Refuse words, several links and a whole invitation."""
    if "://" not in text and not _APP_LINK.match(text):
        raise LinkRefused(LinkRefusal.NOT_A_URL)
    has_spaces = any(unicodedata.category(character) == "Zs" for character in text)
    if has_spaces or (len(text.split()) > 1 and text.count("://") > 1):
        raise LinkRefused(LinkRefusal.NOT_A_URL, MORE_THAN_A_LINK)


def _check_characters(text: str) -> None:
    """Refuse what makes an address look like another: control, zero-width, bidi, backslash."""
    if len(text) > LONGEST_TEXT:
        raise LinkRefused(LinkRefusal.MALFORMED, TOO_LONG)
    if "\\" in text or any(unicodedata.category(character)[0] in "CZ" for character in text):
        raise LinkRefused(LinkRefusal.MALFORMED, HIDDEN_CHARACTERS)


def _unwrapped(address: Address) -> str:
    """Return the link inside a Safe Links one, decoded once; it may be anything, so start again.

    The wrapper itself carries the reader's e-mail address, so it is never kept.
    """
    if not _SAFE_LINKS_PATH.fullmatch(address.path):
        raise LinkRefused(LinkRefusal.MALFORMED)
    inside = only_value(address.query, "url")
    # The person pasted one link. Words inside it are the wrapper's fault, not "more than a link".
    if _split(inside) is None or len(inside.split()) > 1:
        raise LinkRefused(LinkRefusal.MALFORMED)
    return inside


def _launched(address: Address) -> Address:
    """Return the address on the same server that a launcher page would open."""
    inside = _split(f"https://{CANONICAL_HOST}{only_value(address.query, 'url')}")
    if inside is None or inside.authority != CANONICAL_HOST:
        raise LinkRefused(LinkRefusal.MALFORMED)
    return inside


def _check_host(address: Address) -> None:
    """Refuse every server but those of Teams for work and school, by equality alone."""
    host, _, port = address.authority.lower().partition(":")
    if "@" in address.authority:
        raise LinkRefused(LinkRefusal.LOOKALIKE)
    if host not in JOIN_HOSTS:
        raise LinkRefused(_why_not_host(host, rest="".join(address[2:]).lower()))
    if port not in ("", "443"):
        raise LinkRefused(LinkRefusal.MALFORMED)


def _why_not_host(host: str, *, rest: str) -> LinkRefusal:
    """Name the reason for a server that is not let in."""
    named = f".{host}"
    if not host or _SAFE_LINKS_HOST.fullmatch(host):
        return LinkRefusal.MALFORMED
    if host == _PERSONAL_HOST:
        return LinkRefusal.PERSONAL
    if named.endswith(_OTHER_CLOUDS):
        return LinkRefusal.OTHER_CLOUD
    if named.isascii() and named.endswith(_MICROSOFT):
        return LinkRefusal.NOT_A_JOIN_LINK
    return LinkRefusal.LOOKALIKE if _is_disguised(host, rest=rest) else LinkRefusal.NOT_TEAMS


def _is_disguised(host: str, *, rest: str) -> bool:
    """Tell whether a person could take the server for Microsoft's, by its name or by what follows."""
    is_veiled = not host.isascii() or "%" in host or "xn--" in host
    plain = host.translate(_ALIKE).replace("rn", "m")
    is_alike = any(word in plain for word in _TEAMS_WORDS)
    return is_veiled or is_alike or any(name in rest for name in JOIN_HOSTS)
