"""The project's settings with what tests need: a place of their own, and a cheap password."""

import atexit
import os
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

# Before the project's settings load: they make keys and name files under this folder.
VAR = Path(tempfile.mkdtemp(prefix="schoolsafe-tests-"))
atexit.register(shutil.rmtree, VAR, ignore_errors=True)
os.environ["SCHOOLSAFE_VAR"] = str(VAR)
os.environ["SCHOOLSAFE_MODE"] = "development"

from deploy import compile_messages  # noqa: E402
from schoolsafe.settings import *  # noqa: E402, F403
from schoolsafe.settings import DATABASES, LOGGING  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, as in use: threads and live servers each have their own connection to it.
    DATABASES["default"]["TEST"] = {"NAME": VAR / "test.sqlite3"}

# However the tests are started, families' languages are those of the catalogues as they stand.
compile_messages.main()

# Signing in is not what most tests are about.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# People of most tests do nothing for hours at a time; tests/security/test_idle.py locks as in use.
IDLE_LOCK = timedelta(hours=8)

# Limits are counted in memory: a test without a database may ask about them too.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# Static files are looked up when asked for, not all of them for every browser a test opens.
WHITENOISE_AUTOREFRESH = True

# The test's own mail server talks from a thread that outlives what pytest captures.
LOGGING["loggers"]["mail.log"] = {"level": "ERROR"}
