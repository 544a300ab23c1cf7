"""A whole school at once, on PostgreSQL: nobody waits for ever, and what is stored agrees.

Random members of staff, families and sweeps act on two calls and some concerns. One after another they
show in which order each service takes its locks; six at a time they meet.
"""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from audit import verification
from concerns import services as concerns
from concerns.models import Concern
from consent import services as consent
from consent.models import Answer, Request, StandingConsent
from consent.selectors.covering import cover_now
from meetings import services
from meetings.models import Meeting
from notices import services as notices
from notices.models import Delivery, Notice
from notices.policy import Fate, Outcome, State
from notices.services.news import News, hear
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log
from tests.meetings import calls

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

WEEK = timedelta(days=7)
HANDS = 6
ACTS = 220
LOCKING = (" FOR UPDATE", " FOR NO KEY UPDATE")
Act = Callable[[], object]


@dataclass
class Town:
    """Four families, two calls about their children, the staff, and a die."""

    die: random.Random
    families: list[tuple[Guardian, Pupil]]
    shared: Meeting
    asked: Meeting
    staff: dict[str, StaffMember]

    def call(self) -> Meeting:
        """Return one of the calls as it stands."""
        chosen = self.die.choice([self.shared, self.asked])
        return Meeting.objects.select_related("purpose", "question", "series").get(pk=chosen.pk)

    def family(self) -> tuple[Guardian, Pupil]:
        guardian, pupil = self.die.choice(self.families)
        return Guardian.objects.get(pk=guardian.pk), pupil

    def request(self) -> Request:
        """Return what one family is asked about one call."""
        rows = Request.objects.select_related("question", "guardian", "pupil")
        return rows.get(question=self.call().question_id, guardian=self.family()[0])

    def answer(self) -> Answer:
        """Return something that was said."""
        return self.die.choice(list(Answer.objects.select_related("request")))

    def standing(self) -> StandingConsent:
        return self.die.choice(list(StandingConsent.objects.select_related("guardian")))

    def concern(self) -> Concern:
        return self.die.choice(list(Concern.objects.all()))

    def is_yes(self) -> bool:
        return self.die.random() < 0.5


@pytest.fixture
def town(
    request: pytest.FixtureRequest,
    school_day: datetime,
    host: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    deputy: StaffMember,
    head: StaffMember,
) -> Town:
    """The same for the same seed."""
    factories.make_term()
    families = []
    for name in ("Adams", "Brown", "Clark", "Davis"):
        pupil = factories.make_pupil("Kim", name)
        families.append((factories.make_guardian(pupil, name=f"Pat {name}"), pupil))
    first = calls.agreed(host, families, co_hosts=[co_host])
    for guardian, _ in families:
        own = Request.objects.get(question=first.question, guardian=guardian)
        cover = cover_now(own)
        assert cover
        consent.give_standing(own, by=guardian, cover=cover, name=guardian.name)
    pupils = [pupil for _, pupil in families]
    shared, asked = (
        calls.asked(
            host,
            pupils,
            co_hosts=[co_host],
            starts_at=calls.STARTS + weeks * WEEK,
            ends_at=calls.ENDS + weeks * WEEK,
        )
        for weeks in (1, 2)
    )
    log.log(host, log.child(pupils[0]))
    people = (host, co_host, colleague, office, lead, deputy, head)
    return Town(
        die=random.Random(request.param),  # noqa: S311 - a die, not a secret
        families=families,
        shared=services.share_by_email(shared, by=host),
        asked=asked,
        staff=dict(
            zip(
                ("host", "co_host", "colleague", "office", "lead", "deputy", "head"),
                people,
                strict=True,
            )
        ),
    )


def acts_of_staff(town: Town) -> list[Act]:
    """What teachers and the office do with a call and with addresses."""
    of, die = town.staff, town.die
    pupils = [pupil for _, pupil in town.families]

    def revise() -> None:
        plan = {"pupils": die.sample(pupils, die.choice([2, 3, 4])), "title": die.choice("ABC")}
        call = town.call()
        services.revise(call, by=of["host"], what=calls.as_it_is(call, **plan))

    def swap() -> None:
        call, adults = (
            town.call(),
            [of["co_host"], *die.sample([of["colleague"]], die.randrange(2))],
        )
        services.revise(call, by=of["host"], what=calls.as_it_is(call, co_hosts=adults))

    def correct() -> None:
        email = f"kim{die.randrange(99)}@family.example"
        consent.correct_address(town.family()[0], by=of["office"], email=email)

    def confirm() -> None:
        guardian = town.family()[0]
        consent.confirm_address(guardian, by=of["deputy"], email=guardian.email, how="rang")

    return [
        revise, swap, correct, confirm,
        lambda: consent.invalidate(town.answer(), by=of["office"], reason="a slip"),
        lambda: consent.check(town.answer(), by=of["office"], is_accepted=town.is_yes()),
        lambda: consent.resend(town.request(), by=of["office"]),
        lambda: consent.send_new_link(town.request(), by=of["office"]),
        lambda: services.ask(town.call(), by=of["host"]),
        lambda: services.share_by_email(town.call(), by=of["host"]),
        lambda: services.drop_out(town.call(), by=of["host"], staff=of["co_host"]),
        lambda: services.come_back(town.call(), by=of["host"], staff=of["co_host"]),
    ]  # fmt: skip


def give_year(own: Request, by: Guardian) -> None:
    cover = cover_now(own)
    if cover is not None:
        consent.give_standing(own, by=by, cover=cover, name=by.name)


def acts_of_families(town: Town) -> list[Act]:
    """What is done with a link, from the first answer to a join."""

    def answer() -> None:
        guardian, pupil = town.family()
        calls.answer(town.call(), guardian, pupil, takes_part=town.is_yes())

    def with_link(act: Callable[[Request, Any], object]) -> Act:
        def go() -> None:
            own = town.request()
            act(own, own.guardian)

        return go

    def disown(own: Request, by: Guardian) -> None:
        consent.disown(own, by=by, is_mailbox_wrong=town.is_yes())

    def end_year() -> None:
        standing = town.standing()
        consent.end_standing(standing, by=standing.guardian)

    def press() -> None:
        guardian, pupil = town.family()
        services.press(calls.place(town.shared, pupil), guardian_id=guardian.pk)

    return [
        answer, answer, end_year, press, with_link(give_year), with_link(disown),
        with_link(lambda own, by: consent.withdraw(own, by=by)),
        with_link(lambda own, by: consent.undo(own, by=by)),
        lambda: consent.wish("consent_lost_link", town.family()[0].email, is_crowded=False),
        lambda: consent.wish(services.LOST_ALL, town.family()[0].email, is_crowded=False),
    ]  # fmt: skip


def acts_beside(town: Town) -> list[Act]:
    """What is done with concerns, and by the sweep."""
    of, die = town.staff, town.die

    def name() -> None:
        who = log.accused(die.choice([of["deputy"], of["colleague"]]))
        concerns.name_subject(town.concern(), by=die.choice([of["lead"], of["head"]]), person=who)

    def missed() -> None:
        call = log.rang(of["lead"], clock.now(), reached=False)
        concerns.record_call(town.concern(), by=of["host"], call=call)

    return [
        name,
        missed,
        lambda: log.log(of["host"], log.child(town.family()[1])),
        lambda: concerns.acknowledge(town.concern(), by=die.choice([of["lead"], of["deputy"]])),
        lambda: notices.run_due(clock.now()),
        lambda: notices.run_due(clock.now()),
    ]


def acts_of_post(town: Town) -> list[Act]:
    """What comes back from mailboxes, and what the office does about it."""
    of, die = town.staff, town.die

    def come_back() -> None:
        sent = list(Delivery.objects.filter(outcome=Outcome.ACCEPTED.value, notice__staff=None))
        if sent:
            name, event = die.choice(sent).sent_as, f"{die.random()}"
            hear([News(sent_as=name, fate=Fate.BOUNCED, event=event)], now=clock.now())

    def send_again() -> None:
        failed = list(Notice.objects.filter(state=State.FAILED.value))
        if failed:
            notices.send_again(die.choice(failed), by=of["office"])

    def send_all_again() -> None:
        kind = die.choice(["consent_request", "consent_changed", "consent_new_link"])
        notices.send_kind_again(kind, by=of["office"])

    return [come_back, come_back, send_again, send_all_again]


def acts(town: Town) -> list[Act]:
    return [*acts_of_staff(town), *acts_of_families(town), *acts_beside(town), *acts_of_post(town)]


def done(act: Act) -> None:
    """Do it, or be told that it may not be done."""
    with suppress(NotAllowed, Request.DoesNotExist):
        act()


def agree(town: Town) -> None:
    """Hold what is stored against the verdict, and the chain against itself."""
    for meeting in (town.shared, town.asked):
        meeting.refresh_from_db()
        if meeting.status in {"shared", "open"}:
            assert (meeting.on_hold_since is not None) == bool(calls.verdict(meeting))
    assert verification.walk().broken is None


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Collect every statement that waits for a row while the audit's chain is held."""
    late: list[str] = []
    holding = False

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal holding
        words = str(sql)
        if "pg_advisory_xact_lock" in words:
            holding = True
        elif holding and (words.startswith("UPDATE") or any(lock in words for lock in LOCKING)):
            late.append(words[:100])
        return execute(sql, params, many, context)

    def ending(name: str) -> None:
        end = getattr(BaseDatabaseWrapper, name)

        def ended(self: Any) -> Any:
            nonlocal holding
            holding = False
            return end(self)

        monkeypatch.setattr(BaseDatabaseWrapper, name, ended)

    ending("_commit")
    ending("_rollback")
    with connection.execute_wrapper(look):
        yield late


@pytest.mark.parametrize("town", [1, 2], indirect=True)
def test_no_service_waits_for_a_row_while_it_holds_the_audits_chain(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = acts(town)
    with watched(monkeypatch) as late:
        for _ in range(ACTS):
            done(town.die.choice(some))
    assert late == []
    agree(town)


@pytest.mark.parametrize("town", [3, 4], indirect=True)
def test_six_at_a_time_nobody_waits_for_ever_and_what_is_stored_agrees(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    some = acts(town)
    faults: list[str] = []

    def go(act: Act) -> None:
        try:
            done(act)
        except Exception as fault:  # noqa: BLE001 - the test looks at it
            faults.append(f"{getattr(act, '__name__', act)}: {fault!r}")
        finally:
            connection.close()

    with ThreadPoolExecutor(HANDS) as pool:
        list(pool.map(go, [town.die.choice(some) for _ in range(ACTS)]))
    assert faults == []
    # The sweep goes on after a fault of its own, and writes it down.
    assert "deadlock" not in caplog.text
    agree(town)
