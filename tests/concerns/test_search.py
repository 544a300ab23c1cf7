"""Looking for words in what is encrypted: how texts are cut, what is found, and by whom."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Entry as AuditEntry
from concerns import selectors, services
from concerns.models import Concern, Outcome, SearchMarks
from concerns.policy import Part
from concerns.searching import COMMON, LETTERS, is_telling, mark, marks_of, sought, words_of
from concerns.selectors import searching
from concerns.services import Named
from school.models import Pupil, StaffMember
from schoolsafe.lib import blind, rotation
from tests import factories
from tests.bench import place
from tests.concerns import log as make

SignIn = Callable[..., Client]
KEY = b"k" * 32
HERE = reverse("concerns:search")


# --- Words (pure) ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("He HIT me.", ["he", "hit", "me"]),
        ("Zoë said: ‘naïve’", ["zoe", "said", "naive"]),
        ("Zoe\u0308", ["zoe"]),
        ("didn't didn’t", ["didnt", "didnt"]),
        ("bru\u200bise bru\u00adise", ["bruise", "bruise"]),
        ("a_b a-b a/b", ["a", "b", "a", "b", "a", "b"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("12 Mill Lane", ["12", "mill", "lane"]),
        ("ﬁre Å", ["fire", "a"]),
        ("ছেলেটি কাঁদছে", ["ছেলেটি", "কাঁদছে"]),
        ("\x00 ' ’ \u202e", []),
    ],
)
def test_text_is_cut_into_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(st.text(max_size=60))
def test_words_of_words_are_the_same_words(text: str) -> None:
    words = words_of(text)

    assert words_of(" ".join(words)) == words
    assert words_of(text.upper().lower()) == words_of(text.upper().lower().casefold())


@given(st.lists(st.text(max_size=40), max_size=4))
def test_every_telling_word_of_a_text_finds_it_again(texts: list[str]) -> None:
    marks = marks_of(texts, KEY)

    for word in {word for text in texts for word in words_of(text) if is_telling(word)}:
        assert f" {mark(word, KEY)} " in marks
        assert sought(word).all_words == (word,)
        assert sought(word.upper()).is_in([words_of(text) for text in texts]) or (
            words_of(word.upper()) != [word]
        )


def test_marks_say_neither_order_nor_number_and_differ_by_key() -> None:
    assert marks_of(["bruise arm", "arm"], KEY) == marks_of(["arm bruise"], KEY)
    assert marks_of(["bruise"], KEY) != marks_of(["bruise"], b"other")
    assert marks_of(["the and of"], KEY) == " "
    assert set(marks_of(["bruise"], KEY)) <= {*LETTERS, " "}


def test_words_share_marks_so_that_a_mark_tells_little() -> None:
    words = [f"word{number}" for number in range(100_000)]
    number = len({mark(word, KEY) for word in words})

    assert 16_000 < number <= 16_384


@pytest.mark.parametrize(
    ("typed", "words", "phrases"),
    [
        ("Bruise ARM", ("bruise", "arm"), ()),
        ("the bruise and the bruise", ("bruise",), ()),
        ('arm "on the bus" home', ("arm", "home"), (("on", "the", "bus"),)),
        ("“on the bus”", (), (("on", "the", "bus"),)),
        ('"bruise"', ("bruise",), ()),
        ("the and of", (), ()),
        ('"', (), ()),
    ],
)
def test_what_is_sought(typed: str, words: tuple[str, ...], phrases: tuple[Any, ...]) -> None:
    assert (sought(typed).words, sought(typed).phrases) == (words, phrases)


def test_phrase_stands_in_one_text_in_its_order() -> None:
    texts = [words_of("He hit me on the bus."), words_of("home late")]

    assert sought('"on the bus" late').is_in(texts)
    assert not sought('"bus on"').is_in(texts)
    assert not sought('"bus home"').is_in(texts)


def test_common_words_are_words_as_they_are_cut() -> None:
    assert [word for word in COMMON if words_of(word) != [word]] == []


# --- What is found ---------------------------------------------------------------------------------
def found(viewer: StaffMember, typed: str) -> list[str]:
    hits = selectors.search(viewer.viewer(), sought(typed)).hits
    return [hit.concern.reference for hit in hits]


@pytest.fixture
def amy(school_day: datetime) -> Pupil:
    return factories.make_pupil("Zoë", "Adams")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "places"),
    [
        ("whispered", ["the child's words"]),
        ("BRUISE shin", ["what was seen or heard"]),
        ("worry", ["what the reporter thinks"]),
        ("cloakroom", ["where it happened"]),
        ("zoe", ["who is in it"]),
        ("cousin", ["who is in it"]),
        ("paediatrician", ["what was done since"]),
        ("whispered cloakroom", ["where it happened", "the child's words"]),
        ('"green bruise on his shin"', ["what was seen or heard"]),
        ('"bruise green"', None),
        ("whisper", None),
        ("whispered elephant", None),
    ],
)
def test_words_are_found_wherever_they_stand(
    typed: str, places: list[str] | None, amy: Pupil, host: StaffMember, lead: StaffMember
) -> None:
    make.log(host)
    concern = make.log(
        host,
        make.child(amy),
        Named(part=Part.WITNESS, name="a cousin of hers"),
        child_words="He whispered it.",
        seen="A green bruise on his shin",
        thought="I worry",
        place="Cloakroom",
    )
    services.add(concern, by=host, text="The paediatrician rang")

    result = selectors.search(lead.viewer(), sought(typed))

    expected = [] if places is None else [(concern.reference, places)]
    assert [(hit.concern.reference, hit.places) for hit in result.hits] == expected


@pytest.mark.django_db
def test_reference_is_found_in_any_case(
    school_day: datetime, host: StaffMember, lead: StaffMember
) -> None:
    concern = make.log(host)

    assert found(lead, concern.reference.lower()) == [concern.reference]


@pytest.mark.django_db
def test_name_that_has_changed_is_found_as_it_is_now(
    amy: Pupil, host: StaffMember, lead: StaffMember
) -> None:
    concern = make.log(host, make.child(amy))
    Pupil.objects.filter(pk=amy.pk).update(family_name="Baker")

    assert (found(lead, "zoe baker"), found(lead, "adams")) == ([concern.reference], [])


@pytest.mark.django_db
def test_every_way_of_writing_to_a_concern_is_found_at_once(
    amy: Pupil, school_day: datetime, host: StaffMember, lead: StaffMember, head: StaffMember
) -> None:
    """Whatever a service writes stands in the marks in the same transaction."""
    outcome = Outcome.objects.create(name="Early help")
    call = services.Call(called=lead, at=school_day, was_reached=True, text="callword")
    concern = make.log(host, seen="firstword", call=call, urgent=False)
    late = services.Call(called=lead, at=school_day, was_reached=True, text="latecallword")
    services.record_call(concern, by=host, call=late)
    services.add(concern, by=host, text="addedword")
    services.acknowledge(concern, by=lead)
    services.decide(concern, by=lead, outcome=outcome, reasons="decidedword")
    services.name_subject(
        concern,
        by=lead,
        person=Named(part=Part.WITNESS, name="Namedword", is_adult=True),
        text="namingword",
    )
    services.close(concern, by=lead, reasons="closedword")
    services.reopen(concern, by=lead, reasons="reopenedword")
    outside = make.contact(at=school_day, reference="agencyword")
    services.refer(concern, by=lead, contact=outside, text="referredword")
    services.add_task(concern, by=lead, what="taskword", owner=lead, due_on=school_day.date())
    file = services.check_file("fileword.txt", b"not looked into")
    services.attach(concern, [file], by=host, words="attachedword", is_declared=True)

    words = [
        "first",
        "call",
        "latecall",
        "added",
        "decided",
        "agency",
        "referred",
        "task",
        "file",
        "attached",
        "named",
        "naming",
        "closed",
        "reopened",
    ]
    assert [word for word in words if found(lead, f"{word}word") != [concern.reference]] == []
    [row] = SearchMarks.objects.all()
    fresh = Concern.objects.get()
    assert row.marks == marks_of(selectors.texts_to_mark(fresh), blind.search_keys()[0])


@pytest.mark.django_db
def test_newest_come_first_and_a_page_says_that_there_are_more(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    monkeypatch: pytest.MonkeyPatch,
    clock_at: Callable[[datetime], object],
) -> None:
    monkeypatch.setattr(searching, "PER_PAGE", 2)
    made = []
    for minute in range(3):
        clock_at(school_day + timedelta(minutes=minute))
        made.append(make.log(host, seen="bruise").reference)

    result = selectors.search(lead.viewer(), sought("bruise"))

    assert [hit.concern.reference for hit in result.hits] == [made[2], made[1]]
    assert (result.is_more, result.is_cut) == (True, False)


@pytest.mark.django_db
def test_search_that_opens_too_much_says_that_it_did_not_look_at_everything(
    school_day: datetime, host: StaffMember, lead: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "MOST_OPENED", 2)
    for _ in range(3):
        make.log(host, seen="a bruise, blue")

    result = selectors.search(lead.viewer(), sought('"blue bruise"'))

    assert (result.hits, result.is_more, result.is_cut, result.opened) == ([], False, True, 2)


# --- By whom ---------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_e8_search_finds_and_counts_only_what_may_be_read_and_opens_nothing_else(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    deputy: StaffMember,
    head: StaffMember,
    chair: StaffMember,
    staff_client: SignIn,
) -> None:
    own_child = factories.make_pupil("Maya", "Leadson")
    factories.make_guardian(own_child, email=lead.email)
    plain = make.log(host, seen="bruise").reference
    family = make.log(host, make.child(own_child), seen="bruise").reference
    about_lead = make.log(host, make.accused(lead), seen="bruise").reference
    about_head = make.log(host, make.accused(head), seen="bruise").reference

    def seen(who: StaffMember) -> tuple[set[str], int]:
        result = selectors.search(who.viewer(), sought("bruise"))
        return {hit.concern.reference for hit in result.hits}, result.opened

    assert seen(lead) == ({plain}, 1)
    assert seen(deputy) == ({plain, family}, 2)
    assert seen(head) == ({plain, family, about_lead}, 3)
    assert seen(chair) == ({about_head}, 1)
    assert seen(host) == (set(), 0)
    page = staff_client(lead).post(HERE, {"words": "bruise"}).content.decode()
    assert [name for name in (family, about_lead, about_head, "Maya") if name in page] == []
    assert "1 concern\n" in page
    nothing = staff_client(lead).post(HERE, {"words": "maya"}).content.decode()
    assert "Nothing found" in nothing


@pytest.mark.django_db
def test_number_of_queries_is_the_same_whatever_is_hidden(
    school_day: datetime, host: StaffMember, lead: StaffMember
) -> None:
    make.log(host, seen="bruise")

    def queries() -> int:
        with place.counted() as asked:
            found(lead, "bruise")
        return len(asked)

    before = queries()
    for _ in range(3):
        make.log(host, make.accused(lead), seen="bruise")
    assert queries() == before


@pytest.mark.django_db
def test_words_stand_in_no_address_no_audit_and_no_row(
    amy: Pupil,
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
    caplog: pytest.LogCaptureFixture,
) -> None:
    concern = make.log(host, make.child(amy), seen="bruise")

    page = staff_client(lead).post(HERE, {"words": "bruise"})

    assert concern.reference in page.content.decode()
    assert "bruise" not in caplog.text
    looks = AuditEntry.objects.filter(verb__in=["concern.search.read", "concern.found.read"])
    assert [(look.verb, look.object, look.detail) for look in looks.order_by("id")] == [
        ("concern.search.read", "concerns.concern", {"words": 1}),
        ("concern.found.read", concern.object, {}),
    ]
    assert "bruise" not in SearchMarks.objects.get().marks
    assert staff_client(lead).get(f"{HERE}?words=bruise").content.decode().count("bruise") == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", "Write what you look for."),
        ("the and", "Write a word that does not stand in every text."),
        (" ".join(f"word{n}" for n in range(9)), "Look for 8 words at most."),
    ],
)
def test_what_cannot_be_looked_for_is_said_beside_the_field(
    typed: str, fault: str, school_day: datetime, lead: StaffMember, staff_client: SignIn
) -> None:
    answer = staff_client(lead).post(HERE, {"words": typed})

    assert answer.status_code == 422
    assert fault in answer.content.decode()
    assert f'value="{typed}"' in answer.content.decode() or not typed


# --- Keys ------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_words_are_found_before_during_and_after_a_change_of_keys(
    school_day: datetime, host: StaffMember, lead: StaffMember, settings: Any
) -> None:
    concern = make.log(host, seen="bruise")
    old = dict(settings.FIELD_KEYS)
    new = {"new": Fernet.generate_key().decode()}
    settings.FIELD_KEYS = new | old
    younger = make.log(host, seen="bruise")
    both = {concern.reference, younger.reference}

    during = set(found(lead, "bruise"))
    call_command("rotate_keys", stdout=StringIO())
    settings.FIELD_KEYS = new

    assert (during, set(found(lead, "bruise"))) == (both, both)
    assert rotation.open_all() > 0


@pytest.mark.django_db
def test_command_marks_what_an_earlier_version_has_left(
    school_day: datetime, host: StaffMember, lead: StaffMember
) -> None:
    concern = make.log(host, seen="bruise")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM concerns_searchmarks")
    assert found(lead, "bruise") == []
    said = StringIO()

    call_command("index_concerns", stdout=said)

    assert found(lead, "bruise") == [concern.reference]
    assert said.getvalue() == "The words of 1 concerns can be found.\n"
    assert AuditEntry.objects.get(verb="concern.index").detail == {"count": 1}
