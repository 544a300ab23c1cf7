#!/usr/bin/env python
"""Django's command line."""

import os
import sys

from schoolsafe.lib.rules import SetupFault


def main() -> None:
    """Run one command; what is missing from the installation is said in one line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "schoolsafe.settings")
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except SetupFault as fault:
        sys.exit(f"schoolsafe cannot start. {fault}")


if __name__ == "__main__":
    main()
