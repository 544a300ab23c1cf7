"""What signing in asks, in the words of the school: allauth's forms with our labels and refusals."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.exceptions import ValidationError

from schoolsafe import refused
from schoolsafe.refused import Why


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What a field is called, what is said when it is empty, and what helps."""

    label: str
    empty: str
    help: str | None = None


ADDRESS = Ask(label="E-mail address", empty="Type your e-mail address.")
PASSWORD = Ask(label="Password", empty="Type your password.")
OLD = Ask(label="The password you have now", empty="Type the password you have now.")
NEW = Ask(
    label="New password",
    empty="Type a new password.",
    help="At least twelve characters. Three or four words that only you put together work well.",
)
AGAIN = Ask(label="The new password again", empty="Type the new password once more.")
CODE = Ask(label="Code", empty="Type the code.")
APP_CODE = Ask(label="Six figures from the app", empty="Type the six figures that the app shows.")
KEY_NAME = Ask(
    label="A name for this key",
    empty="Give the key a name.",
    help="It tells your keys apart: for example 'My phone' or 'School laptop'.",
)
KEY_ALONE = Ask(
    label="Let me sign in with this key alone",
    empty="",
    help="Then no password is asked for. Your finger, your face or the key's PIN proves that it is you.",
)
DIFFERENT = "The two new passwords are not the same. Type both again."
UNKNOWN_KEY = "That key did not work here. Try again, or sign in another way."
# What the library behind allauth raises over an answer that no browser writes.
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)


def speak(form: forms.Form, **asks: Ask) -> None:
    """Give the fields of a form our words, and no words inside the boxes: they vanish while typing."""
    for name, ask in asks.items():
        field = form.fields[name]
        field.label = ask.label
        field.error_messages["required"] = ask.empty
        field.widget.attrs.pop("placeholder", None)
        if ask.help is not None:
            field.help_text = ask.help


def ask_for_code(form: forms.Form, ask: Ask) -> None:
    """Ask for a code of figures: a telephone shows its number keys."""
    speak(form, code=ask)
    form.fields["code"].widget.attrs["inputmode"] = "numeric"


class SignInForm(account.LoginForm):  # type: ignore[misc]  # allauth is untyped
    """Address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        speak(self, login=ADDRESS, password=PASSWORD)


class ConfirmPasswordForm(account.ReauthenticateForm):  # type: ignore[misc]  # allauth is untyped
    """The password once more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        speak(self, password=PASSWORD)


class ForgottenPasswordForm(account.ResetPasswordForm):  # type: ignore[misc]  # allauth is untyped
    """Where the link for a new password goes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        speak(self, email=ADDRESS)


class ChangePasswordForm(account.ChangePasswordForm):  # type: ignore[misc]  # allauth is untyped
    """The password until now and the new one, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        speak(self, oldpassword=OLD, password1=NEW, password2=AGAIN)

    def clean(self) -> dict[str, Any]:
        """Ask for the same password twice, in our words."""
        return check_same(self, super(account.PasswordVerificationMixin, self).clean())


class NewPasswordForm(account.ResetPasswordKeyForm):  # type: ignore[misc]  # allauth is untyped
    """The new password, twice, behind the link of a letter."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        speak(self, password1=NEW, password2=AGAIN)

    def clean(self) -> dict[str, Any]:
        """Ask for the same password twice, in our words."""
        return check_same(self, super(account.PasswordVerificationMixin, self).clean())


def check_same(form: forms.Form, cleaned: dict[str, Any] | None) -> dict[str, Any]:
    """Refuse two new passwords that differ; one that is missing is said elsewhere."""
    cleaned = cleaned or {}
    first, second = cleaned.get("password1"), cleaned.get("password2")
    if first and second and first != second:
        form.add_error("password2", DIFFERENT)
    return cleaned


class Noted:
    """A code that is asked for: a wrong one, and one too many, is written down."""

    user: Any

    def clean_code(self) -> str:
        """Look at the code. Raises ValidationError when it is not right, or when there were too many."""
        try:
            return str(super().clean_code())  # type: ignore[misc]  # that of allauth's form
        except ValidationError as refusal:
            is_wrong = refusal.code == "incorrect_code"
            refused.note_person(self.user.pk, Why.CODE if is_wrong else Why.TOO_MANY)
            raise


class CodeForm(Noted, mfa.AuthenticateForm):  # type: ignore[misc]  # allauth is untyped
    """The second factor while signing in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_code(self, CODE)


class ConfirmCodeForm(Noted, mfa.ReauthenticateForm):  # type: ignore[misc]  # allauth is untyped
    """The second factor once more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_code(self, CODE)


class SetUpAppForm(ActivateTOTPForm):  # type: ignore[misc]  # allauth is untyped
    """The first code of a new app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_code(self, APP_CODE)


class AddKeyForm(webauthn.AddWebAuthnForm):  # type: ignore[misc]  # allauth is untyped
    """A new passkey or security key, and what it is called."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        speak(self, name=KEY_NAME, passwordless=KEY_ALONE)
        expect_key(self)

    def clean(self) -> dict[str, Any]:
        """Say in our words that the browser's answer was of no use."""
        try:
            cleaned: dict[str, Any] = super().clean()
        except (ValidationError, *UNREADABLE) as refusal:
            raise ValidationError(UNKNOWN_KEY) from refusal
        return cleaned


class RenameKeyForm(webauthn.EditWebAuthnForm):  # type: ignore[misc]  # allauth is untyped
    """Another name for a key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        speak(self, name=KEY_NAME)


class KeyForm(webauthn.AuthenticateWebAuthnForm):  # type: ignore[misc]  # allauth is untyped
    """A key in place of a code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        expect_key(self)

    def clean_credential(self) -> Authenticator:
        """Say in our words that this key opens nothing here."""
        return known_key(super().clean_credential)


class ConfirmKeyForm(webauthn.ReauthenticateWebAuthnForm):  # type: ignore[misc]  # allauth is untyped
    """A key once more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        expect_key(self)

    def clean_credential(self) -> Authenticator:
        """Say in our words that this key opens nothing here."""
        return known_key(super().clean_credential)


class KeySignInForm(webauthn.LoginWebAuthnForm):  # type: ignore[misc]  # allauth is untyped
    """A key in place of address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        expect_key(self)

    def clean_credential(self) -> Authenticator:
        """Say in our words that this key opens nothing here."""
        return known_key(super().clean_credential)


def expect_key(form: forms.Form) -> None:
    """Say in our words when the browser sent nothing of use: one without a script does."""
    words = {"required": UNKNOWN_KEY, "invalid": UNKNOWN_KEY}
    form.fields["credential"].error_messages |= words


def known_key(read: Callable[[], Authenticator]) -> Authenticator:
    """Read which key answered, and refuse in our words; too many tries keep their own."""
    try:
        return read()
    except ValidationError as refusal:
        if refusal.code != "incorrect_code":
            raise
        raise ValidationError(UNKNOWN_KEY) from refusal
    except UNREADABLE as fault:
        raise ValidationError(UNKNOWN_KEY) from fault
