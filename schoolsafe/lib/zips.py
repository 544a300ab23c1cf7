"""What Python's reader of zips raises for bytes that lie: the same for everybody who opens one."""

import lzma
import zipfile
import zlib

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
