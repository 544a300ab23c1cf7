"""The page from which links go out: to those who run the call, and never the Teams address."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client

from consent import services as consent
from meetings import links, services
from meetings.models import Meeting, Share
from school.models import Guardian, Guardianship, Pupil, StaffMember
from tests import factories
from tests.meetings import calls
from tests.meetings.pages import url, words

Family = tuple[Guardian, Pupil]
SignIn = Callable[..., Client]


def own_link(meeting: Meeting, family: Family) -> str:
    """The link of one family."""
    place = calls.place(meeting, family[1])
    return links.personal(place.pk, family[0].pk, place.link_version)


def test_links_to_copy_are_shown_to_those_who_run_the_call_and_only_once_shared(
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    amy: Family,
    ben: Family,
    staff_client: SignIn,
) -> None:
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host])
    calls.answer(meeting, *amy)
    before = staff_client(host).get(url("share", meeting)).content.decode()
    assert "/j/" not in before
    assert "/k/" not in before

    shown = staff_client(host).post(url("share_by_hand", meeting), follow=True)
    html = shown.content.decode()
    assert own_link(meeting, amy) in html
    assert own_link(meeting, ben) not in html
    assert links.for_class(meeting.pk, 1) in html
    assert "Ben Brown No answer yet from Mother." in words(shown)
    assert staff_client(co_host).get(url("share", meeting)).content.decode().count("/j/") == 1
    # Whoever may only look is shown where links went, and none of them.
    seen = staff_client(lead).get(url("detail", meeting)).content.decode()
    assert "What went where" in seen
    assert "/j/" not in seen
    for secret in calls.SECRETS:
        assert secret not in html


def test_share_page_says_at_which_stage_links_go_out(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    client = staff_client(host)
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host])
    assert "Ask the families first." in words(client.get(url("share", meeting)))
    meeting = services.ask(meeting, by=host)
    assert "The link is held back until the call is safe." in words(
        client.get(url("share", meeting))
    )
    calls.answer(meeting, *amy)
    assert "It is safe to share." in words(client.get(url("share", meeting)))
    services.direct_message(meeting, by=host)
    assert "Families may have their links." in words(client.get(url("share", meeting)))
    services.cancel(meeting, by=host)
    assert "The stage of sharing is over for this call." in words(client.get(url("share", meeting)))


def test_share_by_email_and_by_hand_are_noted_with_who_and_where(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    meeting = calls.agreed(host, [amy], co_hosts=[co_host])
    client = staff_client(co_host)
    client.post(url("share_by_email", meeting))
    client.post(url("posted", meeting), {"channel": "parent_hub", "guardian": amy[0].pk})
    page = client.post(url("posted_class", meeting), {"channel": "purple_mash"}, follow=True)

    rows = Share.objects.order_by("pk").values_list("channel", "guardian", "is_for_class")
    assert list(rows) == [
        ("email", amy[0].pk, False),
        ("parent_hub", amy[0].pk, False),
        ("purple_mash", None, True),
    ]
    assert set(Share.objects.values_list("shared_by", flat=True)) == {co_host.pk}
    for said in (
        "E-mail, personal link to Alice Adams, by Colin Cohost",
        "Parent Hub, personal link to Alice Adams, by Colin Cohost",
        "Purple Mash, general text to a class, by Colin Cohost",
    ):
        assert said in words(page)


def agree_on_paper(meeting: Meeting, office: StaffMember, family: Family) -> None:
    """The office writes down a yes that came on paper."""
    guardian, pupil = family
    consent.record(
        meeting.question.requests.get(guardian=guardian, pupil=pupil),  # type: ignore[union-attr]
        by=office,
        takes_part=True,
        may_be_recorded=None,
        name=guardian.name,
        relationship="father",
        channel="paper",
    )


def test_e45_family_without_an_address_stands_there_with_its_link_and_what_to_do(
    host: StaffMember,
    co_host: StaffMember,
    office: StaffMember,
    amy: Family,
    ben: Family,
    staff_client: SignIn,
) -> None:
    Guardian.objects.filter(pk=ben[0].pk).update(email="")
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host])
    calls.answer(meeting, *amy)
    agree_on_paper(meeting, office, ben)
    client = staff_client(host)

    before = client.get(url("share", meeting))
    assert own_link(meeting, ben) not in before.content.decode()
    assert (
        "Bob Brown for Ben No e-mail: there is no usable address. "
        "Their link stands here once you share the call." in words(before)
    )
    out = client.post(url("share_by_email", meeting), follow=True)
    assert own_link(meeting, ben) in out.content.decode()
    assert "The e-mails are out. One family gets none: hand its link over." in words(out)
    assert "direct message in Parent Hub or Purple Mash" in words(out)
    assert list(Share.objects.values_list("channel", "guardian")) == [("email", amy[0].pk)]

    noted = client.post(
        url("posted", meeting), {"channel": "parent_hub", "guardian": ben[0].pk}, follow=True
    )
    assert "Parent Hub, personal link to Bob Brown, by Helen Host" in words(noted)
    assert "One personal link is out by e-mail." in words(noted)
    # P9 names three ways, and paper is none of them.
    client.post(url("posted", meeting), {"channel": "paper", "guardian": ben[0].pk})
    assert list(Share.objects.values_list("channel", "guardian").order_by("pk")) == [
        ("email", amy[0].pk),
        ("parent_hub", ben[0].pk),
    ]


@pytest.mark.parametrize(
    ("barred", "why"),
    [
        ("blocked", ""),
        ("shares", "the office can say why"),
        ("suspended", ""),
        ("nobody", "nobody is on record"),
    ],
)
def test_e30_e31_e48_who_may_not_be_contacted_never_gets_a_link_to_hand_over(
    barred: str,
    why: str,
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    office: StaffMember,
    amy: Family,
    ben: Family,
    staff_client: SignIn,
) -> None:
    """Each had said yes on paper before."""
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host])
    calls.answer(meeting, *amy)
    agree_on_paper(meeting, office, ben)
    services.direct_message(meeting, by=host)
    tie = Guardianship.objects.filter(guardian=ben[0])
    order = {
        "blocked_from": date(2026, 1, 1),
        "block_reason": "court order",
        "block_evidence": "file 1",
        "block_approved_by": lead,
    }
    if barred == "blocked":
        Guardian.objects.filter(pk=ben[0].pk).update(email="")
        tie.update(**order)
    elif barred == "shares":
        factories.make_guardian(ben[1], name="Other", email=ben[0].email, **order)
    elif barred == "suspended":
        Guardian.objects.filter(pk=ben[0].pk).update(email="")
        Pupil.objects.filter(pk=ben[1].pk).update(is_contact_suspended=True)
    else:
        asked = meeting.question.requests.get(guardian=ben[0])  # type: ignore[union-attr]
        type(asked).objects.filter(pk=asked.pk).update(guardian=None)
        tie.delete()

    client = staff_client(host)
    page = client.get(url("share", meeting))
    assert own_link(meeting, amy) in page.content.decode()
    assert page.content.decode().count("/j/") == 1
    assert (f"No e-mail: {why}. No link may go to them either." in words(page)) == bool(why)
    answer = client.post(url("posted", meeting), {"channel": "parent_hub", "guardian": ben[0].pk})
    assert answer.status_code == 403
    assert calls.door(meeting, *ben) == "no_consent"


def test_e45_door_opens_to_a_link_that_was_handed_over(
    host: StaffMember,
    co_host: StaffMember,
    office: StaffMember,
    amy: Family,
    ben: Family,
    clock_at: Callable[..., object],
) -> None:
    Guardian.objects.filter(pk=ben[0].pk).update(email="")
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host])
    calls.answer(meeting, *amy)
    agree_on_paper(meeting, office, ben)
    meeting = services.direct_message(meeting, by=host)
    clock_at(calls.STARTS - timedelta(minutes=5))
    calls.confirm(meeting, host, co_host)
    services.open_door(meeting, by=host)
    assert calls.door(meeting, *ben) == "open"
    Pupil.objects.filter(pk=ben[1].pk).update(is_contact_suspended=True)
    assert calls.door(meeting, *ben) == "no_consent"


def test_e41_pupil_of_18_without_an_address_gets_a_link_by_hand(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    staff_client: SignIn,
) -> None:
    adult = factories.make_pupil("Ada", "Lane", born_on=date(2008, 1, 1))
    meeting = calls.asked(host, [amy[1], adult], co_hosts=[co_host])
    calls.answer(meeting, *amy)
    calls.answer_oneself(meeting, adult)
    services.direct_message(meeting, by=host)
    place = calls.place(meeting, adult)
    link = links.personal(place.pk, 0, place.link_version)
    client = staff_client(host)
    assert link in client.get(url("share", meeting)).content.decode()
    assert "Video call for Ada" in Client().get("/" + link.split("/", 3)[3]).content.decode()
    client.post(url("posted", meeting), {"channel": "purple_mash", "pupil": adult.pk})
    assert list(Share.objects.values_list("channel", "pupil")) == [("purple_mash", adult.pk)]


@pytest.mark.parametrize("page", ["posted", "posted_class"])
def test_channel_that_the_policy_does_not_name_notes_nothing(
    page: str, host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    answer = staff_client(host).post(
        url(page, meeting), {"channel": "whatsapp", "guardian": amy[0].pk}, follow=True
    )
    assert "Choose Parent Hub or Purple Mash. Nothing was noted." in words(answer)
    assert list(Share.objects.values_list("channel", flat=True)) == ["email"]


def test_press_to_share_an_unsafe_call_is_refused_with_the_reason(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    meeting = calls.asked(host, [amy[1]], co_hosts=[co_host])
    answer = staff_client(host).post(url("share_by_email", meeting))
    assert answer.status_code == 403
    assert "The link is held back. No family has consented" in words(answer)
    assert Share.objects.count() == 0
