import json
import os
import stat
import subprocess
import sys
from base64 import urlsafe_b64encode

import pytest
from cryptography.fernet import Fernet

from schoolsafe.lib import keys
from schoolsafe.lib.rules import SetupFault

NAMES = ("SECRET_KEY", "LINK_KEYS", "FIELD_KEYS", "AUDIT_KEYS")
LONG = "x" * 50
FERNET, OTHER = (urlsafe_b64encode(byte * 32).decode() for byte in (b"1", b"2"))


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)


@pytest.fixture
def complete(monkeypatch):
    """Everything that production needs."""
    values = {
        "SECRET_KEY": LONG,
        "LINK_KEYS": f"{'n' * 40}, {'o' * 40}",
        "FIELD_KEYS": f"f2:{FERNET},f1:{OTHER}",
        "AUDIT_KEYS": f"a1:{LONG}",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def production(tmp_path):
    return keys.load(tmp_path, development=False)


def test_production_reads_every_key_in_its_order(complete, tmp_path):
    found = production(tmp_path)
    assert found == keys.Keys(
        secret_key=LONG,
        link_keys=["n" * 40, "o" * 40],
        field_keys={"f2": FERNET, "f1": OTHER},
        audit_keys={"a1": LONG},
    )
    assert list(found.field_keys) == ["f2", "f1"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_production_missing_key_is_named_with_how_to_make_one(
    complete, monkeypatch, tmp_path, name
):
    for empty in (lambda: monkeypatch.setenv(name, ""), lambda: monkeypatch.delenv(name)):
        empty()
        with pytest.raises(SetupFault) as refusal:
            production(tmp_path)
        assert str(refusal.value).startswith(f"{name} is not set. Make one with: python -c ")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("SECRET_KEY", keys.MAKE_WORDS),
        ("AUDIT_KEYS", keys.MAKE_NAMED),
        ("FIELD_KEYS", keys.MAKE_FERNET),
    ],
)
def test_production_the_advice_makes_a_key_that_is_taken(
    complete, monkeypatch, tmp_path, name, words
):
    script = words.split('python -c "')[1].split('"')[0]
    made = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    monkeypatch.setenv(name, made.stdout.strip())
    assert production(tmp_path).secret_key


@pytest.mark.parametrize("name", NAMES)
def test_production_key_in_a_file_is_read(complete, monkeypatch, tmp_path, name):
    expected = production(tmp_path)
    value = os.environ[name]
    file = tmp_path / "secret"
    file.write_text(f"{value}\n", encoding="utf-8")
    monkeypatch.delenv(name)
    monkeypatch.setenv(f"{name}_FILE", str(file))
    assert production(tmp_path) == expected


def test_production_keys_in_a_file_may_stand_one_a_line(complete, monkeypatch, tmp_path):
    file = tmp_path / "secret"
    file.write_text(f"f2:{FERNET}\nf1:{OTHER}\n", encoding="utf-8")
    monkeypatch.delenv("FIELD_KEYS")
    monkeypatch.setenv("FIELD_KEYS_FILE", str(file))
    assert production(tmp_path).field_keys == {"f2": FERNET, "f1": OTHER}


def test_production_key_and_file_both_set_is_refused(complete, monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "secret"))
    with pytest.raises(SetupFault, match="SECRET_KEY and SECRET_KEY_FILE are both set"):
        production(tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "names a file that cannot be read"),
        (b"", "SECRET_KEY_FILE names is empty"),
        (b"\xff\xfe\x00", "names a file that cannot be read"),
    ],
)
def test_production_unfit_file_is_named(complete, monkeypatch, tmp_path, content, words):
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.delenv("SECRET_KEY")
    monkeypatch.setenv("SECRET_KEY_FILE", str(file))
    with pytest.raises(SetupFault, match=words):
        production(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SECRET_KEY", "short", "SECRET_KEY is too short"),
        ("LINK_KEYS", f"{LONG},letmein", "LINK_KEYS is too short"),
        ("LINK_KEYS", " , ", "LINK_KEYS is not set"),
        ("AUDIT_KEYS", "a1:letmein", "AUDIT_KEYS is too short"),
        ("AUDIT_KEYS", LONG, "AUDIT_KEYS must be written id:key,id:key"),
        ("AUDIT_KEYS", f"a 1:{LONG}", "AUDIT_KEYS must be written id:key,id:key"),
        ("AUDIT_KEYS", f"a1:{LONG},a1:{LONG}", "AUDIT_KEYS names the id a1 twice"),
        ("FIELD_KEYS", f"f1:{LONG}", "FIELD_KEYS holds something that is no encryption key"),
        ("FIELD_KEYS", FERNET, "FIELD_KEYS must be written id:key,id:key"),
    ],
)
def test_production_unfit_key_is_refused_without_showing_it(
    complete, monkeypatch, tmp_path, name, value, words
):
    monkeypatch.setenv(name, value)
    with pytest.raises(SetupFault, match=words) as refusal:
        production(tmp_path)
    for secret in (LONG, FERNET, "letmein"):
        assert secret not in str(refusal.value)


def test_development_first_start_makes_keys_that_only_the_owner_reads(tmp_path):
    made = keys.load(tmp_path / "var", development=True)
    file = tmp_path / "var" / "keys.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert list(file.parent.iterdir()) == [file]
    assert (list(made.field_keys), list(made.audit_keys)) == (["f1"], ["a1"])
    Fernet(made.field_keys["f1"])
    every = [made.secret_key, *made.link_keys, *made.field_keys.values(), *made.audit_keys.values()]
    assert len(set(every)) == 4


def test_development_next_start_has_the_same_keys(tmp_path):
    assert keys.load(tmp_path, development=True) == keys.load(tmp_path, development=True)


def test_development_processes_that_start_together_agree(tmp_path):
    code = (
        "import sys; from pathlib import Path; from schoolsafe.lib import keys; sys.stdin.readline(); "
        "print(keys.load(Path(sys.argv[1]), development=True).secret_key)"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    seen = {process.communicate()[0] for process in started}
    assert seen == {keys.load(tmp_path, development=True).secret_key + "\n"}
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]


def test_development_that_comes_second_takes_what_is_there(tmp_path):
    first = keys.load(tmp_path, development=True)
    keys._write_once(tmp_path / keys.FILE, keys._fresh())
    assert keys.load(tmp_path, development=True) == first
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", json.dumps({"secret_key": "x"})])
def test_development_damaged_file_says_what_to_do(tmp_path, content):
    (tmp_path / "keys.json").write_text(content, encoding="utf-8")
    with pytest.raises(SetupFault, match="keys.json cannot be read. Put the right one back"):
        keys.load(tmp_path, development=True)
    assert (tmp_path / "keys.json").read_text(encoding="utf-8") == content
