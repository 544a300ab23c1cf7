"""Whom words about an adult mean by their part in the school."""

import re

from school.roles import Role

# Those who read concerns: for the others their name or a tick on the form is enough.
PARTS = {
    Role.HEADTEACHER: r"head ?teacher|principal|the head(?! (?:of|boy|girl))",
    Role.DSL: r"dsl|safeguarding lead|designated lead",
    Role.SAFEGUARDING: r"ddsl|deputy (?:dsl|safeguarding|designated)|safeguarding team",
    Role.CHAIR: r"chair of (?:the )?governors",
}


def parts_meant(words: str) -> frozenset[Role]:
    """Return the parts that words may name: 'the headteacher', 'our safeguarding lead' (E2, E3)."""
    plain = " ".join(words.casefold().split())
    return frozenset(part for part, said in PARTS.items() if re.search(rf"\b(?:{said})\b", plain))
