"""The project's own addresses: start page, sign-in, demo people, mailbox, health."""

from tests.access.table import Facts, Page, everybody, staff


def make(facts: Facts) -> Facts:
    return {}


def of_host(facts: Facts) -> dict[str, object]:
    return {"pk": facts["host"].pk}  # type: ignore[attr-defined]


ACCESS = {
    "schoolsafe_home": Page(staff()),
    # No sweep has run here.
    "health": Page(everybody(503)),
    "people": Page(everybody(200)),
    "POST sign_in_as": Page(everybody(302), of_host),
    "mailbox:list": Page(everybody(200)),
    "mailbox:letter": Page(everybody(404), lambda facts: {"name": "no-such-letter"}),
    "mailbox:page": Page(everybody(404), lambda facts: {"name": "no-such-letter"}),
    # Signing in: whoever is signed in already is sent on.
    "account_login": Page("200 302 302 302 302 302 302 302 302 302 200"),
    "account_logout": Page("302 200 200 200 200 200 200 200 200 200 302"),
    "account_inactive": Page(everybody(200)),
    "account_signup": Page("200 302 302 302 302 302 302 302 302 302 200"),
    "account_reset_password": Page(everybody(200)),
    "account_reset_password_done": Page(everybody(200)),
    "account_reset_password_from_key": Page(
        everybody(200), lambda facts: {"uidb36": "1", "key": "no-such-key"}
    ),
    "account_reset_password_from_key_done": Page(everybody(200)),
    "account_reauthenticate": Page(staff()),
    "account_change_password": Page(staff()),
    "mfa_index": Page(staff()),
    # Each session of the cast has just confirmed its second factor.
    "mfa_authenticate": Page(everybody(302)),
    "mfa_reauthenticate": Page(staff(302)),
    "mfa_activate_totp": Page(staff()),
    "mfa_deactivate_totp": Page(staff(404)),
    "mfa_view_recovery_codes": Page(staff(404)),
    "mfa_generate_recovery_codes": Page(staff()),
    "mfa_download_recovery_codes": Page(staff(404)),
    "mfa_list_webauthn": Page(staff()),
    "mfa_add_webauthn": Page(staff()),
    "mfa_reauthenticate_webauthn": Page(staff(302)),
    "mfa_login_webauthn": Page(everybody(302)),
    "mfa_edit_webauthn": Page(staff(404), lambda facts: {"pk": 1}),
    "mfa_remove_webauthn": Page(staff(404), lambda facts: {"pk": 1}),
}
