"""A backup from before a destruction brings nothing back for good (E97)."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from audit import services as audit
from audit.models import Entry as AuditEntry
from concerns import services
from concerns.models import Certificate, Concern, Hold
from concerns.policy import HoldWhy
from notices.models import Notice
from school.models import Disposal, Pupil, StaffMember
from school.selectors import years_ledger
from school.services import propose_disposal
from schoolsafe.backup import making
from schoolsafe.keeping import destroying
from schoolsafe.lib import clock, ledger
from tests import factories
from tests.concerns.keeping import LATER, REASONS, of_child
from tests.families.test_keeping import swept

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def destroyed(
    host: StaffMember, lead: StaffMember, deputy: StaffMember, clock_at: Any, tmp_path: Path
) -> tuple[Path, Concern, Certificate]:
    """A backup with two concerns, one of them on hold; the hold is lifted later, and it is destroyed."""
    concern, _ = of_child(host, lead), of_child(host, lead, "Leo")
    held = services.hold(concern, by=lead, why=HoldWhy.POLICE, reasons="They ask.")
    folder = tmp_path / "backups"
    folder.mkdir()
    making.make(folder / "before.zip")
    clock_at(LATER)
    services.lift(held, by=lead, because="It is over.")
    services.propose([concern.reference], by=lead, reasons=REASONS)
    [certificate] = services.agree([concern.reference], by=deputy)
    return folder / "before.zip", concern, certificate


def restore(path: Path, **options: Any) -> str:
    out = StringIO()
    call_command("restore", str(path), stdout=out, **options)
    return out.getvalue()


def check_gone(concern: Concern, certificate: Certificate) -> None:
    assert [row.reference != concern.reference for row in Concern.objects.all()] == [True]
    assert Hold.objects.count() == 0
    assert Notice.objects.about(concern.object).count() == 0
    back = Certificate.objects.get()
    assert (back.reference, back.at, back.proposed_by, back.agreed_by, back.rows) == (
        certificate.reference,
        certificate.at,
        certificate.proposed_by,
        certificate.agreed_by,
        certificate.rows,
    )
    assert back.destroyed.get().reference == concern.reference
    assert audit.verify() is None
    told = AuditEntry.objects.filter(object=concern.object, verb="concern.destroy_again").get()
    assert told.actor == "system:restore"


def test_e97_restore_of_an_older_backup_destroys_again_what_the_ledger_names(
    destroyed: tuple[Path, Concern, Certificate], move_to: Callable[..., None]
) -> None:
    path, concern, certificate = destroyed
    move_to("new")
    said = restore(path)
    assert "1 concerns came back that had been destroyed since, and are gone again." in said
    check_gone(concern, certificate)


def test_e97_ledger_beside_a_later_backup_is_enough(
    destroyed: tuple[Path, Concern, Certificate], move_to: Callable[..., None], settings: Any
) -> None:
    """The machine has burned down with its own ledger: the one beside the backups grew with each."""
    path, concern, certificate = destroyed
    making.make(path.parent / "after.zip")
    settings.DESTRUCTION_LEDGER.unlink()
    move_to("new")
    restore(path)
    check_gone(concern, certificate)


def test_e97_without_any_ledger_the_restore_says_so_and_it_is_applied_later(
    destroyed: tuple[Path, Concern, Certificate], move_to: Callable[..., None], settings: Any,
    tmp_path: Path,
) -> None:  # fmt: skip
    path, concern, certificate = destroyed
    kept = tmp_path / "kept.ledger"
    call_command("destruction_ledger", to=kept, stdout=StringIO())
    settings.DESTRUCTION_LEDGER.unlink()
    (path.parent / "destroyed.ledger").unlink()
    move_to("new")
    with pytest.raises(CommandError, match="No ledger of what was destroyed") as fault:
        restore(path)
    assert fault.value.returncode == 3
    assert Concern.objects.count() == 2
    out = StringIO()
    call_command("destruction_ledger", apply=kept, stdout=out)
    assert out.getvalue() == "1 certificates stand in it. 1 concerns were destroyed again.\n"
    check_gone(concern, certificate)
    call_command("destruction_ledger", apply=kept, stdout=out)
    assert Certificate.objects.count() == 1


def test_e97_line_that_somebody_altered_destroys_nothing(
    destroyed: tuple[Path, Concern, Certificate], move_to: Callable[..., None], settings: Any
) -> None:
    path, concern, _ = destroyed
    other = Concern.objects.get()
    text = settings.DESTRUCTION_LEDGER.read_text()
    settings.DESTRUCTION_LEDGER.write_text(text.replace(concern.reference, other.reference))
    move_to("new")
    with pytest.raises(CommandError, match="has no seal of ours") as fault:
        restore(path)
    assert fault.value.returncode == 3
    assert Concern.objects.count() == 2


def test_named_ledger_that_is_not_there_stops_a_restore_before_it_begins(
    destroyed: tuple[Path, Concern, Certificate], move_to: Callable[..., None], tmp_path: Path
) -> None:
    move_to("new")
    with pytest.raises(CommandError, match="Nothing was restored. There is no ledger") as fault:
        restore(destroyed[0], ledger=tmp_path / "none")
    assert fault.value.returncode == 1


def test_later_backup_brings_its_certificate_itself(
    destroyed: tuple[Path, Concern, Certificate], move_to: Callable[..., None], tmp_path: Path,
    school_day: datetime,
) -> None:  # fmt: skip
    _, concern, certificate = destroyed
    making.make(tmp_path / "backups" / "after.zip")
    move_to("new")
    said = restore(tmp_path / "backups" / "after.zip")
    assert "0 concerns came back that had been destroyed" in said
    assert Certificate.objects.get().reference == certificate.reference
    assert not Concern.objects.filter(reference=concern.reference).exists()


# --- School years ------------------------------------------------------------------------------------
YEARS_LATER = datetime(2033, 9, 1, 9, tzinfo=UTC)


@pytest.fixture
def year(
    lead: StaffMember, head: StaffMember, clock_at: Any, tmp_path: Path
) -> tuple[Path, Pupil, Disposal]:
    """A backup with a pupil who left and with the proposal to destroy their year, which was done since."""
    ana = factories.make_pupil("Ana", "Silva", left_on=date(2027, 7, 1))
    folder = tmp_path / "backups"
    folder.mkdir()
    clock_at(YEARS_LATER)
    row = propose_disposal(date(2027, 8, 31), by=lead, reasons="Six years are over.")
    making.make(folder / "before.zip")
    row = swept(destroying.agree(row, by=head))
    assert not Pupil.objects.filter(pk=ana.pk).exists()
    return folder / "before.zip", ana, row


def test_e97_school_year_that_an_older_backup_brings_back_goes_again(
    year: tuple[Path, Pupil, Disposal], move_to: Callable[..., None]
) -> None:
    path, ana, done = year
    move_to("new")
    said = restore(path)
    assert (
        "1 school years came back that had been destroyed since, and go again in batches." in said
    )
    assert Pupil.objects.filter(pk=ana.pk).exists()
    row = Disposal.objects.get()
    assert (row.reference, row.reasons, row.proposed_by, row.agreed_by, row.agreed_at) == (
        done.reference, done.reasons, done.proposed_by, done.agreed_by, done.agreed_at
    )  # fmt: skip
    told = AuditEntry.objects.filter(object=row.object, verb="retention.again").get()
    assert told.actor == "system:restore"
    row = swept(row)
    assert (row.finished_at is not None, row.rows) == (True, {"school.pupil": 1})
    assert not Pupil.objects.filter(pk=ana.pk).exists()


def test_e97_year_that_is_held_in_the_older_backup_waits_for_the_hold(
    year: tuple[Path, Pupil, Disposal], move_to: Callable[..., None], lead: StaffMember
) -> None:
    path, ana, _ = year
    move_to("new")
    restore(path)
    services.hold_pupil(
        Pupil.objects.get(pk=ana.pk), by=lead, why=HoldWhy.COURT, reasons="A hearing."
    )
    assert swept(Disposal.objects.get()).rows == {}
    assert Pupil.objects.filter(pk=ana.pk).exists()


def test_e97_year_is_not_taken_up_for_somebody_who_is_not_on_record(
    year: tuple[Path, Pupil, Disposal], move_to: Callable[..., None], settings: Any
) -> None:
    path, ana, done = year
    settings.DESTRUCTION_LEDGER.unlink()
    (path.parent / "destroyed.ledger").unlink()
    told = [{**one, "agreed_by": 999999} for one in years_ledger()]
    ledger.append(settings.DESTRUCTION_LEDGER, told)
    move_to("new")
    with pytest.raises(CommandError, match="Not both who agreed") as fault:
        restore(path)
    assert fault.value.returncode == 3
    assert Disposal.objects.get().agreed_at is None
    assert destroying.years_due(clock.today())[0].ends_on == done.year_ends_on


def test_e97_year_whose_certificate_is_in_the_backup_is_done(
    year: tuple[Path, Pupil, Disposal], move_to: Callable[..., None]
) -> None:
    path, _, done = year
    making.make(path.parent / "after.zip")
    move_to("new")
    said = restore(path.parent / "after.zip")
    assert "school years came back" not in said
    assert Disposal.objects.get().finished_at == done.finished_at
    out = StringIO()
    call_command("destruction_ledger", apply=path.parent / "destroyed.ledger", stdout=out)
    assert out.getvalue() == "1 certificates stand in it. 0 concerns were destroyed again.\n"
