"""What the team's pages offer and say: nobody who is refused, nothing twice, and the way to mend it."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from concerns import policy, services
from concerns.forms.retention import KeepForm
from concerns.models import Concern
from concerns.selectors import entry_lines
from school.models import Pupil, StaffMember
from schoolsafe.lib import clock
from tests import factories
from tests.concerns import log as make

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
NO_TASK = "A task is neither done nor cancelled"


@pytest.fixture
def amy(school_day: datetime) -> Pupil:
    return factories.make_pupil("Amy", "Adams")


@pytest.fixture
def zadie(school_day: datetime) -> Pupil:
    return factories.make_pupil("Zadie", "Zane")


@pytest.fixture
def taken(amy: Pupil, host: StaffMember, deputy: StaffMember) -> Concern:
    concern = make.log(host, make.child(amy), urgent=False)
    return services.acknowledge(concern, by=deputy)


def moving(concern: Concern) -> str:
    return reverse("concerns:move_pupil", args=[concern.reference, concern.involved.get().pk])


def test_e11_the_right_child_is_found_by_a_button_and_nothing_is_missing_yet(
    taken: Concern, zadie: Pupil, deputy: StaffMember, staff_client: SignIn
) -> None:
    client, page = staff_client(deputy), moving(taken)
    assert 'name="find"' in client.get(page).content.decode()
    answer = client.post(page, {"find": "1", "find_words": "zane", "reasons": "Wrong twin."})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert zadie.full_label in text
    assert "Wrong twin." in text
    assert "error-summary" not in text
    none = client.post(page, {"find": "1", "find_words": "nobody"}).content.decode()
    assert "Nobody on roll is called that." in none


def test_e11_child_that_is_chosen_stays_so_whatever_is_looked_for_next(
    taken: Concern, zadie: Pupil, deputy: StaffMember, staff_client: SignIn
) -> None:
    client, page = staff_client(deputy), moving(taken)
    typed = {"find_words": "somebody else", "pupil": str(zadie.pk), "reasons": "The other one."}
    assert f'value="{zadie.pk}"' in client.post(page, typed | {"find": "1"}).content.decode()
    assert client.post(page, typed).status_code == 302
    assert taken.involved.get().pupil == zadie


def test_a_wrong_choice_of_a_child_is_said_once_in_the_summary(
    taken: Concern, zadie: Pupil, deputy: StaffMember, staff_client: SignIn
) -> None:
    answer = staff_client(deputy).post(moving(taken), {"find_words": "zane", "pupil": "4711"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert text.count("Choose the right child.") == 2  # in the summary, and at the field


def test_e4_a_concern_is_not_offered_to_whoever_stands_outside_it(
    amy: Pupil, host: StaffMember, colleague: StaffMember, head: StaffMember, staff_client: SignIn
) -> None:
    concern = make.log(host, make.child(amy), make.accused(colleague))
    page = staff_client(head).get(reverse("concerns:lend", args=[concern.reference]))
    offered = set(page.context["form"].fields["staff"].queryset)
    assert colleague not in offered
    assert offered


def test_a_concern_of_which_something_is_missing_shows_what_mends_it_in_place_of_closing(
    taken: Concern, deputy: StaffMember, staff_client: SignIn
) -> None:
    make.decide(taken, deputy)
    tomorrow = clock.today() + timedelta(days=1)
    task = services.add_task(taken, by=deputy, what="Ring her", owner=deputy, due_on=tomorrow)
    client, page = staff_client(deputy), reverse("concerns:close", args=[taken.reference])
    text = client.get(page).content.decode()
    assert NO_TASK in text
    assert reverse("concerns:finish_task", args=[taken.reference, task.pk]) in text
    assert "Why can it be closed?" not in text
    sent = client.post(page, {"reasons": "MARKERREASONS"})
    assert sent.status_code == 422
    assert sent.content.decode().count(NO_TASK) == 1
    assert "MARKERREASONS" in sent.content.decode()


def test_whoever_takes_something_on_gives_nothing_to_themselves(
    taken: Concern, deputy: StaffMember, lead: StaffMember
) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    for owner in (deputy, lead):
        services.add_task(taken, by=deputy, what="Ring her", owner=owner, due_on=tomorrow)
    rows = taken.entries.filter(kind=policy.EntryKind.TASK).order_by("pk")
    said = [entry_lines(entry).heading for entry in rows]
    assert said == [
        f"{deputy} took on something to do.",
        f"{deputy} gave {lead} something to do.",
    ]


def test_the_year_of_the_first_day_is_said_once(school_day: datetime) -> None:
    form = KeepForm(first=clock.today())
    assert form.fields["day"].help_text == "Not before 15 September 2026."


def test_each_label_of_the_receipt_leads_to_a_field_of_its_own(
    taken: Concern, host: StaffMember, staff_client: SignIn
) -> None:
    page = staff_client(host).get(reverse("concerns:received", args=[taken.reference]))
    ids = re.findall(r' id="([^"]+)"', page.content.decode())
    assert len(ids) == len(set(ids))
