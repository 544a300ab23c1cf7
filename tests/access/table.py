"""How the access tables are written: one line of statuses for each address."""

from collections.abc import Callable
from dataclasses import dataclass, field

CAST = (
    "anonymous",
    "host",
    "colleague",
    "deputy",
    "lead",
    "head",
    "chair",
    "office",
    "governor",
    "it_superuser",
    "leaver",
)
Facts = dict[str, object]
SIGN_IN = 302


@dataclass(frozen=True)
class Page:
    """One address: what each of the cast gets, in the order of CAST; a + says that it changed something."""

    statuses: str
    args: Callable[[Facts], dict[str, object]] = field(default=lambda facts: {})
    data: Callable[[Facts], dict[str, object]] = field(default=lambda facts: {})

    def expected(self) -> dict[str, str]:
        return dict(zip(CAST, self.statuses.split(), strict=True))


def everybody(status: int) -> str:
    """The same for all."""
    return " ".join([str(status)] * len(CAST))


def only(*names: str, gets: int | str = 200, others: int = 403) -> str:
    """These get it; other staff are refused; whoever is not signed in is led to sign in."""
    unknown = set(names) - set(CAST)
    assert not unknown, unknown
    statuses: dict[str, int | str] = {name: gets if name in names else others for name in CAST}
    statuses["anonymous"] = statuses["leaver"] = SIGN_IN
    return " ".join(str(statuses[name]) for name in CAST)


STAFF = tuple(name for name in CAST if name not in {"anonymous", "leaver"})


def staff(status: int = 200) -> str:
    """Everybody whose account is open."""
    return only(*STAFF, gets=status)
