"""Who is asked for one pupil, and where: the change, what it brings about, and its pages."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from consent import services
from consent.forms import seal_seen
from consent.models import Request
from consent.policy import Status
from consent.selectors.voices import asked_pupils
from notices.models import Notice
from notices.policy import Fate
from notices.services.news import News, hear
from school.models import Guardian, Guardianship, Pupil, StaffMember
from school.policy import Choice, Reach
from school.selectors import choice_of, reach_of
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed, Overtaken
from tests import factories
from tests.consent.builders import answer, ask, consent_of, request_of
from tests.meetings import calls


def tie(guardian: Guardian, pupil: Pupil) -> int:
    return Guardianship.objects.get(guardian=guardian, pupil=pupil).pk


def as_it_stands(pupil: Pupil) -> Choice:
    return choice_of(
        Pupil.objects.get(pk=pupil.pk), Guardianship.objects.filter(pupil=pupil).order_by("pk")
    )


def shown(client: Client, page: str) -> dict[str, Any]:
    """What the form of a page would post if nothing were touched."""
    form = client.get(page).context["form"]
    return {name: form[name].value() for name in form.fields}


def choose(client: Client, pupil: Pupil, **typed: Any) -> Any:
    """Post nothing but what was typed, from a page as it stands."""
    page = f"/consent/pupils/{pupil.pk}/"
    return client.post(page, {"seen": seal_seen(as_it_stands(pupil))} | typed)


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def office_client(office: StaffMember, staff_client: Callable[..., Client]) -> Client:
    return staff_client(office)


def test_e36_everybody_s_yes_is_needed_from_now_on(
    asker: StaffMember, office_client: Client, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    question = ask(asker, maya)
    answer(request_of(question, maya, mum), takes_part=True)
    assert consent_of(question, maya).status is Status.GIVEN

    both = [tie(mum, maya), tie(dad, maya)]
    found = choose(office_client, maya, mode="all", counting=both)

    assert found.status_code == 302
    assert consent_of(question, maya).status is Status.WAITING


def test_guardian_who_counts_from_now_on_is_asked(
    asker: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, mailbox: Any
) -> None:
    gran = factories.make_guardian(maya, name="Gran", email="gran@family.example",
                                   counts_for_consent=False, relationship="grandmother")  # fmt: skip
    ask(asker, maya)
    assert [letter.to for letter in mailbox()] == [["amina@family.example"]]

    wanted = replace(as_it_stands(maya), counting=frozenset([tie(mum, maya), tie(gran, maya)]))
    services.choose_who_is_asked(maya, by=office, wanted=wanted, seen=as_it_stands(maya))

    assert [letter.to for letter in mailbox()[1:]] == [["gran@family.example"]]


def test_change_of_who_counts_puts_an_unsafe_call_on_hold(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    other = factories.make_pupil("Zoe", "Zimmer")
    carer = factories.make_guardian(other)
    meeting = calls.shared(host, [(mum, maya), (carer, other)], is_recorded=True)
    meeting.refresh_from_db()
    assert meeting.on_hold_since is None

    now = as_it_stands(maya)
    services.choose_who_is_asked(maya, by=office, wanted=replace(now, mode="all"), seen=now)

    meeting.refresh_from_db()
    assert meeting.on_hold_since == clock.now()


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({}, "Choose whose yes is enough."),
        ({"mode": "named"}, "Choose the guardian who is asked alone."),
        ({"mode": "sideways"}, "Select a valid choice"),
        ({"mode": "any", "counting": ["999999"]}, "Select a valid choice"),
        ({"mode": "any", "named": "1" * 30}, "Select a valid choice"),
    ],
)
def test_bad_choice_says_why_beside_the_field_and_above_and_changes_nothing(
    typed: dict[str, Any], why: str, office_client: Client, maya: Pupil, mum: Guardian
) -> None:
    found = choose(office_client, maya, **typed)
    assert found.status_code == 422
    assert text(found).count(why) == 2
    maya.refresh_from_db()
    assert maya.consent_mode == ""
    assert not Entry.objects.filter(verb="pupil.choose_who_is_asked").exists()


def test_named_guardian_who_is_not_ticked_is_refused_in_words(
    office_client: Client, maya: Pupil, mum: Guardian
) -> None:
    found = choose(office_client, maya, mode="named", named=tie(mum, maya))
    assert found.status_code == 422
    assert "This guardian cannot be asked: choose another, or let them count." in text(found)


def test_e30_block_is_shown_and_outlives_every_choice(
    office_client: Client, lead: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    boris = factories.make_blocked_guardian(
        maya, approved_by=lead, blocked_from=date(2026, 1, 1), name="Boris Blocked"
    )
    page = f"/consent/pupils/{maya.pk}/"
    shown = text(office_client.get(page))
    assert "Boris Blocked" in shown
    assert "since 1 January 2026" in shown
    refused = choose(office_client, maya, mode="any", counting=[tie(boris, maya)])
    assert refused.status_code == 422
    done = choose(office_client, maya, mode="any", counting=[tie(mum, maya)])
    assert done.status_code == 302
    kept = Guardianship.objects.get(guardian=boris)
    assert (kept.blocked_from, kept.counts_for_consent) == (date(2026, 1, 1), True)


def test_looking_at_a_pupil_or_a_guardian_is_written_down(
    office: StaffMember, office_client: Client, maya: Pupil, mum: Guardian
) -> None:
    office_client.get(f"/consent/pupils/{maya.pk}/")
    office_client.get(f"/consent/guardians/{mum.pk}/")
    assert list(Entry.objects.order_by("pk").values_list("actor", "verb", "object")) == [
        (office.actor, "pupil.read", f"school.pupil:{maya.pk}"),
        (office.actor, "guardian.read", f"school.guardian:{mum.pk}"),
    ]


# --- An address -----------------------------------------------------------------------------------
def correct(client: Client, guardian: Guardian, **typed: str) -> Any:
    return client.post(
        f"/consent/guardians/{guardian.pk}/",
        {"email": guardian.email, "language": "en", "seen": seal_seen(reach_of(guardian))} | typed,
    )


def test_e34_old_address_is_told_of_a_change_without_a_name(
    office_client: Client, maya: Pupil, mum: Guardian, mailbox: Any
) -> None:
    assert correct(office_client, mum, email="new@family.example").status_code == 302

    [letter] = mailbox()
    assert letter.to == ["amina@family.example"]
    assert letter.subject == "Your e-mail address at the school was changed"
    assert [word for word in ("new@family", "Maya", "Amina") if word in letter.body] == []
    mum.refresh_from_db()
    assert (mum.email, mum.email_changed_at) == ("new@family.example", clock.now())


def test_e31_old_address_is_not_told_where_a_blocked_person_reads_it(
    office_client: Client, lead: StaffMember, maya: Pupil, mum: Guardian, mailbox: Any
) -> None:
    factories.make_blocked_guardian(
        maya, approved_by=lead, blocked_from=date(2026, 1, 1), email="amina@family.example"
    )
    correct(office_client, mum, email="new@family.example")
    assert mailbox() == []
    assert Notice.objects.get().why == "this mailbox may not be written to"


@pytest.mark.parametrize("same", ["amina@family.example", "AMINA@Family.example"])
def test_same_address_again_changes_nothing(
    same: str, office_client: Client, mum: Guardian
) -> None:
    assert correct(office_client, mum, email=same).status_code == 302
    mum.refresh_from_db()
    assert (mum.email, mum.email_changed_at) == ("amina@family.example", None)
    assert not Entry.objects.exclude(verb__endswith=".read").exists()


def test_e46_correction_sends_what_did_not_arrive(
    asker: StaffMember, office_client: Client, maya: Pupil, mum: Guardian, mailbox: Any
) -> None:
    question = ask(asker, maya)
    mailbox()
    services.mark_failed([request_of(question, maya, mum).pk], now=clock.now())
    correct(office_client, mum, email="new@family.example")
    assert sorted(letter.to[0] for letter in mailbox()[1:]) == [
        "amina@family.example",
        "new@family.example",
    ]  # fmt: skip
    assert Request.objects.get().failed_at is None


def test_language_is_kept(office_client: Client, mum: Guardian) -> None:
    correct(office_client, mum, language="ar")
    mum.refresh_from_db()
    assert (mum.language, mum.email_changed_at) == ("ar", None)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"email": "not an address"}, "Write an e-mail address, like name@example.com."),
        ({"language": "klingon"}, "Select a valid choice"),
    ],
)
def test_bad_address_keeps_what_was_typed(
    typed: dict[str, str], why: str, office_client: Client, mum: Guardian
) -> None:
    found = correct(office_client, mum, **typed)
    assert found.status_code == 422
    assert text(found).count(why) == 2
    assert typed.get("email", "amina") in text(found)
    mum.refresh_from_db()
    assert (mum.email, mum.language) == ("amina@family.example", "en")


def test_e34_address_is_confirmed_by_a_person_who_says_how(
    host: StaffMember, deputy: StaffMember, office: StaffMember, mum: Guardian,
    staff_client: Callable[..., Client],
) -> None:  # fmt: skip
    services.correct_address(mum, by=office, email="new@family.example")
    office_client = staff_client(deputy)
    page, confirm = f"/consent/guardians/{mum.pk}/", f"/consent/guardians/{mum.pk}/confirm/"
    assert "An address was changed lately." in text(office_client.get("/consent/"))
    assert "no join link goes there before Friday 18 September, 2:00 pm" in re.sub(
        r"<[^>]+>", "", text(office_client.get(page))
    ).replace("  ", " ")
    empty = office_client.post(confirm, {"email": "new@family.example"})
    assert (empty.status_code, text(empty).count("Choose how you made sure.")) == (422, 2)
    stale = office_client.post(confirm, {"email": "amina@family.example", "how": "telephone"})
    assert (stale.status_code, "changed again meanwhile" in text(stale)) == (422, True)
    # What comes back asks about the address as it is now, and of this one nobody has made sure yet.
    again = stale.context["confirm"]
    assert (again["email"].value(), again["how"].value()) == ("new@family.example", None)
    assert [*again.errors] == ["__all__"]

    done = office_client.post(confirm, {"email": "new@family.example", "how": "telephone"})

    assert done.status_code == 302
    assert f"{deputy.name} confirmed the address" in text(office_client.get(page))
    assert "changed lately" not in text(office_client.get("/consent/"))
    entry = Entry.objects.get(verb="guardian.confirm_email")
    assert (entry.actor, entry.detail) == (deputy.actor, {"how": "telephone"})


def test_e34_who_changed_an_address_does_not_confirm_it(
    office: StaffMember, deputy: StaffMember, office_client: Client, mum: Guardian,
    staff_client: Callable[..., Client],
) -> None:  # fmt: skip
    page, confirm = f"/consent/guardians/{mum.pk}/", f"/consent/guardians/{mum.pk}/confirm/"
    correct(office_client, mum, email="mine@office.example")
    sent = {"email": "mine@office.example", "how": "telephone"}
    why, button = "You changed this address: somebody else makes sure of it", "Yes, it is theirs"
    own, others = text(office_client.get(page)), text(staff_client(deputy).get(page))
    assert [(why in seen, button in seen) for seen in (own, others)] == [
        (True, False), (False, True),
    ]  # fmt: skip
    refused = office_client.post(confirm, sent)
    assert (refused.status_code, f"{why}." in text(refused)) == (422, True)
    # The same address again is no change, by whomever: it is still the first one's.
    correct(staff_client(deputy), mum, email="MINE@office.example")
    mum.refresh_from_db()
    assert (mum.email_changed_by, mum.email_confirmed_at) == (office, None)
    assert staff_client(deputy).post(confirm, sent).status_code == 302
    mum.refresh_from_db()
    assert mum.email_confirmed_by == deputy


def test_e26_address_whose_reader_says_it_is_not_theirs_is_confirmed_on_its_page(
    asker: StaffMember, office_client: Client, maya: Pupil, mum: Guardian, mailbox: Any
) -> None:
    question = ask(asker, maya)
    mailbox()
    page = f"/consent/guardians/{mum.pk}/"
    doubt, button = "our e-mail was not meant for them", "Yes, it is theirs"
    before = text(office_client.get(page))
    assert (doubt in before, button in before) == (False, False)
    services.disown(request_of(question, maya, mum), by=mum)
    doubted = text(office_client.get(page))
    assert (doubt in doubted, button in doubted) == (True, True)

    sent = {"email": mum.email, "how": "telephone"}
    assert office_client.post(f"{page}confirm/", sent).status_code == 302

    settled = text(office_client.get(page))
    assert (doubt in settled, button in settled) == (False, False)
    assert [letter.to for letter in mailbox()] == [[mum.email]] * 2
    assert consent_of(question, maya).status is Status.WAITING


def test_e34_confirmation_lets_the_join_link_go(
    host: StaffMember,
    office: StaffMember,
    deputy: StaffMember,
    maya: Pupil,
    mum: Guardian,
    mailbox: Any,
) -> None:
    meeting = calls.shared(host, [(mum, maya)], co_hosts=[factories.make_staff()])
    services.correct_address(mum, by=office, email="new@family.example")
    mailbox()
    waiting = Notice.objects.filter(kind="meeting_join_link", about=meeting.about)
    assert [(one.state, one.try_at) for one in waiting] == [
        ("due", clock.now() + timedelta(hours=72))
    ]
    services.confirm_address(mum, by=deputy, email="new@family.example", how="telephone")
    mailbox()
    assert [one.state for one in waiting.all()] == ["sent"]


def test_e46_letter_that_came_back_goes_once_to_the_corrected_address(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, mailbox: Any, travel: Any
) -> None:
    question = ask(host, maya)
    mailbox()
    told = News(sent_as=Notice.objects.get().message_id, fate=Fate.BOUNCED, event="1")
    hear([told], now=clock.now())
    travel(clock.now() + timedelta(minutes=1))
    assert asked_pupils([question.pk], clock.now())[0].consent.reason == (
        "The message to Mother came back or reached somebody else. Ring or use paper."
    )
    services.correct_address(mum, by=office, email="new@family.example")
    assert sorted(letter.to[0] for letter in mailbox()[1:]) == [
        "amina@family.example", "new@family.example",
    ]  # fmt: skip
    assert Request.objects.get().failed_because == ""


def test_first_address_and_no_address_any_more(
    office_client: Client, maya: Pupil, mum: Guardian, mailbox: Any
) -> None:
    correct(office_client, mum, email="")
    assert [letter.to for letter in mailbox()] == [["amina@family.example"]]
    correct(office_client, Guardian.objects.get(pk=mum.pk), email="first@family.example")
    assert len(mailbox()) == 1
    mum.refresh_from_db()
    assert (mum.email, mum.email_changed_at) == ("first@family.example", clock.now())


def test_pupil_without_anybody_has_a_page_too(office_client: Client, school: Any) -> None:
    nobody = factories.make_pupil("Nina", "Noone")
    page = f"/consent/pupils/{nobody.pk}/"
    assert "Nobody is on record." in text(office_client.get(page))
    refused = choose(office_client, nobody, mode="named")
    assert (refused.status_code, text(refused).count("Choose the guardian")) == (422, 2)
    assert choose(office_client, nobody, mode="school").status_code == 302


# --- Two tabs, or two people ----------------------------------------------------------------------
def test_language_changed_in_an_older_tab_leaves_the_corrected_address_alone(
    asker: StaffMember, office_client: Client, maya: Pupil, mum: Guardian, mailbox: Any
) -> None:
    ask(asker, maya)
    page = f"/consent/guardians/{mum.pk}/"
    older = shown(office_client, page)
    correct(office_client, mum, email="right@family.example")
    mailbox()
    closed = clock.now() - timedelta(hours=1)
    Guardian.objects.filter(pk=mum.pk).update(email_closed_at=closed)

    done = office_client.post(page, older | {"language": "pl"}, follow=True)

    assert "It is kept." in text(done)
    mum.refresh_from_db()
    assert (mum.email, mum.language, mum.email_closed_at) == ("right@family.example", "pl", closed)
    assert Entry.objects.filter(verb="guardian.change_email").count() == 1


def test_address_corrected_in_an_older_tab_leaves_the_language_alone(
    office_client: Client, mum: Guardian
) -> None:
    page = f"/consent/guardians/{mum.pk}/"
    older = shown(office_client, page)
    correct(office_client, mum, language="pl")
    office_client.post(page, older | {"email": "right@family.example"})
    mum.refresh_from_db()
    assert (mum.email, mum.language) == ("right@family.example", "pl")


def test_address_that_somebody_else_changed_meanwhile_is_not_written_over_unseen(
    office_client: Client, maya: Pupil, mum: Guardian, mailbox: Any
) -> None:
    page = f"/consent/guardians/{mum.pk}/"
    older = shown(office_client, page)
    correct(office_client, mum, email="right@family.example")
    correct(office_client, Guardian.objects.get(pk=mum.pk), language="pl")

    refused = office_client.post(page, older | {"email": "mine@family.example"})

    assert refused.status_code == 409
    words = "Somebody has changed the address since you opened this page: it is right@family.example now."
    assert text(refused).count(words) == 2
    mum.refresh_from_db()
    assert (mum.email, mum.language) == ("right@family.example", "pl")
    # What was typed is still there, and what was not touched is as it stands now.
    again = {name: refused.context["form"][name].value() for name in older}
    assert (again["email"], again["language"]) == ("mine@family.example", "pl")
    assert office_client.post(page, again).status_code == 302
    mum.refresh_from_db()
    assert (mum.email, mum.language) == ("mine@family.example", "pl")


def test_language_that_somebody_else_changed_meanwhile_is_told_in_words(
    office_client: Client, mum: Guardian
) -> None:
    page = f"/consent/guardians/{mum.pk}/"
    older = shown(office_client, page)
    correct(office_client, mum, language="pl", email="")
    refused = office_client.post(page, older | {"language": "ur", "email": "a@family.example"})
    assert refused.status_code == 409
    assert "the language since you opened this page: it is Polish now." in text(refused)
    assert "the address since you opened this page: it is none now." in text(refused)
    mum.refresh_from_db()
    assert (mum.email, mum.language) == ("", "pl")


def test_two_who_correct_to_the_same_address_are_both_right(
    office_client: Client, mum: Guardian
) -> None:
    page = f"/consent/guardians/{mum.pk}/"
    older = shown(office_client, page)
    for _ in range(2):
        done = office_client.post(page, older | {"email": "right@family.example"})
        assert done.status_code == 302
    assert Entry.objects.filter(verb="guardian.change_email").count() == 1


def test_mode_changed_in_an_older_tab_lets_nobody_count_again(
    asker: StaffMember, office_client: Client, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    ask(asker, maya)
    page = f"/consent/pupils/{maya.pk}/"
    older = shown(office_client, page)
    assert set(older["counting"]) == {str(tie(mum, maya)), str(tie(dad, maya))}
    choose(office_client, maya, mode="school", counting=[tie(mum, maya)])

    refused = office_client.post(page, older | {"mode": "all"})

    assert refused.status_code == 409
    assert "Somebody has changed who is asked since you opened this page." in text(refused)
    assert as_it_stands(maya) == Choice(mode="", counting=frozenset([tie(mum, maya)]), named=None)
    # The mode that was chosen is still chosen; who counts is shown as it stands now.
    again = {name: refused.context["form"][name].value() for name in older}
    assert (again["mode"], again["counting"]) == ("all", [str(tie(mum, maya))])
    assert office_client.post(page, again).status_code == 302
    assert as_it_stands(maya).mode == "all"
    assert not Guardianship.objects.get(guardian=dad).counts_for_consent


def test_blocked_guardian_who_counts_is_in_nobody_s_way(
    office_client: Client, lead: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    boris = factories.make_blocked_guardian(
        maya, approved_by=lead, blocked_from=date(2026, 1, 1), name="Boris Blocked"
    )
    page = f"/consent/pupils/{maya.pk}/"
    assert office_client.post(page, shown(office_client, page)).status_code == 302
    older = shown(office_client, page)
    choose(office_client, maya, mode="school", counting=[tie(mum, maya)])
    again = office_client.post(page, older | {"mode": "all"}).context["form"]
    office_client.post(page, {name: again[name].value() for name in older})
    assert as_it_stands(maya) == Choice(
        mode="all", counting=frozenset([tie(mum, maya), tie(boris, maya)]), named=None
    )


@pytest.mark.parametrize("seen", ["", "junk", "of another page"])
def test_form_that_does_not_say_what_its_page_showed_changes_nothing(
    seen: str, office_client: Client, maya: Pupil, mum: Guardian
) -> None:
    is_other = seen == "of another page"
    tries = (
        correct(
            office_client,
            mum,
            email="new@family.example",
            seen=seal_seen(as_it_stands(maya)) if is_other else seen,
        ),
        choose(
            office_client,
            maya,
            mode="all",
            counting=[tie(mum, maya)],
            seen=seal_seen(reach_of(mum)) if is_other else seen,
        ),
    )
    for refused in tries:
        assert (refused.status_code, "This page is damaged." in text(refused)) == (422, True)
    maya.refresh_from_db()
    mum.refresh_from_db()
    assert (maya.consent_mode, mum.email) == ("", "amina@family.example")


def test_change_of_reach_is_for_those_who_may(host: StaffMember, mum: Guardian) -> None:
    seen = reach_of(mum)
    for wanted in (replace(seen, email="x@family.example"), replace(seen, language="pl")):
        with pytest.raises(NotAllowed, match="Only the office") as refused:
            services.change_reach(mum, by=host, wanted=wanted, seen=seen)
        assert not isinstance(refused.value, Overtaken)
    assert reach_of(Guardian.objects.get(pk=mum.pk)) == Reach(email=mum.email, language="en")
