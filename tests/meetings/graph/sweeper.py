"""A sweep in a process of its own that goes to the fake Microsoft: `python -m tests.meetings.graph.sweeper`."""

import json
import sys
from datetime import datetime

import django
import time_machine

django.setup()

from django.conf import settings  # noqa: E402

from notices.services import run_due  # noqa: E402
from schoolsafe.lib.providers import Graph  # noqa: E402


def main() -> None:
    now = datetime.fromisoformat(sys.argv[1])
    settings.GRAPH = Graph(**json.loads(sys.argv[2]))
    with time_machine.travel(now, tick=False):
        run_due(now)


if __name__ == "__main__":
    main()
