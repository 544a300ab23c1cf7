"""How people sign in: no sign-up, letters through the one sending boundary."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from schoolsafe.lib import encryption


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Accounts come from the staff list, never from a form."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse: nobody makes their own account."""
        return False


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is untyped
    """Keeps what proves a second factor encrypted like a concern."""

    def encrypt(self, text: str) -> str:
        """Seal a secret before it is stored."""
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Read a stored secret; raises WrongKey when it cannot be read."""
        return encryption.decrypt(encrypted_text)


Context = dict[str, Any]
