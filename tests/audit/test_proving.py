"""What a file of the audit proves later: that nobody altered it, and that the audit still says the same."""

import json

import pytest
from django.core.management import CommandError, call_command, execute_from_command_line
from django.db import transaction

from audit import chain, proving, services
from audit.models import Entry
from audit.saved import Form
from schoolsafe.lib import clock
from tests.concerns import log as make

pytestmark = pytest.mark.django_db
FOREIGN = (
    "The last line, which proves the file, is missing or cut off, was changed, or was written by another "
    "installation."
)
HOLDS = "Every entry stands in the audit as it did, and the chain of the audit holds.\n"
FORMS = [one.value for one in Form]


@pytest.fixture(autouse=True)
def _in_term(school_day):
    """2:00 pm on Tuesday 15 September 2026."""


@pytest.fixture
def five(host):
    """Five entries about five pupils, oldest first."""
    for number in range(1, 6):
        with transaction.atomic():
            services.record(
                at=clock.now(),
                actor=host.actor,
                verb="pupil.change",
                object=f"school.pupil:{number}",
            )
    return list(Entry.objects.filter(verb="pupil.change").order_by("pk"))


@pytest.fixture
def given(five, staff_client, lead):
    """The bytes of the file that the lead gets of them, newest first."""

    def ask(form):
        query = {"file": form, "verb": "pupil.change"}
        return staff_client(lead).post("/audit/save/", query).content

    return ask


@pytest.fixture
def verify(tmp_path, capsys):
    """What the command says of some bytes: how it ends, what it prints, what is wrong."""

    def ask(content):
        path = tmp_path / "audit.file"
        path.write_bytes(content)
        try:
            call_command("verify_export", str(path))
        except CommandError as refusal:
            return refusal.returncode, capsys.readouterr().out, str(refusal)
        return 0, capsys.readouterr().out, ""

    return ask


@pytest.fixture
def unaltered(lead):
    return (
        f"The file is unaltered: 5 entries, saved at 2026-09-15T13:00:00+00:00 by {lead.actor}.\n"
    )


def joined(lines):
    return b"".join(lines)


@pytest.mark.parametrize("form", FORMS)
def test_file_as_it_was_saved_holds(given, verify, unaltered, form):
    assert verify(given(form)) == (0, unaltered + HOLDS, "")


@pytest.mark.parametrize("form", FORMS)
def test_file_holds_when_more_was_written_and_the_key_was_changed(
    given, verify, unaltered, write, settings, form
):
    content = given(form)
    settings.AUDIT_KEYS = {"a2": "another key of thirty-two characters or more"} | (
        settings.AUDIT_KEYS
    )
    write()
    assert verify(content) == (0, unaltered + HOLDS, "")


def test_empty_file_holds(staff_client, lead, verify):
    content = staff_client(lead).post("/audit/save/", {"file": "csv", "verb": "no.such"}).content
    assert verify(content)[0] == 0


CHANGED = "Line {} was changed or added after the file was saved."
MOVED = (
    "Line {} was line {} when the file was saved: lines were taken away, doubled or put in another "
    "order."
)
HEADINGS = "Line 1, the headings, was changed or taken away after the file was saved."


def swapped(one, other):
    def alter(lines):
        lines[one], lines[other] = lines[other], lines[one]
        return lines

    return alter


def changed(place, old, new):
    return lambda lines: [
        *lines[:place],
        lines[place].replace(old, new, 1),
        *lines[place + 1 :],
    ]


@pytest.mark.parametrize(
    ("alter", "words"),
    [
        (changed(2, b"Helen", b"Carol"), CHANGED.format(3)),
        (changed(0, b"changed", b"read"), CHANGED.format(1)),
        (changed(4, b'"seal":"', b'"seal":"0'), CHANGED.format(5)),
        (changed(3, b"\n", b"\r\n"), CHANGED.format(4)),
        (lambda lines: lines[1:], MOVED.format(1, 2)),
        (lambda lines: [*lines[:2], *lines[3:]], MOVED.format(3, 4)),
        (lambda lines: [*lines[:4], lines[5]],
         "The file was saved with 5 entries and has 4: the last were taken away."),
        (lambda lines: lines[5:],
         "The file was saved with 5 entries and has 0: the last were taken away."),
        (swapped(1, 3), MOVED.format(2, 4)),
        (lambda lines: [lines[0], *lines], MOVED.format(2, 1)),
        (lambda lines: [*lines[:5], lines[2], lines[5]], MOVED.format(6, 3)),
        (lambda lines: [*lines[:2], b'{"at":"2026-09-15","who":"Nobody"}\n', *lines[2:]],
         CHANGED.format(3)),
        (lambda lines: [*lines[:2], b"\n", *lines[2:]], CHANGED.format(3)),
        (lambda lines: [b"\xef\xbb\xbf", *lines], CHANGED.format(1)),
        (lambda lines: [*lines[:2], lines[5], *lines[2:]], CHANGED.format(3)),
        (swapped(4, 5), FOREIGN),
        (lambda lines: lines[:5], FOREIGN),
        (lambda lines: [*lines, b"\n"], FOREIGN),
        (lambda lines: [*lines[:5], lines[5].removesuffix(b"\n")], FOREIGN),
        (changed(5, b'"count":5', b'"count":4'), FOREIGN),
        (changed(5, b"Leah Lead", b"Hugo Head"), FOREIGN),
    ],
)  # fmt: skip
def test_altered_lines_are_named(given, verify, alter, words):
    lines = given("jsonl").splitlines(keepends=True)
    assert verify(joined(alter(lines))) == (1, "", words)


@pytest.mark.parametrize(
    ("alter", "words"),
    [
        (changed(3, b"Helen", b"Carol"), CHANGED.format(4)),
        (changed(3, b"\r\n", b"\n"), CHANGED.format(4)),
        (changed(0, b"Who", b"Whoever"), HEADINGS),
        (changed(0, b"\xef\xbb\xbf", b""), HEADINGS),
        (lambda lines: lines[1:], HEADINGS),
        (lambda lines: [lines[0], *lines[2:]], MOVED.format(2, 3)),
        (lambda lines: [*lines[:5], lines[6]],
         "The file was saved with 5 entries and has 4: the last were taken away."),
        (swapped(1, 2), MOVED.format(2, 3)),
        (changed(6, b"Leah Lead", b"Hugo Head"), FOREIGN),
    ],
)  # fmt: skip
def test_altered_rows_are_named(given, verify, alter, words):
    lines = given("csv").splitlines(keepends=True)
    assert verify(joined(alter(lines))) == (1, "", words)


def test_line_of_another_file_is_no_line_of_this(given, verify):
    one, other = (given("jsonl").splitlines(keepends=True) for _ in range(2))
    assert verify(joined([one[0], other[1], *one[2:]])) == (1, "", CHANGED.format(2))
    assert verify(joined([*one[:5], other[5]])) == (1, "", CHANGED.format(1))


def test_file_of_another_installation_is_none_of_ours(given, verify, settings):
    content = given("jsonl")
    settings.AUDIT_KEYS = {"a1": "another key of thirty-two characters or more"}
    assert verify(content) == (1, "", FOREIGN)


@pytest.mark.parametrize("purpose", ["", "ledger:", "verified:"])
def test_what_is_sealed_for_another_purpose_is_no_proof(verify, settings, purpose):
    (key,) = settings.AUDIT_KEYS.values()
    said = '{"proof":{"count":0}'
    sealed = chain.proof(key, purpose + said)
    assert verify(f'{said},"seal":"{sealed}"}}\n'.encode()) == (1, "", FOREIGN)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("actor = 'staff:2'", "The entry of line {} was changed in the audit since."),
        ("detail = '{}', verb = 'pupil.read'", "The entry of line {} was changed in the audit since."),
        (f"hash = '{'a' * 64}'", "The entry of line {} is not in the audit."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", FORMS)
def test_entry_changed_in_the_database_afterwards_is_named(
    given, five, verify, unguarded, unaltered, form, change, words
):
    content = given(form)
    with unguarded() as cursor:
        cursor.execute(
            f"UPDATE audit_entry SET {change} WHERE id = %s",  # noqa: S608
            [five[2].pk],
        )
    line = {"jsonl": 3, "csv": 4}[form]
    broken = (
        f"The chain of the audit is broken (changed). Entry {five[2].pk} was changed, or was not "
        "written by this system."
    )
    assert verify(content) == (1, unaltered, f"{words.format(line)}\n{broken}")


def test_entry_removed_from_the_database_afterwards_is_named(
    given, five, verify, unguarded, unaltered
):
    content = given("jsonl")
    with unguarded() as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE id = %s", [five[2].pk])
    words = (
        "The entry of line 3 is not in the audit.\nThe chain of the audit is broken (removed). One or more "
        f"entries just before entry {five[3].pk} were removed."
    )
    assert verify(content) == (1, unaltered, words)


def test_many_changed_entries_are_told_in_few_lines(
    given, verify, unguarded, unaltered, monkeypatch
):
    monkeypatch.setattr(proving, "MOST_TOLD", 2)
    content = given("jsonl")
    with unguarded() as cursor:
        cursor.execute("UPDATE audit_entry SET actor = 'staff:2' WHERE verb = 'pupil.change'")
    words = verify(content)[2].splitlines()
    assert words[:3] == [
        "The entry of line 1 was changed in the audit since.",
        "The entry of line 2 was changed in the audit since.",
        "So it is with 3 more lines.",
    ]


def test_end_of_the_chain_that_was_cut_off_shows_without_a_head_kept_elsewhere(
    given, verify, unguarded, unaltered
):
    """The chain alone would hold: the file is a witness, for it knows the entry that tells of it."""
    content = given("jsonl")
    with unguarded() as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE verb = 'audit.export.read'")
    assert services.verify() is None
    words = "The audit does not know any more that this file was saved: entries were removed or changed."
    assert verify(content) == (1, unaltered, words)


def test_hidden_entry_that_was_changed_breaks_the_chain_and_no_line(
    host, lead, given, verify, unguarded, unaltered
):
    make.log(host, make.accused(lead))
    content = given("jsonl")
    hidden = Entry.objects.filter(guard="concern").earliest("pk")
    with unguarded() as cursor:
        cursor.execute("UPDATE audit_entry SET actor = 'staff:2' WHERE id = %s", [hidden.pk])
    words = (
        f"The chain of the audit is broken (changed). Entry {hidden.pk} was changed, or was not "
        "written by this system."
    )
    assert verify(content) == (1, unaltered, words)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"\0" * 5_000,
        b"\xff\xfe\x00\xd8" * 100,
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"Proof,,,,,{},0\r\n",
        b'{"proof":{},"seal":"' + b"0" * 64 + b'"}\n',
        b'{"proof":{},"seal":"' + b"\xe9" * 64 + b'"}\n',
        b'Proof,,,,,"{""proof"":1}",' + b"f" * 64 + b"\r\n",
        b'"' * 999_999,
        b'{"n":' + b"9" * 100_000 + b"}",
        json.dumps({"proof": None, "seal": None}).encode(),
    ],
    ids=range(13),
)  # fmt: skip
def test_hostile_file_is_none_of_ours_and_no_fault(db, verify, content):
    assert verify(content) == (1, "", FOREIGN)


def test_longer_line_and_more_lines_than_are_ever_saved_are_refused(db, verify):
    assert verify(b"a\n" + b"x" * 2_000_000) == (
        1,
        "",
        "Line 2 is longer than any that is saved here.",
    )
    words = "The file has more than 10,002 lines: no such file is saved here."
    assert verify(b"\n" * 10_003) == (1, "", words)


def test_what_cannot_be_read_and_wrong_use_end_with_two(db, tmp_path, capsys):
    for path in (tmp_path / "none", tmp_path, "/dev/null"):
        with pytest.raises(CommandError) as refusal:
            call_command("verify_export", str(path))
        assert (refusal.value.returncode, str(refusal.value)) == (2, f"There is no file {path}.")
    with pytest.raises(SystemExit) as end:
        execute_from_command_line(["manage.py", "verify_export"])
    assert end.value.code == 2
    assert "the following arguments are required: path" in capsys.readouterr().err
