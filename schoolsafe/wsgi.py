"""What a web server calls."""

import os
import sys

from django.core.wsgi import get_wsgi_application

from schoolsafe.lib.rules import SetupFault

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "schoolsafe.settings")

try:
    application = get_wsgi_application()
except SetupFault as fault:
    sys.exit(f"schoolsafe cannot start. {fault}")
