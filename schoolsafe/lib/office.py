"""Looking into a Word or Excel document: with macros, another file or a call outside it is not taken."""

import re
from io import BytesIO
from zipfile import ZipFile, ZipInfo

from schoolsafe.lib.scans import Unfit
from schoolsafe.lib.zips import CUT_OFF, DAMAGED, is_cut_off

ZIP = b"PK\x03\x04"
TYPES = "[Content_Types].xml"
WORD, EXCEL = "wordprocessingml.document.main+xml", "spreadsheetml.sheet.main+xml"
# Parts of a document that run something, or are a file of another kind.
ACTIVE = re.compile(r"vbaproject|macrosheets?/|activex|/embeddings/|oleobject|dialogsheets/")
ACTIVE_TYPES = re.compile(r"macroEnabled|vbaProject|oleObject|activeX", re.IGNORECASE)
RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
LINK = re.compile(r"""\bType\s*=\s*["'][^"']*/hyperlink["']""")
OUTSIDE = re.compile(r"""\bTargetMode\s*=\s*["']External["']""")
# A definition of types can name a file to be fetched. Without its zeros UTF-16 reads as ASCII does.
DEFINITION = b"<!DOCTYPE"
PIECE = 256 * 1024
MOST_PARTS = 5_000
# What the parts may say they come to, and how much of one that is read here may be.
MOST_UNPACKED, MOST_READ = 200 * 1024 * 1024, 2 * 1024 * 1024
NOT_TAKEN = "This is not a Word or Excel document (.docx, .xlsx). Save it as a PDF."
AS_PDF = "Save it as a PDF and attach that; keep this one where it is."


def is_word(content: bytes) -> bool:
    """Tell a Word document from an Excel one.

    Raises Unfit when it is neither, not whole, locked, or could run or fetch something.
    """
    if is_cut_off(content):
        raise Unfit(f"{CUT_OFF} Save it again and attach that one.")
    try:
        with ZipFile(BytesIO(content)) as packed:
            parts = packed.infolist()
            _check_size(parts)
            types = _text(packed, TYPES)
            relations = [_text(packed, part.filename) for part in parts if _is_relation(part)]
            is_defined = any(_has_definition(packed, part) for part in parts)
    except (*DAMAGED, KeyError) as fault:
        raise Unfit(NOT_TAKEN) from fault
    names = [part.filename.lower() for part in parts]
    if any(map(ACTIVE.search, names)) or ACTIVE_TYPES.search(types):
        raise Unfit(f"This document has macros or another file in it. {AS_PDF}")
    if is_defined or any(_reaches_out(text) for text in relations):
        raise Unfit(f"This document fetches something from elsewhere when it is opened. {AS_PDF}")
    if (WORD in types) == (EXCEL in types):
        raise Unfit(NOT_TAKEN)
    return WORD in types


def _check_size(parts: list[ZipInfo]) -> None:
    """Refuse a document that would fill a memory or a disk when it is unpacked."""
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Unfit(f"This document is too large when it is unpacked. {AS_PDF}")


def _is_relation(part: ZipInfo) -> bool:
    """Tell whether a part says what other parts fetch."""
    return part.filename.lower().endswith(".rels")


def _text(packed: ZipFile, name: str) -> str:
    """Return one small part; written so that only a full reader could read it, it is refused."""
    with packed.open(name) as part:
        text = part.read(MOST_READ + 1).decode("utf-8-sig")
    if len(text) > MOST_READ or "<!" in text or "&#" in text or "\0" in text:
        raise Unfit(NOT_TAKEN)
    return text


def _has_definition(packed: ZipFile, part: ZipInfo) -> bool:
    """Tell whether a part, whatever its name, has a definition of types (DTD) in it."""
    kept = b""
    with packed.open(part) as content:
        while piece := content.read(PIECE):
            kept = kept[-len(DEFINITION) :] + piece.replace(b"\0", b"")
            if DEFINITION in kept:
                return True
    return False


def _reaches_out(relations: str) -> bool:
    """Tell whether something outside is fetched; a link that a person presses is not."""
    return any(
        OUTSIDE.search(relation) and not LINK.search(relation)
        for relation in RELATION.findall(relations)
    )
