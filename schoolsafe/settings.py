"""Settings of the whole project, read from the environment.

Without any (`SCHOOLSAFE_MODE` unset or `development`) it is the embedded demo: SQLite, an embedded
Valkey, a mailbox page and keys made on first start. `SCHOOLSAFE_MODE=production` has no defaults
for anything secret: a missing setting stops the start with its name and what to do.
"""

from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from csp.constants import NONE, SELF

from schoolsafe.lib import environment, keys, languages, logs, providers, sign_in
from schoolsafe.lib.rules import SetupFault

BASE_DIR = Path(__file__).resolve().parent.parent

MODE = environment.env.str("SCHOOLSAFE_MODE", "development")
if MODE not in {"development", "production"}:
    raise SetupFault("SCHOOLSAFE_MODE must be development or production.")
DEVELOPMENT = MODE == "development"
DEBUG = environment.flag("SCHOOLSAFE_DEBUG", default=False)
if DEBUG and not DEVELOPMENT:
    raise SetupFault("SCHOOLSAFE_DEBUG is for development only: unset it.")

# Where the embedded default keeps its database, keys, mailbox and socket.
VAR_DIR = Path(environment.env.str("SCHOOLSAFE_VAR", str(BASE_DIR / "var")))

# What was destroyed, kept outside the database: best on another disk than that.
DESTRUCTION_LEDGER = environment.env.path("DESTRUCTION_LEDGER", VAR_DIR / "destroyed.ledger")

# --- Keys: one kind of key for one purpose, the first writes, the others still read ---------------
_KEYS = keys.load(VAR_DIR, development=DEVELOPMENT)
SECRET_KEY = _KEYS.secret_key
LINK_KEYS = _KEYS.link_keys
FIELD_KEYS = _KEYS.field_keys
AUDIT_KEYS = _KEYS.audit_keys

# --- Addresses ------------------------------------------------------------------------------------
# Where `make run` listens, on this machine only.
PORT = environment.number("PORT", default=8000)
if DEVELOPMENT:
    SITE_URL = environment.env.str("SITE_URL", f"http://localhost:{PORT}")
    ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1]")
else:
    SITE_URL = environment.required(
        "SITE_URL", to_do="Set it to the address staff and families use: https://intranet.school."
    )
    ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS") or [urlsplit(SITE_URL).hostname or ""]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# --- Rooms ----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "schoolsafe.apps.SchoolsafeConfig",
    "meetings.apps.MeetingsConfig",
    "concerns.apps.ConcernsConfig",
    "consent.apps.ConsentConfig",
    "notices.apps.NoticesConfig",
    "school.apps.SchoolConfig",
    "audit.apps.AuditConfig",
    "schoolsafe.apps.RecordsConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "csp",
    "anymail",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # Before the static files: the policy goes with a picture of ours too.
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "schoolsafe.middleware.StaffMiddleware",
    "schoolsafe.idle.IdleMiddleware",
    "schoolsafe.middleware.PrivacyMiddleware",
    "schoolsafe.middleware.NotAllowedMiddleware",
    "schoolsafe.middleware.FamilyLanguageMiddleware",
]
ROOT_URLCONF = "schoolsafe.urls"
WSGI_APPLICATION = "schoolsafe.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "schoolsafe.context.page",
            ]
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"


# --- Database -------------------------------------------------------------------------------------
POOL = {"min_size": 1, "max_size": 8, "timeout": 10}
# Measured: without IMMEDIATE, 50 people answering at once are refused with "database is locked";
# recursive_triggers, because INSERT OR REPLACE walks round the audit's triggers without it.
SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": VAR_DIR / "schoolsafe.sqlite3",
    "CONN_MAX_AGE": None,
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
            "PRAGMA recursive_triggers=ON;PRAGMA foreign_keys=ON;"
        ),
    },
}
if DEVELOPMENT:
    DATABASE_URL = environment.env.str("DATABASE_URL", "")
else:
    DATABASE_URL = environment.required(
        "DATABASE_URL", to_do="Set it to the database: postgresql://user:password@host:5432/name."
    )
DATABASES: dict[str, dict[str, Any]] = {"default": SQLITE}
if DATABASE_URL:
    # A query of `schoolsafe.lib.prepared` is planned once for a connection, after five times.
    options = {"pool": POOL, "prepare_threshold": 5}
    DATABASES["default"] = environment.postgresql(DATABASE_URL) | {"OPTIONS": options}

# --- Celery: the clock and the hands, never the truth ----------------------------------------------
REDIS_URL = environment.env.str("REDIS_URL", "")
# `make run` names another place when the path is longer than a socket's address may be.
VALKEY_SOCKET = environment.env.str("VALKEY_SOCKET", str(VAR_DIR / "valkey.sock"))
CELERY_BROKER_URL = REDIS_URL or f"redis+socket://{quote(VALKEY_SOCKET)}"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Europe/London"
SWEEP_EVERY_SECONDS = 3
CELERY_BEAT_SCHEDULE = {
    "run-due": {
        "task": "notices.tasks.run_due",
        "schedule": SWEEP_EVERY_SECONDS,
        # A tick nobody took is worth nothing once the next one comes: no pile-up after an outage.
        "options": {"expires": SWEEP_EVERY_SECONDS},
    },
}

# --- Mail and text messages -------------------------------------------------------------------------
MAILBOX_DIR = VAR_DIR / "mailbox"
SMTP_URL = environment.env.str("SMTP_URL", "")
# A mail service with an interface of its own, instead of SMTP; its news about letters come back.
MAIL_SERVICE = environment.env.str("MAIL_SERVICE", "")
if MAIL_SERVICE:
    EMAIL_BACKEND, ANYMAIL = providers.mail_service(MAIL_SERVICE)
elif SMTP_URL:
    _smtp = urlsplit(SMTP_URL)
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = _smtp.hostname or "localhost"
    EMAIL_PORT = _smtp.port or 587
    EMAIL_HOST_USER = unquote(_smtp.username or "")
    EMAIL_HOST_PASSWORD = unquote(_smtp.password or "")
    EMAIL_USE_TLS = _smtp.scheme == "smtp+tls"
    EMAIL_USE_SSL = _smtp.scheme == "smtps"
elif DEVELOPMENT:
    EMAIL_BACKEND = "schoolsafe.mailbox.MailboxBackend"
else:
    environment.required(
        "SMTP_URL", to_do="Set it to the mail server: smtp+tls://user:password@host:587."
    )
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = environment.env.str("MAIL_FROM", "school@schoolsafe.example")
# Exchange Online takes 30 messages a minute and 10,000 a day; the embedded mailbox has no limit.
MAIL_PROVIDER = environment.env.str(
    "MAIL_PROVIDER", MAIL_SERVICE or ("smtp" if SMTP_URL else "mailbox")
)
MAIL_RATE_PER_MINUTE = environment.number("MAIL_RATE_PER_MINUTE", default=30 if SMTP_URL else 0)
MAIL_DAILY_QUOTA = environment.number("MAIL_DAILY_QUOTA", default=10_000 if SMTP_URL else 0)
# Without it nobody gets a text message and nothing else changes. GOV.UK Notify takes 3,000 text
# messages a minute and 250,000 a day.
SMS_PROVIDER = environment.env.str("SMS_PROVIDER", "")
NOTIFY = providers.notify(SMS_PROVIDER)
SMS_RATE_PER_MINUTE = environment.number("SMS_RATE_PER_MINUTE", default=3000)
SMS_DAILY_QUOTA = environment.number("SMS_DAILY_QUOTA", default=250_000)
# Whether a person whose e-mail came back gets text messages instead.
SMS_AFTER_BOUNCE = environment.flag("SMS_AFTER_BOUNCE", default=True)

# --- Microsoft Graph --------------------------------------------------------------------------------
# Off without GRAPH_CLIENT_ID: then Teams links are pasted, and nothing is missing.
GRAPH = providers.graph()

# --- Sign-in --------------------------------------------------------------------------------------
# An intranet that mounts the module has its own (docs/embedding.md).
OWN_SIGN_IN = True
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "schoolsafe_home"
ACCOUNT_ADAPTER = "schoolsafe.accounts.AccountAdapter"
ACCOUNT_FORMS = sign_in.ACCOUNT_FORMS
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
MFA_FORMS = sign_in.MFA_FORMS
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ADAPTER = "schoolsafe.accounts.MfaAdapter"
# Addresses come from the staff list: nobody confirms one, and nobody waits for that.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEVELOPMENT
# A letter to a stranger who typed an address would be a way to send mail through us.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
PASSWORD_RESET_TIMEOUT = 60 * 60
# Wrong passwords and codes are counted by account, and strangers' by the sender's address as well
# (schoolsafe/browsers.py): a whole school may stand behind one, and one of its people must not shut
# it out. All tries of one sender are held down where the proxy does it. Letters are few: each has a link.
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "5/300s/key",
    "reset_password": "20/m/ip,5/m/key",
    "reauthenticate": "5/300s/user",
}
MFA_RATE_LIMITS = {"webauthn_login": "300/m/ip"}
# The school's Microsoft Entra ID, beside passwords. Off without ENTRA_CLIENT_ID.
ENTRA = providers.entra()
SOCIALACCOUNT_ADAPTER = "schoolsafe.entra.adapter.EntraAccountAdapter"
# Rate limits go by the sender's address: the one the last proxy of ours saw, not one a sender wrote.
ALLAUTH_TRUSTED_PROXY_COUNT = environment.number("TRUSTED_PROXIES", default=0 if DEVELOPMENT else 1)
# Rate limits are counted in the database: all processes share it, and sign-in needs no Redis.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # So many that nobody makes the counters of others go by filling it with their own.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
PASSWORD_HASHERS = [
    "schoolsafe.passwords.Scrypt",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "schoolsafe.passwords.LongEnough", "OPTIONS": {"min_length": 12}},
    {"NAME": "schoolsafe.passwords.NotCommon"},
    {"NAME": "schoolsafe.passwords.NotAboutYou"},
    {"NAME": "schoolsafe.passwords.NotOfSchool"},
]
# A session ends eight hours after it began, whatever is done in it.
SESSION_ENGINE = "schoolsafe.sessions"
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# When nobody has done anything for so long, a browser asks once more who is there.
IDLE_LOCK = sign_in.idle_lock()

# --- Languages and time ---------------------------------------------------------------------------
# Staff read English; families the language on their record, or the one they choose on the page.
LANGUAGE_CODE = "en-gb"
LANGUAGES: list[tuple[str, str]] = [
    ("en-gb", "English"),
    *((one.code, one.name) for one in languages.LANGUAGES),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = True
# How Django writes them in the records; a page says them in the words of lib/clock.py.
FORMAT_MODULE_PATH = ["schoolsafe.formats"]

# --- Static files ---------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEVELOPMENT

# --- Files that people hand in -----------------------------------------------------------------------
# Django would write a large one to a disk, in clear, before anybody has looked at it.
FILE_UPLOAD_HANDLERS = ["schoolsafe.lib.uploads.InMemory"]
# The longest text a form of ours takes, in three fields, in letters of four bytes; Django would refuse
# the whole page at a fifth of it.
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
# More than any form takes: some too many are said beside the field. In memory: `uploads.MOST_TOGETHER`.
DATA_UPLOAD_MAX_NUMBER_FILES = 50
# Off without CLAMAV_URL. Where it is named and does not answer, no file is taken.
CLAMAV = providers.clamav()

# --- What browsers are told ------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
# What a page tells the next one may name a child: it stays on the server, not in a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
if not DEVELOPMENT:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"

# --- Logs: ids and kinds only; link tokens are masked in every line --------------------------------
LOGGING = logs.LOGGING
