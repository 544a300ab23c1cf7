"""An intranet that stood before schoolsafe came: its own people, login, frame, admin and pages.

What it does for the module is what docs/embedding.md says, line by line.
"""

import os
from pathlib import Path

from deploy import compile_messages
from schoolsafe import embedding
from schoolsafe import settings as safe

HERE = Path(__file__).parent
VAR = Path(os.environ["SCHOOLSAFE_VAR"])
# As in tests/settings.py: families' languages are those of the catalogues as they stand.
compile_messages.main()

# --- What it had ------------------------------------------------------------------------------------
OWN_APPS = [
    "tests.host.apps.IntranetConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
OWN_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

# --- For the module ---------------------------------------------------------------------------------
globals().update(embedding.taken())
SITE_URL = "https://intranet.elmfield.example"
MAIL_PROVIDER = "smtp"
INSTALLED_APPS = embedding.with_apps(OWN_APPS)
MIDDLEWARE = embedding.with_middleware(OWN_MIDDLEWARE)
TEMPLATE_DIRS = [HERE / "templates", safe.BASE_DIR / "templates"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": TEMPLATE_DIRS,
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
STATICFILES_DIRS = [safe.BASE_DIR / "static"]
LOCALE_PATHS = [safe.BASE_DIR / "locale"]
DATABASES = {"default": safe.SQLITE | {"NAME": VAR / "intranet.sqlite3"}}
DATABASES["default"]["TEST"] = {"NAME": VAR / "test.sqlite3"}
LOGGING = safe.LOGGING

# --- The intranet's own ------------------------------------------------------------------------------
SECRET_KEY = "the-intranet-has-a-key-of-its-own-" * 2
ALLOWED_HOSTS = ["intranet.elmfield.example", "testserver"]
ROOT_URLCONF = "tests.host.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "intranet.Person"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_URL = "static/"
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = VAR / "letters"
DEFAULT_FROM_EMAIL = "office@elmfield.example"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
