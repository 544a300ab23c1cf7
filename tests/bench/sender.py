"""A sender of its own: told to begin by a line on its input, it empties the outbox.

    python -m tests.bench.sender PORT

With port 0 nothing leaves the process: what is measured is the outbox alone.
"""

import sys
from importlib import import_module

from tests.bench.place import open_school


def use_smtp(port: int) -> None:
    """Send to a mail server on this machine, as fast as it takes them."""
    settings = import_module("django.conf").settings
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    settings.MAIL_RATE_PER_MINUTE = 0


def use_nothing() -> None:
    """Send nowhere: only the outbox is measured."""
    settings = import_module("django.conf").settings
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    settings.MAIL_RATE_PER_MINUTE = 0


def main(port: int) -> None:
    open_school()
    if port:
        use_smtp(port)
    else:
        use_nothing()
    services, clock = import_module("notices.services"), import_module("schoolsafe.lib.clock")
    word = "ready"
    while True:
        while services.run_due(clock.now()).again:
            pass
        sys.stdout.write(f"{word}\n")
        sys.stdout.flush()
        if not sys.stdin.readline():
            return
        word = "done"


if __name__ == "__main__":
    main(int(sys.argv[1]))
