"""What a password has to be, said in the words of the school, and how it is kept."""

from django.contrib.auth import hashers
from django.contrib.auth import password_validation as django


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
