"""What a password has to be, said in the words of the school, and how it is kept."""

import re
from collections.abc import Iterator
from typing import Any

from django.contrib.auth import hashers
from django.contrib.auth import password_validation as django
from django.core.exceptions import ValidationError

from school.models import School

# The product, and what it is for (docs/security.md).
OF_PRODUCT = ("schoolsafe", "safeguarding")
# Words of a school's name that say nothing of which one it is; a shorter word than this is none by itself.
OF_ANY_SCHOOL = frozenset({
    "academy", "catholic", "church", "college", "community", "england", "federation", "first",
    "form", "grammar", "high", "infant", "infants", "junior", "lower", "middle", "nursery",
    "preparatory", "primary", "saint", "saints", "school", "secondary", "sixth", "trust",
    "upper", "voluntary",
})  # fmt: skip
SHORTEST_WORD = 4
# What people put in the place of a letter. Of those that look like several letters each is made one.
ALIKE = str.maketrans("013457@$!|l", "oieastasiii")


class Scrypt(hashers.ScryptPasswordHasher):
    """Django's scrypt with twice the memory: 32 MB for each guess. Older ones are renewed at sign-in."""

    work_factor = 2**15
    parallelism = 3
    maxmem = 64 * 1024 * 1024


class LongEnough(django.MinimumLengthValidator):
    """At least so many characters."""

    def get_error_message(self) -> str:
        """Say what is missing, and what helps."""
        return f"That is shorter than {self.min_length} characters. Add another word."

    def get_help_text(self) -> str:
        """Say what is asked for."""
        return f"At least {self.min_length} characters."


class NotCommon(django.CommonPasswordValidator):
    """None of the passwords that are tried first."""

    def get_error_message(self) -> str:
        """Say why, and what helps."""
        return "Too many people use that one. Put three or four words of your own together."

    def get_help_text(self) -> str:
        """Say what is asked for."""
        return "Not one that many people use."


class NotAboutYou(django.UserAttributeSimilarityValidator):
    """Nothing that anybody can guess who knows the person."""

    def get_error_message(self) -> str:
        """Say why, and what helps."""
        return "That is too like your name or address. Choose words that are not about you."

    def get_help_text(self) -> str:
        """Say what is asked for."""
        return "Not your name or your address."


class NotOfSchool:
    """None with a word that everybody here would try first: of the school's name, or of this product (ASVS V6.1.2)."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError where such a word is in it, also with figures in the place of letters."""
        typed = _bare(password)
        if any(_bare(word) in typed for word in words_of_school()):
            raise ValidationError(
                "There is a word of the school or of this software in it, which is tried first. Choose others.",
                code="password_of_school",
            )

    def get_help_text(self) -> str:
        """Say what is asked for."""
        return "No word of the school's name."


def words_of_school() -> Iterator[str]:
    """Yield the words that no password may have in it."""
    yield from OF_PRODUCT
    school = School.objects.filter(pk=1).first()
    for word in re.findall(r"\w+", school.name.casefold() if school else ""):
        if len(word) >= SHORTEST_WORD and word not in OF_ANY_SCHOOL:
            yield word


def _bare(text: str) -> str:
    """Return letters alone, those that look alike as one."""
    return re.sub(r"[\W_]+", "", text.casefold().translate(ALIKE))
