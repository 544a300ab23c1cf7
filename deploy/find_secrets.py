"""Refuse a tree with a secret in it: a key, a password in an address, somebody's token."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Written in two halves, so that this file does not find itself.
SECRETS = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE" + " KEY-----",
    "a Fernet key": r"(?<![\w/+=-])[\w-]{43}=(?![\w=])",
    "an Amazon key": r"\bAKIA[0-9A-Z]{16}\b",
    "a GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{36}\b",
    "a Slack token": r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    "a password in an address": r"\b(?:postgres(?:ql)?|rediss?|smtps?|smtp\+tls|amqp)://"
    r"[^\s:/@\"'{}<>]+:(?!password@|secret@)[^\s:/@\"'{}<>$]+@",
}  # fmt: skip
LOCKED = ("requirements.txt", "requirements-dev.txt", "static/vendor/", "tests/vendor/")


def main() -> int:
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    found = []
    for name in names:
        if name.startswith(LOCKED) or not (ROOT / name).is_file():
            continue
        text = (ROOT / name).read_text(encoding="utf-8", errors="ignore")
        for words, pattern in SECRETS.items():
            for hit in re.finditer(pattern, text):
                line = text.count("\n", 0, hit.start()) + 1
                found.append(f"{name}:{line}: {words}")
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
