"""`manage.py import_people`: people from the files that a school has already."""

import json
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consent import services
from school import selectors
from school import services as school
from school.imports import (
    READY,
    SOURCES,
    ColumnMapping,
    DayOrder,
    ImportRefused,
    Proposal,
    Roster,
    Section,
    explained,
    read,
    read_table,
    unpack,
)
from school.imports.unpacking import MOST_UNPACKED
from school.models import ImportRun
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

REFUSED, MISUSED = 1, 2


class Command(BaseCommand):
    help = (
        "Take pupils, guardians and classes from the files of another system. What is new or has "
        "changed is done; who is missing in the files, and whatever looks odd, is only told, and waits "
        "for a person on the page 'People from a file'. Ends with 0 when it is done or nothing is to do, "
        "with 1 when nothing was done because the files are not right, with 2 when it was called wrongly."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "source",
            help=f"the format of the files ({', '.join(sorted(SOURCES))}), or the name of a source whose "
            f"headings are known ({', '.join(sorted(READY))}, and those the school has added)",
        )
        parser.add_argument(
            "path",
            type=Path,
            help="a folder of .csv files or a zip of them; of one's own system the .csv or .xlsx",
        )
        parser.add_argument("--dry-run", action="store_true", help="tell what would change")
        parser.add_argument("--json", action="store_true", help="tell it in JSON")
        parser.add_argument(
            "--dates",
            type=DayOrder,
            choices=list(DayOrder),
            help="which comes first in dates like 4/2/2018, where the files leave it open",
        )
        parser.add_argument(
            "--confirm",
            action="append",
            default=[],
            metavar="RELATIONSHIP",
            help="a relationship whose new ties have parental responsibility and are asked; others "
            "wait until somebody of the school confirms them",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        source = options["source"]
        mapping = self._mapping(source)
        data = self._data(options["path"], is_table=mapping is not None)
        today = clock.today()
        try:
            roster = self._read(mapping, source, data, order=options["dates"])
        except ImportRefused as refused:
            told = explained(refused, source=source, data=data, mappings=selectors.mappings())
            self._tell_faults(told, as_json=options["json"])
            raise SystemExit(REFUSED) from refused
        run = school.propose_import(
            by=school.IMPORT,
            source=source,
            roster=roster,
            data=_whole(data),
            file_name=options["path"].name,
        )
        proposal = selectors.proposal_of(run, on=today)
        if options["dry_run"]:
            school.drop_import(run, by=school.IMPORT)
        else:
            self._approve(run, proposal, asked=options["confirm"])
        self._tell(proposal, is_done=not options["dry_run"], as_json=options["json"])

    def _approve(self, run: ImportRun, proposal: Proposal, *, asked: list[str]) -> None:
        """Do what is preset. Raises CommandError where it contradicts itself: a person decides then."""
        try:
            services.approve_import(
                run, by=school.IMPORT, keys=proposal.preset, seen=proposal.digest, asked=asked
            )
        except NotAllowed as fault:
            raise CommandError(str(fault), returncode=REFUSED) from fault

    def _mapping(self, source: str) -> ColumnMapping | None:
        """Return the mapping of a source that has one. Raises CommandError for one that is not known."""
        mappings = selectors.mappings()
        if source not in SOURCES and source not in mappings:
            known = ", ".join(sorted([*SOURCES, *mappings]))
            words = f"There is no source called {source}. There are: {known}."
            raise CommandError(words, returncode=MISUSED)
        return mappings.get(source)

    def _read(
        self,
        mapping: ColumnMapping | None,
        source: str,
        data: bytes | dict[str, bytes],
        *,
        order: DayOrder | None,
    ) -> Roster:
        if mapping and isinstance(data, bytes):
            return read_table(mapping, data, on=clock.today(), order=order)
        files = unpack(data) if isinstance(data, bytes) else data
        return read(source, files, on=clock.today(), order=order)

    def _data(self, path: Path, *, is_table: bool) -> bytes | dict[str, bytes]:
        """Return what lies there. Raises CommandError where nothing does, or far too much."""
        if path.is_dir() and is_table:
            raise CommandError("Name the file itself, not its folder.", returncode=MISUSED)
        if path.is_dir():
            found = sorted(path.glob("*.csv"))
        elif path.is_file():
            found = [path]
        else:
            raise CommandError(f"There is nothing at {path}.", returncode=MISUSED)
        if sum(one.stat().st_size for one in found) > MOST_UNPACKED:
            raise CommandError("The files are larger than any school's.", returncode=REFUSED)
        if path.is_file():
            return path.read_bytes()
        return {one.name: one.read_bytes() for one in found}

    def _tell(self, proposal: Proposal, *, is_done: bool, as_json: bool) -> None:
        done = [one for one in proposal.changes if one.is_preset]
        left = [one for one in proposal.changes if not one.is_preset]
        if as_json:
            said = {
                "applied": is_done,
                "counts": Counter(one.verb.value for one in done),
                "changes": [
                    {"key": one.key, "section": one.section.value, "words": one.words}
                    for one in proposal.changes
                ],
                "warnings": proposal.warnings,
            }
            self.stdout.write(json.dumps(said, ensure_ascii=False, indent=2))
            return
        for warning in proposal.warnings:
            self.stdout.write(self.style.WARNING(warning))
        for one in done:
            self.stdout.write(one.words)
        waits = [one for one in left if one.section is not Section.NOTED]
        for one in left:
            self.stdout.write(f"Not done: {one.words}" if one in waits else f"Note: {one.words}")
        verb = "Done" if is_done else "Would be done"
        self.stdout.write(f"{verb}: {len(done)}. Left for a person: {len(waits)}.")

    def _tell_faults(self, refused: ImportRefused, *, as_json: bool) -> None:
        if as_json:
            rows = [
                {
                    "reason": fault.reason.value,
                    "file": fault.file,
                    "row": fault.row,
                    "column": fault.column,
                    "words": fault.words,
                }
                for fault in refused.faults
            ]
            self.stdout.write(json.dumps({"applied": False, "faults": rows}, indent=2))
            return
        for fault in refused.faults:
            self.stderr.write(str(fault))
        self.stderr.write("Nothing was changed.")


def _whole(data: bytes | dict[str, bytes]) -> bytes:
    """Return all the bytes, for the digest of the run."""
    if isinstance(data, bytes):
        return data
    return b"".join(name.encode() + content for name, content in sorted(data.items()))
