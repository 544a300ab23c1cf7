"""A sender in a process of its own: `python -m tests.notices.sender NOW FIFO`."""

import sys
from datetime import datetime
from pathlib import Path

import django

django.setup()

from notices import kinds, services  # noqa: E402
from notices.kinds import Letter, Unwanted  # noqa: E402
from notices.models import Notice  # noqa: E402
from school.selectors import Contact  # noqa: E402
from tests.notices import letters  # noqa: E402


def waits(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Write the letter only when somebody opens the other end of the pipe."""
    Path(sys.argv[2]).read_text()
    return letters.compose(notice, contact, now)


for kind in letters.KINDS:
    kinds.register(kind)
kinds.register(letters.kind("test_waiting", kinds.Urgency.BULK, compose=waits))
services.run_due(datetime.fromisoformat(sys.argv[1]), driver=f"process-{sys.argv[1][-9:]}"[:20])
