"""Random people against the services: whatever they do, no door opens that must not.

What may be open is worked out here from the bare rows, not by asking the rules that are on trial.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from audit import services as audit
from consent import services as consent
from consent.models import Answer, Request, StandingConsent
from consent.policy import Asked
from consent.selectors.covering import cover_now
from meetings import policy, selectors, services
from meetings.models import Check, Meeting, Place, RegisterEntry, Seat
from meetings.services import Ending, Plan, Press
from meetings.teams import LinkRefused
from notices import services as notices
from notices.models import Delivery, Ladder
from school.models import Absence, Guardian, Guardianship, Pupil, StaffMember
from school.roles import Role
from school.services import SWEEP
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.meetings import calls

MONDAY = datetime(2026, 9, 14, 8, 0, tzinfo=UTC)
STARTS = datetime(2026, 9, 17, 13, 0, tzinfo=UTC)
PUPILS = 4
ADULTS = 4
# What everybody has to live with: a rule said no.
REFUSED = (NotAllowed, LinkRefused)

pupil_numbers = st.integers(0, PUPILS - 1)
adult_numbers = st.integers(0, ADULTS - 1)
guardian_numbers = st.integers(0, PUPILS + 1)
some_pupils = st.lists(pupil_numbers, min_size=1, max_size=PUPILS, unique=True)
some_adults = st.lists(st.integers(1, ADULTS - 1), max_size=2, unique=True)


def at(*stages: str) -> Any:
    """Try a change where it may succeed; `out_of_turn` tries them everywhere."""
    return precondition(lambda self: self.stage in stages)


PLANNED = ("draft", "asked", "shared")
UNDERWAY = ("shared", "open")


class Call(RuleBasedStateMachine):
    """One school, one call at a time, and people who do as they like."""

    def __init__(self) -> None:
        super().__init__()
        cache.clear()
        mail.outbox.clear()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.travel = time_machine.travel(MONDAY, tick=False)
        self.clock = self.travel.start()
        factories.make_school()
        names = ("Helen Host", "Colin Cohost", "Rita Reserve", "Ed Extra")
        self.adults = [factories.make_staff(name) for name in names]
        self.lead = factories.make_staff("Leah Lead", roles=(Role.STAFF, Role.DSL))
        self.pupils = [factories.make_pupil(name) for name in ("Amy", "Ben", "Cat", "Dan")]
        self.guardians = self._families()
        self.purposes = [calls.make_purpose(rule) for rule in ("optional", "required", "advised")]
        self.standing = self._yes_for_the_year()
        self.meeting: Meeting | None = None
        self.stage = ""
        self.seen = 0

    def _families(self) -> list[Guardian]:
        """One parent each, Amy and Ben have one in common, Cat's father is under an order."""
        amy, ben, cat, dan = self.pupils
        return [
            factories.make_guardian(amy, ben, name="Alice Adams"),
            factories.make_guardian(ben, name="Bob Brown"),
            factories.make_guardian(cat, name="Clara Clark"),
            factories.make_guardian(dan, name="Dora Drew"),
            factories.make_guardian(dan, name="Dirk Drew"),
            factories.make_blocked_guardian(
                cat,
                approved_by=self.lead,
                blocked_from=date(2026, 1, 1),
                name="Boris Blocked",
            ),
        ]

    def _yes_for_the_year(self) -> StandingConsent:
        """Ben's father has said yes to all calls of one kind that are not recorded."""
        factories.make_term()
        bob, ben = self.guardians[1], self.pupils[1]
        question = consent.ask(
            by=self.adults[0],
            about="an earlier call",
            asked=Asked(
                title="An earlier call",
                purpose=self.purposes[0].name,
                kind=f"meetings.purpose:{self.purposes[0].pk}",
                starts_at=STARTS,
                ends_at=STARTS + timedelta(hours=1),
                staff=("Helen Host", "Colin Cohost"),
                is_recorded=False,
            ),
            pupil_ids=[ben.pk],
            closes_at=STARTS,
        )
        request = Request.objects.select_related("question", "pupil").get(
            question=question, guardian=bob
        )
        consent.answer(request, by=bob, takes_part=True, may_be_recorded=None, name=bob.name,
                       relationship="father", version=1)  # fmt: skip
        cover = cover_now(request)
        assert cover is not None
        return consent.give_standing(request, by=bob, cover=cover, name=bob.name)

    def teardown(self) -> None:
        self.travel.stop()
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def attempt(self, change: Any, *args: Any, **facts: Any) -> bool:
        """Try a change; a refusal is an outcome, and leaves no half of it behind."""
        try:
            change(*args, **facts)
        except REFUSED:
            return False
        return True

    def plan(self, pupils: list[int], others: list[int], *, is_recorded: bool, days: int = 0,
             purpose: int = 0, reserves: tuple[int, ...] = ()) -> Plan:  # fmt: skip
        shift = timedelta(days=days)
        return Plan(
            title="Reading together",
            purpose=self.purposes[purpose],
            starts_at=STARTS + shift,
            ends_at=STARTS + shift + timedelta(minutes=45),
            pupils=[self.pupils[number] for number in pupils],
            co_hosts=[self.adults[number] for number in others],
            reserves=[self.adults[number] for number in reserves],
            is_recorded=is_recorded,
        )

    @initialize(
        pupils=st.lists(pupil_numbers, min_size=2, max_size=PUPILS, unique=True),
        others=st.lists(st.integers(1, ADULTS - 1), min_size=1, max_size=2, unique=True),
        is_recorded=st.booleans(),
        stage=st.sampled_from([0, 1, 2, 3, 4, 4, 4, 4]),
        says=st.lists(
            st.sampled_from(["yes"] * 6 + ["no recording", "no"]), min_size=6, max_size=6
        ),
    )
    def begin(
        self, pupils: list[int], others: list[int], is_recorded: bool, stage: int, says: list[str]
    ) -> None:
        """Begin somewhere along the usual way, so that the unusual has more room."""
        self.plan_a_call(pupils, others, is_recorded, 0)
        if self.meeting is None or stage < 1:
            return
        self.attempt(services.ask, self.meeting, by=self.adults[0])
        if stage >= 2:
            for number, said in enumerate(says):
                for pupil in self.pupils:
                    self._say(self.guardians[number], pupil, said)
        if stage >= 3:
            self.share(0)
        if stage >= 4:
            self.go_to(STARTS - timedelta(minutes=10))
            for number in range(ADULTS):
                self.confirm(number)
            self.open_door(0)

    def seated(self, number: int) -> StaffMember:
        """Somebody who is on the call; `out_of_turn` lets others try."""
        seats = list(self.fresh().seats.select_related("staff__user"))
        return seats[number % len(seats)].staff

    # --- Planning ---------------------------------------------------------------------------------
    @precondition(lambda self: self.meeting is None)
    @rule(
        pupils=some_pupils,
        others=some_adults,
        is_recorded=st.booleans(),
        purpose=st.integers(0, 2),
    )
    def plan_a_call(
        self, pupils: list[int], others: list[int], is_recorded: bool, purpose: int
    ) -> None:
        what = self.plan(pupils, others, is_recorded=is_recorded, purpose=purpose)
        try:
            meeting = services.plan(by=self.adults[0], what=what)
        except NotAllowed:
            assert not Meeting.objects.exists()
            return
        self.meeting = services.set_link(meeting, by=self.adults[0], text=calls.LINK)

    @at(*PLANNED)
    @rule(
        pupils=some_pupils,
        others=some_adults,
        reserves=some_adults,
        is_recorded=st.booleans(),
        days=st.sampled_from([0, 0, 0, 1]),
        by=st.integers(0, 1),
    )
    def revise(
        self,
        pupils: list[int],
        others: list[int],
        reserves: list[int],
        is_recorded: bool,
        days: int,
        by: int,
    ) -> None:
        what = self.plan(
            pupils, others, is_recorded=is_recorded, days=days, reserves=tuple(reserves)
        )
        self.attempt(services.revise, self.meeting, by=self.adults[by], what=what)

    @at(*PLANNED)
    @rule(text=st.sampled_from([calls.LINK, "https://zoom.us/j/123456789", "", "teams please"]))
    def set_link(self, text: str) -> None:
        self.attempt(services.set_link, self.meeting, by=self.adults[0], text=text)

    # --- Families ---------------------------------------------------------------------------------
    @at("draft", "asked")
    @rule()
    def ask(self) -> None:
        self.attempt(services.ask, self.meeting, by=self.adults[0])

    @rule(
        guardian=guardian_numbers,
        pupil=pupil_numbers,
        said=st.sampled_from(
            ["yes", "yes", "no recording", "no", "withdraw", "stranger", "not me"]
        ),
    )
    def say(self, guardian: int, pupil: int, said: str) -> None:
        self._say(self.guardians[guardian], self.pupils[pupil], said)

    def _say(self, guardian: Guardian, pupil: Pupil, said: str) -> None:
        if self.meeting is None:
            return
        request = (
            Request.objects.select_related("question")
            .filter(guardian=guardian, pupil=pupil, question=self.fresh().question)
            .first()
        )
        if request is None:
            return
        if said == "withdraw":
            self.attempt(consent.withdraw, request, by=guardian)
            return
        if said == "not me":
            self.attempt(consent.disown, request, by=guardian)
            return
        self.attempt(
            consent.answer,
            request,
            by=guardian,
            takes_part=said != "no",
            may_be_recorded=said != "no recording",
            name="Zoe Quite-Another" if said == "stranger" else guardian.name,
            relationship="mother",
            version=request.question.version,
        )

    @precondition(lambda self: self.meeting is not None)
    @rule(really=st.sampled_from([True, False, False]), by=st.integers(0, 1))
    def end_the_yes_for_the_year(self, really: bool, by: int) -> None:
        if really:
            ending = (self.guardians[1], self.lead)[by]
            self.attempt(consent.end_standing, self.standing, by=ending, reason="They rang.")

    @rule(guardian=guardian_numbers, is_granted=st.sampled_from([True, False, False]))
    def forbid_contact(self, guardian: int, is_granted: bool) -> None:
        """A court order is asked for, and arrives now and then."""
        if not is_granted:
            return
        Guardianship.objects.filter(guardian=self.guardians[guardian]).update(
            blocked_from=date(2026, 9, 1),
            block_reason="order",
            block_evidence="file",
            block_approved_by=self.lead,
        )

    @at("asked", "shared")
    @rule(by=st.integers(0, 1))
    def share(self, by: int) -> None:
        self.attempt(services.share_by_email, self.meeting, by=self.adults[by])

    @at(*UNDERWAY)
    @rule(guardian=guardian_numbers)
    def ask_for_own_link(self, guardian: int) -> None:
        services.send_personal_links(
            self.fresh(),
            by=SWEEP,
            address=self.guardians[guardian].email,
            is_crowded=False,
            now=clock.now(),
        )

    # --- The call ---------------------------------------------------------------------------------
    @at(*UNDERWAY)
    @rule(who=adult_numbers)
    def confirm(self, who: int) -> None:
        items = list(policy.CheckItem)
        self.attempt(services.confirm, self.meeting, by=self.seated(who), items=items)

    @at("shared")
    @rule(by=adult_numbers)
    def open_door(self, by: int) -> None:
        self.attempt(services.open_door, self.meeting, by=self.adults[by])

    @at(*UNDERWAY)
    @rule(guardian=guardian_numbers, pupil=pupil_numbers)
    def press(self, guardian: int, pupil: int) -> None:
        place = Place.objects.filter(meeting=self.meeting, pupil=self.pupils[pupil]).first()
        if place is None:
            return
        person = self.guardians[guardian]
        passage = services.press(place, guardian_id=person.pk)
        assert bool(passage.teams_url) is passage.answer.is_open
        if passage.teams_url:
            assert (person.pk, place.pupil_id) not in blocked_ties()
            assert person.guardianships.filter(pupil=place.pupil_id).exists()
            self.check_open(place.pupil_id)

    @at("open")
    @rule(by=adult_numbers, pupils=some_pupils)
    def admit(self, by: int, pupils: list[int]) -> None:
        pupil_ids = [self.pupils[number].pk for number in pupils]
        removed = sent_out(self.fresh())
        if self.attempt(services.admit, self.meeting, by=self.seated(by), pupil_ids=pupil_ids):
            meeting = self.fresh()
            assert set(pupil_ids) <= set(consents(meeting)) - removed
            assert len(adults_there(meeting)) > 1 or len(on_the_call(meeting)) > 1

    @at("open")
    @rule(by=adult_numbers, pupil=pupil_numbers, is_removal=st.booleans())
    def send_out(self, by: int, pupil: int, is_removal: bool) -> None:
        facts: dict[str, Any] = {"by": self.seated(by), "pupil_id": self.pupils[pupil].pk}
        if is_removal:
            self.attempt(services.remove, self.meeting, reason="shouting", **facts)
        else:
            self.attempt(services.mark, self.meeting, kind=policy.EntryKind.LEFT, **facts)

    @at("open")
    @rule(by=adult_numbers, pupil=pupil_numbers, reason=st.sampled_from(["calm again", ""]))
    def let_back(self, by: int, pupil: int, reason: str) -> None:
        pupil_id, meeting = self.pupils[pupil].pk, self.fresh()
        removed = sent_out(meeting)
        facts: dict[str, Any] = {"by": self.seated(by), "pupil_id": pupil_id, "reason": reason}
        if self.attempt(services.let_back, self.meeting, **facts):
            assert reason
            assert pupil_id in removed
            assert pupil_id not in on_the_call(meeting)

    @at(*UNDERWAY)
    @rule(by=adult_numbers, who=adult_numbers, is_back=st.booleans())
    def drop_out_or_come_back(self, by: int, who: int, is_back: bool) -> None:
        change = services.come_back if is_back else services.drop_out
        self.attempt(change, self.meeting, by=self.seated(by), staff=self.seated(who))

    @at(*UNDERWAY)
    @rule(by=adult_numbers, who=adult_numbers)
    def call_reserve(self, by: int, who: int) -> None:
        self.attempt(
            services.call_reserve, self.meeting, by=self.seated(by), staff=self.seated(who)
        )

    @at(*UNDERWAY)
    @rule(by=adult_numbers, who=adult_numbers)
    def bring_cover(self, by: int, who: int) -> None:
        facts: dict[str, Any] = {"by": self.seated(by), "staff": self.adults[who]}
        self.attempt(services.bring_cover, self.meeting, **facts)

    @at("open")
    @rule(
        by=adult_numbers,
        pupil=pupil_numbers,
        what=st.sampled_from(["admit", "left", "removed", "drop out", "come back"]),
        minutes=st.sampled_from([0, 1, 5, 30]),
        again=st.booleans(),
    )
    def press_that_comes_late(
        self, by: int, pupil: int, what: str, minutes: int, again: bool
    ) -> None:
        """A device had no connection: its press arrives now, and perhaps twice."""
        person, pupil_id = self.seated(by), self.pupils[pupil].pk
        facts: dict[str, Any] = {
            "by": person,
            "press": Press(key=uuid4(), ago=timedelta(minutes=minutes)),
        }
        changes: dict[str, Any] = {
            "admit": lambda: services.admit(self.meeting, pupil_ids=[pupil_id], **facts),
            "left": lambda: services.mark(
                self.meeting, pupil_id=pupil_id, kind=policy.EntryKind.LEFT, **facts
            ),
            "removed": lambda: services.remove(
                self.meeting, pupil_id=pupil_id, reason="shouting", **facts
            ),
            "drop out": lambda: services.drop_out(self.meeting, staff=person, **facts),
            "come back": lambda: services.come_back(self.meeting, staff=person, **facts),
        }
        removed = sent_out(self.fresh())
        is_taken = self.attempt(changes[what])
        if is_taken and what == "admit":
            assert pupil_id not in removed
        lines = RegisterEntry.objects.filter(meeting=self.meeting, press_key__isnull=False)
        count = lines.count()
        if is_taken and again:
            self.attempt(changes[what])
            assert lines.count() == count

    @at("open")
    @rule(by=adult_numbers, pupil=pupil_numbers, what=st.sampled_from(["wait", "name", "one came"]))
    def say_more(self, by: int, pupil: int, what: str) -> None:
        person = self.seated(by)
        if what == "wait":
            if self.attempt(services.wait_for_others, self.meeting, by=person):
                assert len(adults_there(self.fresh())) > 1
        elif what == "name":
            facts: dict[str, Any] = {"pupil_id": self.pupils[pupil].pk, "name": "Dad's iPad"}
            self.attempt(services.agree_name, self.meeting, by=person, **facts)
        elif self.attempt(services.end_with_one, self.meeting, by=person):
            assert len(on_the_call(self.fresh())) <= 1

    @at("ended", "closed")
    @rule(by=adult_numbers, is_empty=st.booleans())
    def look_again(self, by: int, is_empty: bool) -> None:
        change = services.look_empty if is_empty else services.find_somebody
        self.attempt(change, self.meeting, by=self.seated(by))
        self.attempt(services.destroy_recording, self.meeting, by=self.seated(by))

    @rule(who=adult_numbers, is_bad=st.sampled_from([True, False, False]))
    def fall_ill(self, who: int, is_bad: bool) -> None:
        if not is_bad:
            return
        now = clock.now()
        factories.make_absence(self.adults[who], now, now + timedelta(days=5))

    @rule(who=adult_numbers, is_eligible=st.booleans())
    def change_eligibility(self, who: int, is_eligible: bool) -> None:
        StaffMember.objects.filter(pk=self.adults[who].pk).update(is_eligible_for_calls=is_eligible)

    # --- The end ----------------------------------------------------------------------------------
    @precondition(lambda self: self.meeting is not None)
    @rule(
        how=st.sampled_from(
            ["end", "close", "did not take place", "cancel", "end by lead"] + ["not yet"] * 10
        )
    )
    def finish(self, how: str) -> None:
        host = self.adults[0]
        if how == "end":
            self.attempt(services.end, self.meeting, by=host)
        elif how == "end by lead":
            self.attempt(services.end, self.meeting, by=self.lead)
        elif how == "cancel":
            self.attempt(services.cancel, self.meeting, by=host)
        elif how != "not yet":
            ending = Ending(took_place=how == "close", hung_up=True)
            self.attempt(services.close, self.meeting, by=host, how=ending)

    @precondition(lambda self: self.meeting is not None)
    @rule(
        what=st.sampled_from(["revise", "ask", "share", "confirm", "open", "admit", "link"]),
        by=adult_numbers,
    )
    def out_of_turn(self, what: str, by: int) -> None:
        person, items = self.adults[by], list(policy.CheckItem)
        pupil_ids = [pupil.pk for pupil in self.pupils]
        changes: dict[str, Any] = {
            "revise": lambda: services.revise(
                self.fresh(), by=person, what=calls.as_it_is(self.fresh(), co_hosts=[])
            ),
            "ask": lambda: services.ask(self.fresh(), by=person),
            "share": lambda: services.direct_message(self.fresh(), by=person),
            "confirm": lambda: services.confirm(self.fresh(), by=person, items=items),
            "open": lambda: services.open_door(self.fresh(), by=person),
            "admit": lambda: services.admit(self.fresh(), by=person, pupil_ids=pupil_ids),
            "link": lambda: services.set_link(self.fresh(), by=person, text=calls.LINK),
        }
        self.attempt(changes[what])

    # --- Time and post ----------------------------------------------------------------------------
    @rule(minutes=st.sampled_from([1, 1, 5, 5, 10, 60, 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.go_to(clock.now() + timedelta(minutes=minutes))

    @precondition(lambda self: self.meeting is not None)
    @rule(minutes=st.sampled_from([-90, -10, -10, 0, 0, 5, 5, 10, 80, 120]))
    def the_hour_comes(self, minutes: int) -> None:
        self.go_to(self.fresh().starts_at + timedelta(minutes=minutes))

    def go_to(self, at: datetime) -> None:
        if at > clock.now():
            self.clock.move_to(at, tick=False)

    @rule()
    def sweep(self) -> None:
        """The post goes out, and every letter of it is looked at."""
        notices.run_due(clock.now())
        assert not Ladder.objects.filter(failures__gt=0).exists()
        assert not Delivery.objects.exclude(outcome="accepted").exists()
        names = {pupil.pk: pupil.given_name for pupil in self.pupils}
        people = {guardian.pk: guardian.email for guardian in self.guardians}
        fresh, self.seen = mail.outbox[self.seen :], len(mail.outbox)
        for letter in fresh:
            html = [str(part[0]) for part in getattr(letter, "alternatives", [])]
            text = "\n".join([letter.subject, str(letter.body), *html])
            assert len(letter.to) == 1
            assert not letter.cc
            assert not letter.bcc
            assert not [secret for secret in calls.SECRETS if secret in text]
            for guardian_id, pupil_id in blocked_ties():
                if letter.to == [people[guardian_id]]:
                    assert names[pupil_id] not in text
                    own = {pk for g, pk in blocked_ties() if g == guardian_id}
                    ties = Guardianship.objects.filter(guardian=guardian_id)
                    assert set(ties.values_list("pupil_id", flat=True)) != own

    # --- What must hold ---------------------------------------------------------------------------
    def fresh(self) -> Meeting:
        assert self.meeting is not None
        return Meeting.objects.select_related("purpose", "question").get(pk=self.meeting.pk)

    @invariant()
    def no_door_is_open_that_must_not_be(self) -> None:
        if self.meeting is None:
            return
        meeting, now = self.fresh(), clock.now()
        self.stage = meeting.status
        # At any other stage the press is asked, which costs less than looking at every step.
        if meeting.status != "open":
            return
        facts = selectors.facts(meeting, now)
        for pupil in self.pupils:
            if policy.door(facts, pupil.pk, now).is_open:
                self.check_open(pupil.pk)

    def check_open(self, pupil_id: int) -> None:
        """A door is open: see from the bare rows whether it may be."""
        meeting = self.fresh()
        adults, may_come = adults_there(meeting), consents(meeting)
        assert meeting.status == "open"
        assert clock.now() <= meeting.ends_at + timedelta(minutes=30)
        assert pupil_id in may_come
        expected = set(may_come) - sent_out(meeting)
        assert pupil_id in expected
        assert len(adults) >= 1
        # P1: never one with one, recorded or not; nor left so by those who have gone.
        assert not (len(adults) == 1 and len(expected) == 1)
        assert not (len(adults) == 1 and len(on_the_call(meeting)) == 1)
        # P2: one adult means a recording, which every family has agreed to.
        if len(adults) == 1:
            assert meeting.is_recorded
        if meeting.is_recorded:
            assert all(may_come[pk] for pk in expected)

    @invariant()
    def audit_chain_holds(self) -> None:
        assert audit.verify() is None


# --- The bare rows --------------------------------------------------------------------------------
def blocked_ties() -> set[tuple[int, int]]:
    """Guardian and pupil of every order that stands; none of them ends in these stories."""
    today = clock.today()
    rows = Guardianship.objects.filter(blocked_from__lte=today, blocked_until=None)
    return set(rows.values_list("guardian_id", "pupil_id"))


def adults_there(meeting: Meeting) -> set[int]:
    """Who is on the call by the rows: has a seat, is not away or gone, and has confirmed in time."""
    confirmed = Check.objects.filter(
        seat__meeting=meeting,
        item="conduct",
        confirmed_at__gte=meeting.starts_at - timedelta(hours=2),
        confirmed_at__gt=meeting.scheduled_at,
    )
    away = Absence.objects.filter(starts_at__lt=meeting.ends_at, ends_at__gt=meeting.starts_at)
    rows = Seat.objects.filter(
        meeting=meeting,
        dropped_out_at=None,
        staff__is_eligible_for_calls=True,
        staff__user__is_active=True,
        pk__in=confirmed.values("seat"),
    ).exclude(staff__in=away.values("staff"))
    return set(rows.exclude(role="reserve", called_at=None).values_list("staff_id", flat=True))


def consents(meeting: Meeting) -> dict[int, bool]:
    """Who may come by the rows, and whether they may be recorded: one yes, and nobody says no."""
    places = Place.objects.filter(meeting=meeting, taken_off_at=None)
    orders = blocked_ties()
    found: dict[int, bool] = {}
    for pupil_id in places.values_list("pupil_id", flat=True):
        said: list[Answer] = []
        for request in Request.objects.filter(
            question=meeting.question, pupil=pupil_id, ended_at=None
        ):
            if (request.guardian_id, pupil_id) in orders:
                continue
            answers = Answer.objects.filter(
                request=request,
                is_by_someone_else=False,
                recorded_at__gte=F("request__asked_at"),
            )
            disowned = request.disowned_at
            counted = [
                answer
                for answer in answers.order_by("at", "id")
                if rests_well(answer, meeting)
                and (answer.kind != "yes" or disowned is None or answer.recorded_at > disowned)
            ]
            said += counted[-1:]
        yes = [
            answer
            for answer in said
            if answer.kind == "yes"
            and answer.wording.version >= answer.request.question.material_version
        ]
        if yes and not any(answer.kind in {"no", "withdrawn"} for answer in said):
            found[pupil_id] = all(answer.may_be_recorded is True for answer in yes)
    return found


def rests_well(answer: Answer, meeting: Meeting) -> bool:
    """Whether an answer by a yes for the school year still has that yes behind it."""
    standing = answer.standing
    if standing is None:
        return True
    is_of_the_kind = standing.kind == f"meetings.purpose:{meeting.purpose_id}"
    return is_of_the_kind and standing.ended_at is None and not meeting.is_recorded


def last_lines(meeting: Meeting, *kinds: str) -> dict[int, str]:
    """The last line of these kinds for each pupil."""
    lines = RegisterEntry.objects.filter(meeting=meeting, kind__in=kinds).order_by("pk")
    return dict(lines.values_list("pupil_id", "kind"))


def sent_out(meeting: Meeting) -> set[int]:
    lines = last_lines(meeting, "let_back", "removed")
    return {pupil_id for pupil_id, kind in lines.items() if kind == "removed"}


def on_the_call(meeting: Meeting) -> set[int]:
    lines = last_lines(meeting, "admitted", "removed", "left")
    return {pupil_id for pupil_id, kind in lines.items() if kind == "admitted"}


@pytest.mark.django_db
def test_whatever_people_do_no_door_opens_that_must_not() -> None:
    run_state_machine_as_test(
        Call,
        settings=settings(
            max_examples=45,
            stateful_step_count=30,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
