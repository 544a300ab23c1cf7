"""The page from which links go out: to those who run the call, and never the Teams address."""

from collections.abc import Callable

import pytest
from django.test import Client

from meetings import links, services
from meetings.models import Meeting, Share
from school.models import Guardian, Pupil, StaffMember
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
