"""Ten thousand people taken from a file set, beside a bare parse and bulk insert of the same rows."""

import csv
import resource
from collections.abc import Callable
from io import StringIO

from django.db import transaction

from consent import services as consent
from school import selectors
from school import services as school
from school.imports import read
from school.models import Guardian, Guardianship, Pupil, SourcedId, TeachingGroup
from schoolsafe.lib import clock
from tests.bench import people, place

PUPILS, A_CLASS, ROUNDS = 5_000, 25, 3
CLASSES = PUPILS // A_CLASS
HEADS = {
    "users.csv": "sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms",
    "roles.csv": "userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate,roleEndDate",
    "demographics.csv": "userSourcedId,birthDate",
    "relationships.csv": "userSourcedId,relationshipUserSourcedId,relationshipRole",
    "classes.csv": "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId",
    "enrollments.csv": "classSourcedId,userSourcedId,role",
}


class Undo(Exception):
    """Ends a round and takes its rows back."""


def main() -> None:
    people.enrol(0)
    files = made()
    with place.counted() as queries:
        undone(lambda: take(files))
    times = place.interleaved(
        ROUNDS,
        ours=lambda: place.seconds(lambda: undone(lambda: take(files))),
        bare=lambda: place.seconds(lambda: undone(lambda: bare(files))),
    )
    take(files)
    assert (Pupil.objects.count(), Guardian.objects.count()) == (PUPILS, PUPILS)
    assert (Guardianship.objects.count(), TeachingGroup.objects.count()) == (PUPILS, CLASSES)
    again = place.interleaved(ROUNDS, again=lambda: place.seconds(lambda: take(files)))["again"]
    place.tell(
        "10,000 people taken from files: time, of a bare parse and bulk insert",
        times["ours"] / times["bare"],
        at_most=6,
        note=f"{times['ours']:.1f} s, bare {times['bare']:.1f} s",
    )
    place.tell(
        "10,000 people taken from files: queries for each thousand",
        len(queries) / (2 * PUPILS / 1000),
        at_most=60,
        note=f"{len(queries)} queries",
    )
    place.tell(
        "The same files again: time, of the first time",
        again / times["ours"],
        at_most=1 / 3,
        note=f"{again:.1f} s",
    )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    place.tell("10,000 people taken from files: memory of the process, MB", memory, at_most=300)


def undone(work: Callable[[], None]) -> None:
    try:
        with transaction.atomic():
            work()
            raise Undo
    except Undo:
        return


def take(files: dict[str, bytes]) -> None:
    """Take the files as the command does: read, propose, and approve what is preset."""
    roster = read("sds", files, on=clock.today())
    run = school.propose_import(by=school.IMPORT, source="sds", roster=roster, data=b"bench")
    proposal = selectors.proposal_of(run, on=clock.today())
    consent.approve_import(
        run, by=school.IMPORT, keys=proposal.preset, seen=proposal.digest, asked=["parent"]
    )


def bare(files: dict[str, bytes]) -> None:
    """Parse every cell and write the same rows, in the way Django offers, and nothing else."""
    tables = {name: list(csv.reader(StringIO(data.decode()))) for name, data in files.items()}
    users = tables["users.csv"][1:]
    pupils = Pupil.objects.bulk_create(
        [Pupil(given_name=row[2], family_name=row[3], year_group=4) for row in users[:PUPILS]]
    )
    guardians = Guardian.objects.bulk_create(
        [
            Guardian(name=f"{row[2]} {row[3]}", email=row[6], telephone=row[8])
            for row in users[PUPILS:]
        ]
    )
    pairs = list(zip(pupils, guardians, strict=True))
    Guardianship.objects.bulk_create(
        [Guardianship(pupil=one, guardian=other, relationship="parent") for one, other in pairs]
    )
    groups = TeachingGroup.objects.bulk_create(
        [TeachingGroup(name=row[2]) for row in tables["classes.csv"][1:]]
    )
    SourcedId.objects.bulk_create(
        [SourcedId(source="sds", identifier=f"p{n}", pupil=one) for n, one in enumerate(pupils)]
        + [
            SourcedId(source="sds", identifier=f"g{n}", guardian=one)
            for n, one in enumerate(guardians)
        ]
        + [SourcedId(source="sds", identifier=f"c{n}", group=one) for n, one in enumerate(groups)]
    )
    inside = TeachingGroup.pupils.through
    inside.objects.bulk_create(
        [
            inside(teachinggroup=groups[number // A_CLASS], pupil=one)
            for number, one in enumerate(pupils)
        ]
    )


def made() -> dict[str, bytes]:
    """Return the files of School Data Sync for five thousand pupils with one parent each."""
    numbers = range(PUPILS)
    rows = {
        "users.csv": [f"p{n},,Child{n},Family{n},,,,," for n in numbers]
        + [f"g{n},,Parent{n},Family{n},,,g{n}@family.example,,07700 9{n:05}" for n in numbers],
        "roles.csv": [f"p{n},o1,student,,{n % 13},,," for n in numbers],
        "demographics.csv": [f"p{n},2015-{n % 12 + 1:02}-{n % 28 + 1:02}" for n in numbers],
        "relationships.csv": [f"p{n},g{n},parent" for n in numbers],
        "classes.csv": [f"c{n},o1,Class {n},s1," for n in range(CLASSES)],
        "enrollments.csv": [f"c{n // A_CLASS},p{n},student" for n in numbers],
    }
    return {name: "\r\n".join([HEADS[name], *lines]).encode() for name, lines in rows.items()}
