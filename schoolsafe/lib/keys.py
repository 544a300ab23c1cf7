"""The keys of the installation: one kind for one purpose, the first writes, the others still read."""

import json
import os
import re
import secrets
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from cryptography.fernet import Fernet

from schoolsafe.lib import environment
from schoolsafe.lib.rules import SetupFault

FILE = "keys.json"
# A key of fewer characters is a password somebody made up.
LEAST_CHARACTERS = 32
KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
MAKE_WORDS = 'Make one with: python -c "import secrets; print(secrets.token_urlsafe(48))"'
MAKE_NAMED = "Make one with: python -c \"import secrets; print('a1:' + secrets.token_urlsafe(48))\""
MAKE_FERNET = (
    'Make one with: python -c "from cryptography.fernet import Fernet; '
    "print('f1:' + Fernet.generate_key().decode())\" and keep a copy away from the database: "
    "what was encrypted cannot be read without it."
)


@dataclass(frozen=True, kw_only=True)
class Keys:
    """Every key of one installation; those with an id are written beside what they protect."""

    secret_key: str
    link_keys: list[str]
    field_keys: dict[str, str]
    audit_keys: dict[str, str]


class Read(Protocol):
    """A way to read one secret by its name; without it, the reader says what to do."""

    def __call__(self, name: str, *, to_do: str) -> str: ...  # noqa: D102 - as above


def load(var_dir: Path, *, development: bool) -> Keys:
    """Return the keys: made on first use in development, from the environment in production.

    Raises SetupFault, naming the setting and how to make one, when a key is missing or unfit.
    """
    return _from_file(var_dir / FILE) if development else _from_environment()


def as_settings(keys: Keys) -> str:
    """Return the keys as lines of a settings file, the way production reads them."""
    named = {
        "SECRET_KEY": keys.secret_key,
        "LINK_KEYS": ",".join(keys.link_keys),
        "FIELD_KEYS": ",".join(f"{name}:{key}" for name, key in keys.field_keys.items()),
        "AUDIT_KEYS": ",".join(f"{name}:{key}" for name, key in keys.audit_keys.items()),
    }
    return "".join(f"{name}={value}\n" for name, value in named.items())


def from_settings(path: Path) -> Keys:
    """Return the keys from a file of such lines. Raises SetupFault when one is missing or unfit."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise SetupFault(f"The file of keys {path} cannot be read.") from fault
    told = dict(line.partition("=")[::2] for line in lines if not line.startswith("#"))

    def read(name: str, *, to_do: str) -> str:
        if not told.get(name):
            raise SetupFault(f"The file of keys {path} has no line {name}=")
        return told[name]

    return _checked(read)


def put_in_place(keys: Keys, var_dir: Path) -> None:
    """Let development go on with these keys, in place of those it made for an empty database."""
    path = var_dir / FILE
    path.unlink(missing_ok=True)
    _write_once(path, keys)


def _from_environment() -> Keys:
    """Read every key from `<NAME>` or from the file that `<NAME>_FILE` names."""
    return _checked(_secret)


def _checked(read: Read) -> Keys:
    """Return the keys that are read by name, each fit for its purpose."""
    return Keys(
        secret_key=_strong("SECRET_KEY", read("SECRET_KEY", to_do=MAKE_WORDS)),
        link_keys=[
            _strong("LINK_KEYS", key) for key in _several("LINK_KEYS", read, to_do=MAKE_WORDS)
        ],
        field_keys={
            name: _fernet("FIELD_KEYS", key)
            for name, key in _named("FIELD_KEYS", read, to_do=MAKE_FERNET).items()
        },
        audit_keys={
            name: _strong("AUDIT_KEYS", key)
            for name, key in _named("AUDIT_KEYS", read, to_do=MAKE_NAMED).items()
        },
    )


def _secret(name: str, *, to_do: str) -> str:
    """Return one secret from its setting or its file, never from both."""
    path = environment.env.str(f"{name}_FILE", "")
    if not path:
        return environment.required(name, to_do=f"{to_do} (or name a file in {name}_FILE).")
    if environment.env.str(name, ""):
        raise SetupFault(f"{name} and {name}_FILE are both set. Unset one of them.")
    try:
        value = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise SetupFault(f"{name}_FILE names a file that cannot be read. {to_do}") from fault
    if not value:
        raise SetupFault(f"The file that {name}_FILE names is empty. {to_do}")
    return value


def _several(name: str, read: Read, *, to_do: str) -> list[str]:
    """Return a comma-separated (or one a line) list of secrets; the first is the one that writes."""
    parts = [part.strip() for part in re.split(r"[,\n]", read(name, to_do=to_do))]
    found = [part for part in parts if part]
    if not found:
        raise SetupFault(f"{name} is not set. {to_do}")
    return found


def _named(name: str, read: Read, *, to_do: str) -> dict[str, str]:
    """Return `id:key` pairs in their order."""
    pairs: dict[str, str] = {}
    for part in _several(name, read, to_do=to_do):
        key_id, colon, key = part.partition(":")
        if not colon or not KEY_ID.fullmatch(key_id):
            raise SetupFault(f"{name} must be written id:key,id:key. {to_do}")
        if key_id in pairs:
            raise SetupFault(f"{name} names the id {key_id} twice. Give each key its own id.")
        pairs[key_id] = key
    return pairs


def _strong(name: str, key: str) -> str:
    """Refuse a key that can be guessed; the message never shows it."""
    if len(key) < LEAST_CHARACTERS:
        raise SetupFault(
            f"{name} is too short: {LEAST_CHARACTERS} characters or more. {MAKE_WORDS}"
        )
    return key


def _fernet(name: str, key: str) -> str:
    """Refuse what is not an encryption key; the message never shows it."""
    try:
        Fernet(key)
    except ValueError as fault:
        raise SetupFault(
            f"{name} holds something that is no encryption key. {MAKE_FERNET}"
        ) from fault
    return key


def _from_file(path: Path) -> Keys:
    """Read the development keys, making them on first use."""
    if not path.exists():
        _write_once(path, _fresh())
    try:
        return Keys(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as fault:
        raise SetupFault(
            f"{path.name} cannot be read. Put the right one back; or, to begin again with an empty "
            "demo school, delete it together with the database beside it."
        ) from fault


def _fresh() -> Keys:
    """Make a new set of keys."""
    return Keys(
        secret_key=secrets.token_urlsafe(48),
        link_keys=[secrets.token_urlsafe(48)],
        field_keys={"f1": Fernet.generate_key().decode()},
        audit_keys={"a1": secrets.token_urlsafe(48)},
    )


def _write_once(path: Path, keys: Keys) -> None:
    """Put the keys in place in one step, so that two processes starting together agree."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(keys), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link is made whole or not at all, and never over a file that is already there.
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        Path(draft).unlink()
