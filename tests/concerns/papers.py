"""Files as people attach them, each as small as it can be, and those that must not be taken."""

import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from PIL import Image

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
TEXT = "What she said on Tuesday.\r\n“I don't want to go home.”\r\n".encode()
# In parts, or the scanner of whoever works on this would take the file away.
EICAR = "".join(("X5O!P%@AP[4\\PZX54(P^)7CC)7}$", "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"))
# Latitude and longitude as a telephone writes them beside its picture.
PLACE = {1: "N", 2: (51.0, 30.0, 26.0), 3: "W", 4: (0.0, 7.0, 39.0)}
DEVICE = "MARKERDEVICE Phone 12"


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), colour: str = "teal") -> bytes:
    """A picture that says where it was taken, and with what."""
    told = Image.Exif()
    told[0x0110] = DEVICE
    told.get_ifd(0x8825).update(PLACE)
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, format=kind, exif=told)
    return file.getvalue()


def pdf_with(objects: bytes, *, packed: bool = False) -> bytes:
    """A PDF with these objects, in clear or in a packed stream."""
    if packed:
        body = zlib.compress(objects)
        objects = (
            b"2 0 obj\n<< /Type /ObjStm /N 1 /Filter /FlateDecode >>\nstream\n%b\nendstream" % body
        )
    return b"%PDF-1.7\n" + objects + b"\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


MAIN = "application/vnd.openxmlformats-officedocument."
WORD, EXCEL = "wordprocessingml.document.main+xml", "spreadsheetml.sheet.main+xml"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def office(types: str = MAIN + WORD, relations: str = "", **parts: bytes) -> bytes:
    """A Word or Excel document; a part's name is written with __ for its slashes."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", f'<Types><Override ContentType="{types}"/></Types>')
        packed.writestr("_rels/.rels", f"<Relationships>{relations}</Relationships>")
        for name, content in parts.items():
            packed.writestr(name.replace("__", "/"), content)
    return file.getvalue()


def relation(kind: str, *, outside: bool) -> str:
    """That a document fetches a part of itself, or something from elsewhere."""
    mode = ' TargetMode="External"' if outside else ""
    return f'<Relationship Id="r1" Type="{RELATIONS}/{kind}" Target="https://x.example/"{mode}/>'
