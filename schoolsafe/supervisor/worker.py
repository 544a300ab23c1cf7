"""The embedded worker with its clock: Celery without its command line.

The command line brings a prompt, a shell and the inspection tools along: 0.5 s and 30 MB in the two
processes, for nothing here. Production uses it as it is (deploy/systemd).
"""

import sys

from schoolsafe.celery import app


def main() -> int:
    """Work and tick until asked to stop."""
    worker = app.Worker(
        hostname="embedded@localhost",
        beat=True,
        # The tick is every few seconds: there is nothing to remember in a file.
        scheduler="celery.beat:Scheduler",
        pool_cls="solo",
        loglevel="WARNING",
        quiet=True,
        # One worker has nobody to talk to.
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


if __name__ == "__main__":
    sys.exit(main())
