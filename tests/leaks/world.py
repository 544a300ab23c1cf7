"""A school full of secrets: one concern for each way of standing outside, each text with a mark of its own.

Who may read what is written here by hand, and taken from no rule: the walk holds the product to it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import models

from concerns import policy, services
from concerns.models import AccessRequest, Concern, Outcome, Transfer
from concerns.policy import HoldWhy
from concerns.policy.requests import Asker, Choice, Exemption, Heard
from concerns.policy.transfer import Whither
from concerns.services import Call, Decided, Mark, Named
from school.models import School, StaffMember
from school.services import SWEEP
from tests import factories
from tests.concerns.log import accused, child, contact, log

SUBJECT = policy.Part.SUBJECT
LEADERS = frozenset({"deputy", "lead", "head"})
FAR_OFF = date(2101, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Secret:
    """One concern: which marks stand in it, who may read all of them, who wrote the account."""

    concern: Concern
    slug: str
    readers: frozenset[str]
    reporter: str
    account: frozenset[str]
    case: frozenset[str] = field(default_factory=frozenset)
    # What only whoever wrote the account may read again.
    own: frozenset[str] = field(default_factory=frozenset)

    @property
    def hears(self) -> frozenset[str]:
        """Who may be told that there is one: its readers, and above them the chair, to whom it climbs (E80)."""
        return self.readers | {"chair"} if self.readers else self.readers

    @property
    def traces(self) -> frozenset[str]:
        """What shows that it exists, whatever it says (E8)."""
        return frozenset({str(self.concern.reference)})

    @property
    def asked_for(self) -> tuple[str, ...]:
        """For what a search would look: a word of the account, one of what was done, the reference."""
        return tuple(sorted(group)[0] for group in (self.account, self.case, self.traces) if group)

    def open_to(self, person: str) -> frozenset[str]:
        """The marks that this person may see, and must be able to find."""
        own = self.account | self.own | self.traces if person == self.reporter else frozenset()
        return own | (self.account | self.case | self.traces if person in self.readers else own)


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything there is to find."""

    secrets: tuple[Secret, ...]

    def expected(self, person: str) -> frozenset[str]:
        """Every mark this person may see."""
        return frozenset().union(*(secret.open_to(person) for secret in self.secrets))

    def told(self, person: str) -> frozenset[str]:
        """The traces that may stand in letters to this person: nobody hears of what they stand outside of."""
        return frozenset().union(
            *(
                secret.traces
                for secret in self.secrets
                if person in secret.hears | {secret.reporter}
            )
        )

    @property
    def marks(self) -> frozenset[str]:
        """Every mark there is."""
        return frozenset().union(
            *(secret.account | secret.case | secret.own | secret.traces for secret in self.secrets)
        )


def mark(slug: str, part: str) -> str:
    """A word that stands nowhere else, and that no page, letter or file spells otherwise."""
    return f"Zq{slug}X{part}Qz"


def build(cast: dict[str, StaffMember], *, now: datetime, is_worked_on: bool = True) -> World:
    """Log one concern of every kind, and do with each what can be done; or leave all to their ladders."""
    own_child = factories.make_pupil("Maya", "Leadson")
    factories.make_guardian(own_child, email=cast["lead"].email.upper())
    tell = Teller(cast=cast, now=now, is_worked_on=is_worked_on)
    return World(
        secrets=(
            tell("plain", [child(factories.make_pupil("Ada", "Plain"))], LEADERS),
            tell("ownchild", [child(own_child)], LEADERS - {"lead"}),
            tell("colleague", [accused(cast["colleague"])], frozenset({"head"})),
            tell("deputy", [accused(cast["deputy"])], frozenset({"head"})),
            tell("head", [accused(cast["head"])], frozenset({"chair"})),
            tell("headchair", [accused(cast["head"]), accused(cast["chair"])], frozenset()),
            tell("kin", [accused(cast["host"])], frozenset({"head"}), reporter="same_household"),
            tell("words", [adult("Mrs Lead")], frozenset({"head"})),
            tell("supply", [adult("Sam Supply", works_here=True)], frozenset({"head"})),
            tell("nobody", [], LEADERS, reporter="governor"),
            tell("closed", [child(factories.make_pupil("Cleo", "Closed"))], LEADERS, ends=True),
        )
    )


def adult(name: str, **facts: Any) -> Named:
    """An adult in words, whom the concern is about."""
    return Named(part=SUBJECT, name=name, is_adult=True, **facts)


@dataclass(frozen=True, kw_only=True)
class Teller:
    """Logs a concern with a mark in every text, and does with it what its readers can do."""

    cast: dict[str, StaffMember]
    now: datetime
    is_worked_on: bool

    def __call__(
        self,
        slug: str,
        people: list[Named],
        readers: frozenset[str],
        *,
        reporter: str = "host",
        ends: bool = False,
    ) -> Secret:
        parts = ("words", "seen", "thought", "place", "child", "mark")
        account = {part: mark(slug, part) for part in parts}
        unknown = Named(part=policy.Part.WITNESS, name=account.pop("child"))
        concern = log(
            self.cast[reporter],
            *people,
            unknown,
            child_words=account["words"],
            seen=account["seen"],
            thought=account["thought"],
            place=account["place"],
            marks=[
                Mark(
                    number=1,
                    side=policy.Side.FRONT,
                    region=policy.Region.CHEST,
                    words=account["mark"],
                )
            ],
        )
        account["file"] = mark(slug, "file")
        attach(concern, by=self.cast[reporter], text=account["file"])
        refused = bring_in_vain(concern, by=self.cast[reporter], text=mark(slug, "refused"))
        worked_on = self.is_worked_on and readers
        case = self.work_on(concern, slug, sorted(readers), ends=ends) if worked_on else frozenset()
        return Secret(
            concern=concern,
            slug=slug,
            readers=readers,
            reporter=reporter,
            account=frozenset(account.values()) | {unknown.name},
            case=case,
            own=frozenset({refused}),
        )

    def work_on(
        self, concern: Concern, slug: str, readers: list[str], *, ends: bool
    ) -> frozenset[str]:
        """Do everything that can be done with a concern, a mark in each text."""
        by = self.cast[readers[0]]
        services.acknowledge(concern, by=by)
        marks: dict[str, str] = {}
        for part, act in (
            *self.acts(concern, by),
            *self.asked(concern, by),
            *self.ways_out(concern, by),
        ):
            marks[part] = mark(slug, part)
            act(marks[part])
        if ends:
            marks["closure"] = mark(slug, "closure")
            services.ask_second(concern, by=by)
            services.sign(concern, by=self.cast[readers[1]])
            services.close(concern, by=by, reasons=marks["closure"])
            return frozenset(marks.values())
        for part, act in self.casework(concern, by):
            marks[part] = mark(slug, part)
            act(marks[part])
        return frozenset(marks.values())

    def acts(
        self, concern: Concern, by: StaffMember
    ) -> Iterator[tuple[str, Callable[[str], object]]]:
        """Each way of writing into a concern, by what is written."""
        decided, _ = Outcome.objects.get_or_create(name="Watch and wait")
        yield "more", lambda text: services.add(concern, by=by, text=text)
        if concern.desk in policy.KEPT_AT:
            # In the register, and out of it again: its page names it from then on.
            yield "low", lambda text: services.lower(concern, by=by, reasons=text)
            yield "raised", lambda text: services.raise_up(concern, by=by, reasons=text)
        yield (
            "kept",
            lambda text: services.keep(concern, by=by, day=FAR_OFF, reasons=text),
        )
        yield (
            "hold",
            lambda text: services.hold(concern, by=by, why=HoldWhy.POLICE, reasons=text),
        )
        yield (
            "lifted",
            lambda text: services.lift(
                services.hold(concern, by=by, why=HoldWhy.COURT, reasons="over"),
                by=by,
                because=text,
            ),
        )
        yield (
            "decision",
            lambda text: services.decide(concern, by=by, outcome=decided, reasons=text),
        )
        yield "casefile", lambda text: attach(concern, by=by, text=text)
        yield (
            "device",
            lambda text: services.tell_of_picture(
                concern, by=by, holder=text, place="here", copied=policy.Copied.UNKNOWN
            ),
        )
        yield (
            "call",
            lambda text: services.record_call(
                concern,
                by=by,
                call=Call(called=self.cast["office"], at=self.now, was_reached=True, text=text),
            ),
        )

    def casework(
        self, concern: Concern, by: StaffMember
    ) -> Iterator[tuple[str, Callable[[str], object]]]:
        """Each way of working on an open concern, by what is written."""
        told = contact(at=self.now, person="Jo Outside")
        today = self.now.date()
        yield (
            "task",
            lambda text: services.add_task(concern, by=by, what=text, owner=by, due_on=today),
        )
        yield "referral", lambda text: services.refer(concern, by=by, contact=told, text=text)
        yield "shared", lambda text: services.share(concern, by=by, contact=told, text=text)
        yield (
            "kept",
            lambda text: services.keep_back(
                concern, by=by, agency=None, person="Pat", reasons=text
            ),
        )
        yield (
            "report",
            lambda text: services.notify(
                concern, by=by, contact=told, holder=by, told_by=by, holder_knows=True, text=text
            ),
        )
        yield "theirs", lambda text: hand_over(concern, by=by, text=text)
        yield "dispute", lambda text: services.disagree(concern, by=by, contact=told, text=text)
        yield "right", lambda text: services.correct(concern, by=by, text=text)
        yield (
            "weight",
            lambda text: services.weigh(
                concern, by=by, urgency=policy.Urgency.ROUTINE, reasons=text
            ),
        )

    def asked(
        self, concern: Concern, by: StaffMember
    ) -> Iterator[tuple[str, Callable[[str], object]]]:
        """Each text that is written where somebody asks to see the file of a child."""
        row = concern.involved.exclude(pupil=None).first()
        if row is None or row.pupil is None or not policy.may_copy_files(by.viewer()):
            return
        pupil, today = row.pupil, self.now.date()
        # Who sees to a request are the team and the head, as far as they stand outside no concern.
        if concern.desk != policy.Desk.TEAM or AccessRequest.objects.filter(pupil=pupil).exists():
            return

        def ask(text: str) -> None:
            asked = services.note_request(
                pupil,
                by=by,
                asker=Asker.PARENT,
                heard=Heard.WRITTEN,
                name=text,
                words=text,
                received_on=today,
            )
            services.flag_request(asked, by=by, text=text)
            services.decide_access(
                asked,
                concern,
                [
                    Decided(
                        key="logged",
                        choice=Choice.WITHHOLD,
                        exemption=Exemption.HARM,
                        reasons=text,
                    )
                ],
                by=by,
            )

        yield "asked", ask

    def ways_out(
        self, concern: Concern, by: StaffMember
    ) -> Iterator[tuple[str, Callable[[str], object]]]:
        """Each text that is written where the file of a child leaves the house."""
        row = concern.involved.exclude(pupil=None).first()
        if row is None or row.pupil is None or not policy.may_copy_files(by.viewer()):
            return
        pupil = row.pupil
        pupil.left_on = self.now.date()
        pupil.save()
        services.see_to_leaver(pupil, by=SWEEP)
        leaving = Transfer.objects.get(pupil=pupil)
        yield (
            "copy",
            lambda text: services.record_copy(
                pupil,
                [concern],
                by=by,
                code=f"{concern.pk:012}",
                for_whom=text,
                reason=text,
                content=b"locked",
                text_sha256="0" * 64,
            ),
        )
        yield (
            "leaving",
            lambda text: services.say_whither(
                leaving, by=by, whither=Whither.SCHOOL, place=text, text=text
            ),
        )


def attach(concern: Concern, *, by: StaffMember, text: str) -> None:
    """Attach a file with a mark in what it is, in its name and in what is in it."""
    file = services.check_file(f"{text}.txt", text.encode())
    services.attach(concern, [file], by=by, words=text, is_declared=True)


def bring_in_vain(concern: Concern, *, by: StaffMember, text: str) -> str:
    """Bring a file that is not taken, a mark in its name: whoever brought it alone is told the name."""
    file = services.Brought(name=f"{text}.txt", size=len(text), content=text.encode())
    services.bring(concern, [file], by=by, is_declared=False)
    return text


def hand_over(concern: Concern, *, by: StaffMember, text: str) -> None:
    """Hand a concern over to the product that holds the file, a mark in the note and in their reference."""
    School.objects.update(file_kept_in="CPOMS")
    entry = services.hand_over(concern, by=by, text=text)
    services.take_over(concern, by=by, entry=entry, reference=text)


def rows_of(concern: Concern) -> Iterator[models.Model]:
    """Every row that hangs on a concern, whatever its table: their numbers stand in addresses."""
    for relation in Concern._meta.related_objects:
        if relation.one_to_many and relation.field.name == "concern":
            # The page of a row is one view for all of a table: the first two stand for the others.
            yield from relation.related_model._default_manager.filter(concern=concern)[:2]
