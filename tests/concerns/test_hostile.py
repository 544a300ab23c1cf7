"""Whatever is typed into a concern comes back as it was typed, and does nothing where it is shown.

`SCHOOLSAFE_FILINGS=10000 pytest tests/concerns/test_hostile.py` files as many; two hundred otherwise.
"""

import csv
import io
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from unicodedata import category
from uuid import uuid4

import pytest
from django.db import transaction
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from audit.models import Entry as AuditEntry
from concerns import pages, policy, selectors, services
from concerns.models import Concern, Outcome
from concerns.services import Named
from school.models import StaffMember
from schoolsafe.lib import spreadsheet
from schoolsafe.lib.paper import readable
from tests.concerns import hostile
from tests.concerns import log as make
from tests.concerns.hostile import TEXTS, WORST, is_harmless, plain, shown_in, strange_tags

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
FILINGS = int(os.environ.get("SCHOOLSAFE_FILINGS", "200"))
# Python reads no cell of a megabyte until it is told to.
csv.field_size_limit(8_000_000)
TEXT_FIELDS = ("child_words", "seen", "thought")
# A place and a name are a line in the form; a long one is no name.
NAMES = TEXTS.map(lambda text: text[:200])
FILING = st.fixed_dictionaries(
    dict.fromkeys(TEXT_FIELDS, TEXTS) | {"place": NAMES, "name": NAMES, "more": TEXTS}
)


def drawn(concern: Concern) -> str:
    """What was logged, who is in it and what was added, as every page of a concern draws them."""
    entries = selectors.chronology(concern)
    return "".join(
        render_to_string(f"concerns/{part}.html", context)
        for part, context in (
            ("_account", {"concern": concern}),
            ("_people", {"people": concern.people}),
            ("_entries", {"entries": entries}),
        )
    )


def test_hostile_filings_come_back_as_typed_and_do_nothing(
    school_day: datetime, host: StaffMember, lead: StaffMember
) -> None:
    tame = filed(host, dict.fromkeys((*TEXT_FIELDS, "place", "name", "more"), "plain"))
    beside = drawn(tame)

    @settings(
        max_examples=FILINGS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(FILING)
    def file(typed: dict[str, str]) -> None:
        # As long as it is something: what is empty is another test.
        typed = {name: f"{text}." for name, text in typed.items()}
        with transaction.atomic():
            concern = filed(host, typed)
            kept = Concern.objects.get(pk=concern.pk)
            assert {name: getattr(kept, name) for name in (*TEXT_FIELDS, "place")} == {
                name: typed[name] for name in (*TEXT_FIELDS, "place")
            }
            assert [row.name for row in kept.involved.all()] == [typed["name"]]
            assert [row.text for row in kept.entries.all()] == [typed["more"]]
            page = drawn(kept)
            assert is_harmless(page, beside)
            shown = shown_in(page)
            for name in (*TEXT_FIELDS, "place"):
                assert plain(typed[name]) in shown
            assert_harmless_on_paper(list(typed.values()))
            assert_harmless_in_a_spreadsheet(list(typed.values()))
            transaction.set_rollback(True)

    file()
    assert Concern.objects.count() == 1


def assert_harmless_on_paper(texts: list[str]) -> None:
    """Nothing that turns, hides or steers letters comes as far as the paper."""
    part = pages.Part(title="x", rows=tuple(pages.Row(name="x", text=text) for text in texts))
    # Each letter is drawn by itself, so each is looked at once: a megabyte takes a second otherwise.
    for letter in readable("".join(set(part.text))):
        assert letter in "\n\u200c\u200d" or category(letter) not in {"Cc", "Cf", "Cs", "Cn", "Co"}


def assert_harmless_in_a_spreadsheet(texts: list[str]) -> None:
    """Each text is one cell, whole, and none of them begins what a spreadsheet calculates."""
    written = spreadsheet.written([texts])
    [row] = csv.reader(io.StringIO(written.removeprefix("\ufeff"), newline=""))
    assert [cell.removeprefix("'") for cell in row] == [text.removeprefix("'") for text in texts]
    for cell in row:
        assert not cell.lstrip().startswith(spreadsheet.FORMULA)


def filed(by: StaffMember, typed: dict[str, str]) -> Concern:
    """File a concern and add to it."""
    child = Named(part=policy.Part.SUBJECT, name=typed["name"])
    concern = make.log(by, child, **{name: typed[name] for name in (*TEXT_FIELDS, "place")})
    services.add(concern, by=by, text=typed["more"])
    return concern


def worst(number: int) -> dict[str, str]:
    """A filing of the worst texts, each field another."""
    texts = [WORST[(number + step) % len(WORST)] for step in range(6)]
    names = (*TEXT_FIELDS, "place", "name", "more")
    return {name: f"{text}." for name, text in zip(names, texts, strict=True)}


@pytest.mark.parametrize("number", range(0, len(WORST), 6))
def test_worst_texts_do_nothing_on_any_page_nor_in_the_records(
    number: int, school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    tame = filed(host, dict.fromkeys(worst(0), "plain."))
    concern = filed(host, typed := worst(number))
    for person, name in (
        (host, "concerns:received"),
        (lead, "concerns:detail"),
        (lead, "admin:concerns_concern_change"),
    ):
        client = staff_client(person)
        pages = []
        for row in (tame, concern):
            answer = client.get(reverse(name, args=[row.reference]))
            assert answer.status_code == 200
            # What differs between two concerns whatever is in them.
            page = answer.content.decode().replace(row.reference, "REFERENCE")
            pages.append(without_tokens(page))
        assert strange_tags(pages[1], pages[0]) == [], name
        assert plain(typed["seen"]) in " ".join(shown_in(pages[1])) or name.startswith("admin:")
    mine = staff_client(host).get(reverse("concerns:mine")).content.decode()
    assert "<script>alert" not in mine


# What a page holds against forgery, and the key of a form, are others at every look; the code of an
# entry is another in each concern.
CHANGING = re.compile(
    r'[A-Za-z0-9]{64}(?=")|(?<=id="entry-)[\w-]{32}(?=")|(?<=/)(?:[0-9]+|[\w-]{32})(?=/)|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
)


def without_tokens(page: str) -> str:
    """A page without what is another at every look."""
    return CHANGING.sub("", page)


@pytest.mark.parametrize("text", WORST, ids=range(len(WORST)))
def test_worst_text_comes_back_from_the_form_as_it_was_typed(
    text: str, school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    typed = {"key": uuid4(), "urgency": "routine", "happened": "unknown", "seen": f"x{text}x"}
    client = staff_client(host)
    # Nobody is named: it is asked about, kept as it was typed, and taken at the second press.
    asked = client.post(reverse("concerns:log"), typed)
    assert plain(f"x{text}x") in shown_in(asked.content.decode())
    answer = client.post(reverse("concerns:log"), typed | {"asked_whom": "1"})
    assert answer.status_code == 302, answer.content.decode()
    assert Concern.objects.get().seen == f"x{text}x"


def test_nul_is_refused_beside_the_field_and_nothing_is_lost(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    typed = {
        "key": uuid4(),
        "urgency": "routine",
        "happened": "unknown",
        "seen": "a\0b",
        "thought": "MARKER",
    }
    answer = staff_client(host).post(reverse("concerns:log"), typed)
    assert answer.status_code == 422
    assert "Null characters are not allowed." in answer.content.decode()
    assert "MARKER" in answer.content.decode()


@pytest.mark.parametrize(
    "letter", ["x", "<", "م", "👩"], ids=["plain", "escaped", "arabic", "emoji"]
)
def test_a_million_letters_are_taken_and_shown(
    letter: str, school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    text = letter * 999_000 + "end"
    typed = {"key": uuid4(), "urgency": "urgent", "happened": "unknown", "seen": text}
    answer = staff_client(host).post(reverse("concerns:log"), typed)
    assert answer.status_code == 302
    concern = Concern.objects.get()
    assert concern.seen == text
    page = staff_client(lead).get(concern.get_absolute_url()).content.decode()
    assert text in shown_in(page)


def test_no_letter_and_no_line_of_the_audit_holds_any_of_it(
    school_day: datetime, host: StaffMember, lead: StaffMember, mailbox: Any
) -> None:
    outcome = Outcome.objects.create(name="No further action")
    concern = filed(host, {name: f"MARKER{text}" for name, text in worst(0).items()})
    services.acknowledge(concern, by=lead)
    services.decide(concern, by=lead, outcome=outcome, reasons=f"MARKER{hostile.SCRIPTS[0]}")
    letters = mailbox()
    assert len(letters) >= 1
    assert "MARKER" not in "".join(str(letter.message()) for letter in letters)
    assert "MARKER" not in str(list(AuditEntry.objects.values_list("object", "detail")))


# --- What leaves the house --------------------------------------------------------------------------
def paper(texts: list[str]) -> str:
    """The copy of a file with these texts, as a PDF reader reads it; spaces are one."""
    rows = tuple(pages.Row(name="Text", text=readable(text)) for text in texts)
    part = pages.Part(title="Concern", rows=rows, is_concern=True)
    cover = pages.Cover(
        title="Copy", school="School", by="Leah Lead", at=datetime(2026, 9, 15, 13, tzinfo=UTC),
        for_whom="Them", reason="Because", code="abc",
    )  # fmt: skip
    reader = PdfReader(io.BytesIO(pages.copy_paper([part], cover)))
    return "".join("".join(page.extract_text() for page in reader.pages).split())


@pytest.mark.parametrize("text", WORST, ids=range(len(WORST)))
def test_worst_text_on_paper_looks_as_it_is(text: str) -> None:
    drawn_text = paper([f"begin {text} end"])
    assert "begin" in drawn_text
    assert "end" in drawn_text
    if text.isascii() and text.isprintable():
        assert "".join(text.split()) in drawn_text
    for letter in drawn_text:
        assert letter not in "\x1b\x01\x08\x7f"
        assert letter not in "\u202e\u2066\u2067\u2068\u2069\u200b\u2060\ufeff"


def test_what_a_sign_without_a_shape_was_stands_on_paper_by_its_name() -> None:
    assert "[thumbsupsign]" in paper(["👍"])
    assert "egnp.exe" not in paper(["\u202egnp.exe"])


def test_a_million_letters_stand_on_paper_whole() -> None:
    drawn_text = paper(["zyxw " * 200_000 + "end"])
    assert drawn_text.count("zyxw") == 200_000
    assert "end" in drawn_text
