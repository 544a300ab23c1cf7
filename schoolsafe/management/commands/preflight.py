"""`manage.py preflight`: whether this installation may start."""

from typing import Any

import psycopg
from django.conf import settings
from django.core.checks import ERROR, WARNING, run_checks
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from audit import services
from schoolsafe.backup import making
from schoolsafe.lib import clock, providers
from schoolsafe.lib.rules import SetupFault


class Command(BaseCommand):
    help = (
        "Tell whether this installation may start: settings, database, migrations and keys. Ends "
        "with 1 and one line that says what to do. Every part of production asks it first."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        self._check_settings()
        self._check_database()
        services.prove_keys()
        if warning := providers.certificate_warning(settings.GRAPH, clock.now()):
            self.stdout.write(warning)
        self._tell_of_backups()
        self.stdout.write("Ready to start.")

    def _tell_of_backups(self) -> None:
        newest = making.newest()
        words = f"on {clock.in_words(newest)}" if newest else "never, as far as this database knows"
        self.stdout.write(f"Last backed up by manage.py back_up: {words}.")

    def _check_settings(self) -> None:
        is_production = not settings.DEVELOPMENT
        found = run_checks(include_deployment_checks=is_production)
        worst = WARNING if is_production else ERROR
        grave = [fault for fault in found if fault.level >= worst and not fault.is_silenced()]
        if grave:
            words = " ".join(f"{fault.id}: {_one_line(fault.msg)}" for fault in grave)
            raise SetupFault(f"The settings are not safe. {words}")

    def _check_database(self) -> None:
        self._reach_database()
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise SetupFault("The database is not up to date. Run: manage.py migrate")

    def _reach_database(self) -> None:
        if not settings.DATABASE_URL:
            return
        try:
            # Not through the pool: it would try for ten seconds and keep the reason to itself.
            psycopg.connect(settings.DATABASE_URL, connect_timeout=5).close()
        except psycopg.Error as fault:
            raise SetupFault(
                f"The database that DATABASE_URL names does not answer: {_one_line(str(fault))}"
            ) from fault


def _one_line(words: str) -> str:
    return " ".join(words.split())
