"""A walk over everything that answers: every address for every object, then every link that is found there."""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field
from email.message import Message
from http.cookies import SimpleCookie
from itertools import product
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.apps import apps
from django.contrib import admin
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import (
    NoReverseMatch,
    Resolver404,
    URLPattern,
    URLResolver,
    get_resolver,
    resolve,
    reverse,
)
from django.urls.converters import IntConverter

from audit.models import Entry as Logged
from concerns.models import Concern
from school.models import Pupil
from schoolsafe.lib.codes import CodeConverter
from tests.access.table import Facts, Page
from tests.leaks.world import rows_of

# What ends the session of the walk, or is another person's.
NOT_WALKED = {"account_logout", "admin:logout", "sign_in_as", "admin:None"}
LINK = re.compile(r"""(?:href|action|hx-get|src)=["']([^"'#]+)""")
# A list may be filtered and paged in many ways; each of them a few times is enough.
SAME_WAY = 2
# Registers whose rows speak of concerns; of the others a few rows stand for all.
ABOUT_CONCERNS = {"concerns", "audit", "notices"}
FEW = 3
FAR = ("admin:meetings", "admin:consent", "admin:school")
# Whose number stands after a word in an address of the room; a code says itself whose it is.
OF_STEM: dict[str, type[Model]] = {"pupils": Pupil}
OF_TABLE = {one._meta.db_table: one for one in apps.get_models()}


@dataclass
class Walk:
    """What one person found, and how far the walk went."""

    found: dict[str, set[str]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    def look(self, at: str, text: str, marks: Iterable[str]) -> None:
        """Remember which marks stand in what came back, and where; an answer may repeat what was asked."""
        for one in marks:
            if one in text and one not in at:
                self.found.setdefault(one, set()).add(at)


def routes(within: list[Any], space: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every address of the site by its name, with its converters."""
    for one in within:
        if isinstance(one, URLResolver):
            inner = f"{space}{one.namespace}:" if one.namespace else space
            yield from routes(one.url_patterns, inner)
        elif isinstance(one, URLPattern):
            yield f"{space}{one.name}", dict(one.pattern.converters)


def addresses(table: dict[str, Page], facts: Facts, concerns: Iterable[Concern]) -> set[str]:
    """Every address of the site: for every concern, for every row of this room, else as the tables say."""
    known = list(concerns)
    kwargs = {key.split()[-1]: page.args(facts) for key, page in table.items()}
    found = {reverse("admin:index"), *_registers()}
    for name, converters in routes(get_resolver().url_patterns):
        if name in NOT_WALKED:
            continue
        if name.startswith("concerns:") and converters:
            found |= set(_of_concerns(name, converters, known))
        elif name in kwargs:
            found.add(reverse(name, kwargs=kwargs[name]))
        elif not converters:
            found |= set(_reversed(name, {}))
    return found


def _of_concerns(name: str, converters: dict[str, Any], known: list[Concern]) -> Iterator[str]:
    """An address of the room for each concern, and for each row that hangs on it or belongs to the room."""
    kinds = (IntConverter, CodeConverter)
    numbers = {key: one for key, one in converters.items() if isinstance(one, kinds)}
    others = [key for key in converters if key not in numbers]
    if not others:
        for picked in product(_numbers_at(name, numbers), repeat=len(numbers)):
            yield from _reversed(name, dict(zip(numbers, picked, strict=True)))
        return
    for concern in known:
        hanging = _hanging(name, dict.fromkeys(others, "x"), numbers, concern) if numbers else []
        for picked in product(hanging, repeat=len(numbers)):
            row = dict(zip(numbers, picked, strict=True))
            for words in _words(concern, others):
                yield from _reversed(name, words | row)


def _hanging(
    name: str, words: dict[str, str], numbers: dict[str, Any], concern: Concern
) -> list[int]:
    """The rows of a concern that stand in this address: of its table, or of all that hang there."""
    model = _model_of(name, words, numbers)
    rows = rows_of(concern)
    return sorted({row.pk for row in rows if model is None or isinstance(row, model)})


def _model_of(name: str, words: dict[str, str], numbers: dict[str, Any]) -> type[Model] | None:
    """The table whose number an address holds, by its code or by the word before it."""
    for one in numbers.values():
        if isinstance(one, CodeConverter):
            return OF_TABLE[one.table]
    address = reverse(name, kwargs=words | dict.fromkeys(numbers, 0))
    return OF_STEM.get(address.split("/0/")[0].rsplit("/", 1)[-1])


def _words(concern: Concern, keys: list[str]) -> Iterator[dict[str, str]]:
    """What stands for a concern in an address: its reference, and the code of each of its files."""
    named = dict.fromkeys(keys, str(concern.reference))
    if "code" not in keys:
        yield named
        return
    for code in concern.attachments.values_list("code", flat=True):
        yield named | {"code": code}


def _numbers_at(name: str, numbers: dict[str, Any]) -> list[int]:
    """The numbers that an address may hold: those of its table, or of all tables of the room."""
    model = _model_of(name, {}, numbers)
    if model is None:
        models_ = [*apps.get_app_config("concerns").get_models(), Pupil]
        rows = [pk for one in models_ for pk in one._default_manager.values_list("pk", flat=True)]
        return sorted({pk for pk in rows if isinstance(pk, int)})
    return sorted(model._default_manager.values_list("pk", flat=True))


def _reversed(name: str, kwargs: dict[str, Any]) -> Iterator[str]:
    """The address, where these words fit it."""
    try:
        yield reverse(name, kwargs=kwargs)
    except NoReverseMatch:
        return


def _registers() -> Iterator[str]:
    """Every list of the records, and the page of every row in it."""
    for model, register in admin.site._registry.items():
        stem = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{stem}_changelist")
        for number, row in enumerate(_shown(model)):
            for name in {str(row.pk), str(getattr(register, "name_of", lambda one: one.pk)(row))}:
                yield reverse(f"{stem}_change", args=[name])
                if number < FEW:
                    yield reverse(f"{stem}_history", args=[name])


def _shown(model: type[Model]) -> Iterable[Model]:
    """The rows of a register whose pages are asked for: its lists name all of them anyhow."""
    rows = model._default_manager.order_by("-pk")
    if model is Logged:
        return list({row.verb: row for row in rows}.values())
    return rows if model._meta.app_label in ABOUT_CONCERNS else rows[:FEW]


def walk(cookies: SimpleCookie, starts: Iterable[str], marks: Iterable[str]) -> Walk:
    """Ask for every address, and follow what the answers link to; nothing that is changed stays so."""
    wanted, done, ways = sorted(starts), Walk(), dict[tuple[str, str], int]()
    known = tuple(marks)
    while wanted:
        address = wanted.pop()
        if address in done.asked:
            continue
        done.asked.add(address)
        text = _get(cookies, address)
        done.look(address, text, known)
        wanted += [link for link in _links(address, text) if _is_new(link, done.asked, ways)]
    return done


def search(cookies: SimpleCookie, address: str, words: str, marks: Iterable[str]) -> Walk:
    """Look for words in a box; the box repeats what was typed, and no other mark may come with it."""
    done = Walk()
    done.asked.add(address)
    with transaction.atomic():
        browser = _browser(cookies)
        answer = browser.post(address, {"words": words, "find_words": words}, follow=True)
        transaction.set_rollback(True)
    done.look(f"{address} ? {words}", read(answer), marks)
    return done


def _browser(cookies: SimpleCookie) -> Client:
    """A browser in which this person is signed in."""
    browser = Client(raise_request_exception=False)
    browser.cookies = copy(cookies)
    return browser


def _get(cookies: SimpleCookie, address: str) -> str:
    """What comes back, headers and all; whatever it changed is taken back."""
    with transaction.atomic():
        answer = _browser(cookies).get(address)
        transaction.set_rollback(True)
    assert answer.status_code < 500 or resolve(urlsplit(address).path).view_name == "health", (
        address
    )
    return read(answer)


def read(answer: Any) -> str:
    """Everything of an answer in which something could stand."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return f"{headers}\n{html.unescape(content.decode('utf-8', 'replace'))}"


def _links(address: str, text: str) -> list[str]:
    """Where an answer leads on this site."""
    found = {urljoin(address, html.unescape(link)) for link in LINK.findall(text)}
    return sorted(
        link for link in found if link.startswith("/") and not link.startswith("/static/")
    )


def _is_new(link: str, asked: set[str], ways: dict[tuple[str, str], int]) -> bool:
    """Tell whether a link leads somewhere that was not asked for yet, nor often enough in this way."""
    parts = urlsplit(link)
    try:
        name = resolve(parts.path).view_name
    except Resolver404:
        return False
    if link in asked or name in NOT_WALKED:
        return False
    keys = ",".join(sorted({pair.partition("=")[0] for pair in parts.query.split("&") if pair}))
    if not keys:
        return True
    if name.startswith(FAR) and "," in keys:
        return False
    ways[name, keys] = ways.get((name, keys), 0) + 1
    return ways[name, keys] <= SAME_WAY


def in_letters(
    letters: Iterable[Any], person_of: Callable[[str], str | None], marks: Iterable[str]
) -> dict[str, Walk]:
    """What stands in the letters to each person: subject, headers, every part and its file's name."""
    known, found = tuple(marks), dict[str, Walk]()
    for letter in letters:
        message: Message = letter.message()
        text = f"{message.as_string()}\n" + "\n".join(_parts(message))
        for address in letter.recipients():
            person = person_of(address) or address
            walked = found.setdefault(person, Walk())
            walked.asked.add(letter.subject)
            walked.look(f"a letter: {letter.subject}", text, known)
    return found


def _parts(message: Message) -> Iterator[str]:
    """The parts of a letter as they are read."""
    for part in message.walk():
        content: Any = part.get_payload(decode=True)
        if content is not None:
            yield content.decode("utf-8", "replace")
        yield part.get_filename() or ""
