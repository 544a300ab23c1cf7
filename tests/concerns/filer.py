"""A web process that dies: `python -m tests.concerns.filer USER-ID KEY` files a concern and is gone.

It is killed as hard as can be, after the concern is kept and before anybody is answered.
"""

import os
import signal
import sys
from typing import Any

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

from concerns import services  # noqa: E402

SEEN = "A child said that they are afraid to go home."
log = services.log


def typed(key: str) -> dict[str, str]:
    """What the form sends."""
    return {"key": key, "urgency": "urgent", "seen": SEEN, "happened": "unknown"}


def log_and_die(*args: Any, **kwargs: Any) -> None:
    """Do what the page does, to the end of the transaction, and no further."""
    log(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    setup_test_environment()
    services.log = log_and_die
    client = Client()
    client.force_login(get_user_model().objects.get(pk=sys.argv[1]))
    client.post("/concerns/log/", typed(sys.argv[2]))
