"""`manage.py import_people`, as a clerk of the server runs it."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from school.models import Guardianship, ImportRun, Pupil
from tests.school.imports.files import elmfield, user, written, zipped

pytestmark = pytest.mark.usefixtures("school_day", "school")


def run(path: Path, *options: str) -> tuple[int, str]:
    out, err = StringIO(), StringIO()
    code = 0
    try:
        call_command("import_people", "sds", str(path), *options, stdout=out, stderr=err)
    except SystemExit as ended:
        code = int(str(ended.code))
    return code, out.getvalue() + err.getvalue()


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A folder of the files of a small school."""
    for name, content in written(elmfield()).items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_a_folder_and_a_zip_say_the_same(export: Path, tmp_path: Path) -> None:
    packed = tmp_path / "people.zip"
    packed.write_bytes(zipped(written(elmfield())))

    first, told = run(export, "--confirm", "parent")
    second, nothing = run(packed)

    assert (first, second) == (0, 0)
    assert told.splitlines()[-1] == "Done: 10. Left for a person: 0."
    assert nothing.splitlines()[-1] == "Done: 0. Left for a person: 0."
    assert Pupil.objects.count() == 3
    assert Guardianship.objects.filter(counts_for_consent=True).count() == 2


def test_a_dry_run_changes_nothing_and_keeps_nothing(export: Path) -> None:
    code, told = run(export, "--dry-run")

    assert (code, told.splitlines()[-1]) == (0, "Would be done: 10. Left for a person: 0.")
    assert Pupil.objects.count() == 0
    assert [(one.stage, one.roster) for one in ImportRun.objects.all()] == [("dropped", "")]


def test_json_is_for_machines(export: Path) -> None:
    code, told = run(export, "--json")

    said = json.loads(told)
    assert code == 0
    assert (said["applied"], said["counts"], said["warnings"]) == (
        True,
        {"new_pupil": 3, "new_guardian": 2, "new_tie": 3, "new_group": 2},
        [],
    )
    assert said["changes"][0] == {
        "key": "new_pupil:p1",
        "section": "new",
        "words": "Ada Lovelace (Year 4, born 4 Mar 2018) comes onto the roll.",
    }


def test_wrong_files_change_nothing_and_end_with_1(export: Path) -> None:
    tables = elmfield()
    tables["users.csv"][3] = user("g1", "Anne Lovelace", email="anne")
    (export / "users.csv").write_bytes(written(tables)["users.csv"])

    code, told = run(export)
    as_json = json.loads(run(export, "--json")[1])

    assert (code, told.splitlines()) == (
        1,
        ["users.csv, row 5, email: This is no e-mail address.", "Nothing was changed."],
    )
    assert as_json["faults"] == [
        {
            "reason": "bad_address",
            "file": "users.csv",
            "row": 5,
            "column": "email",
            "words": "This is no e-mail address.",
        }
    ]
    assert (Pupil.objects.count(), ImportRun.objects.count()) == (0, 0)


def test_called_wrongly_it_ends_with_2(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as nowhere:
        call_command("import_people", "sds", str(tmp_path / "nowhere"))
    with pytest.raises(CommandError) as unknown:
        call_command("import_people", "integris", str(tmp_path))
    with pytest.raises(CommandError) as folder:
        call_command("import_people", "sims", str(tmp_path))

    assert [one.value.returncode for one in (nowhere, unknown, folder)] == [2, 2, 2]
    assert str(unknown.value) == (
        "There is no source called integris. There are: arbor, bromcom, oneroster, sds, sds-uk, sims."
    )
    assert str(folder.value) == "Name the file itself, not its folder."
