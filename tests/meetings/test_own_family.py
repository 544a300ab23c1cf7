"""A parent on the staff who is on the call: neither guardian learns the other's answer there (E30, E35)."""

from collections.abc import Callable

import pytest
from django.test import Client

from consent.selectors import KIN
from meetings import links, selectors, services
from meetings.models import Meeting, Share
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.meetings import calls
from tests.meetings.pages import plan_form, shown, url, words

Family = tuple[Guardian, Pupil]
SignIn = Callable[..., Client]


@pytest.fixture
def father(host: StaffMember, amy: Family) -> Guardian:
    """The host himself, as Amy's father; Alice Adams is her mother."""
    return factories.make_guardian(
        amy[1], name="Hal Adams", relationship="father", email=host.email
    )


@pytest.fixture
def asked(
    host: StaffMember, co_host: StaffMember, father: Guardian, amy: Family, ben: Family, cat: Family
) -> Meeting:
    """Amy, Ben and Cat are asked about; all but Amy's mother have said yes."""
    pupils = [family[1] for family in (amy, ben, cat)]
    meeting = calls.asked(host, pupils, co_hosts=[co_host])
    for family in ((father, amy[1]), ben, cat):
        calls.answer(meeting, *family)
    return meeting


def page(client: Client, meeting: Meeting, name: str) -> str:
    response = client.get(url(name, meeting))
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("name", ["share", "detail"])
def test_e35_share_list_names_the_other_parent_to_everybody_but_the_father(
    name: str, asked: Meeting, host: StaffMember, co_host: StaffMember, father: Guardian, amy: Family,
    ben: Family, staff_client: SignIn,
) -> None:  # fmt: skip
    calls.answer(asked, *amy)
    meeting = services.share_by_email(asked, by=host)
    theirs, own = (page(staff_client(one), meeting, name) for one in (co_host, host))
    place = calls.place(meeting, amy[1])
    way_in = links.personal(place.pk, amy[0].pk, place.link_version)
    assert [words in theirs for words in ("Alice Adams", "Hal Adams", "Bob Brown")] == [True] * 3
    assert [words in own for words in ("Alice Adams", "Hal Adams", "Bob Brown")] == [
        False,
        False,
        True,
    ]
    assert (way_in in theirs, way_in in own) == (name == "share", False)
    if name == "share":
        # Nor by counting: four links are out, of which two are told.
        assert ("4 personal links are out" in theirs, "2 personal links are out" in own) == (
            True,
            True,
        )
        note = "Your own family is not listed here."
        assert (note in theirs, note in own) == (False, True)


@pytest.mark.parametrize("name", ["share", "detail", "live"])
def test_e35_why_the_own_child_has_no_link_is_told_to_everybody_but_the_father(
    name: str, asked: Meeting, host: StaffMember, co_host: StaffMember, amy: Family,
    staff_client: SignIn,
) -> None:  # fmt: skip
    calls.answer(asked, *amy, takes_part=False, may_be_recorded=None)
    meeting = services.share_by_email(asked, by=host)
    theirs, own = (page(staff_client(one), meeting, name) for one in (co_host, host))
    [why] = reasons(meeting)
    assert (why in theirs, KIN in theirs) == (True, False)
    assert (why in own, KIN in own, "Alice Adams" in own) == (False, True, False)


def reasons(meeting: Meeting) -> list[str]:
    """What is told of a pupil without consent."""
    facts = selectors.facts(meeting, clock.now())
    return [place.consent_words for place in facts.places if not place.has_consent]


def test_e35_what_a_change_costs_is_counted_without_the_own_family(
    asked: Meeting, host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, cat: Family,
    staff_client: SignIn,
) -> None:  # fmt: skip
    """Amy's two parents, Ben's and Cat's have said yes: whether her mother did cannot be counted."""
    calls.answer(asked, *amy)
    pupils = [family[1] for family in (amy, ben, cat)]
    form = plan_form(pupils, asked.purpose, co_hosts=[co_host.pk], is_recorded="on")
    told = {}
    for name, person in (("father", host), ("co-host", co_host)):
        client = staff_client(person)
        typed = form | shown(client, asked)
        told[name] = words(client.post(url("revise_verdict", asked), typed))
    assert "2 yeses will no longer count; 2 families are asked again." in told["father"]
    assert "4 yeses will no longer count; 4 families are asked again." in told["co-host"]


def test_e35_father_can_neither_note_nor_try_out_the_mothers_link(
    asked: Meeting, host: StaffMember, co_host: StaffMember, father: Guardian, amy: Family
) -> None:
    """What is refused says the same, whether she agreed or not."""
    meeting = services.direct_message(asked, by=host)
    words = "^You are on record as family of this pupil: somebody else does this.$"
    for answered in (False, True):
        if answered:
            calls.answer(meeting, *amy)
        for facts in (
            {"guardian": amy[0]},
            {"guardian": father, "pupil": amy[1]},
            {"pupil": amy[1]},
        ):
            with pytest.raises(NotAllowed, match=words):
                services.record_direct_message(meeting, by=host, channel="parent_hub", **facts)
    assert Share.objects.exclude(channel=Share.EMAIL).count() == 0
    services.record_direct_message(meeting, by=co_host, channel="parent_hub", guardian=amy[0])
    assert Share.objects.exclude(channel=Share.EMAIL).count() == 1
