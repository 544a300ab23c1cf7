"""Whom words about an adult mean by their part in the school."""

import re
from dataclasses import dataclass

from school.names import plain_words
from school.roles import Role

# Those who read concerns: for the others their name or the answer on the form is enough.
PARTS = {
    Role.HEADTEACHER: r"(?<!deputy )(?<!assistant )head ?(?:teacher|master|mistress)|ht|principal"
    r"|(?:the|our|his|her|their|acting) head(?! (?:of|boy|girl))|head of school",
    Role.DSL: r"dsl|(?:safeguarding|child protection|designated) (?:lead|officer|coordinator)",
    Role.SAFEGUARDING: r"ddsl|safeguarding team",
    Role.CHAIR: r"chair of (?:the )?governors",
}
# No record says who is deputy head; in most schools it is one of the safeguarding team.
DEPUTY = re.compile(r"\b(?:deputy|deputies|assistant head)\b")
DEPUTIES = frozenset({Role.SAFEGUARDING, Role.DSL})
TEACHER = re.compile(r"(?<!head )\b(?:teach(?:er|ers|es|ing)|taught|tutors?)\b")
# Whoever comes for a day stands in no class of the records.
FOR_A_DAY = re.compile(r"\b(?:supply|cover|agency|trainee|student)\b")
NUMBERS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
]
YEAR = re.compile(rf"\b(?:years?|yr|y) ?(\d{{1,2}}|{'|'.join(NUMBERS)})\b")


def parts_meant(words: str) -> frozenset[Role]:
    """Return the parts that words may name: 'the headteacher', 'our deputy' (E2, E3)."""
    plain = " ".join(words.casefold().split())
    said = {part for part, said in PARTS.items() if re.search(rf"\b(?:{said})\b", plain)}
    return frozenset(said | DEPUTIES if DEPUTY.search(plain) else said)


@dataclass(frozen=True, kw_only=True)
class Taught:
    """Whom somebody who is called a teacher teaches, as far as the words say."""

    years: frozenset[int]
    words: str

    def is_class(self, name: str) -> bool:
        """Tell whether a class is named: '6 Oak', '6B'."""
        return f" {' '.join(plain_words(name))} " in f" {self.words} "

    @property
    def is_said(self) -> bool:
        """Tell whether a year is named; if none is, a teacher of the children is meant."""
        return bool(self.years)


def taught_by(words: str) -> Taught | None:
    """Return whom a teacher in words teaches: 'the Year 6 teacher', 'his class teacher' (E3).

    None where no teacher is meant, or one who is in no class of the records.
    """
    plain = " ".join(plain_words(words))
    if not TEACHER.search(plain) or FOR_A_DAY.search(plain):
        return None
    years = {_year(said) for said in YEAR.findall(plain)}
    return Taught(
        years=frozenset(years | {0} if "reception" in plain.split() else years), words=plain
    )


def _year(said: str) -> int:
    """Return a year group said in digits or as a word."""
    return int(said) if said.isdecimal() else NUMBERS.index(said) + 1
