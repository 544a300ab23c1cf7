"""Filing in two minutes: danger first, brothers and sisters, several children, marks on the body."""

import importlib
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from concerns import policy, selectors, services
from concerns.forms import ConcernForm
from concerns.forms.filing import ABOUT_WHOM
from concerns.models import BodyMark, Category, Concern, Draft
from concerns.policy import Region, Side
from school.models import Pupil, StaffMember
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log as make
from tests.concerns.test_views import filled, url

SignIn = Callable[..., Client]
TODAY = date(2026, 9, 15)
LOG = "concerns:log"


# --- Danger first (A12, A13) -----------------------------------------------------------------------
@pytest.mark.django_db
def test_whether_a_child_is_in_danger_is_asked_before_anything_else(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    StaffMember.objects.filter(pk=lead.pk).update(telephone="07700 900111")
    page = staff_client(host).get(reverse(LOG)).content.decode()
    order = [
        "Is a child in danger right now?",
        'href="tel:999"',
        'href="tel:07700900111"',
        "Children's social care",
        'href="tel:02079460200"',
        "Which child, or which children?",
        "What did the child say?",
    ]
    assert [page.index(words) for words in order] == sorted(page.index(words) for words in order)
    # Until it is answered nothing else is shown; where CSS is too old for that, everything is.
    assert "filing-new" in page


@pytest.mark.django_db
def test_out_of_hours_the_emergency_duty_team_stands_before_the_school(
    school_day: datetime,
    clock_at: Callable[[datetime], object],
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
) -> None:
    StaffMember.objects.filter(pk=lead.pk).update(telephone="07700 900111")
    clock_at(school_day + timedelta(hours=8))
    page = staff_client(host).get(reverse(LOG)).content.decode()
    assert "Emergency duty team" in page
    assert page.index('href="tel:02079460300"') < page.index('href="tel:07700900111"')


@pytest.mark.django_db
@pytest.mark.parametrize("chosen", ["", "routine", "urgent"])
def test_a_child_in_danger_is_urgent_whatever_else_is_chosen(
    chosen: str, school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    answer = staff_client(host).post(reverse(LOG), filled(danger="yes", urgency=chosen))
    assert (answer.status_code, Concern.objects.get().urgency) == (302, "urgent")


@pytest.mark.django_db
def test_where_nobody_is_named_the_form_asks_once_and_keeps_every_word(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    typed = filled(urgency="routine")
    asked = client.post(reverse(LOG), typed)
    page = asked.content.decode()
    assert asked.status_code == 422
    assert asked.context["form"].errors == {"pupils": [ABOUT_WHOM]}
    assert str(typed["seen"]) in page
    assert "NOT SENT." in page
    # Whoever goes away now finds it where one's own concerns are.
    assert [(one.key, one.by) for one in Draft.objects.all()] == [(typed["key"], host)]
    assert not Concern.objects.exists()

    # The page holds what says that it has been asked, and so does the draft that goes on.
    hidden = '<input type="hidden" name="asked_whom" value="1">'
    assert hidden in page
    answer = client.post(reverse(LOG), typed | {"asked_whom": "1"})
    assert answer.status_code == 302
    assert Concern.objects.get().reporter == host
    assert not Draft.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "said",
    [
        {"urgency": "urgent"},
        {"danger": "yes", "urgency": "routine"},
        {"urgency": "routine", "child_name": "A boy in Year 4", "child_part": "subject"},
        {"urgency": "routine", "own": "on"},
    ],
)
def test_nobody_is_asked_whom_it_is_about_where_it_is_urgent_or_said(
    said: dict[str, str], school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    answer = staff_client(host).post(reverse(LOG), filled(**said))
    assert (answer.status_code, Concern.objects.count()) == (302, 1)


@pytest.mark.django_db
def test_without_danger_how_soon_is_asked_and_what_is_folded_opens_where_it_is_wrong(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    blank = client.get(reverse(LOG)).context["opened"]
    assert blank == dict.fromkeys(blank, False)
    answer = client.post(
        reverse(LOG),
        filled(
            danger="no",
            urgency="",
            happened_at="2030-01-01T10:00",
            categories=["999999"],
            mark_1_place="front-chest",
            adult_name="Somebody",
            call_state="reached",
            child_name="A cousin",
            files_what="A drawing",
        ),
    )
    assert answer.context["form"].errors.keys() == {
        "urgency",
        "happened_at",
        "categories",
        "mark_1_words",
        "adult_works_here",
        "called",
    }
    opened = answer.context["opened"]
    assert opened == dict.fromkeys(opened, True)
    assert "filing-new" not in answer.content.decode()


# --- Brothers and sisters (A8, E44) ----------------------------------------------------------------
@pytest.fixture
def family(host: StaffMember) -> dict[str, Pupil]:
    """Amy, her brother Ben by their mother, and others who must not be known through her."""
    names = ["Amy", "Ben", "Gone", "Hidden", "Ordered", "Cared", "Stranger"]
    family = {name: factories.make_pupil(name, "Marker") for name in names}
    Pupil.objects.filter(pk=family["Gone"].pk).update(left_on=TODAY)
    Pupil.objects.filter(pk=family["Hidden"].pk).update(is_address_confidential=True)
    mother = factories.make_guardian(
        family["Amy"], family["Ben"], family["Gone"], family["Hidden"], name="Mother"
    )
    father = factories.make_blocked_guardian(
        family["Ordered"], name="Father", approved_by=host, blocked_from=TODAY
    )
    factories.tie_guardian(father, family["Amy"])
    factories.make_guardian(
        family["Amy"], family["Cared"], name="Social worker", is_corporate_parent=True
    )
    factories.make_guardian(family["Stranger"], name="Somebody else")
    assert mother.pupils.count() == 4
    return family


@pytest.mark.django_db
def test_e44_brothers_and_sisters_are_those_of_whom_one_may_tell(
    family: dict[str, Pupil], school_day: datetime, host: StaffMember
) -> None:
    def of(name: str) -> list[int]:
        return selectors.siblings(family[name].pk, seen_by=host.pk)

    assert of("Amy") == [family["Ben"].pk]
    assert of("Ben") == [family["Amy"].pk]
    # A safe address is given away by nobody, in neither direction; an order and a social worker tell nothing.
    assert [of(name) for name in ("Hidden", "Ordered", "Cared", "Stranger")] == [[], [], [], []]


@pytest.mark.django_db
def test_e30_whoever_is_kept_from_a_child_learns_of_no_brother_or_sister(
    family: dict[str, Pupil], school_day: datetime, host: StaffMember
) -> None:
    factories.make_blocked_guardian(
        family["Ben"], name=host.name, email=host.email, approved_by=host, blocked_from=TODAY
    )
    assert selectors.siblings(family["Amy"].pk, seen_by=host.pk) == []
    assert selectors.siblings(family["Ben"].pk, seen_by=host.pk) == []


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["concerns:log", "concerns:pupils"])
def test_one_press_adds_brothers_and_sisters_with_their_part_and_loses_nothing(
    way: str,
    family: dict[str, Pupil],
    school_day: datetime,
    host: StaffMember,
    staff_client: SignIn,
) -> None:
    amy, ben = family["Amy"], family["Ben"]
    typed = filled(
        find_words="Marker",
        pupils=[amy.pk],
        siblings_of=amy.pk,
        **{f"part_{amy.pk}": "harmed", f"part_{ben.pk}": "subject"},
    )
    page = staff_client(host).post(reverse(way), typed)
    chosen = {
        row["pupil"].given_name: str(row["part"])
        for row in page.context["pupil_rows"]
        if row["is_chosen"]
    }
    assert chosen == {"Amy": "harmed", "Ben": "sibling"}
    assert "1 added as brother or sister." in page.content.decode()
    if way == LOG:
        assert make.SEEN in page.content.decode()
        assert str(typed["key"]) in page.content.decode()


@pytest.mark.django_db
def test_whoever_has_nobody_to_add_reads_the_same_as_whoever_may_be_told_of_nobody(
    family: dict[str, Pupil], school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    said = {
        re.sub(
            r"\s+",
            " ",
            client.post(reverse("concerns:pupils"), {"siblings_of": family[name].pk})
            .content.decode()
            .split('class="hint"')[1]
            .split("</p>")[0],
        )
        for name in ("Stranger", "Hidden", "Ordered")
    }
    assert said == {
        "> Nobody who can be added here. If you know of one, find them by name or write the name. "
    }


# --- Children who are not on our roll (E15) --------------------------------------------------------
@pytest.mark.django_db
def test_e15_several_children_who_are_not_on_roll_are_named_and_a_child_of_ours_is_asked_about(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    amy = factories.make_pupil("Amy", "Adams")
    client = staff_client(host)
    sent = filled(
        child_name="Visitor One",
        child_part="harmed",
        child_name_2="Amy Adams",
        child_name_3="Visitor Three",
        child_part_3="witness",
    )
    asked = client.post(reverse(LOG), sent)
    assert list(asked.context["form"].errors) == ["child_is_2"]
    client.post(reverse(LOG), sent | {"child_is_2": amy.pk})
    people = Concern.objects.get().involved.all()
    assert sorted((row.kind, row.part, row.who) for row in people) == [
        ("child", "harmed", "Visitor One"),
        ("child", "subject", "Amy Adams"),
        ("child", "witness", "Visitor Three"),
        ("pupil", "subject", amy.full_label),
    ]


# --- Guidance (A6) ---------------------------------------------------------------------------------
@pytest.mark.django_db
def test_each_category_has_its_guidance_beside_it(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    category = Category.objects.create(name="Marker kind", guidance="Marker guidance <b>")
    Category.objects.create(name="Plain kind")
    page = staff_client(host).get(reverse(LOG)).content.decode()
    assert page.count("kind-guidance") == 1
    assert "Marker guidance &lt;b&gt;" in page
    described = re.search(r'value="(\d+)"\s+aria-describedby="(\S+)-guidance"', page)
    assert described is not None
    assert (described[1], f'id="{described[2]}"' in page) == (str(category.pk), True)


@pytest.mark.django_db
def test_first_categories_get_better_words_and_those_of_a_school_stay() -> None:
    first = importlib.import_module("concerns.migrations.0002_offer_first_categories")
    better = importlib.import_module("concerns.migrations.0009_add_marks_and_drafts")
    first.offer(apps, None)
    Category.objects.filter(name="Neglect").update(guidance="Ours.")
    better.guide(apps, None)
    rows = dict(Category.objects.values_list("name", "guidance"))
    assert [name for name, words in rows.items() if not words] == []
    assert rows.pop("Neglect") == "Ours."
    assert rows == {name: better.GUIDANCE[name][1] for name in rows}


# --- Marks on the body (A9) ------------------------------------------------------------------------
def test_every_place_is_on_one_side_at_least_and_left_is_the_childs_own() -> None:
    sides = {side: {shape.region: shape for shape in policy.outline(side)} for side in Side}
    assert set(sides[Side.FRONT]) | set(sides[Side.BACK]) == set(Region)
    for side, is_right in ((Side.FRONT, True), (Side.BACK, False)):
        left, right = (
            sides[side][region].centre for region in (Region.LEFT_HAND, Region.RIGHT_HAND)
        )
        assert (left[0] > right[0], left[0] + right[0], left[1]) == (is_right, 1000, right[1])
        order = [shape.region for shape in policy.outline(side)]
        assert order == [region for region in Region if region in sides[side]]
    assert policy.centre(Side.BACK, Region.FACE) is None


@pytest.mark.django_db
def test_a9_marks_are_kept_with_words_and_shown_with_their_numbers(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    client.post(
        reverse(LOG),
        filled(
            mark_1_place="front-left_forearm",
            mark_1_words="MARKERMARK three round bruises",
            mark_1_x="800",
            mark_1_y="510",
            mark_3_place="back-lower_back",
            mark_3_words="MARKERMARK <b>red</b> line",
            mark_3_x="99999",
            mark_3_y="-1",
        ),
    )
    concern = Concern.objects.get()
    rows = [(m.number, m.side, m.region, m.x, m.y, m.at) for m in concern.marks.all()]
    assert rows == [
        (1, "front", "left_forearm", 800, 510, (400, 510)),
        (3, "back", "lower_back", None, None, (250, 440)),
    ]
    for who, page in ((client, "received"), (staff_client(lead), "detail")):
        shown = who.get(url(page, concern)).content.decode()
        assert "MARKERMARK three round bruises" in shown
        assert "MARKERMARK &lt;b&gt;red&lt;/b&gt; line" in shown
        assert "1: Left forearm, front" in shown
        assert shown.count('class="body-mark"') == 2
        assert 'cx="400" cy="510"' in " ".join(shown.split())


@pytest.mark.django_db
def test_a_mark_needs_words_and_words_need_a_place_and_all_of_it_comes_back(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    answer = staff_client(host).post(
        reverse(LOG),
        filled(
            mark_1_place="front-chest",
            mark_1_x="500",
            mark_2_words="MARKERMARK a scratch",
            mark_4_place="front-nowhere",
            mark_4_words="MARKERMARK a burn",
            mark_20_place="back-neck",
            mark_20_words=" ",
        ),
    )
    form = answer.context["form"]
    assert (answer.status_code, BodyMark.objects.count()) == (422, 0)
    assert form.errors.keys() == {
        "mark_1_words",
        "mark_2_place",
        "mark_4_place",
        "mark_20_words",
    }
    assert [row.number for row in form.mark_rows()] == [1, 2, 4, 20]
    page = answer.content.decode()
    assert ("MARKERMARK a scratch" in page, "MARKERMARK a burn" in page) == (True, True)
    assert re.search(r'value="front-chest"\s+selected', page)
    assert re.search(r'name="mark_1_x"\s+value="500"', page)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "facts",
    [
        {"number": 21},
        {"number": 0},
        {"side": "left"},
        {"region": "soul"},
        {"x": 1001, "y": 5},
        {"x": 5, "y": None},
        {"words": ""},
    ],
)
def test_the_database_refuses_a_mark_that_is_none(
    facts: dict[str, Any], school_day: datetime, host: StaffMember
) -> None:
    concern = make.log(host)
    whole = {"number": 1, "side": "front", "region": "chest", "words": "A bruise"}
    with pytest.raises(IntegrityError), transaction.atomic():
        BodyMark.objects.create(concern=concern, **(whole | facts))
    BodyMark.objects.create(concern=concern, **whole)
    with pytest.raises(IntegrityError), transaction.atomic():
        BodyMark.objects.create(concern=concern, **whole)


@pytest.mark.django_db
def test_a_mark_without_words_is_refused_by_the_service_too(
    school_day: datetime, host: StaffMember
) -> None:
    mark = services.Mark(number=1, side=Side.FRONT, region=Region.CHEST, words=" ")
    with pytest.raises(NotAllowed, match="Write what each mark looked like."):
        make.log(host, marks=[mark])
    assert Concern.objects.count() == 0


NUMBERS = st.integers(min_value=0, max_value=25)
VALUES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["front-chest", "back-face", "front-", "500", "1001", "٣", "²", "-1", ""]),
)
MARKS = st.dictionaries(
    st.tuples(NUMBERS, st.sampled_from(["place", "words", "x", "y"])), VALUES, max_size=30
)


class MarksTyped(TestCase):
    """Whatever a browser sends as marks is taken, or refused beside the field; nothing is half a mark."""

    @settings(max_examples=60, deadline=None)
    @given(MARKS)
    def test_any_input(self, sent: dict[tuple[int, str], str]) -> None:
        typed = QueryDict(mutable=True)
        for name, value in filled().items():
            typed[name] = str(value)
        for (number, part), value in sent.items():
            typed[f"mark_{number}_{part}"] = value
        form = ConcernForm(typed, finds_pupils=False)
        if not form.is_valid():
            assert all(re.fullmatch(r"mark_\d+_(place|words)", name) for name in form.errors)
            return
        for mark in form.account().marks:
            assert policy.centre(mark.side, mark.region) is not None
            assert mark.words.strip()
            assert 1 <= mark.number <= 20
            assert mark.at is None or all(0 <= place <= 1000 for place in mark.at)
