"""Words about an adult that may mean somebody on the staff: they stand outside until it is said."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from concerns import policy, services
from concerns.models import Concern, Exclusion
from concerns.services import Named
from school.models import Pupil, StaffMember
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log as make
from tests.concerns.test_views import filled, url

pytestmark = pytest.mark.django_db
Mailbox = Callable[[], list[EmailMessage]]
SignIn = Callable[..., Client]


def in_words(name: str) -> Named:
    return Named(part=policy.Part.SUBJECT, name=name, is_adult=True)


def shown(concern: Concern) -> list[tuple[str, tuple[str, ...]]]:
    return [(person.row.who, person.written) for person in concern.people]


def readers(*people: StaffMember) -> list[str]:
    return [
        person.name for person in people if Concern.objects.visible_to(person.viewer()).exists()
    ]


# --- Until it is said ----------------------------------------------------------------------------------
def test_e3_alert_does_not_go_to_whoever_may_be_meant(
    school_day: datetime,
    host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    mailbox: Mailbox,
) -> None:
    concern = make.log(host, in_words("Mrs Leah Lead"))

    assert [letter.to for letter in mailbox()] == [[head.email]]
    assert readers(deputy, lead, head) == ["Hugo Head"]
    assert not Exclusion.objects.filter(concern=concern).exists()


@pytest.mark.parametrize("words", ["Hugo Head, works here", "the headteacher"])
def test_e2_headteacher_in_words_is_passed_over_for_the_chair(
    words: str,
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    chair: StaffMember,
    mailbox: Mailbox,
) -> None:
    make.log(host, in_words(words))

    assert [letter.to for letter in mailbox()] == [[chair.email]]
    assert readers(lead, head, chair) == ["Chandra Chair"]


def test_e3_relative_of_whoever_may_be_meant_stands_outside_too(
    school_day: datetime, host: StaffMember, colleague: StaffMember, head: StaffMember
) -> None:
    StaffMember.objects.filter(pk__in=[colleague.pk, head.pk]).update(household="Mill Lane")

    make.log(host, in_words("Carol Colleague"))

    assert readers(head) == []


def test_e6_somebody_of_that_name_who_comes_later_stands_outside(
    school_day: datetime, host: StaffMember, head: StaffMember
) -> None:
    make.log(host, in_words("Sam Supply"))

    later = factories.make_staff("Sam Supply", roles=head.viewer().roles)  # type: ignore[arg-type]

    assert readers(head, later) == ["Hugo Head"]


# --- The form asks -------------------------------------------------------------------------------------
@pytest.fixture
def typed() -> dict[str, object]:
    return filled(adult_name="Leah from the office", adult_part="subject", adult_works_here="no")


def test_form_asks_whom_a_name_means_and_keeps_what_was_typed(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
    typed: dict[str, object],
) -> None:
    answer = staff_client(host).post(reverse("concerns:log"), typed)

    assert (answer.status_code, Concern.objects.count()) == (422, 0)
    assert answer.context["form"].errors.keys() == {"adult_is"}
    assert make.SEEN in answer.content.decode()
    assert [words for _, words in answer.context["form"].fields["adult_is"].choices] == [
        "Leah Lead",
        "Somebody else, who is not on the staff list",
        "I do not know",
    ]


@pytest.mark.parametrize(
    ("said", "desk", "people", "seen_by"),
    [
        ("lead", "headteacher", [("Leah Lead", ("Leah from the office",))], ["Hugo Head"]),
        ("other", "team", [("Leah from the office", ())], ["Leah Lead", "Hugo Head"]),
        ("unknown", "headteacher", [("Leah from the office", ())], ["Hugo Head"]),
    ],
)
def test_answer_decides_who_reads(
    said: str,
    desk: str,
    people: list[tuple[str, tuple[str, ...]]],
    seen_by: list[str],
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
    typed: dict[str, object],
) -> None:
    chosen = lead.pk if said == "lead" else said

    staff_client(host).post(reverse("concerns:log"), typed | {"adult_is": chosen})

    concern = Concern.objects.get()
    assert (concern.desk, shown(concern)) == (desk, people)
    assert readers(lead, head) == seen_by


@pytest.mark.parametrize(
    "changes",
    [
        {"adult_part": "witness"},
        {"adult_name": "The man with the dog"},
        {"adult_name": ""},
        {"adult_name": "The man with the dog", "adult_is": "999"},
    ],
)
def test_form_does_not_ask_where_nobody_can_be_meant(
    changes: dict[str, object],
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
    typed: dict[str, object],
) -> None:
    answer = staff_client(host).post(reverse("concerns:log"), typed | changes)

    assert answer.status_code == 302


def test_form_does_not_ask_about_whom_was_chosen_in_the_list(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
    typed: dict[str, object],
) -> None:
    chosen = typed | {"staff": lead.pk, "staff_part": "subject"}

    assert staff_client(host).post(reverse("concerns:log"), chosen).status_code == 302
    assert readers(lead, head) == ["Hugo Head"]
    assert shown(Concern.objects.get()) == [("Leah Lead", ("Leah from the office",))]


def test_e3_witness_in_the_list_whom_the_words_accuse_stands_outside(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
    typed: dict[str, object],
) -> None:
    chosen = typed | {"staff": lead.pk, "staff_part": "witness"}

    assert staff_client(host).post(reverse("concerns:log"), chosen).status_code == 302

    assert readers(lead, head) == ["Hugo Head"]


# --- A child in words ----------------------------------------------------------------------------------
@pytest.mark.parametrize("words", ["Leo Turner", "turner, leo", "Leo Turnr"])
def test_form_asks_whether_a_name_is_that_of_a_child_on_roll(
    words: str, school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    leo = factories.make_pupil("Leo", "Turner", year_group=4)
    client, sent = staff_client(host), filled(child_name=words, child_part="harmed")

    asked = client.post(reverse("concerns:log"), sent)
    assert asked.context["form"].errors.keys() == {"child_is"}
    assert [said for _, said in asked.context["form"].fields["child_is"].choices] == [
        "Leo Turner (Year 4)",
        "Somebody else, who is not on our roll",
        "I do not know",
    ]
    client.post(reverse("concerns:log"), sent | {"child_is": leo.pk})

    concern = Concern.objects.get()
    assert shown(concern) == [("Leo Turner (Year 4)", (words,))]
    assert [row.pupil for row in concern.involved.filter(part="harmed", kind="pupil")] == [leo]


@pytest.mark.parametrize("said", ["other", "unknown"])
def test_child_who_is_somebody_else_stays_in_words(
    said: str, school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    factories.make_pupil("Leo", "Turner")

    staff_client(host).post(reverse("concerns:log"), filled(child_name="Leo Turner", child_is=said))

    assert shown(Concern.objects.get()) == [("Leo Turner", ())]


@pytest.mark.parametrize("words", ["Leo", "Mia Smith", "a visitor in Year 4"])
def test_form_does_not_ask_about_a_child_of_another_name(
    words: str, school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    factories.make_pupil("Leo", "Turner")

    answer = staff_client(host).post(reverse("concerns:log"), filled(child_name=words))

    assert answer.status_code == 302


def test_form_does_not_ask_about_a_child_who_is_ticked(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    leo = factories.make_pupil("Leo", "Turner", year_group=4)

    staff_client(host).post(
        reverse("concerns:log"), filled(child_name="Leo Turner", pupils=[leo.pk])
    )

    assert shown(Concern.objects.get()) == [("Leo Turner (Year 4)", ("Leo Turner",))]


def test_governor_is_not_asked_so_that_they_do_not_learn_who_is_on_roll(
    school_day: datetime, chair: StaffMember, staff_client: SignIn
) -> None:
    leo = factories.make_pupil("Leo", "Turner")
    sent = filled(child_name="Leo Turner", child_is=leo.pk)

    answer = staff_client(chair).post(reverse("concerns:log"), sent)

    assert answer.status_code == 302
    assert shown(Concern.objects.get()) == [("Leo Turner", ())]


# --- Said later ----------------------------------------------------------------------------------------
def test_reader_says_that_somebody_else_is_meant_and_it_goes_to_the_team(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
    mailbox: Mailbox,
) -> None:
    concern = make.log(host, in_words("Mrs Lead"))
    mailbox()
    client, row = staff_client(head), concern.involved.get()
    page = reverse("concerns:settle", args=[concern.reference, row.pk])

    assert page in client.get(url("detail", concern)).content.decode()
    assert client.post(page, {"who": "other", "text": "A mother of that name."}).status_code == 302

    assert readers(lead, head) == ["Leah Lead", "Hugo Head"]
    assert [letter.to for letter in mailbox()[1:]] == [[lead.email]]
    assert page not in client.get(url("detail", concern)).content.decode()
    assert client.get(page).status_code == 404
    assert [(entry.kind, entry.text) for entry in concern.entries.all()] == [
        ("naming", "A mother of that name.")
    ]


def test_reader_says_that_it_is_the_colleague_who_is_shut_out_for_good(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    concern = make.log(host, in_words("Mrs Lead"))
    page = reverse("concerns:settle", args=[concern.reference, concern.involved.get().pk])

    staff_client(head).post(page, {"who": lead.pk})

    assert readers(lead, head) == ["Hugo Head"]
    assert shown(concern) == [("Leah Lead", ("Mrs Lead",))]
    page = staff_client(head).get(url("detail", concern)).content.decode()
    assert "Written as: Mrs Lead" in page
    # The reporter sees what they wrote, and not what was said since.
    received = staff_client(host).get(url("received", concern)).content.decode()
    assert ("Mrs Lead" in received, "Leah Lead" in received) == (True, False)
    assert Exclusion.objects.get(concern=concern).staff == lead


def test_what_is_settled_cannot_be_settled_again(
    school_day: datetime, host: StaffMember, lead: StaffMember, head: StaffMember
) -> None:
    concern = make.log(host, in_words("Mrs Lead"))
    row = concern.involved.get()
    services.settle(concern, by=head, words=row, staff=None)

    with pytest.raises(NotAllowed):
        services.settle(concern, by=head, words=row, staff=lead)


def test_whoever_may_be_meant_cannot_settle_it(
    school_day: datetime, host: StaffMember, lead: StaffMember, head: StaffMember
) -> None:
    concern = make.log(host, in_words("Mrs Lead"))

    with pytest.raises(NotAllowed):
        services.settle(concern, by=lead, words=concern.involved.get(), staff=None)


def test_e4_naming_an_adult_in_words_asks_whom_it_means(
    school_day: datetime,
    host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    concern = make.log(host)
    client, page = staff_client(lead), url("name_subject", concern)
    typed = {"name": "Miss Deputy", "part": "subject", "works_here": "no"}

    asked = client.post(page, typed)
    assert (asked.status_code, asked.context["form"].errors.keys()) == (422, {"adult_is"})
    assert client.post(page, typed | {"adult_is": deputy.pk}).status_code == 302

    assert readers(deputy, lead, head) == ["Hugo Head"]
    assert shown(concern) == [("Dana Deputy", ("Miss Deputy",))]


# --- Called by what they do ----------------------------------------------------------------------------
@pytest.fixture
def teaching_deputy(deputy: StaffMember) -> StaffMember:
    """The deputy teaches Amy, in a class of Year 4."""
    factories.make_group(factories.make_pupil("Amy"), name="4 Oak", staff=(deputy,))
    return deputy


@pytest.mark.parametrize(
    "words",
    [
        "the deputy",
        "the Deputy Head",
        "our deputy headteacher",
        "the Year 4 teacher",
        "a teacher in year four",
        "Oak: the 4 Oak teacher",
        "his class teacher",
        "her teacher",
    ],
)
def test_e3_deputy_called_by_what_they_do_is_asked_about_and_reads_nothing(
    words: str,
    school_day: datetime,
    host: StaffMember,
    teaching_deputy: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    amy = Pupil.objects.get(given_name="Amy")
    sent = filled(adult_name=words, adult_part="subject", adult_works_here="no", pupils=[amy.pk])
    client = staff_client(host)

    asked = client.post(reverse("concerns:log"), sent)
    assert asked.context["form"].errors.keys() == {"adult_is"}
    assert [who.name for who in asked.context["form"].fields["adult_is"].people] == ["Dana Deputy"]
    client.post(reverse("concerns:log"), sent | {"adult_is": "unknown"})

    assert Concern.objects.get().desk == "headteacher"
    assert readers(teaching_deputy, head) == ["Hugo Head"]
    # Nor would they at the desk of the team.
    Concern.objects.update(desk="team")
    assert readers(teaching_deputy, head) == ["Hugo Head"]


def test_his_teacher_is_not_a_teacher_of_other_children(
    school_day: datetime,
    host: StaffMember,
    teaching_deputy: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    other = factories.make_pupil("Ben")
    factories.make_group(other, name="4 Elm", staff=(host,))
    sent = filled(adult_name="his teacher", adult_part="subject", adult_works_here="unsure")

    asked = staff_client(head).post(reverse("concerns:log"), sent | {"pupils": [other.pk]})

    assert asked.context["form"].fields["adult_is"].people == [host]


@pytest.mark.parametrize("words", ["the sports coach", "a supply teacher in Year 4"])
@pytest.mark.parametrize(
    ("answer", "desk", "seen_by"),
    [
        ("yes", "headteacher", ["Hugo Head"]),
        ("unsure", "headteacher", ["Hugo Head"]),
        ("no", "team", ["Dana Deputy", "Hugo Head"]),
    ],
)
def test_e6_answer_whether_they_work_here_decides_who_reads(
    words: str,
    answer: str,
    desk: str,
    seen_by: list[str],
    school_day: datetime,
    host: StaffMember,
    teaching_deputy: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    sent = filled(adult_name=words, adult_part="subject", adult_works_here=answer)

    assert staff_client(host).post(reverse("concerns:log"), sent).status_code == 302

    assert Concern.objects.get().desk == desk
    assert readers(teaching_deputy, head) == seen_by


@pytest.mark.parametrize("answer", [{}, {"adult_works_here": "on"}])
def test_e6_form_asks_whether_an_adult_in_words_works_here(
    answer: dict[str, str], school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    client, sent = staff_client(host), filled(adult_name="the sports coach", adult_part="subject")

    page = client.get(reverse("concerns:log"))
    asked = client.post(reverse("concerns:log"), sent | answer)

    assert "checked" not in str(page.context["form"]["adult_works_here"])
    assert (asked.status_code, Concern.objects.count()) == (422, 0)
    assert asked.context["form"].errors.keys() == {"adult_works_here"}
    # What was answered stays, whatever else is missing or looked for.
    for more in ({"seen": "", "child_words": "", "thought": ""}, {"find": "1"}):
        kept = client.post(reverse("concerns:log"), sent | {"adult_works_here": "unsure"} | more)
        assert kept.context["form"]["adult_works_here"].value() == "unsure"


def test_e6_form_does_not_ask_of_a_colleague_whom_the_words_mean(
    school_day: datetime,
    host: StaffMember,
    teaching_deputy: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    sent = filled(adult_name="the deputy", adult_part="subject", adult_is=teaching_deputy.pk)

    assert staff_client(host).post(reverse("concerns:log"), sent).status_code == 302

    assert readers(teaching_deputy, head) == ["Hugo Head"]


def test_e4_naming_an_adult_in_words_asks_whether_they_work_here(
    school_day: datetime,
    host: StaffMember,
    teaching_deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    amy = Pupil.objects.get(given_name="Amy")
    concern = make.log(host, make.child(amy))
    client, page = staff_client(lead), url("name_subject", concern)

    asked = client.post(page, {"name": "her teacher", "part": "subject"})
    assert asked.context["form"].errors.keys() == {"adult_is", "works_here"}
    assert asked.context["form"].fields["adult_is"].people == [teaching_deputy]
    asked = client.post(page, {"name": "the sports coach", "part": "subject"})
    assert asked.context["form"].errors.keys() == {"works_here"}
    named = {"name": "the sports coach", "part": "subject", "works_here": "unsure"}
    assert client.post(page, named).status_code == 302

    assert readers(teaching_deputy, lead, head) == ["Hugo Head"]
