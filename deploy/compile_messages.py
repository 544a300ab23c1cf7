"""Compile the catalogues of `locale/` that are newer than what was compiled from them.

Pure Python, so that no machine needs GNU gettext. `make` runs it by itself; an installation without
make runs it after every update. What is compiled is not kept in the tree.
"""

import os
import tempfile
from pathlib import Path

import polib

LOCALE = Path(__file__).resolve().parent.parent / "locale"


def is_fresh(source: Path) -> bool:
    """Tell whether a catalogue stands compiled, and no older than its source."""
    compiled = source.with_suffix(".mo")
    return compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime


def compile_one(source: Path) -> None:
    """Compile one catalogue; whoever reads meanwhile finds the old one whole."""
    handle, name = tempfile.mkstemp(dir=source.parent, suffix=".part")
    os.close(handle)
    polib.pofile(str(source), encoding="utf-8").save_as_mofile(name)
    Path(name).chmod(0o644)
    Path(name).replace(source.with_suffix(".mo"))


def main() -> None:
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/django.po")):
        if not is_fresh(source):
            compile_one(source)


if __name__ == "__main__":
    main()
