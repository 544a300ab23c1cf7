"""The ledger of what was destroyed: lines that are only ever added to a file beside the database.

A backup from before a destruction brings back what is destroyed; this file says what must go again.
Each line is sealed with a key of the audit: nobody without the keys can order a destruction.
"""

import hmac
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

KEY, SEAL = "key", "seal"
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode

Told = dict[str, Any]


def append(path: Path, told: Iterable[Mapping[str, Any]]) -> int:
    """Add what is not in the file yet, and return how much that was; it has then reached the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    known = {_canonical(one) for one in read(path)[0]}
    new = [one for one in told if _canonical(dict(one)) not in known]
    # Even an empty one: that it is there says that nothing was destroyed.
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("".join(f"{_sealed(one)}\n" for one in new))
        file.flush()
        os.fsync(file.fileno())
    return len(new)


def read(path: Path) -> tuple[list[Told], list[int]]:
    """Return what a ledger says, and the numbers of lines that nobody with the keys has written."""
    if not path.exists():
        return [], []
    found: list[Told] = []
    wrong: list[int] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        told = _opened(line)
        if told is None:
            wrong.append(number)
        else:
            found.append(told)
    return found, wrong


def _sealed(told: Mapping[str, Any]) -> str:
    """Return a line with its seal, by the first of the audit's keys."""
    key_id, key = next(iter(settings.AUDIT_KEYS.items()))
    return _canonical({**told, KEY: key_id, SEAL: _seal(key, told)})


def _opened(line: str) -> Told | None:
    """Return what a line says when its seal is right."""
    try:
        told = json.loads(line)
        key, seal = settings.AUDIT_KEYS[told.pop(KEY)], told.pop(SEAL)
        is_ours = hmac.compare_digest(_seal(key, told), seal)
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
    return told if is_ours else None


def _seal(key: str, told: Mapping[str, Any]) -> str:
    text = f"ledger:{_canonical(dict(told))}"
    return hmac.digest(key.encode(), text.encode(), "sha256").hex()
