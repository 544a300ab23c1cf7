"""A plan changed on a page that is old: what others have done meanwhile stays."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.test import Client

from consent.models import Request
from meetings import services
from meetings.models import Meeting
from notices.models import Notice
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib.rules import Overtaken
from tests import factories
from tests.consent.standing import give_by
from tests.meetings import calls, series
from tests.meetings.pages import beside, plan_form, shown, summary, url, words

Family = tuple[Guardian, Pupil]
SignIn = Callable[..., Client]
Mailbox = Callable[[], list[Any]]
WEEK = timedelta(days=7)


def pupils_of(meeting: Meeting) -> list[str]:
    places = meeting.places.filter(taken_off_at=None).order_by("pupil__given_name")
    return list(places.values_list("pupil__given_name", flat=True))


def as_now(meeting: Meeting, **facts: Any) -> Any:
    """The plan as it stands in the database, with some facts changed."""
    return calls.as_it_is(Meeting.objects.select_related("purpose").get(pk=meeting.pk), **facts)


def test_old_page_brings_no_pupil_back_and_no_link_goes_out(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    cat: Family,
    staff_client: SignIn,
    mailbox: Mailbox,
) -> None:
    """Cat's mother has said yes for the year: brought back, she would get her link at once."""
    factories.make_term()
    first = calls.asked(host, [cat[1], ben[1]], co_hosts=[co_host])
    calls.answer(first, *cat)
    give_by(Request.objects.get(question=first.question, guardian=cat[0]))
    times = {"starts_at": calls.STARTS + WEEK, "ends_at": calls.ENDS + WEEK}
    pupils = [amy[1], ben[1], cat[1]]
    meeting = calls.asked(host, pupils, co_hosts=[co_host], **times)
    calls.answer(meeting, *amy)
    services.share_by_email(meeting, by=host)
    client = staff_client(host)
    old = shown(client, meeting) | plan_form(
        pupils, meeting.purpose, co_hosts=[co_host.pk], day="2026-09-24", title="Poems"
    )
    services.revise(meeting, by=co_host, what=as_now(meeting, pupils=[amy[1], ben[1]]))
    mailbox()
    before = Notice.objects.filter(kind="meeting_join_link", guardian=cat[0]).count()

    assert client.post(url("revise", meeting), old).status_code == 302

    meeting.refresh_from_db()
    assert (meeting.title, pupils_of(meeting)) == ("Poems", ["Amy", "Ben"])
    after = Notice.objects.filter(kind="meeting_join_link", guardian=cat[0]).count()
    assert (before, after) == (1, 1)


def test_old_page_takes_off_and_puts_on_what_was_changed_on_it_alone(
    host: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    amy: Family,
    ben: Family,
    cat: Family,
    staff_client: SignIn,
) -> None:
    meeting = calls.planned(host, [amy[1], ben[1]], co_hosts=[co_host])
    client = staff_client(host)
    seen = shown(client, meeting)
    dan = factories.make_pupil("Dan", "Dean")
    services.revise(
        meeting,
        by=co_host,
        what=as_now(meeting, pupils=[amy[1], ben[1], cat[1]], co_hosts=[co_host, colleague]),
    )
    typed = plan_form([amy[1], dan], meeting.purpose, co_hosts=[co_host.pk])

    assert client.post(url("revise", meeting), typed | seen).status_code == 302

    assert pupils_of(meeting) == ["Amy", "Cat", "Dan"]
    adults = set(meeting.seats.values_list("staff_id", flat=True))
    assert adults == {host.pk, co_host.pk, colleague.pk}


def test_old_page_leaves_a_time_that_was_moved_and_the_class_as_they_are(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    group = factories.make_group()
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host], group=group)
    client = staff_client(host)
    typed = plan_form([amy[1]], meeting.purpose, co_hosts=[co_host.pk], title="Poems")
    typed |= shown(client, meeting)
    starts, ends = calls.STARTS + WEEK, calls.ENDS + WEEK
    services.revise(
        meeting, by=co_host, what=as_now(meeting, starts_at=starts, ends_at=ends, group=group)
    )

    assert client.post(url("revise", meeting), typed).status_code == 302

    meeting.refresh_from_db()
    assert (meeting.title, meeting.starts_at, meeting.ends_at) == ("Poems", starts, ends)
    assert meeting.group == group


def test_time_that_two_have_changed_is_refused_beside_it_and_kept_when_pressed_again(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    meeting = calls.planned(host, [amy[1], ben[1]], co_hosts=[co_host])
    client = staff_client(host)
    typed = plan_form(
        [amy[1], ben[1]], meeting.purpose, co_hosts=[co_host.pk], starts="13:30", ends="14:00"
    )
    typed |= shown(client, meeting)
    day = timedelta(days=1)
    what = as_now(meeting, starts_at=calls.STARTS + day, ends_at=calls.ENDS + day, pupils=[amy[1]])
    services.revise(meeting, by=co_host, what=what)

    refused = client.post(url("revise", meeting), typed)

    assert refused.status_code == 409
    said = (
        "Somebody has changed this since you opened the page: it is on Friday 18 September, "
        "2:00 pm until 2:45 pm now. If yours is right, press again."
    )
    assert beside(refused, "starts") == [said]
    assert len(summary(refused)) == 1
    html = refused.content.decode()
    assert [html.count(f'value="{one}"') for one in ("2026-09-17", "13:30", "14:00")] == [1, 1, 1]
    # Ben, who was taken off meanwhile, is not ticked any more; Amy and the co-host are.
    assert html.count(" checked") == 2
    assert Meeting.objects.get().starts_at == calls.STARTS + day

    _, again = html.split('name="seen" value="')
    typed |= {"seen": again.split('"')[0], "pupils": [amy[1].pk]}
    assert client.post(url("revise", meeting), typed).status_code == 302
    meeting.refresh_from_db()
    assert meeting.starts_at == calls.STARTS - timedelta(minutes=30)
    assert pupils_of(meeting) == ["Amy"]


@pytest.mark.parametrize(
    ("mine", "theirs", "overtaken"),
    [
        ({"title": "Poems"}, {"title": "Plays"}, ("title",)),
        ({"title": "Poems"}, {"title": "Poems"}, ()),
        ({"title": "Poems"}, {"is_recorded": True}, ()),
        (
            {"recording_declined_because": "Shy."},
            {"recording_declined_because": "Loud."},
            ("recording_declined_because",),
        ),
        ({"ends_at": calls.ENDS - WEEK / 1008}, {"starts_at": calls.STARTS + WEEK / 1008},
         ("starts",)),
    ],
)  # fmt: skip
def test_field_that_two_have_changed_to_different_things_is_named(
    mine: dict[str, Any],
    theirs: dict[str, Any],
    overtaken: tuple[str, ...],
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
) -> None:
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host])
    seen = as_now(meeting)
    services.revise(meeting, by=co_host, what=as_now(meeting, **theirs), seen=seen)
    wanted = calls.plan_of([amy[1]], **{"co_hosts": [co_host]} | mine)
    if not overtaken:
        services.revise(meeting, by=host, what=wanted, seen=seen)
        kept = as_now(meeting)
        for name, value in (mine | theirs).items():
            assert getattr(kept, name) == value
        return
    with pytest.raises(Overtaken) as refused:
        services.revise(meeting, by=host, what=wanted, seen=seen)
    assert refused.value.names == overtaken


def test_purpose_and_a_colleague_of_two_minds_are_refused_beside_their_fields(
    host: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    amy: Family,
    staff_client: SignIn,
) -> None:
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host])
    one, other = calls.make_purpose(name="Tutorial"), calls.make_purpose(name="Clinic")
    client = staff_client(host)
    typed = plan_form([amy[1]], one, co_hosts=[co_host.pk], reserves=[colleague.pk])
    typed |= shown(client, meeting)
    what = as_now(meeting, purpose=other, co_hosts=[co_host, colleague])
    services.revise(meeting, by=co_host, what=what)
    refused = client.post(url("revise", meeting), typed)
    assert refused.status_code == 409
    assert beside(refused, "purpose") == [
        "Somebody has changed this since you opened the page: it is for 'Clinic' now. "
        "If yours is right, press again."
    ]
    assert "A colleague is either on the call or its reserve." in words(refused)
    assert Meeting.objects.get().purpose == other


def test_page_that_does_not_say_what_it_showed_changes_nothing(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host])
    other = calls.planned(host, [ben[1]], co_hosts=[co_host])
    client = staff_client(host)
    typed = plan_form([amy[1]], meeting.purpose, co_hosts=[co_host.pk], title="Poems")
    damaged = {"seen": shown(client, meeting)["seen"][:-1]}
    for seen in ({}, {"seen": ""}, damaged, shown(client, other), {"seen": signing.dumps({})}):
        refused = client.post(url("revise", meeting), typed | seen)
        assert refused.status_code == 422
        assert "This page is damaged. Open it again" in " ".join(summary(refused))
    assert set(Meeting.objects.values_list("title", flat=True)) == {"Reading together"}


def test_old_page_for_the_later_calls_brings_nobody_back_in_any(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    cat: Family,
    staff_client: SignIn,
) -> None:
    pupils = [amy[1], ben[1], cat[1]]
    one, two, three = series.of(series.planned(host, pupils, co_hosts=[co_host]))
    client = staff_client(host)
    typed = plan_form(
        pupils, two.purpose, co_hosts=[co_host.pk], day="2026-09-24", title="Poems", scope="later"
    )
    typed |= shown(client, two)
    services.revise_later(two, by=co_host, what=as_now(two, pupils=[amy[1], ben[1]]))

    assert client.post(url("revise", two), typed).status_code == 302

    assert [pupils_of(call) for call in (one, two, three)] == [
        ["Amy", "Ben", "Cat"],
        ["Amy", "Ben"],
        ["Amy", "Ben"],
    ]
    titles = Meeting.objects.order_by("starts_at").values_list("title", flat=True)
    assert list(titles) == ["Reading together", "Poems", "Poems"]
