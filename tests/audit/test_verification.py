import pytest
from django.core.management import CommandError, call_command, execute_from_command_line
from django.db import connection

from audit import chain, services, verification
from audit.models import Entry
from audit.verification import Why


@pytest.fixture
def five(db, write):
    """Five entries about five meetings."""
    return [write(object=f"meetings.meeting:{number}", pupils=[number]) for number in range(5)]


def test_walk_empty_chain_holds_with_the_genesis_as_its_head(db):
    assert verification.walk() == verification.Walk(count=0, head=chain.GENESIS)


def test_walk_whole_chain_holds_up_to_the_newest(five):
    assert verification.walk() == verification.Walk(count=5, head=five[-1].hash)
    assert services.verify() is None


def test_walk_across_pieces_holds(five, monkeypatch):
    monkeypatch.setattr(verification, "PIECE", 2)
    assert verification.walk().count == 5


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'staff:2'",
        "verb = 'meeting.cancel'",
        "object = 'meetings.meeting:99'",
        "detail = '{}'",
        "guard = 'concern'",
        "at = '2026-09-15 13:00:00.000006+00:00'",
        f"previous = '{'c' * 64}'",
        f"hash = '{'a' * 64}'",
    ],
)
def test_walk_changed_entry_is_named(five, unguarded, change):
    with unguarded() as cursor:
        cursor.execute(f"UPDATE audit_entry SET {change} WHERE id = %s", [five[2].pk])  # noqa: S608
    walk = verification.walk()
    assert (walk.broken.why, walk.broken.entry_id) == (Why.CHANGED, five[2].pk)
    assert (walk.count, walk.head) == (2, five[1].hash)


def test_walk_entry_sealed_with_a_stolen_idea_of_the_key_is_named(five, unguarded):
    forged = chain.seal(
        "a key somebody made up",
        previous=five[4].hash,
        key_id="a1",
        at=five[0].at,
        actor="staff:9",
        verb="a.b",
        object="a.b",
        guard="",
        detail={},
    )
    Entry.objects.bulk_create(
        [
            Entry(
                at=five[0].at,
                actor="staff:9",
                verb="a.b",
                object="a.b",
                key_id="a1",
                previous=five[4].hash,
                hash=forged,
            )
        ]
    )
    broken = services.verify()
    assert broken.why is Why.CHANGED
    assert broken.entry_id == Entry.objects.first().pk


@pytest.mark.parametrize("gone", [[0], [2], [1, 2, 3]])
def test_walk_removed_entries_are_missed_at_the_next(five, unguarded, gone):
    with unguarded() as cursor:
        for place in gone:
            cursor.execute("DELETE FROM audit_entry WHERE id = %s", [five[place].pk])
    broken = services.verify()
    assert (broken.why, broken.entry_id) == (Why.REMOVED, five[gone[-1] + 1].pk)


def test_walk_swapped_entries_are_named(five, unguarded):
    one, other = five[1].pk, five[3].pk
    with unguarded() as cursor:
        for old, new in ((one, -1), (other, one), (-1, other)):
            cursor.execute("UPDATE audit_entry SET id = %s WHERE id = %s", [new, old])
    broken = services.verify()
    assert (broken.why, broken.entry_id) == (Why.REORDERED, one)


def test_walk_entry_of_a_key_taken_away_is_named(five, settings):
    settings.AUDIT_KEYS = {"a2": "another key of thirty-two characters or more"}
    broken = services.verify()
    assert (broken.why, broken.entry_id) == (Why.UNKNOWN_KEY, five[0].pk)


def test_walk_chain_goes_on_under_a_new_key_and_still_reads_the_old(five, write, settings):
    settings.AUDIT_KEYS = {
        "a2": "another key of thirty-two characters or more"
    } | settings.AUDIT_KEYS
    assert write().key_id == "a2"
    assert verification.walk().count == 6
    assert services.verify() is None


def test_walk_end_cut_off_shows_only_against_a_head_kept_elsewhere(five, unguarded):
    head = five[-1].hash
    assert verification.walk(expect_head=head).broken is None
    with unguarded() as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE id = %s", [five[-1].pk])
    assert services.verify() is None
    assert verification.walk(expect_head=head).broken.why is Why.CUT_SHORT


@pytest.mark.parametrize("place", [0, 2, 4])
def test_walk_chain_that_went_on_past_an_expected_head_holds(five, place):
    assert verification.walk(expect_head=five[place].hash).broken is None
    assert verification.walk(expect_head=chain.GENESIS).broken is None


def test_verify_audit_good_chain_prints_count_and_head(five, capsys):
    call_command("verify_audit")
    assert capsys.readouterr().out == f"5 entries hold. Head: {five[-1].hash}\n"


def test_verify_audit_broken_chain_ends_with_one_and_names_the_link(five, unguarded, capsys):
    with unguarded() as cursor:
        cursor.execute("UPDATE audit_entry SET actor = 'staff:2' WHERE id = %s", [five[2].pk])
    with pytest.raises(CommandError) as refusal:
        call_command("verify_audit")
    assert refusal.value.returncode == 1
    assert str(refusal.value) == (
        f"The chain is broken (changed). Entry {five[2].pk} was changed, "
        "or was not written by this system."
    )
    assert capsys.readouterr().out == f"2 entries hold. Head: {five[1].hash}\n"


def test_verify_audit_chain_shorter_than_an_expected_head_ends_with_one(five):
    with pytest.raises(CommandError, match="cut short") as refusal:
        call_command("verify_audit", "--expect-head", "b" * 64)
    assert refusal.value.returncode == 1


def test_verify_audit_head_of_another_form_is_a_usage_error(five):
    with pytest.raises(CommandError, match="a head is 64 characters"):
        call_command("verify_audit", "--expect-head", "nonsense")


def test_verify_audit_wrong_use_ends_with_two(db, capsys):
    with pytest.raises(SystemExit) as end:
        execute_from_command_line(["manage.py", "verify_audit", "--expect-head", "nonsense"])
    assert end.value.code == 2
    assert "a head is 64 characters" in capsys.readouterr().err


def test_triggers_stand_after_all_migrations(db):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
            expected = ["audit_entry_no_delete", "audit_entry_no_update"]
        else:
            # A: fires whatever session_replication_role says.
            cursor.execute(
                "SELECT tgname || ' ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal "
                "AND tgrelid = 'audit_entry'::regclass ORDER BY tgname"
            )
            expected = ["audit_entry_no_change A", "audit_entry_no_truncate A"]
        assert [name for (name,) in cursor.fetchall()][: len(expected)] == expected
