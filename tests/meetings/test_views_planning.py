"""Planning by the pages: typed, judged while typed, refused with everything still there."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from consent.models import Request
from meetings import services
from meetings.models import Meeting, Purpose
from school.models import Guardian, Pupil, StaffMember
from tests import factories
from tests.consent.standing import give_by
from tests.meetings import calls
from tests.meetings.pages import beside, part, plain, plan_form, queries, shown, summary, url, words

Family = tuple[Guardian, Pupil]
SignIn = Callable[..., Client]
# What the list may ask of the database, the session and all; the team is told of silence, too.
LIST = {"host": 6, "lead": 7}


# --- Who gets in ----------------------------------------------------------------------------------
@pytest.mark.parametrize("page", ["revise", "share", "close", "cancel"])
def test_form_of_a_call_is_refused_to_who_sees_it_only_and_hidden_from_others(
    page: str,
    host: StaffMember,
    co_host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    colleague: StaffMember,
    leaver: StaffMember,
    amy: Family,
    staff_client: SignIn,
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    people = (host, co_host, office, lead, colleague, leaver)
    # Anybody of the safeguarding team may stop a call.
    leads = 200 if page == "cancel" else 403
    got = [staff_client(person).get(url(page, meeting)).status_code for person in people]
    assert got == [200, 200, 403, leads, 404, 302]


def test_refusal_of_a_form_says_why(
    host: StaffMember, co_host: StaffMember, office: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    for page in ("revise", "share", "close", "cancel"):
        assert "Only the people who run this call can do that." in words(
            staff_client(office).get(url(page, meeting))
        )
    removal = url("remove", calls.opened(host, [amy], co_hosts=[co_host]), amy[1].pk)
    assert staff_client(office).get(removal).status_code == 403


def test_plan_of_a_call_that_is_over_cannot_be_changed(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    meeting = services.cancel(calls.agreed(host, [amy], co_hosts=[co_host]), by=host)
    refused = staff_client(host).get(url("revise", meeting))
    assert refused.status_code == 403
    assert "That is not possible at this stage of the call." in words(refused)


# --- The plan -------------------------------------------------------------------------------------
def test_plan_is_kept_and_leads_to_the_call(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    typed = plan_form([amy[1], ben[1]], co_hosts=[co_host.pk])
    answer = staff_client(host).post(url("plan"), typed)

    meeting = Meeting.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, url("detail", meeting))
    assert (meeting.title, meeting.starts_at, meeting.ends_at, meeting.planned_by) == (
        "Reading together",
        calls.STARTS,
        calls.ENDS,
        host,
    )
    assert [(seat.staff, seat.role) for seat in meeting.seats.all()] == [
        (host, "host"),
        (co_host, "co_host"),
    ]
    assert [place.pupil for place in meeting.places.all()] == [amy[1], ben[1]]


def test_plan_sent_twice_is_one_call(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    client = staff_client(host)
    typed = plan_form([amy[1]], co_hosts=[co_host.pk])
    first = client.post(url("plan"), typed)
    second = client.post(url("plan"), typed | {"title": "Reading for two"}, follow=True)

    meeting = Meeting.objects.get()
    assert first["Location"] == second.redirect_chain[0][0] == url("detail", meeting)
    assert meeting.title == "Reading together"
    assert "This call is planned already." in words(second)
    assert meeting.seats.count() == 2

    client.post(url("plan"), plan_form([amy[1]], co_hosts=[co_host.pk]))
    assert Meeting.objects.count() == 2


def test_plan_form_of_a_page_has_a_key_of_its_own(host: StaffMember, staff_client: SignIn) -> None:
    client = staff_client(host)
    keys = {part(client.get(url("plan")), 'name="key" value="', '"') for _ in range(2)}
    assert [len(key) for key in keys] == [36, 36]


def test_plan_key_of_somebody_else_is_refused(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    typed = plan_form([amy[1]], co_hosts=[co_host.pk])
    staff_client(host).post(url("plan"), typed)
    refused = staff_client(co_host).post(url("plan"), typed | {"co_hosts": [host.pk]})
    assert refused.status_code == 403
    assert "Please open a new form" in words(refused)
    assert Meeting.objects.count() == 1


def test_plan_that_misses_something_keeps_what_was_typed(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    typed = plan_form(
        [amy[1]],
        co_hosts=[co_host.pk],
        title="",
        day="",
        ends="13:00",
        is_recorded="on",
    )
    answer = staff_client(host).post(url("plan"), typed | {"purpose": ""})

    assert answer.status_code == 422
    faults = {
        "title": "Give the call a name that families can read.",
        "purpose": "Choose what the call is for.",
        "day": "Choose the day of the call.",
        "ends": "A call ends after it starts.",
    }
    assert {field: beside(answer, field) for field in faults} == {
        field: [fault] for field, fault in faults.items()
    }
    labels = ("What is it?", "What is it for?", "Date", "Until")
    assert summary(answer) == [f"{a} – {b}" for a, b in zip(labels, faults.values(), strict=True)]
    html = answer.content.decode()
    for value in (typed["key"], "14:00", "13:00"):
        assert html.count(f'value="{value}"') == 1
    assert html.count(" checked") == 3
    assert Meeting.objects.count() == 0


def test_plan_with_one_colleague_twice_says_so(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    typed = plan_form([amy[1]], co_hosts=[co_host.pk], reserves=[co_host.pk])
    answer = staff_client(host).post(url("plan"), typed)
    assert beside(answer, "reserves") == ["A colleague is either on the call or its reserve."]
    assert Meeting.objects.count() == 0


def test_plan_that_breaks_the_policy_is_refused_with_the_reason(
    host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    answer = staff_client(host).post(url("plan"), plan_form([amy[1]]))
    alone = (
        "Helen Host would be alone with Amy Adams. "
        "A call with one adult and one pupil is never possible, recorded or not."
    )
    assert answer.status_code == 422
    assert summary(answer) == [alone]
    assert "Not possible like this." in words(answer)
    assert Meeting.objects.count() == 0


# --- The verdict while typing ---------------------------------------------------------------------
def verdict(client: Client, typed: Any) -> str:
    """The box beside the form, as it reads."""
    answer = client.post(url("verdict"), typed, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return plain(answer.content.decode())


@pytest.mark.parametrize(
    ("pupils", "facts", "begins", "clauses"),
    [
        (0, {}, "Choose the pupils to see whether it is safe.", []),
        (1, {}, "Not possible like this.", ["P1"]),
        (2, {}, "Not possible like this.", ["P2"]),
        (2, {"is_recorded": "on"}, "This is safe. One adult, recorded: this is possible.", []),
        (1, {"co_hosts": True}, "This is safe. Two adults: you may record or not.", []),
        (
            1,
            {"co_hosts": True, "is_recorded": "on"},
            "This is safe. Two adults, and the call is recorded.",
            [],
        ),
        (1, {"co_hosts": True, "day": "2026-09-15"}, "Not possible like this.", ["P8", "P8"]),
        (1, {"co_hosts": True, "day": "nonsense"}, "Not possible like this. Write a date", []),
        (1, {"co_hosts": True, "title": "", "starts": "", "ends": ""}, "This is safe.", []),
    ],
)
def test_verdict_is_said_while_typing(
    pupils: int,
    facts: dict[str, Any],
    begins: str,
    clauses: list[str],
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    staff_client: SignIn,
) -> None:
    if facts.get("co_hosts"):
        facts = facts | {"co_hosts": [co_host.pk]}
    said = verdict(staff_client(host), plan_form([amy[1], ben[1]][:pupils], **facts))
    assert said.startswith(begins)
    assert [word for word in said.split() if word in {f"P{n}" for n in range(1, 15)}] == clauses
    assert Meeting.objects.count() == 0


@pytest.mark.parametrize(
    ("rule", "recorded", "why", "said"),
    [
        ("required", False, "", "A call for this purpose must be recorded."),
        ("not_allowed", True, "", "A call for this purpose may not be recorded."),
        ("not_allowed", False, "", "Two adults, and no recording."),
        ("advised", False, "", "Leaving it off needs a reason."),
        ("advised", False, "It is a rehearsal", "the reason for leaving it off is kept"),
    ],
)
def test_verdict_says_what_the_purpose_asks(
    rule: str,
    recorded: bool,
    why: str,
    said: str,
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    staff_client: SignIn,
) -> None:
    purpose = Purpose.objects.create(name="A purpose", recording_rule=rule, guidance="Be brief.")
    typed = plan_form([amy[1]], purpose, co_hosts=[co_host.pk], recording_declined_because=why)
    box = verdict(staff_client(host), typed | ({"is_recorded": "on"} if recorded else {}))
    assert said in box
    assert box.endswith("About this purpose. Be brief.")


def test_verdict_calls_nothing_safe_that_the_form_would_not_take(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    typed = plan_form([amy[1], ben[1]], co_hosts=[co_host.pk])
    assert "This is safe." in verdict(staff_client(host), typed)
    for slip, told in (
        ({"title": "Reading with Amy"}, "Every family reads this: leave Amy Adams's name out"),
        ({"ends": "13:00"}, "A call ends after it starts."),
    ):
        said = verdict(staff_client(host), typed | slip)
        assert (told in said, "This is safe." in said) == (True, False)
        assert "Not possible like this." in said
    # What is still empty does not shout.
    assert "This is safe." in verdict(staff_client(host), typed | {"title": ""})


def test_verdict_without_guidance_says_nothing_of_the_purpose(
    host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    assert "About this purpose" not in verdict(staff_client(host), plan_form([amy[1]]))


def test_e59_verdict_and_refusal_name_the_colleague_who_is_away(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    client = staff_client(host)
    typed = plan_form([amy[1]], co_hosts=[co_host.pk])
    assert verdict(client, typed).startswith("This is safe. Two adults")
    factories.make_absence(co_host, calls.STARTS - timedelta(hours=1), calls.STARTS + timedelta(1))

    box = verdict(client, typed)
    assert box.startswith("Not possible like this.")
    assert "Colin Cohost is away then." in box
    refused = client.post(url("plan"), typed)
    assert refused.status_code == 422
    assert beside(refused, "co_hosts") == ["Colin Cohost is away then."]
    # What is said beside a field does not make the colleague vanish from the verdict.
    assert "Colin Cohost is away then." in part(refused, 'id="verdict-box"', "</aside>")

    recorded = plan_form([amy[1], ben[1]], co_hosts=[co_host.pk], is_recorded="on")
    box = verdict(client, recorded)
    assert box.startswith("This is safe. One adult, recorded")
    assert "Colin Cohost is away then." in box
    assert client.post(url("plan"), recorded).status_code == 302
    # Without a time nobody is away from it, and a day before or after is another matter.
    for other in ({"day": ""}, {"starts": ""}, {"day": "2026-09-21"}):
        assert verdict(client, typed | other).startswith("This is safe. Two adults")


def test_e59_refusal_of_a_host_who_is_away_stands_above_the_form(
    host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    factories.make_absence(host, calls.STARTS, calls.ENDS)
    typed = plan_form([amy[1], ben[1]], is_recorded="on")
    refused = staff_client(host).post(url("plan"), typed)
    assert refused.status_code == 422
    assert summary(refused) == [
        "No member of staff is on this call.",
        "Helen Host is away then.",
    ]


def test_verdict_does_not_call_a_reserve_safe_who_is_on_the_call(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    typed = plan_form([amy[1]], co_hosts=[co_host.pk], reserves=[co_host.pk])
    client = staff_client(host)
    box = verdict(client, typed)
    assert box.startswith("Not possible like this.")
    assert "Colin Cohost cannot be on the call and its reserve." in box
    refused = client.post(url("plan"), typed)
    assert "Colin Cohost cannot be on the call" in part(refused, 'id="verdict-box"', "</aside>")


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-09-19", "a weekend"),
        ("2026-09-24", "the school is closed"),
        ("2026-12-25", "a bank holiday"),
        ("2026-12-22", "outside term"),
    ],
)
def test_e66_plan_says_on_a_closed_day_why_it_is_one_and_is_kept(
    day: str,
    why: str,
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    staff_client: SignIn,
) -> None:
    factories.make_term()
    factories.make_term("Spring", date(2027, 1, 4), date(2027, 3, 26))
    factories.make_closed_day(date(2026, 9, 24))
    client = staff_client(host)
    typed = plan_form([amy[1]], co_hosts=[co_host.pk])
    assert "no school day" not in verdict(client, typed)
    box = verdict(client, typed | {"day": day})
    assert box.startswith("This is safe.")
    assert f"That day is no school day: {why}." in box

    assert client.post(url("plan"), typed | {"day": day}).status_code == 302
    meeting = Meeting.objects.get()
    for page in ("detail", "revise"):
        assert f"That day is no school day: {why}." in words(client.get(url(page, meeting)))


def test_e60_verdict_warns_of_two_adults_of_one_household(
    host: StaffMember, same_household: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    box = verdict(staff_client(host), plan_form([amy[1]], co_hosts=[same_household.pk]))
    assert box.startswith("This is safe.")
    assert "The adults on this call are of one household, a weaker safeguard." in box


# --- Changing a plan ------------------------------------------------------------------------------
def test_revise_shows_the_call_as_it_is_with_its_verdict(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host])
    page = staff_client(host).get(url("revise", meeting))
    html = page.content.decode()
    for value in ("2026-09-17", "14:00", "14:45", "Reading together"):
        assert html.count(f'value="{value}"') == 1
    assert html.count(" checked") == 2
    assert "This is safe. Two adults: you may record or not." in words(page)


def test_revise_is_kept_and_a_refused_one_changes_nothing(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host])
    client = staff_client(co_host)
    seen = shown(client, meeting)
    refused = client.post(url("revise", meeting), plan_form([amy[1]], title="Alone") | seen)
    assert refused.status_code == 422
    assert [fault.split(" would")[0] for fault in summary(refused)] == ["Helen Host"]
    assert Meeting.objects.get().title == "Reading together"

    typed = plan_form([amy[1]], title="Poems", ends="15:00", co_hosts=[co_host.pk])
    kept = client.post(url("revise", meeting), typed | seen)
    assert (kept.status_code, kept["Location"]) == (302, url("detail", meeting))
    meeting.refresh_from_db()
    assert (meeting.title, meeting.ends_at - meeting.starts_at) == ("Poems", timedelta(hours=1))


# --- What a change costs --------------------------------------------------------------------------
def cost(client: Client, meeting: Meeting, typed: Any) -> str:
    """The box beside the form of a call that exists, as it reads."""
    sent = shown(client, meeting) | typed
    answer = client.post(url("revise_verdict", meeting), sent, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return plain(answer.content.decode())


@pytest.fixture
def agreed(host: StaffMember, co_host: StaffMember, amy: Family, ben: Family) -> Meeting:
    """Amy's mother said yes for her and her sister, Ben's for him, and Cat's has not answered."""
    sister, cat = factories.make_pupil("Ann", "Adams"), factories.make_pupil("Cat", "Cole")
    factories.tie_guardian(amy[0], sister)
    factories.make_guardian(cat)
    meeting = calls.asked(host, [amy[1], sister, ben[1], cat], co_hosts=[co_host])
    for guardian, pupil in (amy, (amy[0], sister), ben):
        calls.answer(meeting, guardian, pupil)
    return meeting


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, ""),
        ({"ends": "15:00"}, ""),
        ({"title": "Poems"}, ""),
        ({"is_recorded": "on"}, "3 yeses will no longer count; 2 families are asked again."),
        ({"colleague": True}, "3 yeses will no longer count; 2 families are asked again."),
        # Ben is taken off: his yes is gone with him, and nobody asks his family anything.
        ({"ben": False, "colleague": True}, "2 yeses will no longer count; 1 family is asked"),
        # Nothing is a change yet while something is missing.
        ({"is_recorded": "on", "title": ""}, ""),
    ],
)
def test_e39_box_says_before_the_change_how_many_yeses_it_costs(
    change: dict[str, Any],
    said: str,
    agreed: Meeting,
    host: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    ben: Family,
    staff_client: SignIn,
) -> None:
    facts = dict(change)
    adults = [co_host.pk, colleague.pk] if facts.pop("colleague", False) else [co_host.pk]
    pupils = [place.pupil for place in agreed.places.select_related("pupil")]
    if not facts.pop("ben", True):
        pupils.remove(ben[1])
    typed = plan_form(pupils, agreed.purpose, co_hosts=adults, **facts)
    box = cost(staff_client(host), agreed, typed)
    assert ("no longer count" in box) is bool(said)
    assert said in box


def test_e39_change_that_is_kept_says_how_many_yeses_it_cost(
    agreed: Meeting, host: StaffMember, co_host: StaffMember, staff_client: SignIn
) -> None:
    pupils = [place.pupil for place in agreed.places.select_related("pupil")]
    typed = plan_form(pupils, agreed.purpose, co_hosts=[co_host.pk], is_recorded="on")
    client = staff_client(host)
    kept = client.post(url("revise", agreed), typed | shown(client, agreed), follow=True)
    assert "The change is kept. 3 yeses no longer count; 2 families are asked again." in words(kept)
    # They are void now, and cost nothing a second time.
    assert "no longer count" not in cost(client, agreed, typed | {"is_recorded": ""})
    sent = typed | shown(client, agreed) | {"ends": "15:00"}
    later = client.post(url("revise", agreed), sent, follow=True)
    assert "The change is kept." in words(later)
    assert "no longer count" not in words(later)


def test_b20_yes_for_the_year_that_covers_the_change_is_not_counted(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Family, ben: Family,
    staff_client: SignIn,
) -> None:  # fmt: skip
    factories.make_term()
    first = calls.asked(host, [ben[1]], co_hosts=[co_host])
    calls.answer(first, *ben)
    give_by(Request.objects.get())
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host])
    calls.answer(meeting, *amy)
    client = staff_client(host)
    typed = plan_form([amy[1], ben[1]], meeting.purpose, co_hosts=[co_host.pk, colleague.pk])
    assert "1 yes will no longer count; 1 family is asked again." in cost(client, meeting, typed)
    assert "2 yeses will no longer count" in cost(client, meeting, typed | {"is_recorded": "on"})


def test_verdict_on_a_shared_call_that_has_begun_says_what_the_change_will_hear(
    host: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    amy: Family,
    staff_client: SignIn,
    clock_at: Callable[..., object],
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    clock_at(calls.STARTS + timedelta(minutes=5))
    typed = plan_form([amy[1]], meeting.purpose, co_hosts=[co_host.pk], reserves=[colleague.pk])
    client = staff_client(host)
    assert cost(client, meeting, typed).startswith("This is safe. Two adults")
    sent = typed | shown(client, meeting)
    assert client.post(url("revise", meeting), sent).status_code == 302


# --- The Teams link and the question --------------------------------------------------------------
def test_link_that_is_refused_stands_in_its_field_with_the_reason(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    plan = calls.plan_of([amy[1]], co_hosts=[co_host])
    meeting = services.plan(by=host, what=plan)
    client = staff_client(host)
    zoom = "https://zoom.us/j/93012345678"
    refused = client.post(url("set_link", meeting), {"link": zoom})
    assert refused.status_code == 422
    [said] = beside(refused, "link")
    assert summary(refused) == [f"Teams link – {said}"]
    assert f'value="{zoom}"' in refused.content.decode()
    empty = client.post(url("set_link", meeting), {})
    assert beside(empty, "link") == ["Paste the link from your Outlook invitation."]

    calls.planned(host, [amy[1]], co_hosts=[co_host])
    twice = calls.link_of(Meeting.objects.latest("pk"))
    taken = client.post(url("set_link", meeting), {"link": twice})
    [said] = beside(taken, "link")
    assert said.startswith("This Teams link belongs to another call at the same time")
    assert (taken.status_code, summary(taken)) == (422, [f"Teams link – {said}"])
    Meeting.objects.exclude(pk=meeting.pk).update(starts_at=calls.STARTS - timedelta(days=1))
    Meeting.objects.exclude(pk=meeting.pk).update(ends_at=calls.ENDS - timedelta(days=1))
    advised = words(client.post(url("set_link", meeting), {"link": twice}, follow=True))
    assert "This Teams link belongs to another call too" in advised

    kept = client.post(url("set_link", meeting), {"link": calls.LINK}, follow=True)
    assert Meeting.objects.get(pk=meeting.pk).join_url == calls.LINK
    for secret in calls.SECRETS:
        assert secret not in kept.content.decode()


def test_ask_asks_every_family_once(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    meeting = calls.planned(host, [amy[1], ben[1]], co_hosts=[co_host])
    client = staff_client(host)
    for _ in range(2):
        assert client.post(url("ask", meeting))["Location"] == url("detail", meeting)
    assert [row.guardian for row in Request.objects.order_by("pk")] == [amy[0], ben[0]]


def test_page_says_before_the_press_how_many_letters_go_and_when_the_last_is_out(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    staff_client: SignIn,
    settings: Any,
) -> None:
    settings.MAIL_RATE_PER_MINUTE = 1
    meeting = calls.planned(host, [amy[1], ben[1]], co_hosts=[co_host])
    client = staff_client(host)
    page = client.get(url("detail", meeting)).content.decode()
    assert "2 messages, the last will be out at about 2:02 pm." in page


def test_page_leads_to_the_reminder_of_its_own_families_while_somebody_has_not_answered(
    host: StaffMember, co_host: StaffMember, office: StaffMember, colleague: StaffMember,
    amy: Family, ben: Family, staff_client: SignIn,
) -> None:  # fmt: skip
    draft = calls.planned(host, [amy[1]], co_hosts=[co_host])
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host])
    link = f'href="{reverse("consent:remind")}?call={meeting.question_id}"'
    for person in (host, co_host, office):
        page = staff_client(person).get(url("detail", meeting)).content.decode()
        assert link in page
    assert "Remind them" not in staff_client(host).get(url("detail", draft)).content.decode()
    shown = staff_client(host).get(reverse("consent:remind"), {"call": meeting.question_id})
    assert "2 reminders to 2 addresses" in " ".join(shown.content.decode().split())
    for guardian, pupil in (amy, ben):
        calls.answer(meeting, guardian, pupil)
    assert link not in staff_client(host).get(url("detail", meeting)).content.decode()


# --- The list -------------------------------------------------------------------------------------
def drafts(host: StaffMember, co_host: StaffMember, pupil: Pupil, *, count: int) -> list[Meeting]:
    """So many calls, a day after each other from Thursday on."""
    return [
        services.plan(
            by=host,
            what=calls.plan_of(
                [pupil],
                co_hosts=[co_host],
                title=f"Call {n}",
                starts_at=calls.STARTS + timedelta(days=n),
                ends_at=calls.ENDS + timedelta(days=n),
            ),
        )
        for n in range(count)
    ]


def titles(page: Any) -> list[str]:
    return [row.meeting.title for row in page.context["rows"]]


def test_list_costs_the_same_for_one_call_and_for_thirty(
    host: StaffMember, co_host: StaffMember, lead: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    for name, person in (("host", host), ("lead", lead)):
        client = staff_client(person)
        drafts(host, co_host, amy[1], count=1)
        one = queries(client, url("list"))
        drafts(host, co_host, amy[1], count=2)
        three = queries(client, url("list"))
        drafts(host, co_host, amy[1], count=27)
        assert [one, three, queries(client, url("list"))] == [LIST[name]] * 3


def test_list_leads_back_through_all_that_has_been(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    staff_client: SignIn,
    clock_at: Callable[..., object],
) -> None:
    drafts(host, co_host, amy[1], count=30)
    clock_at(calls.STARTS + timedelta(days=40))
    client = staff_client(host)
    assert titles(client.get(url("list"))) == []

    seen, before = [], "now"
    for _ in range(2):
        page = client.get(url("list"), {"before": before})
        seen += titles(page)
        before = page.context["page"].next_before
    assert seen == [f"Call {n}" for n in range(29, -1, -1)]
    assert before == ""


@pytest.mark.parametrize(
    "garbage", ["x", "now_x", "1e400_1", "nan_1", "9" * 40 + "_1", "_", "-1_1"]
)
def test_list_before_garbage_is_answered_as_a_list(
    garbage: str, host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    drafts(host, co_host, amy[1], count=1)
    page = staff_client(host).get(url("list"), {"before": garbage})
    assert (page.status_code, titles(page)) == (200, [])


def test_list_says_a_hold_before_anything_else_and_shows_nobody_elses(
    host: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    amy: Family,
    staff_client: SignIn,
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    assert "Shared" in words(staff_client(host).get(url("list")))
    services.drop_out(meeting, by=host, staff=co_host)
    assert "On hold" in words(staff_client(host).get(url("list")))
    assert titles(staff_client(colleague).get(url("list"))) == []
    assert "Plan a call" in words(staff_client(colleague).get(url("list")))


# --- The call itself ------------------------------------------------------------------------------
@pytest.mark.parametrize(("page", "count"), [("detail", 31), ("live", 19), ("register", 18)])
def test_page_costs_the_same_for_two_pupils_and_for_twelve(
    page: str, count: int, host: StaffMember, co_host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    asked = []
    for number in (2, 12):
        pupils = [factories.make_pupil(f"Pupil{n}", "Adams") for n in range(number)]
        families = [(factories.make_guardian(pupil), pupil) for pupil in pupils]
        meeting = calls.opened(host, families, co_hosts=[co_host])
        asked.append(queries(client, url(page, meeting)))
    assert asked == [count, count]


def test_detail_never_shows_the_teams_address(
    host: StaffMember, co_host: StaffMember, lead: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    meeting = calls.opened(host, [amy], co_hosts=[co_host])
    assert Meeting.objects.get().join_url == calls.LINK
    # Those who run the call may find their own way into it on the live page; nobody else does.
    for person, page in (
        (host, "detail"),
        (host, "share"),
        (host, "revise"),
        (lead, "detail"),
        (lead, "live"),
        (lead, "register"),
    ):
        answer = staff_client(person).get(url(page, meeting))
        for secret in calls.SECRETS:
            assert secret not in answer.content.decode(), page
