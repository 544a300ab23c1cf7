"""`make messages`: bring the catalogues in `locale/` up to date with what families read.

What a family reads stands in the files named here and nowhere else; staff pages are English. What is
translated stays translated; what is new is empty until somebody translates it, and a test says so;
what nothing uses any more is kept at the end of a catalogue, should it come back.
`--check` changes nothing and says whether a catalogue is behind.
"""

import argparse
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polib
from babel.messages.extract import extract_python
from django.conf import settings
from django.utils.translation import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
sys.path.insert(0, str(ROOT))

from schoolsafe.lib.languages import TRANSLATED  # noqa: E402

TEMPLATES = (
    "templates/family.html",
    "templates/parts/_languages.html",
    "templates/parts/_error_summary.html",
    "templates/consent/**/*",
    "templates/meetings/family/*",
    "templates/meetings/mail/*",
    "templates/mail/*",
)
# Beside them in the same folders, but read by staff.
FOR_STAFF = (
    "templates/consent/record.html",
    "templates/consent/check_answer.html",
    "templates/consent/set_aside.html",
    "templates/consent/mail/help_wanted*",
    "templates/consent/mail/unanswered*",
    "templates/meetings/mail/to_staff*",
)
PYTHON = (
    "consent/forms/family.py",
    "consent/models/*.py",
    "consent/notices/letters.py",
    "consent/pages/form.py",
    "consent/policy/*.py",
    "consent/selectors/*.py",
    "meetings/forms/family.py",
    "meetings/notices/entries.py",
    "meetings/pages/family.py",
    "meetings/policy/door.py",
    "schoolsafe/lib/clock.py",
)
# Each with the places of its texts: the context comes first where there is one.
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "marked": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
# How each language counts: the order of the forms is that of GNU gettext.
FEW = "n%10>=2 && n%10<=4 && (n%100<12 || n%100>14)"
PLURALS = {
    "cy": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n==3 ? 3 : n==6 ? 4 : 5);",
    "pl": f"nplurals=3; plural=(n==1 ? 0 : {FEW} ? 1 : 2);",
    "ro": "nplurals=3; plural=(n==1 ? 0 : (n==0 || (n%100>0 && n%100<20)) ? 1 : 2);",
    "ur": "nplurals=2; plural=(n!=1);",
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 "
    ": n%100>=11 ? 4 : 5);",
    "uk": f"nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : {FEW} ? 1 : 2);",
    "bn": "nplurals=2; plural=(n>1);",
}

HEAD = (
    "What families read, in one language. Drafted by a machine: a speaker's approval is recorded in"
    "\nthe school's own records, and families are told as long as there is none."
)


class Text(NamedTuple):
    """One text as the catalogues know it."""

    context: str | None
    singular: str
    plural: str


def files(patterns: tuple[str, ...]) -> set[Path]:
    return {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}


def source_of(path: Path) -> str:
    """Return a file as Python: of a template what Django makes of its texts."""
    written = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return written
    # How a template is indented means nothing, to Python's reader it would.
    return "\n".join(map(str.lstrip, templatize(written, origin=str(path)).splitlines()))


def texts_of(path: Path) -> Iterator[Text]:
    """Return every text of one file, in its order."""
    code = io.BytesIO(source_of(path).encode())
    for _, function, found, _ in extract_python(code, list(KEYWORDS), (), {"encoding": "utf-8"}):
        words = [found] if isinstance(found, str) else list(found or ())
        has_context = "pgettext" in function
        # What follows the texts, the number of a plural, is no text itself.
        wanted = words[: has_context + 1 + function.startswith("n")]
        if not wanted or not all(isinstance(word, str) for word in wanted):
            continue
        context = wanted.pop(0) if has_context else None
        yield Text(context, wanted[0], wanted[1] if len(wanted) > 1 else "")


def collected() -> dict[Text, list[str]]:
    """Return every text that a family may read, with the files in which it stands."""
    found: dict[Text, list[str]] = {}
    for path in sorted((files(TEMPLATES) - files(FOR_STAFF)) | files(PYTHON)):
        name = path.relative_to(ROOT).as_posix()
        for text in texts_of(path):
            places = found.setdefault(text, [])
            if name not in places:
                places.append(name)
    return found


def header(code: str) -> dict[str, str]:
    """Return the head of a catalogue: nothing in it changes from run to run."""
    return {
        "Project-Id-Version": "schoolsafe",
        "Language": code,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURALS[code],
    }


def updated(code: str, texts: dict[Text, list[str]]) -> polib.POFile:
    """Return a language's catalogue with exactly these texts, and what it had for them."""
    path = LOCALE / code / "LC_MESSAGES" / "django.po"
    before = polib.pofile(str(path)) if path.exists() else polib.POFile()
    known = {Text(one.msgctxt, one.msgid, one.msgid_plural): one for one in before}
    after = polib.POFile(wrapwidth=100)
    after.header = HEAD
    after.metadata = header(code)
    forms = int(after.metadata["Plural-Forms"].partition("nplurals=")[2].partition(";")[0])
    for text, places in texts.items():
        entry = known.pop(text, None) or polib.POEntry(
            msgctxt=text.context, msgid=text.singular, msgid_plural=text.plural
        )
        entry.occurrences = [(place, "") for place in places]
        entry.obsolete = False
        entry.flags = ["python-format"] if "%(" in text.singular + text.plural else []
        if text.plural and not entry.msgstr_plural:
            entry.msgstr_plural = dict.fromkeys(range(forms), "")
        after.append(entry)
    for entry in known.values():
        if entry.msgstr or any(entry.msgstr_plural.values()):
            entry.obsolete, entry.occurrences = True, []
            after.append(entry)
    return after


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, change nothing")
    only_check = parser.parse_args().check
    settings.configure(USE_I18N=True)
    texts, behind = collected(), []
    for code in TRANSLATED:
        path = LOCALE / code / "LC_MESSAGES" / "django.po"
        written = str(updated(code, texts)) + "\n"
        if path.exists() and path.read_text(encoding="utf-8") == written:
            continue
        behind.append(code)
        if not only_check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(written, encoding="utf-8")
    if only_check and behind:
        print(f"Behind what families read: {', '.join(behind)}. Run `make messages`.")
    return 1 if only_check and behind else 0


if __name__ == "__main__":
    sys.exit(main())
