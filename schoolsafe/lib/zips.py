"""Zips whose bytes lie: what Python's reader raises for them, and how a cut-off one is told."""

import lzma
import zipfile
import zlib
from io import BytesIO

# Sizes before the beginning or beyond all numbers, names in no letters; as RuntimeError parts that are
# locked, and ways of packing that nobody knows.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)

# Every zip begins like this, and so does every workbook and every document of Word.
BEGINS = b"PK\x03\x04"
CUT_OFF = "This file is not whole: it may have been cut off while it was saved or sent."


def is_cut_off(data: bytes) -> bool:
    """Tell whether these bytes begin as a zip does and do not end as one."""
    return data.startswith(BEGINS) and not zipfile.is_zipfile(BytesIO(data))
