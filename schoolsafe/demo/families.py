"""The families of the demo school: the awkward ones written out, the others from fixed lists."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schoolsafe.demo.names import CHILDREN, FAMILIES, FATHERS, MOTHERS
from schoolsafe.demo.people import DOMAIN

YEARS = range(7)
IN_A_YEAR = 30
# Children of the first of these years have a brother or sister two years above.
YOUNGER_SIBLINGS_IN = {2: 0, 3: 1, 6: 4}
SIBLING_PAIRS = 8


@dataclass(frozen=True, kw_only=True)
class Adult:
    """A guardian, and the tie to the children of the family."""

    name: str
    relationship: str = "mother"
    email: str
    has_telephone: bool = True
    language: str = "en"
    has_responsibility: bool = True
    has_care: bool = True
    is_corporate_parent: bool = False
    counts: bool = True
    block_reason: str = ""
    block_evidence: str = ""
    block_days_left: int | None = None


@dataclass(frozen=True, kw_only=True)
class Child:
    """A pupil."""

    given: str
    year: int
    place: int = 0
    mode: str = ""
    email: str = ""
    is_confidential: bool = False


@dataclass(frozen=True, kw_only=True)
class Family:
    """Children and their guardians; `shows` is the number of the case they are here for."""

    surname: str
    children: tuple[Child, ...]
    adults: tuple[Adult, ...]
    shows: str = ""


def mail(name: str) -> str:
    """Return an address in a domain that nobody can own."""
    return f"{name.lower().replace(' ', '.')}@mail.example"


def adult(name: str, relationship: str = "mother", **facts: object) -> Adult:
    """Return a guardian with an address made of the name."""
    return replace(Adult(name=name, relationship=relationship, email=mail(name)), **facts)  # type: ignore[arg-type]  # facts of Adult


AWKWARD: tuple[Family, ...] = (
    Family(
        shows="E11",
        surname="Khan",
        children=(Child(given="Amelia", year=4),),
        adults=(adult("Saira Khan"), adult("Adil Khan", "father")),
    ),
    Family(
        shows="E11",
        surname="Khan",
        children=(Child(given="Amelia", year=4),),
        adults=(adult("Joanne Khan"),),
    ),
    Family(
        shows="E29",
        surname="Baptiste",
        children=(Child(given="Noah", year=2),),
        adults=(
            adult("Claudia Baptiste", email="baptiste.family@mail.example"),
            adult("Errol Baptiste", "father", email="baptiste.family@mail.example"),
        ),
    ),
    Family(
        shows="E30",
        surname="Okafor",
        children=(Child(given="Maya", year=4),),
        adults=(
            adult("Amina Okafor"),
            adult(
                "Bayo Okafor",
                "father",
                has_care=False,
                block_reason="Non-molestation order",
                block_evidence="Sealed order of the family court, safe, folder 12",
            ),
        ),
    ),
    Family(
        shows="E31",
        surname="Lewis",
        children=(Child(given="Poppy", year=3),),
        adults=(
            adult("Jess Lewis", email="dunn.lewis@mail.example"),
            adult(
                "Carl Dunn",
                "step-parent",
                email="dunn.lewis@mail.example",
                has_responsibility=False,
                block_reason="Bail conditions: no contact with the child",
                block_evidence="Letter of the police, safe, folder 15",
                block_days_left=120,
            ),
            adult("Rita Lewis", "grandparent", has_responsibility=False),
        ),
    ),
    Family(
        shows="E33",
        surname="Marin",
        children=(Child(given="Sofia", year=5, is_confidential=True),),
        adults=(
            adult("Elena Marin", language="ro"),
            adult(
                "Victor Marin",
                "father",
                has_care=False,
                block_reason="The family lives at a safe address",
                block_evidence="Letter of the refuge, safe, folder 17",
            ),
        ),
    ),
    Family(
        shows="E35",
        surname="Hartley",
        children=(Child(given="Oliver", year=4),),
        adults=(adult("Rachel Hartley"), adult("Simon Hartley", "father")),
    ),
    Family(
        shows="E36",
        surname="Ahmed",
        children=(Child(given="Zara", year=4, mode="all"),),
        adults=(adult("Nadia Ahmed", language="ur"), adult("Imran Ahmed", "father")),
    ),
    Family(
        shows="E41",
        surname="Bright",
        children=(Child(given="Marcus", year=13, email="marcus.bright@sixthform.example"),),
        adults=(adult("Denise Bright"),),
    ),
    Family(
        shows="E42",
        surname="Duarte",
        children=(Child(given="Ines", year=12, email="ines.duarte@sixthform.example"),),
        adults=(adult("Paula Duarte"),),
    ),
    Family(
        shows="E43",
        surname="Cole",
        children=(Child(given="Jayden", year=4),),
        adults=(
            adult(
                "Karen Whitlock",
                "social worker",
                email="karen.whitlock@council.example",
                has_care=False,
                is_corporate_parent=True,
            ),
            adult("Sheila Moran", "foster carer", has_responsibility=False, counts=False),
            adult("Dawn Cole", has_care=False, counts=False),
        ),
    ),
    Family(
        shows="E44",
        surname="Okonkwo",
        children=(Child(given="Ada", year=4), Child(given="Chidi", year=2)),
        adults=(adult("Ngozi Okonkwo"),),
    ),
    Family(
        shows="E45",
        surname="Turner",
        children=(Child(given="Leo", year=4),),
        adults=(adult("Gary Turner", "father", email="", has_telephone=False),),
    ),
    Family(
        shows="E48",
        surname="Fraser",
        children=(Child(given="Isla", year=3),),
        adults=(adult("Moira Fraser"), adult("Angus Fraser", "father")),
    ),
    Family(
        shows="E49",
        surname="Rahimi",
        children=(Child(given="Yusuf", year=5),),
        adults=(adult("Mariam Rahimi", language="ar"),),
    ),
    Family(
        shows="E53",
        surname="Nowak",
        children=(Child(given="Jakub", year=6),),
        adults=(adult("Ewa Nowak", language="pl"),),
    ),
    Family(
        shows="E7",
        surname="Raman",
        children=(Child(given="Anika", year=3),),
        adults=(adult("Priya Raman", email=f"priya.raman@{DOMAIN}"),),
    ),
)


def everybody() -> list[Family]:
    """Return every family of the school, the awkward ones first."""
    taken = dict.fromkeys(YEARS, 0)
    for child in (child for family in AWKWARD for child in family.children):
        if child.year in taken:
            taken[child.year] += 1
    families: dict[tuple[int, int], Family] = {}
    for year in YEARS:
        for place in range(IN_A_YEAR - taken[year]):
            _place(families, year, place, number=len(families))
    return [*AWKWARD, *families.values()]


def _place(families: dict[tuple[int, int], Family], year: int, place: int, *, number: int) -> None:
    """Add an ordinary child: to the family of a younger one, or with a family of their own."""
    child = Child(given=CHILDREN[(year * 31 + place * 7) % len(CHILDREN)], year=year, place=place)
    younger = (YOUNGER_SIBLINGS_IN.get(year, -1), place)
    if younger in families and place < SIBLING_PAIRS:
        family = families[younger]
        families[younger] = replace(family, children=(*family.children, child))
        return
    surname = FAMILIES[number % len(FAMILIES)]
    families[year, place] = Family(
        surname=surname, children=(child,), adults=tuple(_adults(surname, number))
    )


def _adults(surname: str, number: int) -> Iterator[Adult]:
    """Return mother and father, or in every third family only one of them."""
    mother = f"{MOTHERS[number % len(MOTHERS)]} {surname}"
    father = f"{FATHERS[number % len(FATHERS)]} {surname}"
    if number % 6 != 5:
        yield adult(mother, email=mail(f"{mother} {number}"))
    if number % 6 != 2:
        yield adult(father, "father", email=mail(f"{father} {number}"))
