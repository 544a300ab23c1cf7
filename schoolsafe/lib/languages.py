"""The languages in which families read us, and how their pages keep the one they chose."""

import gettext
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

# A language is nothing personal: it may stand in an address.
QUERY = "language"
# Around a piece of text of its own direction, in a line that runs from right to left.
LEFT_TO_RIGHT, ITS_OWN_WAY, END = "\u2066", "\u2068", "\u2069"


@dataclass(frozen=True, kw_only=True)
class Language:
    """One language: its own name for itself, and what staff call it."""

    code: str
    name: str
    english: str
    is_from_right: bool = False

    @property
    def direction(self) -> str:
        """Return the direction of its writing as HTML says it."""
        return "rtl" if self.is_from_right else "ltr"


ENGLISH = "en"
LANGUAGES: tuple[Language, ...] = (
    Language(code=ENGLISH, name="English", english="English"),
    Language(code="cy", name="Cymraeg", english="Welsh"),
    Language(code="pl", name="Polski", english="Polish"),
    Language(code="ro", name="Română", english="Romanian"),
    Language(code="ur", name="اردو", english="Urdu", is_from_right=True),
    Language(code="ar", name="العربية", english="Arabic", is_from_right=True),
    Language(code="uk", name="Українська", english="Ukrainian"),
    Language(code="bn", name="বাংলা", english="Bengali"),
)
BY_CODE = {one.code: one for one in LANGUAGES}
# English is the source: what is written in it needs no translation, and no approval of one.
TRANSLATED = tuple(code for code in BY_CODE if code != ENGLISH)


def nearest(code: str) -> str:
    """Return the language of ours that is meant, `pl` for `pl-PL`; English for one we do not have."""
    short = code.lower().replace("_", "-").partition("-")[0]
    return short if short in BY_CODE else ENGLISH


def current() -> str:
    """Return the language in which texts are written at this moment."""
    return nearest(translation.get_language() or "")


def chosen(request: HttpRequest) -> str:
    """Return the language that the address of a page asks for, or nothing."""
    code = request.GET.get(QUERY, "")
    return code if code in BY_CODE else ""


def kept(request: HttpRequest) -> str:
    """Return what links and forms of a page append, so that a language once chosen stays."""
    code = chosen(request)
    return asking_for(code) if code else ""


def asking_for(code: str) -> str:
    """Return what an address appends to be read in a language."""
    return f"?{QUERY}={code}"


@contextmanager
def spoken(request: HttpRequest, stored: str | None = None) -> Iterator[None]:
    """Write a page in the language chosen on it, else in the stored one of the person asked.

    Where nobody is known, the browser says which language its owner reads.
    """
    known = _of_browser(request) if stored is None else nearest(stored)
    with translation.override(chosen(request) or known):
        yield


def _of_browser(request: HttpRequest) -> str:
    """Return the first language of ours that the browser asks for."""
    for code, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if code == ENGLISH or nearest(code) != ENGLISH or code.startswith("en-"):
            return nearest(code)
    return ENGLISH


def catalogue(code: str) -> Path:
    """Return where the compiled catalogue of a language is."""
    return Path(settings.LOCALE_PATHS[0]) / code / "LC_MESSAGES" / "django.mo"


def is_compiled(code: str) -> bool:
    """Tell whether a language's catalogue stands compiled, and no older than its source."""
    compiled = catalogue(code)
    source = compiled.with_suffix(".po")
    if not compiled.exists():
        return False
    return not source.exists() or compiled.stat().st_mtime >= source.stat().st_mtime


@lru_cache(maxsize=len(LANGUAGES))
def texts(code: str) -> Mapping[Any, str]:
    """Return what stands in a language's catalogue, as this process speaks it; nothing for English."""
    path = catalogue(code)
    if code == ENGLISH or not path.exists():
        return {}
    with path.open("rb") as compiled:
        read: Any = gettext.GNUTranslations(compiled)
    return {source: words for source, words in read._catalog.items() if source}


@lru_cache(maxsize=len(LANGUAGES))
def digest(code: str) -> str:
    """Return a digest of all texts of a language: another one means that a text has changed."""
    rows = sorted([str(source), words] for source, words in texts(code).items())
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def isolated(text: str, sign: str = LEFT_TO_RIGHT) -> str:
    """Keep a number or a time whole in a line from right to left; elsewhere return it as it is."""
    return f"{sign}{text}{END}" if translation.get_language_bidi() else text


def language_name(code: str) -> str:
    """Return what staff call a language."""
    try:
        return str(translation.get_language_info(code)["name"])
    except KeyError:
        return code
