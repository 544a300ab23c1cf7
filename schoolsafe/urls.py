"""Every address of the site."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from notices.views import health
from school.access import own_factor_first
from schoolsafe import views
from schoolsafe.accounts import AddKey, SetUpApp

# Of allauth only what the school offers: accounts and addresses come from the staff list.
# First the ways in, and what belongs to a password.
SIGN_IN: list[URLPattern] = [
    path("login/", account.login, name="account_login"),
    path("signup/", account.signup, name="account_signup"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("2fa/keys/login/", webauthn.login_webauthn, name="mfa_login_webauthn"),
]
if not settings.OWN_SIGN_IN:
    for way in SIGN_IN:
        way.callback = views.at_the_intranet
ACCOUNTS: list[URLPattern | URLResolver] = [
    *SIGN_IN,
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("2fa/", mfa.index, name="mfa_index"),
    path("2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/app/", own_factor_first(SetUpApp.as_view()), name="mfa_activate_totp"),
    path("2fa/app/stop/", own_factor_first(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path(
        "2fa/codes/", own_factor_first(recovery.view_recovery_codes), name="mfa_view_recovery_codes"
    ),
    path(
        "2fa/codes/new/",
        own_factor_first(recovery.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "2fa/codes/text/",
        own_factor_first(recovery.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("2fa/keys/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("2fa/keys/add/", own_factor_first(AddKey.as_view()), name="mfa_add_webauthn"),
    path("2fa/keys/confirm/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path(
        "2fa/keys/<row:pk>/rename/",
        own_factor_first(webauthn.edit_webauthn),
        name="mfa_edit_webauthn",
    ),
    path(
        "2fa/keys/<row:pk>/remove/",
        own_factor_first(webauthn.remove_webauthn),
        name="mfa_remove_webauthn",
    ),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="schoolsafe_home"),
    path("accounts/", include(ACCOUNTS)),
    path("admin/", admin.site.urls),
    path("health/", health, name="health"),
    path("", include("meetings.urls")),
    path("", include("consent.urls")),
    path("concerns/", include("concerns.urls")),
    path("outbox/", include("notices.urls")),
]

if settings.DEVELOPMENT:
    urlpatterns += [
        path("people/", include("schoolsafe.development_urls")),
        path("mailbox/", include("schoolsafe.mailbox_urls")),
    ]
