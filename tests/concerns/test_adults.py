"""A concern about an adult at school says which; staff of whom somebody wrote are asked about."""

import importlib
from collections.abc import Callable
from datetime import datetime

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from audit.models import Entry as AuditEntry
from concerns import policy, selectors, services
from concerns.models import Category, Concern, Draft
from concerns.policy import Part, Party, Said
from concerns.policy.adults import WHICH_ADULT
from concerns.services import Named
from school.models import StaffMember
from school.roles import Role
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log as make
from tests.concerns.test_views import filled

SignIn = Callable[..., Client]
LOG = "concerns:log"
MIGRATION = importlib.import_module("concerns.migrations.0020_say_which_kinds_are_about_an_adult")
STAFF = {1: "Daniel Osei", 2: "Ruth Kellett", 3: "Pat O'Brien", 4: "Anna Head"}


# --- The rules -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("parties", "expected"),
    [
        ([], True),
        ([Party(part=Part.SUBJECT)], True),
        ([Party(part=Part.WITNESS, is_adult=True, staff_id=1)], True),
        ([Party(part=Part.MENTIONED, is_adult=True, works_here=True)], True),
        # A mother whom the form says not to work here goes to those who may be the adult.
        ([Party(part=Part.SUBJECT, is_adult=True)], True),
        ([Party(part=Part.SUBJECT, is_adult=True, staff_id=1)], False),
        ([Party(part=Part.HARMING, is_adult=True, staff_id=1)], False),
        # "A TA in Year 4" (E4).
        ([Party(part=Part.SUBJECT, is_adult=True, works_here=True)], False),
        ([Party(part=Part.SUBJECT), Party(part=Part.HARMING, is_adult=True, staff_id=1)], False),
    ],
)
def test_e1_e3_e4_what_is_about_an_adult_at_school_names_one(
    parties: list[Party], expected: bool
) -> None:
    assert policy.lacks_adult(is_about_adult=True, parties=parties) is expected
    assert not policy.lacks_adult(is_about_adult=False, parties=parties)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Daniel Osei shut the door and shouted at Maya", [1]),
        ("DANIEL OSEI", [1]),
        ("it was mr osei's room", [1]),
        ("Mr. Osei and Mrs Kellett", [1, 2]),
        ("MrOsei", [1]),
        ("D. Osei", [1]),
        ("Dan Osei", [1]),
        ("Mr D. K. Osei", [1]),
        ("Daniel K. Osei", [1]),
        ("Osei, Daniel", [1]),
        # A slip of the pen behind a title, or behind the given name.
        ("Mr Osie", [1]),
        ("Daniel Osie", [1]),
        ("Mr O\u2019Brien's class", [3]),
        ("Mr OBrien", [3]),
        ("Dani\u00ebl Os\u00e9i", [1]),
        ("Miss Anna", [4]),
        ("Mrs Head", [4]),
        # No guess on one name that many have, nor on parts of words, nor on words that are no name.
        ("Daniel hit him", []),
        ("I miss Anna", []),
        ("Maya Osei", []),
        ("a head injury", []),
        ("Anna said her head hurt", []),
        ("the headteacher", []),
        ("Mrs Lead", []),
        ("Mr Oscar", []),
        ("", []),
    ],
)
def test_e1_e3_e4_staff_named_in_a_text_are_asked_about(text: str, expected: list[int]) -> None:
    assert policy.to_ask_about([text], STAFF, known=()) == expected
    assert policy.to_ask_about(["", text], STAFF, known=expected) == []


def test_e1_what_a_reporter_answers_makes_a_part() -> None:
    assert {said: said.part for said in Said} == {
        Said.WRONG: Part.HARMING,
        Said.HELPED: Part.MENTIONED,
        Said.NOT_THEM: None,
    }
    assert Part.HARMING.is_accused
    assert not Part.MENTIONED.is_accused


# --- A kind of concern that is about an adult ------------------------------------------------------
@pytest.fixture
def conduct(db: None) -> Category:
    return Category.objects.create(name="Conduct of an adult at school", is_about_adult=True)


@pytest.fixture
def osei(db: None) -> StaffMember:
    """A deputy, who reads what the team reads."""
    return factories.make_staff("Daniel Osei", roles=(Role.STAFF, Role.SAFEGUARDING))


def readers(*people: StaffMember) -> list[str]:
    return [who.name for who in people if Concern.objects.visible_to(who.viewer()).exists()]


@pytest.mark.django_db
def test_e3_the_form_comes_back_with_the_part_about_adults_open(
    school_day: datetime, host: StaffMember, conduct: Category, staff_client: SignIn
) -> None:
    client = staff_client(host)
    sent = filled(categories=[conduct.pk], thought="She cried.", place="Year 4")

    answer = client.post(reverse(LOG), sent)
    page = answer.content.decode()

    assert (answer.status_code, Concern.objects.count()) == (422, 0)
    assert answer.context["form"].errors == {"adult_name": [WHICH_ADULT]}
    assert answer.context["opened"]["adult"]
    assert 'href="#id_adult_name"' in page
    assert all(words in page for words in (make.SEEN, "She cried.", "Year 4"))
    mother = {"adult_name": "Her mother", "adult_part": "subject", "adult_works_here": "no"}
    said = client.post(reverse(LOG), sent | mother).context["form"].errors["adult_name"]
    assert said == [f"{WHICH_ADULT} Whoever is named has another part, or does not work here."]
    in_words = mother | {"adult_name": "a TA in Year 4", "adult_works_here": "yes"}
    assert client.post(reverse(LOG), sent | in_words).status_code == 302
    assert Concern.objects.get().desk != "team"


@pytest.mark.django_db
def test_e5_whoever_tells_of_themselves_need_name_nobody_else(
    school_day: datetime, host: StaffMember, conduct: Category, staff_client: SignIn
) -> None:
    sent = filled(categories=[conduct.pk], own="on")

    assert staff_client(host).post(reverse(LOG), sent).status_code == 302


@pytest.mark.django_db
def test_e3_the_service_refuses_likewise(
    school_day: datetime, host: StaffMember, osei: StaffMember, conduct: Category
) -> None:
    kinds = {"categories": [conduct.pk]}
    for people in ([], [Named(part=Part.WITNESS, staff=osei)]):
        with pytest.raises(NotAllowed, match="Say which adult"):
            make.log(host, *people, **kinds)
    assert Concern.objects.count() == 0

    supply = Named(part=Part.SUBJECT, name="Sam", is_adult=True, works_here=True)
    for person in (make.accused(osei), supply):
        make.log(host, person, **kinds)
    make.log(host, is_self_referral=True, **kinds)
    assert Concern.objects.filter(desk="team").count() == 0


@pytest.mark.django_db
def test_e1_shipped_kinds_and_those_that_promise_the_headteacher_are_marked() -> None:
    for name, guidance in [
        (MIGRATION.SHIPPED, "In our own words."),
        ("Agency staff", "This goes to the headteacher, not to the team."),
        ("Neglect", "Small signs matter."),
    ]:
        Category.objects.create(name=name, guidance=guidance)

    MIGRATION.mark(apps, None)

    marked = Category.objects.filter(is_about_adult=True)
    assert set(marked.values_list("name", flat=True)) == {MIGRATION.SHIPPED, "Agency staff"}


@pytest.mark.django_db
def test_e1_a_school_says_itself_which_kinds_are_about_an_adult(
    lead: StaffMember, staff_client: SignIn
) -> None:
    kind = Category.objects.create(name="Our coaches")
    address = reverse("admin:concerns_category_change", args=[kind.pk])

    staff_client(lead).post(address, {"name": kind.name, "is_used": "on", "is_about_adult": "on"})

    kind.refresh_from_db()
    assert kind.is_about_adult
    entry = AuditEntry.objects.get(verb="category.change")
    assert (entry.actor, entry.detail) == (lead.actor, {"fields": ["is_about_adult"]})


# --- Staff of whom somebody wrote ------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("field", ["child_words", "seen", "thought", "place", "mark_1_words"])
def test_e1_e3_e4_whoever_is_named_is_asked_about_before_it_is_filed(
    field: str, school_day: datetime, host: StaffMember, osei: StaffMember, staff_client: SignIn
) -> None:
    sent = filled(mark_1_place="front-chest", mark_1_words="Red") | {field: "Mr Osei did it"}

    answer = staff_client(host).post(reverse(LOG), sent)
    page = answer.content.decode()

    assert (answer.status_code, Concern.objects.count()) == (422, 0)
    assert answer.context["form"].errors.keys() == {f"named_{osei.pk}"}
    assert "You wrote about Daniel Osei. What is their part?" in page
    assert "Mr Osei did it" in page
    group = page[page.index('id="named-staff"') :].partition("</section>")[0]
    assert group.count('type="radio"') == len(Said)
    assert "checked" not in group


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "desk", "people", "seen_by"),
    [
        ("wrong", "headteacher", [("Daniel Osei", "harming")], ["Hugo Head"]),
        (
            "helped",
            "team",
            [("Daniel Osei", "mentioned")],
            ["Daniel Osei", "Leah Lead", "Hugo Head"],
        ),
        ("not_them", "team", [], ["Daniel Osei", "Leah Lead", "Hugo Head"]),
    ],
)
def test_e1_e3_the_answer_decides_who_reads_and_whom_the_reporter_rings(
    said: str,
    desk: str,
    people: list[tuple[str, str]],
    seen_by: list[str],
    school_day: datetime,
    host: StaffMember,
    osei: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    client = staff_client(host)
    sent = filled(seen="Daniel Osei shouted at Maya")
    assert client.post(reverse(LOG), sent).status_code == 422

    answer = client.post(reverse(LOG), sent | {f"named_{osei.pk}": said})

    concern = Concern.objects.get()
    assert (answer.status_code, concern.desk) == (302, desk)
    assert [(row.who, row.part) for row in concern.involved.all()] == people
    assert readers(osei, lead, head) == seen_by


@pytest.mark.django_db
def test_e3_the_same_with_the_kind_ticked_is_mended_by_one_answer(
    school_day: datetime,
    host: StaffMember,
    osei: StaffMember,
    head: StaffMember,
    lead: StaffMember,
    conduct: Category,
    staff_client: SignIn,
) -> None:
    client, name = staff_client(host), f"named_{osei.pk}"
    sent = filled(seen="Daniel Osei shut the door", categories=[conduct.pk])

    asked = client.post(reverse(LOG), sent)
    helped = client.post(reverse(LOG), sent | {name: "helped"})
    assert client.post(reverse(LOG), sent | {name: "wrong"}).status_code == 302

    assert asked.context["form"].errors.keys() == {"adult_name", name}
    assert helped.context["form"].errors.keys() == {"adult_name"}
    assert readers(osei, lead, head) == ["Hugo Head"]


@pytest.mark.django_db
def test_nobody_is_asked_of_the_writer_nor_of_whoever_has_a_part(
    school_day: datetime, host: StaffMember, osei: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    text = "I, Helen Host, saw Mr Osei"
    chosen = {"staff": osei.pk, "staff_part": "witness"}
    meant = {"adult_name": "Daniel Osei", "adult_part": "subject", "adult_is": osei.pk}

    for more in (chosen, meant):
        assert client.post(reverse(LOG), filled(seen=text) | more).status_code == 302
    assert client.post(reverse(LOG), filled(seen="I, Helen Host, saw it")).status_code == 302

    # That words about another adult do not mean him says nothing of whom the text names.
    other = meant | {"adult_is": "other", "adult_works_here": "no"}
    answer = client.post(reverse(LOG), filled(seen=text) | other)
    assert answer.context["form"].errors.keys() == {f"named_{osei.pk}"}


@pytest.mark.django_db
def test_e4_whoever_has_left_is_asked_about_too_and_an_answer_that_is_none_is_refused(
    school_day: datetime, host: StaffMember, osei: StaffMember, staff_client: SignIn
) -> None:
    osei.user.is_active = False
    osei.user.save()
    name = f"named_{osei.pk}"

    for said in ("", "subject", "yes"):
        answer = staff_client(host).post(reverse(LOG), filled(seen="Mr Osei", **{name: said}))
        assert answer.context["form"].errors.keys() == {name}
    assert Concern.objects.count() == 0


@pytest.mark.django_db
def test_an_answer_to_a_question_that_is_not_asked_any_more_names_nobody(
    school_day: datetime, host: StaffMember, osei: StaffMember, staff_client: SignIn
) -> None:
    sent = filled(**{f"named_{osei.pk}": "wrong"})

    assert staff_client(host).post(reverse(LOG), sent).status_code == 302
    assert Concern.objects.get().involved.count() == 0


@pytest.mark.django_db
def test_a14_a_draft_and_a_search_for_a_child_keep_the_answer(
    school_day: datetime, host: StaffMember, osei: StaffMember, staff_client: SignIn
) -> None:
    client, name = staff_client(host), f"named_{osei.pk}"
    sent = filled(seen="Mr Osei shouted", **{name: "wrong"})

    found = client.post(reverse(LOG), sent | {"find": "1", "find_words": "Maya"})
    client.post(reverse("concerns:keep"), sent)
    kept = client.get(reverse("concerns:draft", args=[Draft.objects.get().key]))

    for answer in (found, kept):
        assert answer.context["form"][name].value() == "wrong"
        assert "checked" in answer.content.decode().partition(f'id_{name}_0"')[2][:200]
    assert client.post(reverse(LOG), sent).status_code == 302
    assert Draft.objects.count() == 0
    assert [row.part for row in Concern.objects.get().involved.all()] == ["harming"]


@pytest.mark.django_db
def test_a_text_without_words_costs_no_query(
    django_assert_num_queries: Callable[[int], object],
) -> None:
    with django_assert_num_queries(0):
        assert selectors.staff_written_of(["", " "], known=()) == []
        assert not selectors.is_about_adult([])


# --- What is added later -----------------------------------------------------------------------------
def address(name: str, concern: Concern) -> str:
    return reverse(f"concerns:{name}", args=[concern.reference])


def test_e4_staff_named_in_what_is_added_are_asked_about_and_shut_out_before_it_can_be_read(
    school_day: datetime,
    host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    concern, client = make.log(host), staff_client(host)
    typed = {"text": f"She says now that {deputy.name} hit her."}

    asked = client.post(address("add", concern), typed)

    assert (asked.status_code, concern.entries.count()) == (422, 0)
    assert f"You wrote about {deputy.name}" in asked.content.decode()
    assert typed["text"] in asked.content.decode()
    assert staff_client(deputy).get(address("detail", concern)).status_code == 200
    sent = client.post(
        address("add", concern), typed | {f"named_{deputy.pk}": Said.WRONG.value}, follow=True
    )
    assert sent.status_code == 200
    assert [entry.kind for entry in concern.entries.order_by("pk")] == ["naming", "addendum"]
    assert staff_client(deputy).get(address("detail", concern)).status_code == 404
    assert typed["text"] in staff_client(head).get(address("detail", concern)).content.decode()


@pytest.mark.parametrize(
    ("said", "in_it"), [(Said.HELPED, [(Part.MENTIONED.value,)]), (Said.NOT_THEM, [])]
)
def test_who_helped_or_was_not_meant_goes_on_reading(
    said: Said,
    in_it: list[tuple[str]],
    school_day: datetime,
    host: StaffMember,
    deputy: StaffMember,
    staff_client: SignIn,
) -> None:
    concern = make.log(host)
    typed = {"text": f"{deputy.name} sat with her.", f"named_{deputy.pk}": said.value}

    staff_client(host).post(address("add", concern), typed)

    assert list(concern.involved.filter(staff=deputy).values_list("part")) == in_it
    page = staff_client(deputy).get(address("detail", concern))
    assert f"{deputy.name} sat with her." in page.content.decode()


def test_a_reporter_does_not_learn_from_a_question_whom_others_have_named(
    school_day: datetime,
    host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
) -> None:
    concern = make.log(host)
    services.name_subject(concern, by=lead, person=make.accused(deputy))

    assert selectors.known_to(concern, host) == {host.pk}
    assert selectors.known_to(concern, head) == {head.pk, deputy.pk}


def test_whoever_hands_a_concern_away_by_naming_an_adult_comes_to_the_list(
    school_day: datetime,
    host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
) -> None:
    concern = make.log(host)
    typed = {"text": f"{deputy.name} did it.", f"named_{deputy.pk}": Said.WRONG.value}

    sent = staff_client(lead).post(address("add", concern), typed)

    assert sent["Location"] == reverse("concerns:list")
    assert staff_client(lead).get(address("detail", concern)).status_code == 404


def test_an_answer_to_a_question_asks_the_same(
    school_day: datetime,
    host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
) -> None:
    concern = make.log(host)
    question = services.ask(concern, by=lead, text="Who was there?")
    page = reverse("concerns:reply", args=[concern.reference, question.pk])
    client, typed = staff_client(host), {"text": f"{deputy.name}, and he hit her."}

    assert client.post(page, typed).status_code == 422
    client.post(page, typed | {f"named_{deputy.pk}": Said.WRONG.value})

    assert staff_client(deputy).get(address("detail", concern)).status_code == 404
    assert concern.entries.filter(kind="addendum", follows=question).count() == 1


@pytest.mark.parametrize("act", ["correct", "call"])
def test_e4_correction_and_note_of_a_call_ask_the_same_and_of_whom_was_rung_nothing(
    act: str,
    school_day: datetime,
    host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    concern, client = make.log(host), staff_client(host)
    call = {"called": lead.pk, "called_at": "2026-09-15T09:00", "call_state": "reached"}
    text = f"Told {lead.name}: it was {deputy.name} who hit her."
    known = {"text": text} | (call if act == "call" else {f"named_{lead.pk}": "helped"})

    asked = client.post(address(act, concern), known)

    assert (asked.status_code, concern.entries.count()) == (422, 0)
    said = asked.content.decode()
    assert f"You wrote about {deputy.name}" in said
    assert (f"You wrote about {lead.name}" in said) == (act == "correct")
    client.post(address(act, concern), known | {f"named_{deputy.pk}": Said.WRONG.value})
    assert staff_client(deputy).get(address("detail", concern)).status_code == 404
    assert text in staff_client(head).get(address("detail", concern)).content.decode()
