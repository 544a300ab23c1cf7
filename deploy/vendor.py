"""Copy the published packages we build pages with into the tree, the same bytes every time.

Which packages, and in which version, stands in `static/vendor/README.md` and nowhere else.
`--check` compares the tree with `static/vendor/SHA256SUMS` and needs no network.
"""

import argparse
import base64
import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
TABLE = VENDOR / "README.md"
SUMS = VENDOR / "SHA256SUMS"
SPRITE = ROOT / "static" / "icons.svg"
AXE = ROOT / "tests" / "vendor"
FONTS = ROOT / "schoolsafe" / "lib" / "fonts"

BOOTSTRAP = ("bootstrap.min.css", "bootstrap.rtl.min.css")
WEIGHTS = (400, 600, 700)
ALPHABETS = ("latin", "latin-ext")
# The scripts that this typeface does not have: folder, and its one alphabet.
SCRIPTS = {
    "noto-sans-arabic": "arabic",
    "noto-nastaliq-urdu": "arabic",
    "noto-sans-bengali": "bengali",
}
SCRIPT_WEIGHTS = (400, 700)
ICONS = [
    "arrow-repeat",
    "arrow-right",
    "box-arrow-right",
    "calendar-event",
    "camera-video",
    "check-circle-fill",
    "check-lg",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "circle",
    "clipboard",
    "clipboard-check",
    "clock",
    "dash-circle",
    "door-closed",
    "door-open",
    "download",
    "envelope",
    "exclamation-triangle-fill",
    "eye",
    "flag-fill",
    "hourglass-split",
    "inbox",
    "info-circle-fill",
    "journal-text",
    "link-45deg",
    "lock-fill",
    "mic-mute",
    "paperclip",
    "pause-circle-fill",
    "pencil",
    "people",
    "person",
    "person-check",
    "person-x",
    "plus-lg",
    "printer",
    "record-circle",
    "search",
    "shield-check",
    "telephone",
    "translate",
    "x-lg",
    "x-octagon-fill",
]


# The typefaces of printed forms, with the weights that `schoolsafe/lib/paper.py` names.
PRINTED = {
    "atkinson-hyperlegible-next": ("400Regular", "700Bold"),
    "noto-sans": ("400Regular", "700Bold"),
    "noto-naskh-arabic": ("400Regular", "700Bold"),
    "noto-nastaliq-urdu": ("400Regular",),
    "noto-sans-bengali": ("400Regular", "700Bold"),
}


class Package(NamedTuple):
    """One row of the table in the README."""

    name: str
    version: str
    integrity: str


def packages() -> dict[str, Package]:
    """Read the table: package name to its row."""
    rows = (line.strip("|").split("|") for line in TABLE.read_text().splitlines())
    cells = [[cell.strip() for cell in row] for row in rows if len(row) == 5]
    return {c[1]: Package(c[1], c[2], c[4]) for c in cells if c[4].startswith("sha512-")}


def fetch(package: Package, into: Path) -> Path:
    """Pack one package with npm, check its integrity, unpack it, return its folder."""
    spec = f"{package.name}@{package.version}"
    command = ["npm", "pack", "--silent", "--pack-destination", str(into), spec]
    packed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=into)
    archive = into / packed.stdout.split()[-1]
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if package.integrity != f"sha512-{digest}":
        sys.exit(f"{spec} is not what {TABLE.name} expects: it is sha512-{digest}")
    folder = into / package.name.strip("@").replace("/", "-")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / "package"


def put(path: Path, content: bytes) -> None:
    """Write one file, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def without_source_map(text: str) -> str:
    """Leave out the pointer to a map we do not ship: hashed static files would miss it."""
    return re.sub(r"\s*(/\*|//)# sourceMappingURL=\S+( \*/)?\s*$", "\n", text)


def put_bootstrap(source: Path) -> None:
    """Two stylesheets, left to right and right to left, without `data:` pictures."""
    for name in BOOTSTRAP:
        css = without_source_map((source / "dist" / "css" / name).read_text())
        css = re.sub(r'url\("data:[^"]*"\)', "none", css)
        put(VENDOR / "bootstrap" / name, css.encode())
    put(VENDOR / "bootstrap" / "LICENSE", (source / "LICENSE").read_bytes())


def put_htmx(source: Path) -> None:
    """One script."""
    js = without_source_map((source / "dist" / "htmx.min.js").read_text())
    put(VENDOR / "htmx" / "htmx.min.js", js.encode())
    put(VENDOR / "htmx" / "LICENSE", (source / "LICENSE").read_bytes())


def put_typeface(source: Path) -> None:
    """The weights and alphabets that `schoolsafe.css` names."""
    for weight in WEIGHTS:
        for alphabet in ALPHABETS:
            name = f"atkinson-hyperlegible-next-{alphabet}-{weight}-normal.woff2"
            put(VENDOR / "atkinson" / name, (source / "files" / name).read_bytes())
    put(VENDOR / "atkinson" / "LICENSE", (source / "LICENSE").read_bytes())


def put_script(name: str) -> Callable[[Path], None]:
    """Return how the face of another script is put in: two weights, no Latin letters."""

    def put_face(source: Path) -> None:
        for weight in SCRIPT_WEIGHTS:
            file = f"{name}-{SCRIPTS[name]}-{weight}-normal.woff2"
            put(VENDOR / name / file, (source / "files" / file).read_bytes())
        put(VENDOR / name / "LICENSE", (source / "LICENSE").read_bytes())

    return put_face


def put_printed(source: Path, font: str) -> None:
    """The weights of one typeface for PDFs."""
    for weight in PRINTED[font]:
        [file] = (source / weight).glob("*.ttf")
        put(FONTS / font / f"{weight}.ttf", file.read_bytes())
    put(FONTS / font / "LICENSE", (source / "LICENSE_FONT").read_bytes())


def put_icons(source: Path) -> None:
    """One sprite with the icons that the templates name."""
    symbols = []
    for icon in ICONS:
        drawing = (source / "icons" / f"{icon}.svg").read_text()
        inner = re.sub(r"^<svg[^>]*>|</svg>\s*$", "", drawing).strip()
        inner = re.sub(r">\s+<", "><", inner)
        symbols.append(f'<symbol id="{icon}" viewBox="0 0 16 16">{inner}</symbol>')
    head = '<svg xmlns="http://www.w3.org/2000/svg" fill="currentColor">'
    put(SPRITE, "\n".join([head, *symbols, "</svg>", ""]).encode())
    put(VENDOR / "bootstrap-icons" / "LICENSE", (source / "LICENSE").read_bytes())


def put_axe(source: Path) -> None:
    """The accessibility checker, for the browser tests only."""
    put(AXE / "axe.min.js", (source / "axe.min.js").read_bytes())
    put(AXE / "LICENSE", (source / "LICENSE").read_bytes())


PLACES = {
    "bootstrap": put_bootstrap,
    "htmx.org": put_htmx,
    "@fontsource/atkinson-hyperlegible-next": put_typeface,
    **{f"@fontsource/{name}": put_script(name) for name in SCRIPTS},
    "bootstrap-icons": put_icons,
    "axe-core": put_axe,
    **{f"@expo-google-fonts/{font}": partial(put_printed, font=font) for font in PRINTED},
}


def sums() -> str:
    """The list of what stands in the tree now."""
    copied = [path for path in VENDOR.rglob("*") if path.is_file() and path not in (TABLE, SUMS)]
    others = [path for folder in (AXE, FONTS) for path in folder.rglob("*") if path.is_file()]
    files = sorted([*copied, SPRITE, *others])
    lines = (
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(ROOT).as_posix()}\n"
        for path in files
    )
    return "".join(lines)


def refresh() -> None:
    """Fetch every package of the table and write its files."""
    table = packages()
    if set(table) != set(PLACES):
        sys.exit(f"{TABLE.name} and vendor.py differ: {sorted(set(table) ^ set(PLACES))}")
    with tempfile.TemporaryDirectory() as folder:
        for name, place in PLACES.items():
            place(fetch(table[name], Path(folder)))
    put(SUMS, sums().encode())


def main() -> None:
    """Refresh, or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, change nothing")
    if not parser.parse_args().check:
        refresh()
    elif SUMS.read_text() != sums():
        sys.exit("Vendored files differ from static/vendor/SHA256SUMS. Run `make vendor`.")


if __name__ == "__main__":
    main()
