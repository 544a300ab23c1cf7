"""How people sign in, as settings name it: our forms in the place of allauth's, and how long it lasts."""

from datetime import timedelta

from schoolsafe.lib import environment
from schoolsafe.lib.rules import SetupFault

# In minutes. Shorter, and a form with one long answer is locked while it is written; longer, and
# half a school has passed by.
SHORTEST_LOCK, LONGEST_LOCK = 5, 60

ACCOUNT_FORMS = {
    "login": "schoolsafe.forms.SignInForm",
    "reauthenticate": "schoolsafe.forms.ConfirmPasswordForm",
    "change_password": "schoolsafe.forms.ChangePasswordForm",
    "reset_password": "schoolsafe.forms.ForgottenPasswordForm",
    "reset_password_from_key": "schoolsafe.forms.NewPasswordForm",
}
MFA_FORMS = {
    "authenticate": "schoolsafe.forms.CodeForm",
    "reauthenticate": "schoolsafe.forms.ConfirmCodeForm",
    "activate_totp": "schoolsafe.forms.SetUpAppForm",
    "add_webauthn": "schoolsafe.forms.AddKeyForm",
    "edit_webauthn": "schoolsafe.forms.RenameKeyForm",
    "authenticate_webauthn": "schoolsafe.forms.KeyForm",
    "reauthenticate_webauthn": "schoolsafe.forms.ConfirmKeyForm",
    "login_webauthn": "schoolsafe.forms.KeySignInForm",
}


def idle_lock() -> timedelta:
    """Return after how long without anybody doing anything a browser is locked.

    Raises SetupFault outside its bounds: it cannot be switched off.
    """
    minutes = environment.number("IDLE_LOCK_MINUTES", default=15)
    if not SHORTEST_LOCK <= minutes <= LONGEST_LOCK:
        raise SetupFault(
            f"IDLE_LOCK_MINUTES must be a number from {SHORTEST_LOCK} to {LONGEST_LOCK}."
        )
    return timedelta(minutes=minutes)
