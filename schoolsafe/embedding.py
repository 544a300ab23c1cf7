"""What an intranet that mounts the module takes into settings of its own (docs/embedding.md)."""

from typing import Any

from schoolsafe import settings

# The settings that code of the module, or of what it is built on, reads.
TAKEN = (
    "SITE_URL",
    "LINK_KEYS",
    "FIELD_KEYS",
    "AUDIT_KEYS",
    "DATABASE_URL",
    "DESTRUCTION_LEDGER",
    "MAILBOX_DIR",
    "MAIL_SERVICE",
    "MAIL_PROVIDER",
    "MAIL_RATE_PER_MINUTE",
    "MAIL_DAILY_QUOTA",
    "SMS_PROVIDER",
    "SMS_RATE_PER_MINUTE",
    "SMS_DAILY_QUOTA",
    "SMS_AFTER_BOUNCE",
    "NOTIFY",
    "GRAPH",
    "ENTRA",
    "IDLE_LOCK",
    "ACCOUNT_ADAPTER",
    "ACCOUNT_FORMS",
    "ACCOUNT_LOGIN_METHODS",
    "ACCOUNT_SIGNUP_FIELDS",
    "ACCOUNT_EMAIL_VERIFICATION",
    "ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS",
    "ACCOUNT_RATE_LIMITS",
    "SOCIALACCOUNT_ADAPTER",
    "MFA_FORMS",
    "MFA_RATE_LIMITS",
    "MFA_SUPPORTED_TYPES",
    "MFA_ADAPTER",
    "MFA_ALLOW_UNVERIFIED_EMAIL",
    "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN",
    "ALLAUTH_TRUSTED_PROXY_COUNT",
    "CRISPY_ALLOWED_TEMPLATE_PACKS",
    "CRISPY_TEMPLATE_PACK",
    "FORM_RENDERER",
    "MESSAGE_STORAGE",
    "CONTENT_SECURITY_POLICY",
    "FILE_UPLOAD_HANDLERS",
    "DATA_UPLOAD_MAX_MEMORY_SIZE",
    "DATA_UPLOAD_MAX_NUMBER_FILES",
    "CLAMAV",
    "LANGUAGES",
    "LANGUAGE_CODE",
    "TIME_ZONE",
    "USE_TZ",
    "FORMAT_MODULE_PATH",
)
# The intranet serves its static files as it always has.
NOT_NEEDED = {"whitenoise.middleware.WhiteNoiseMiddleware"}


def taken() -> dict[str, Any]:
    """Return these settings, for `globals().update(taken())`.

    Three are another than where the module runs on its own: people come in by the intranet's login
    alone, be it Microsoft's, and the doors of development, which let anybody in as anybody, are shut.
    """
    read = {name: getattr(settings, name) for name in TAKEN}
    return read | {"DEVELOPMENT": False, "OWN_SIGN_IN": False, "ENTRA": None}


def with_apps(own: list[str]) -> list[str]:
    """Return the intranet's apps and after them those of the module that it lacks."""
    return [*own, *(app for app in settings.INSTALLED_APPS if app not in own)]


def with_middleware(own: list[str]) -> list[str]:
    """Return the intranet's middleware and after it what the module needs besides."""
    known = NOT_NEEDED.union(own)
    return [*own, *(layer for layer in settings.MIDDLEWARE if layer not in known)]
