"""What a file is, told by what is in it and never by its name; what could run something is not taken."""

import re
from dataclasses import dataclass
from enum import StrEnum

from schoolsafe.lib import office, portable, scans
from schoolsafe.lib.scans import ScanKind, Unfit

TAKEN = (
    "Attach a PDF, a picture (JPEG or PNG), a Word or Excel document (.docx, .xlsx) or plain text."
)
WEB_PAGE = re.compile(r"\s*<(?:!|\?xml|html|head|body|script|svg|math|iframe)", re.IGNORECASE)
E_MAIL = re.compile(
    r"\A(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*mime-version\s*:", re.IGNORECASE | re.ASCII
)
# What stands in a text; a control character stands in a program.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
BYTE_ORDERS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class FileKind(StrEnum):
    """What a file is."""

    PDF = "pdf"
    JPEG = "jpg"
    PNG = "png"
    WORD = "docx"
    EXCEL = "xlsx"
    TEXT = "txt"

    @property
    def media_type(self) -> str:
        """Return what a browser is told that it is."""
        return MEDIA_TYPES[self]

    @property
    def is_picture(self) -> bool:
        """Tell whether a browser shows it as a picture."""
        return self in {FileKind.JPEG, FileKind.PNG}

    @property
    def label(self) -> str:
        """Return what it is, for a person."""
        return LABELS[self]


MEDIA_TYPES = {
    FileKind.PDF: "application/pdf",
    FileKind.JPEG: "image/jpeg",
    FileKind.PNG: "image/png",
    FileKind.WORD: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileKind.EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileKind.TEXT: "text/plain; charset=utf-8",
}
LABELS = {
    FileKind.PDF: "PDF",
    FileKind.JPEG: "Picture",
    FileKind.PNG: "Picture",
    FileKind.WORD: "Word document",
    FileKind.EXCEL: "Excel document",
    FileKind.TEXT: "Text",
}


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A file that may be kept: what it is, and a picture drawn anew in place of what came."""

    kind: FileKind
    redrawn: bytes | None = None


def judge(content: bytes) -> Judged:
    """Return what a file is.

    A picture is drawn anew, without place, time or device; anything else is looked into and stays as
    it came. Raises Unfit, with what to do, when it is of no kind that is taken or could run something.
    """
    if not content:
        raise Unfit(f"This file is empty. {TAKEN}")
    if scans.HEAD in content[: scans.AROUND]:
        portable.check(content)
        return Judged(kind=FileKind.PDF)
    if content.startswith(office.ZIP):
        return Judged(kind=FileKind.WORD if office.is_word(content) else FileKind.EXCEL)
    if content.startswith(OLD_OFFICE):
        raise Unfit("This is an old Office file or a saved Outlook e-mail. Save it as a PDF.")
    if _is_text(content):
        return Judged(kind=FileKind.TEXT)
    return _picture(content)


def _picture(content: bytes) -> Judged:
    """Draw a picture anew; whatever is none is refused."""
    scan = scans.draw_anew(content, else_take=TAKEN)
    kind = FileKind.PNG if scan.kind is ScanKind.PNG else FileKind.JPEG
    return Judged(kind=kind, redrawn=scan.content)


def _is_text(content: bytes) -> bool:
    """Tell whether a file is text for people; raises Unfit for one that a program would act upon."""
    try:
        text = content.decode(BYTE_ORDERS.get(content[:2], "utf-8-sig"))
    except UnicodeDecodeError:
        return False
    if CONTROL.search(text):
        return False
    if WEB_PAGE.match(text):
        raise Unfit("This is a web page or a drawing with a program in it. Save it as a PDF.")
    if E_MAIL.match(text):
        raise Unfit("This is a saved e-mail. Save it as a PDF, and what was attached to it apart.")
    if text.startswith("{\\rtf"):
        raise Unfit("This is rich text. Save it as a PDF or as a Word document (.docx).")
    return True
