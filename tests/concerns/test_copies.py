"""A copy of a child's file: what it holds, what it leaves out, and that it is locked and on record."""

import io
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from audit.models import Entry as AuditEntry
from concerns import pages, selectors, services
from concerns.models import Concern, Copy, Outcome
from concerns.policy import Part, Region, Side
from concerns.services import Mark, Named
from school.models import Pupil, StaffMember
from schoolsafe.lib import locking
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log as make

SignIn = Callable[..., Client]
PASSPHRASE = "abcd-efgh-jkmn-pqrs-tuvw"
SENT = {
    "do": "make",
    "for_whom": "The DSL of Hill School",
    "reason": "Amy goes there",
    "has_looked": "on",
    "passphrase": PASSPHRASE,
}


def address(pupil: Pupil) -> str:
    return reverse("concerns:copy", args=[pupil.pk])


def text_of(content: bytes, passphrase: str = PASSPHRASE) -> str:
    """All that stands in a locked PDF, without the breaks of its lines."""
    reader = PdfReader(io.BytesIO(content), password=passphrase)
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


@pytest.fixture
def amy(school_day: datetime, lead: StaffMember) -> Pupil:
    return factories.make_pupil("Amy", "Adams")


@pytest.fixture
def bob() -> Pupil:
    bob = factories.make_pupil("Bob", "Brown")
    factories.make_guardian(bob, name="Berta Brown")
    return bob


@pytest.fixture
def shared(amy: Pupil, bob: Pupil, host: StaffMember) -> Concern:
    """A concern in which another child stands too."""
    return make.log(
        host,
        make.child(amy),
        make.child(bob, Part.HARMING),
        Named(part=Part.WITNESS, name="Robbie"),
        seen="Bob pushed Amy. Berta Brown laughed, and so did Robbie. Bobster ran.",
    )


@pytest.mark.django_db
def test_copy_is_locked_and_holds_everything_one_may_read_with_who_knew_when(
    amy: Pupil, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    mark = Mark(number=1, side=Side.FRONT, region=Region.FACE, words="MARKERMARK red")
    concern = make.log(host, make.child(amy), marks=[mark])
    services.acknowledge(concern, by=lead)
    outcome = Outcome.objects.create(name="Early help")
    services.decide(concern, by=lead, outcome=outcome, reasons="BECAUSEOFTHIS")

    answer = staff_client(lead).post(address(amy), SENT)

    assert answer.headers["Content-Type"] == "application/pdf"
    assert "Amy" not in answer.headers["Content-Disposition"]
    text = text_of(answer.content)
    missing = [
        words
        for words in (
            *make.MARKERS,
            "MARKERMARK red",
            "BECAUSEOFTHIS",
            "Early help",
            "Child protection file: Amy Adams",
            f"Concern {concern.reference}",
            "Filed by Helen Host",
            "Acknowledged by Leah Lead",
            "page 1 of 3",
            "Copy for The DSL of Hill School made by Leah Lead on Tuesday 15 September",
        )
        if words not in text
    ]
    assert missing == []


@pytest.mark.django_db
def test_a50_copy_of_one_concern_holds_that_one_and_is_no_file_for_the_next_school(
    amy: Pupil,
    bob: Pupil,
    shared: Concern,
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
) -> None:
    one = make.log(host, make.child(amy), seen="MARKERONE Bob was there")
    make.log(host, make.child(bob), seen="MARKEROFBOB")
    alone, client = f"{address(amy)}?concern={one.reference}", staff_client(lead)
    page = client.get(alone).content.decode()
    assert f"A copy of concern {one.reference}" in page
    assert shared.reference not in page

    text = text_of(client.post(alone, SENT).content)

    assert f"Concern {one.reference}: Amy Adams" in text
    # Who stands in another concern of the child is left out here too.
    assert "MARKERONE [another child (1)] was there" in text
    assert shared.reference not in text
    copy = Copy.objects.get()
    assert (copy.is_alone, list(copy.concerns.all())) == (True, [one])
    assert selectors.copies_of(amy, lead.viewer()) == []
    assert copy.code in client.get(alone).content.decode()
    assert copy.code not in client.get(address(amy)).content.decode()


@pytest.mark.django_db
def test_e8_copy_of_one_concern_that_is_not_the_childs_or_not_to_be_read_is_not_there(
    amy: Pupil, bob: Pupil, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    make.log(host, make.child(amy))
    of_bob = make.log(host, make.child(bob))
    about_lead = make.log(host, make.child(amy), make.accused(lead))
    client = staff_client(lead)
    for reference in (of_bob.reference, about_lead.reference, "NOTTHERE"):
        asked = f"{address(amy)}?concern={reference}"
        assert client.get(asked).status_code == 404
        assert client.post(asked, SENT).status_code == 404
    assert Copy.objects.count() == 0


@pytest.mark.django_db
def test_copy_opens_with_its_passphrase_alone(
    amy: Pupil, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    make.log(host, make.child(amy))

    content = staff_client(lead).post(address(amy), SENT).content

    reader = PdfReader(io.BytesIO(content))
    assert (reader.is_encrypted, reader.decrypt(""), reader.decrypt("abcd")) == (True, 0, 0)
    encryption: Any = reader.trailer["/Encrypt"].get_object()
    assert (encryption["/V"], encryption["/R"]) == (5, 6)
    assert [
        mark for mark in (*make.MARKERS, "Amy", "Hill School") if mark.encode() in content
    ] == []


@pytest.mark.django_db
def test_e100_corrections_stand_beside_what_they_correct_and_a_moved_record_leaves_its_tombstone(
    amy: Pupil, bob: Pupil, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    concern = make.log(host, make.child(bob), seen="Bob came in with Amy")
    wrong = services.add(concern, by=host, text="WRONGTIME")
    services.add(concern, by=host, text="LATERENTRY")
    services.correct(concern, by=host, entry=wrong, text="RIGHTTIME")
    services.correct(concern, by=host, text="RIGHTACCOUNT")
    row = concern.involved.get()
    services.move_pupil(concern, by=lead, row=row, pupil=amy, reasons="Filed for the wrong child")

    text = text_of(staff_client(lead).post(address(amy), SENT).content)

    order = [text.index(word) for word in ("RIGHTACCOUNT", "WRONGTIME", "RIGHTTIME", "LATERENTRY")]
    assert order == sorted(order)
    # E11: Bob was named by mistake; his name stays behind, and his file keeps a tombstone.
    assert "[a child named by mistake (1)] came in with Amy" in text
    assert "Bob" not in text
    for_bob = staff_client(lead).get(address(bob)).content.decode()
    assert "Nothing to copy" in for_bob


@pytest.mark.django_db
def test_e93_names_of_other_children_and_their_families_stay_behind(
    amy: Pupil, shared: Concern, lead: StaffMember, staff_client: SignIn
) -> None:
    answer = staff_client(lead).post(address(amy), SENT | {"besides": "Bobster\n\n"})

    text = text_of(answer.content)
    assert [name for name in ("Bob", "Brown", "Berta", "Robbie") if name in text] == []
    assert (
        "[another child (1)] pushed Amy. [another child's adult (1)] laughed, and so did "
        "[another child (2)]. [left out (1)] ran."
    ) in text
    assert "[another child (1)]: May have caused harm" in text


@pytest.mark.django_db
@pytest.mark.parametrize(("besides", "is_whole"), [("Bobster", False), (" \n", True)])
def test_a51_copy_from_which_somebody_left_words_out_by_hand_is_not_whole(
    besides: str,
    is_whole: bool,
    amy: Pupil,
    shared: Concern,
    lead: StaffMember,
    staff_client: SignIn,
) -> None:
    staff_client(lead).post(address(amy), SENT | {"besides": besides})

    assert Copy.objects.get().is_whole is is_whole


@pytest.mark.django_db
def test_e93_page_shows_word_for_word_what_leaves_before_it_is_made(
    amy: Pupil, shared: Concern, lead: StaffMember, staff_client: SignIn
) -> None:
    look = {"do": "look", "besides": "Bobster", "reason": "She moves there.", "has_looked": "on"}
    page = staff_client(lead).post(address(amy), look)

    words = page.content.decode()
    assert page.status_code == 200
    # Nothing is missing yet, and what was read before is not what stands here now.
    assert "invalid-feedback" not in words
    assert "She moves there." in words
    assert "checked" not in words
    assert "[another child (1)] pushed Amy." in words
    assert "Bob pushed" not in words
    assert "[left out (1)] ran." in words
    assert Copy.objects.count() == 0


@pytest.mark.django_db
def test_copy_is_on_record_with_its_hash_and_never_its_passphrase(
    amy: Pupil, shared: Concern, lead: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(lead)
    content = client.post(address(amy), SENT).content

    made = Copy.objects.get()
    record = selectors.record_of(amy, lead.viewer())
    assert (made.pupil, made.made_by, str(made.reason)) == (amy, lead, "Amy goes there")
    assert made.sha256 == sha256(content).hexdigest()
    assert made.text_sha256 == pages.text_hash(pages.parts_of(record))
    assert list(made.concerns.all()) == [shared]
    assert AuditEntry.objects.filter(verb="concern.copy", object=shared.object).count() == 1
    assert PASSPHRASE not in client.get(address(amy)).content.decode()
    assert made.text_sha256 in text_of(content).replace(" ", "")


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ["for_whom", "reason", "has_looked", "passphrase"])
def test_copy_that_is_not_said_whole_is_not_made(
    missing: str, amy: Pupil, shared: Concern, lead: StaffMember, staff_client: SignIn
) -> None:
    answer = staff_client(lead).post(address(amy), SENT | {missing: ""})

    assert answer.status_code == 422
    kept = "Amy goes there" in answer.content.decode()
    assert (Copy.objects.count(), kept) == (0, missing != "reason")


@pytest.mark.django_db
def test_nobody_puts_a_weak_passphrase_in_the_place_of_ours(
    amy: Pupil, shared: Concern, lead: StaffMember, staff_client: SignIn
) -> None:
    answer = staff_client(lead).post(address(amy), SENT | {"passphrase": "amy"})

    assert (answer.status_code, Copy.objects.count()) == (422, 0)
    assert all(locking.is_passphrase(locking.new_passphrase()) for _ in range(50))
    with pytest.raises(ValueError, match="locked"):
        locking.locked(b"", passphrase="")


@pytest.mark.django_db
def test_concern_about_its_maker_is_in_no_copy_and_its_copy_not_known_to_them(
    amy: Pupil, host: StaffMember, lead: StaffMember, head: StaffMember, staff_client: SignIn
) -> None:
    make.log(host, make.child(amy), make.accused(lead), seen="ABOUTTHELEAD")
    plain = make.log(host, make.child(amy), seen="ABOUTAMY")
    by_head = staff_client(head).post(address(amy), SENT).content
    by_lead = staff_client(lead).post(address(amy), SENT).content

    assert "ABOUTTHELEAD" in text_of(by_head)
    assert "ABOUTTHELEAD" not in text_of(by_lead)
    assert "Concerns in it 1" in text_of(by_lead)
    assert [copy.made_by for copy in selectors.copies_of(amy, lead.viewer())] == [lead]
    assert len(selectors.copies_of(amy, head.viewer())) == 2
    assert plain.reference in text_of(by_lead)


@pytest.mark.django_db
def test_e8_lead_who_is_a_parent_finds_nothing_to_copy_as_of_a_child_without_records(
    amy: Pupil, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    factories.make_guardian(amy, email=lead.email)
    make.log(host, make.child(amy))

    answer = staff_client(lead).post(address(amy), SENT)

    assert answer.status_code == 422
    assert "Nothing to copy" in answer.content.decode()
    assert Copy.objects.count() == 0


@pytest.mark.django_db
def test_who_comes_to_stand_outside_while_it_is_made_gets_no_copy(
    amy: Pupil, host: StaffMember, lead: StaffMember
) -> None:
    concern = make.log(host, make.child(amy))
    services.name_subject(concern, by=lead, person=make.accused(lead), text="")

    with pytest.raises(NotAllowed, match="has changed meanwhile"):
        services.record_copy(
            amy,
            [concern],
            by=lead,
            code="a",
            for_whom="x",
            reason="y",
            content=b"",
            text_sha256="",
        )


@pytest.mark.django_db
def test_hostile_text_is_plain_words_on_paper(
    amy: Pupil, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    make.log(
        host,
        make.child(amy),
        seen='=HYPERLINK("x")\u202eevil\u200b <b>\x07 👍 ' + "word " * 2000,
        child_words="قالت إنها خائفة",
    )

    text = text_of(staff_client(lead).post(address(amy), SENT).content)

    assert '=HYPERLINK("x")evil <b> [thumbs up sign]' in text
    assert text.count("word") >= 2000
