"""Teams join links: which pasted text may become a meeting's link, and why the rest may not (P4).

Nothing that was pasted is ever passed on. The parts are read out, each is held against what
Microsoft writes, and the link is built anew on one host. `teams.cloud.microsoft` is the same service
under a newer name, so its links are written on `teams.microsoft.com` too: one meeting has one address.
Whether a meeting is a "Meet now" cannot be seen in its link, so nothing here says so or denies it.
"""

from meetings.teams.links import JoinLink, LinkKind, parse_join_link
from meetings.teams.refusals import LinkRefusal, LinkRefused

__all__ = ["JoinLink", "LinkKind", "LinkRefusal", "LinkRefused", "parse_join_link"]
