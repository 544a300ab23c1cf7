"""The catalogues are complete, say the same things with the same gaps, and never change by themselves."""

import gettext
import re
from datetime import datetime
from pathlib import Path

import polib
import pytest
from django.utils import translation

from deploy import compile_messages
from deploy.collect_messages import PLURALS, Text, collected, updated
from schoolsafe.lib import clock, languages
from schoolsafe.lib.languages import BY_CODE, LANGUAGES, TRANSLATED

LOCALE = Path(__file__).parents[2] / "locale"
# The same words in both languages: abbreviations that people know, and how dates are put together.
SAME = {
    "am", "pm", "12", "%(day)s, %(time)s", "%(weekday)s %(day)s %(month)s",
    "%(day)s %(month)s %(year)s",
}  # fmt: skip
GAP = re.compile(r"%\(\w+\)[sd]")


def catalogue(code: str) -> polib.POFile:
    return polib.pofile(str(LOCALE / code / "LC_MESSAGES" / "django.po"))


def standing(code: str) -> list[polib.POEntry]:
    """The entries in use."""
    return [entry for entry in catalogue(code) if not entry.obsolete]


def test_there_is_a_catalogue_for_each_language_and_none_besides() -> None:
    # Staff read English; theirs holds the two words of Django's that we write in another way.
    there = {path.name for path in LOCALE.iterdir() if path.is_dir()}
    assert there == {*TRANSLATED, "en_GB"}
    assert set(PLURALS) == set(TRANSLATED)


@pytest.mark.parametrize("code", TRANSLATED)
def test_catalogue_has_every_text_that_families_read(code: str) -> None:
    found = {Text(one.msgctxt, one.msgid, one.msgid_plural) for one in standing(code)}
    assert found == set(collected())


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_text_is_empty_doubtful_or_still_english(code: str) -> None:
    for entry in standing(code):
        written = list(entry.msgstr_plural.values()) or [entry.msgstr]
        assert all(words.strip() for words in written), (code, entry.msgid)
        assert not entry.fuzzy, (code, entry.msgid)
        assert entry.msgid not in written or entry.msgid in SAME, (code, entry.msgid)


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_text_has_the_gaps_of_its_source(code: str) -> None:
    for entry in standing(code):
        for words in list(entry.msgstr_plural.values()) or [entry.msgstr]:
            source = entry.msgid_plural or entry.msgid
            assert sorted(GAP.findall(words)) == sorted(GAP.findall(source)), (code, entry.msgid)
            # A stray sign of a gap would stop the page.
            assert "%" not in GAP.sub("", words), (code, entry.msgid)


@pytest.mark.parametrize("code", TRANSLATED)
def test_plural_texts_have_every_form_of_their_language(code: str) -> None:
    said = catalogue(code).metadata["Plural-Forms"]
    assert said == PLURALS[code]
    forms = int(re.findall(r"nplurals=(\d)", said)[0])
    form_of = gettext.c2py(re.findall(r"plural=(.*);", said)[0])
    assert {form_of(n) for n in range(201)} == set(range(forms))
    for entry in standing(code):
        assert set(entry.msgstr_plural) in (set(), set(range(forms)))


@pytest.mark.parametrize("code", TRANSLATED)
def test_collecting_again_changes_nothing(code: str) -> None:
    """So a catalogue holds no date, no address and no line number that changes by itself."""
    path = LOCALE / code / "LC_MESSAGES" / "django.po"
    written = path.read_text(encoding="utf-8")
    assert f"{updated(code, collected())}\n" == written
    head = written.partition("\n\n")[0]
    assert re.findall(r"\d{4}-\d\d|@|https?:", head) == []


def test_text_that_comes_back_has_its_translation_still() -> None:
    texts = collected()
    gone = next(iter(texts))
    fewer = {text: places for text, places in texts.items() if text != gone}
    without = updated("pl", fewer)
    [kept] = [entry for entry in without if entry.msgid == gone.singular]
    assert kept.obsolete
    assert kept.msgstr


def test_compiling_writes_only_what_is_older_than_its_source(tmp_path: Path) -> None:
    source = tmp_path / "django.po"
    source.write_text('msgid ""\nmsgstr ""\n\nmsgid "yes"\nmsgstr "tak"\n')
    assert not compile_messages.is_fresh(source)
    compile_messages.compile_one(source)
    assert compile_messages.is_fresh(source)
    assert [path.name for path in tmp_path.glob("*.part")] == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_pages_speak_what_the_catalogue_says(code: str) -> None:
    said = languages.texts(code)
    assert said["Join"] == next(one.msgstr for one in standing(code) if one.msgid == "Join")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("en", "Tuesday 15 September, 2:05 pm"),
        ("cy", "Dydd Mawrth 15 Medi, 2:05\xa0yp"),
        ("pl", "wtorek, 15 września, godz. 14:05"),
        ("ro", "marți, 15 septembrie, ora 14:05"),
        ("ur", "منگل 15 ستمبر، \u20682:05\xa0pm\u2069"),
        ("ar", "الثلاثاء 15 سبتمبر، الساعة \u20682:05\xa0م\u2069"),
        ("uk", "вівторок, 15 вересня, 14:05"),
        ("bn", "মঙ্গলবার, 15 সেপ্টেম্বর, 2:05\xa0pm"),
    ],
)
def test_dates_are_said_as_people_say_them(code: str, words: str) -> None:
    at = datetime.fromisoformat("2026-09-15T13:05:00+00:00")
    with translation.override(code):
        assert clock.in_words(at) == words


@pytest.mark.parametrize("code", BY_CODE)
def test_every_day_and_month_has_a_name_of_its_own(code: str) -> None:
    with translation.override(code):
        assert len(set(map(str, clock.WEEKDAYS))) == 7
        assert len(set(map(str, clock.MONTHS))) == 12


def test_language_of_a_record_is_the_nearest_of_ours() -> None:
    assert [languages.nearest(code) for code in ("pl", "pl-PL", "PL_pl", "so", "", "en-gb")] == [
        "pl", "pl", "pl", "en", "en", "en",
    ]  # fmt: skip
    assert [one.code for one in LANGUAGES if one.is_from_right] == ["ur", "ar"]
