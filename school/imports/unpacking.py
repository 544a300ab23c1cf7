"""From bytes to files: a zip of comma-separated files, with limits that a hostile one meets."""

import zipfile
from io import BytesIO
from pathlib import PurePosixPath

from school.imports.refusals import AGAIN, ImportRefusal, refused
from schoolsafe.lib.zips import DAMAGED, is_cut_off

MOST_FILES = 60
MOST_UNPACKED = 60 * 1024 * 1024


def unpack(data: bytes) -> dict[str, bytes]:
    """Return the .csv files of a zip by name, whatever folder they lie in.

    Raises ImportRefused for what is no zip, is not whole, holds too much, is locked, or has a name twice.
    """
    if is_cut_off(data):
        raise refused(ImportRefusal.CUT_OFF, AGAIN)
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            return _files(packed)
    except DAMAGED as fault:
        raise refused(
            ImportRefusal.NOT_A_FILE_SET,
            "This is not a zip file that can be opened. Put the .csv files into one zip, without a "
            "password.",
        ) from fault


def _files(packed: zipfile.ZipFile) -> dict[str, bytes]:
    wanted = [entry for entry in packed.infolist() if _is_table(entry.filename)]
    if len(wanted) > MOST_FILES:
        raise refused(ImportRefusal.TOO_LARGE, f"There are more than {MOST_FILES} files in it.")
    found: dict[str, bytes] = {}
    left = MOST_UNPACKED
    for entry in wanted:
        name = PurePosixPath(entry.filename).name
        if entry.flag_bits & 1:
            raise refused(ImportRefusal.NOT_A_FILE_SET, "It is locked with a password.", file=name)
        if name in found:
            raise refused(ImportRefusal.DOUBLED, "This file is in the zip twice.", file=name)
        # The size that stands in a zip may be a lie: no more than the limit is ever unpacked.
        with packed.open(entry) as unpacked:
            content = unpacked.read(left + 1)
        left -= len(content)
        if left < 0:
            raise refused(
                ImportRefusal.TOO_LARGE, "Unpacked, the files are larger than any school's."
            )
        found[name] = content
    return found


def _is_table(name: str) -> bool:
    path = PurePosixPath(name)
    is_shadow = "__MACOSX" in path.parts or path.name.startswith(".")
    return path.suffix.lower() == ".csv" and not is_shadow
