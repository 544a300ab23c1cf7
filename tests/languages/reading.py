"""Reading a page or a letter as a family does, and finding what is still English in it."""

import html
import re
from functools import cache
from typing import Any

from deploy.collect_messages import collected
from schoolsafe.lib import languages

# Languages of other scripts: there a Latin letter is English, or a name.
OTHER_SCRIPTS = ("ur", "ar", "uk", "bn")
# A gap as it stands in a pattern.
GAP = re.compile(r"%\\\(\w+\\\)s")
# What nobody translates: names, what staff typed, addresses.
NAMES = re.compile(
    r"https?://\S+|[\w.]+@[\w.]+|Elmfield Primary School|Microsoft Teams|Teams|Maya( O\.?)?|Tom( O\.?)?"
    r"|Amina( Okafor)?|Mallory Malone|Helen Host|Colin Cohost|Carol Colleague|Reading (group|together)"
    r"|Lesson \(\w+\)|\b[ap]m\b"
)


def words(page: str) -> str:
    """What can be read of a page, its title included, without the names of other languages."""
    text = re.sub(
        r'<nav class="language".*?</nav>|<(script|style)\b.*?</\1>', " ", page, flags=re.S
    )
    # Words in attributes are heard, not seen.
    heard = " ".join(re.findall(r'(?:aria-label|placeholder|alt|title)="([^"]*)"', text))
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text) + " " + heard).split())


def english_in(text: str, language: str) -> list[str]:
    """The English that is left in a text of this language."""
    text = NAMES.sub(" ", text)
    if language in OTHER_SCRIPTS:
        return re.findall(r"[A-Za-z][A-Za-z' ]*", text)
    known = languages.texts(language)
    return [
        source
        for source, looks in sentences()
        if looks.search(text) and known.get(source) != source
    ]


@cache
def sentences() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Every text that can only be English, and how it looks: in its gaps stands anything."""
    texts = {words for text in collected() for words in (text.singular, text.plural) if words}
    return tuple(
        (text, re.compile(GAP.sub(r".{1,60}?", re.escape(text))))
        for text in sorted(texts)
        if is_telling(text)
    )


def is_telling(text: str) -> bool:
    """Tell whether a text has enough words: one or two around a gap may be of another language."""
    found = re.findall(r"[A-Za-z]{2,}", re.sub(r"%\(\w+\)s", " ", text))
    return len(found) >= (3 if "%(" in text else 2)


def frame(page: str) -> tuple[str, str]:
    """The language and the direction that a page says it has."""
    [(language, direction)] = re.findall(r'<html lang="([^"]*)" dir="([^"]*)">', page)
    return language, direction


def body(response: Any) -> str:
    """The source of an answer."""
    return str(response.content.decode())
