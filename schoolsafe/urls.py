"""Every address of the site."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.webauthn import views as webauthn
from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from notices.views import health
from school.access import own_factor_first
from schoolsafe import idle, signed_in, views
from schoolsafe.choosing import logos
from schoolsafe.choosing import views as choosing
from schoolsafe.entra import views as entra
from schoolsafe.factors import AddKey, RemoveKey, SetUpApp, ShowCodes, StopApp
from schoolsafe.families import views as families
from schoolsafe.keeping import views as keeping
from schoolsafe.middleware import CSP_REPORTS
from schoolsafe.processing import views as register
from schoolsafe.reports import csp_report
from schoolsafe.reviewing import views as reviewing
from schoolsafe.supply import views as supply

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
    path("microsoft/", entra.tie_list, name="entra_ties"),
    path("microsoft/<row:pk>/untie/", entra.untie, name="entra_untie"),
    path("microsoft/roles/", entra.claim_list, name="entra_claims"),
    path("microsoft/roles/<row:pk>/remove/", entra.remove_claim, name="entra_claim_remove"),
    path("microsoft/login/", entra.start, name="entra_start"),
    path("microsoft/login/callback/", entra.callback, name="entra_callback"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("unlock/", idle.unlock, name="account_unlock"),
    path("idle/", idle.state, name="account_idle"),
    path("sessions/", signed_in.sessions, name="account_sessions"),
    path("sessions/end-others/", signed_in.end_others, name="account_end_others"),
    path("sessions/of/<row:pk>/", signed_in.everywhere, name="account_everywhere"),
    path("sessions/<str:name>/end/", signed_in.end, name="account_end_session"),
    path("unsent/", signed_in.unsent, name="unsent"),
    path("unsent/<row:pk>/send/", signed_in.send, name="unsent_send"),
    path("unsent/<row:pk>/throw-away/", signed_in.throw_away, name="unsent_throw_away"),
    path("2fa/", mfa.index, name="mfa_index"),
    path("2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/app/", own_factor_first(SetUpApp.as_view()), name="mfa_activate_totp"),
    path("2fa/app/stop/", own_factor_first(StopApp.as_view()), name="mfa_deactivate_totp"),
    path("2fa/codes/", own_factor_first(ShowCodes.as_view()), name="mfa_view_recovery_codes"),
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
        own_factor_first(RemoveKey.as_view()),
        name="mfa_remove_webauthn",
    ),
]

# What happened, for the designated lead and the headteacher.
AUDIT: list[URLPattern | URLResolver] = [
    path("", reviewing.reader, name="audit_reader"),
    path("find/", reviewing.find, name="audit_find"),
    path("save/", reviewing.save, name="audit_save"),
    path("alarms/", reviewing.alarm_list, name="audit_alarms"),
    path("alarms/<row:pk>/", reviewing.alarm_detail, name="audit_alarm"),
]
SETTINGS: list[URLPattern | URLResolver] = [
    path("", choosing.settings_list, name="school_settings"),
    path("logo/", logos.logo, name="school_logo"),
    path("<slug:name>/", choosing.setting, name="school_setting"),
    path("<row:pk>/approve/", choosing.approve, name="school_setting_approve"),
    path("<row:pk>/drop/", choosing.drop, name="school_setting_drop"),
]

# What families ask about their own data.
FAMILIES: list[URLPattern | URLResolver] = [
    path("", families.family_requests, name="family_requests"),
    path("pupils/<row:pk>/", families.ask_about_pupil, name="ask_about_pupil"),
    path("guardians/<row:pk>/", families.ask_about_guardian, name="ask_about_guardian"),
    path("<slug:reference>/", families.family_request, name="family_request"),
    path("<slug:reference>/copy/", families.family_copy, name="family_copy"),
    path(
        "<slug:reference>/note/<slug:act>/", families.family_request_act, name="family_request_act"
    ),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="schoolsafe_home"),
    path("accounts/", include(ACCOUNTS)),
    path("audit/", include(AUDIT)),
    path("school/logo/<slug:digest>.png", logos.picture, name="school_logo_picture"),
    path("school/colour/<slug:digits>.css", choosing.colour, name="school_colour"),
    path("school/settings/", include(SETTINGS)),
    path("admin/", admin.site.urls),
    path("school/supply/", supply.people, name="supply"),
    path("school/supply/<row:pk>/again/", supply.again, name="supply_again"),
    path("school/supply/<row:pk>/extend/", supply.extend, name="supply_extend"),
    path("school/supply/<row:pk>/end/", supply.end, name="supply_end"),
    path("health/", health, name="health"),
    path(CSP_REPORTS, csp_report, name="csp_report"),
    path("", include("meetings.urls")),
    path("", include("consent.urls")),
    path("concerns/", include("concerns.urls")),
    path("outbox/", include("notices.urls")),
    path("school/requests/", include(FAMILIES)),
    path("school/retention/", keeping.disposals, name="disposals"),
    path("school/retention/<slug:reference>/", keeping.disposal, name="disposal"),
    path("school/retention/<slug:reference>/agree/", keeping.agree, name="disposal_agree"),
    path("school/retention/<slug:reference>/withdraw/", keeping.withdraw, name="disposal_withdraw"),
    path("school/processing/", register.processing, name="processing"),
    path("school/processing/fields.csv", register.processing_csv, name="processing_csv"),
    path("school/roles/", include("schoolsafe.staffing.urls")),
    path("school/", include("school.urls")),
]

if settings.DEVELOPMENT:
    urlpatterns += [
        path("people/", include("schoolsafe.development_urls")),
        path("mailbox/", include("schoolsafe.mailbox_urls")),
    ]
