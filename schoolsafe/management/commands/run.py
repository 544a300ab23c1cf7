"""`manage.py run`: everything on this machine, until Ctrl-C."""

import errno
import fcntl
import os
import socket
import sys
from argparse import ArgumentParser
from io import StringIO
from typing import Any, Final

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from school.models import Pupil, School, StaffMember
from schoolsafe.demo.people import PEOPLE
from schoolsafe.supervisor.leash import tie_to_parent

LOCK: Final = "run.lock"
# The first of the demo people hold every role between them.
INTRODUCED: Final = 10


class Command(BaseCommand):
    help = "Start schoolsafe on this machine: database, web server, worker and clock."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port", type=int, default=settings.PORT, help="where the web server listens"
        )
        parser.add_argument(
            "--without-demo", action="store_true", help="do not load the demo school"
        )
        parser.add_argument(
            "--stop-with-parent", action="store_true", help="stop when the one that started it dies"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEVELOPMENT:
            raise CommandError(
                "`run` is the embedded demo. In production the parts are started one by one: "
                "see docs/operations.md."
            )
        if options["port"] != settings.PORT:
            # The settings know another port: what the demo writes would lead there.
            os.environ["PORT"] = str(options["port"])
            os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606 - this very program
        if options["stop_with_parent"]:
            tie_to_parent(os.getppid())
        address = f"http://localhost:{options['port']}"
        lock = self._lock(address)
        if lock is None:
            return
        self._check_port(options["port"])
        self._prepare(with_demo=not options["without_demo"])
        # The supervisor takes this process over, lock and all: one that only waits needs no Django.
        os.set_inheritable(lock, True)
        os.chdir(settings.BASE_DIR)
        os.execv(  # noqa: S606 - our own program, no shell
            sys.executable,
            [
                *(sys.executable, "-m", "schoolsafe.supervisor"),
                *("--port", str(options["port"]), "--address", address),
                *("--var", str(settings.VAR_DIR)),
            ],
        )

    def _lock(self, address: str) -> int | None:
        """Take the installation for ourselves; say so when another one runs."""
        settings.STATIC_ROOT.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(settings.VAR_DIR / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            there = os.read(lock, 200).decode()
            os.close(lock)
            self.stdout.write(
                f"schoolsafe is already running: {there}\nPress Ctrl-C in its window to stop it."
            )
            return None
        os.truncate(lock, 0)
        os.write(lock, address.encode())
        return lock

    def _check_port(self, port: int) -> None:
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", port))
            except OSError as fault:
                if fault.errno not in {errno.EADDRINUSE, errno.EACCES}:
                    raise
                raise CommandError(
                    f"Port {port} is taken by another program. Take another one: "
                    f"make run PORT={port + 1}"
                ) from fault

    def _prepare(self, *, with_demo: bool) -> None:
        self._say("Bringing the database up to date ...")
        call_command("migrate", interactive=False, verbosity=0)
        if with_demo:
            self._say("Looking for the demo school, and loading it the first time ...")
            call_command("load_demo", if_empty=True, stdout=StringIO())
            self._introduce()

    def _introduce(self) -> None:
        school = School.objects.filter(pk=1).first()
        if school is None or not StaffMember.objects.filter(user__email=PEOPLE[0].email).exists():
            return
        count = Pupil.objects.count()
        self._say(f"\n{school}: {count} pupils. Nobody in it is real. Try it as one of these:")
        for person in PEOPLE[:INTRODUCED]:
            self._say(f"  {person.name:<17} {person.who}")
        self._say(f"All of them, to sign in with a click: {settings.SITE_URL}/people/\n")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
