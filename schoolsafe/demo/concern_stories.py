"""The concerns of the demo school, one story for each state in which a concern can be."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from concerns import policy, services
from concerns.models import Agency, Category, Concern, Entry, Outcome
from concerns.services import Account, Call, Named
from meetings.models import Meeting
from school.models import Pupil, StaffMember
from schoolsafe.demo.cast import Cast
from schoolsafe.demo.telling import Story
from schoolsafe.lib import clock

Urgency, Part, When = policy.Urgency, policy.Part, policy.When


def stories(cast: Cast) -> list[Callable[[], Story]]:
    """Return every story about a concern."""
    return [partial(story, cast) for story in STORIES]


def log(
    number: int, by: StaffMember, category: str, *, people: Sequence[Named] = (), **facts: Any
) -> Concern:
    """Log a concern as the form does; its number is the key that a form carries."""
    facts.setdefault("urgency", Urgency.ROUTINE)
    facts.setdefault("happened", When.ABOUT)
    facts.setdefault("happened_at", clock.now() - timedelta(minutes=30))
    categories = [Category.objects.get(name=category).pk]
    account = Account(categories=categories, people=people, **facts)
    return services.log(account, by=by, key=UUID(int=number))


def harmed(pupil: Pupil) -> Named:
    """Name a pupil who may have been harmed."""
    return Named(part=Part.HARMED, pupil=pupil)


def take(concern: Concern, by: StaffMember) -> None:
    """Read a concern and acknowledge it."""
    services.read(concern, by=by)
    services.acknowledge(concern, by=by)


def decide(concern: Concern, by: StaffMember, outcome: str, reasons: str) -> None:
    """Decide a concern."""
    chosen = Outcome.objects.get(name=outcome)
    services.decide(concern, by=by, outcome=chosen, reasons=reasons)


def refer(
    concern: Concern, by: StaffMember, agency: str, text: str, *, reference: str, person: str
) -> Entry:
    """Note a referral that was made on the telephone a moment ago."""
    contact = services.Contact(
        agency=Agency.objects.get(name=agency),
        at=clock.now() - timedelta(minutes=10),
        person=person,
        how=policy.How.TELEPHONE,
        reference=reference,
    )
    return services.refer(concern, by=by, contact=contact, text=text)


def urgent(cast: Cast) -> Story:
    """Tell of an urgent concern that nobody has acknowledged for forty minutes: it climbs."""
    yield cast.days.ago(40)
    log(
        1,
        cast.staff["peter"],
        "Something a child said",
        urgency=Urgency.URGENT,
        place="On the way in from the playground",
        child_words="I don't want to go home today. He is back.",
        seen="She held on to my sleeve and would not let go. She had not eaten her lunch.",
        thought="There is an order against her father. I think that she means him.",
        people=[harmed(cast.pupils["Maya Okafor"])],
    )


def from_home(cast: Cast) -> Story:
    """Tell of one from home; the call to the lead was not taken, so it climbs faster (P14)."""
    yield cast.days.ago(25)
    log(
        2,
        cast.staff["kit"],
        "Self-harm or mental health",
        place="Homework message in Purple Mash",
        child_words="nobody would notice if i wasnt there",
        thought="This does not sound like her. I rang Joan and nobody answered.",
        is_from_home=True,
        people=[harmed(cast.years[1][4])],
        call=Call(
            called=cast.staff["joan"],
            at=cast.days.ago(28),
            was_reached=False,
            text="Rang twice, then the voicemail.",
        ),
    )


def fresh(cast: Cast) -> Story:
    """Tell of a routine concern that nobody has read yet."""
    yield cast.days.ago(30)
    log(
        3,
        cast.staff["ben"],
        "Neglect",
        place="Classroom",
        seen="For the third time this week without a coat, in wet shoes.",
        people=[harmed(cast.years[1][5])],
    )


def acknowledged(cast: Cast) -> Story:
    """Tell of one that is acknowledged, and still to be decided."""
    yield cast.days.before(1, 13, 50)
    concern = log(
        4,
        cast.staff["helen"],
        "Something seen on a video call",
        place="On a call",
        seen="A man shouted behind the camera and the child put the headphones down at once.",
        people=[harmed(cast.years[4][5])],
    )
    yield cast.days.before(1, 14, 35)
    take(concern, cast.staff["ruth"])
    yield cast.days.before(1, 15, 20)
    words = "He told me at the end of the day that the man was the neighbour."
    added = services.add(concern, by=cast.staff["helen"], text=words)
    yield cast.days.before(1, 15, 40)
    words = "I misheard: he said his uncle, not the neighbour."
    services.correct(concern, by=cast.staff["helen"], entry=added, text=words)
    yield cast.days.before(1, 15, 50)
    services.ask(concern, by=cast.staff["ruth"], text="Did he say whether the uncle lives there?")


def decided(cast: Cast) -> Story:
    """Tell of one that is decided: support in school."""
    yield cast.days.before(5, 11)
    concern = log(
        5,
        cast.staff["carmen"],
        "Emotional harm",
        place="Lunch hall",
        seen="Sits alone since the funeral and cries when the others talk of their fathers.",
        people=[harmed(cast.pupils["Isla Fraser"])],
    )
    yield cast.days.before(5, 11, 25)
    take(concern, cast.staff["joan"])
    yield cast.days.before(4, 9, 15)
    reasons = "A quiet place at lunch and a weekly talk. Her aunt knows and agrees."
    decide(concern, cast.staff["joan"], "Support in school", reasons)
    services.add_task(
        concern,
        by=cast.staff["joan"],
        what="Ask her teacher how the lunches go, and ring her aunt.",
        owner=cast.staff["daniel"],
        due_on=cast.days.before(1, 9).date(),
    )


def closed(cast: Cast) -> Story:
    """Tell of one that was referred, answered, signed by a second person, and closed."""
    yield cast.days.before(11, 9)
    concern = log(
        6,
        cast.staff["tom"],
        "Online safety",
        urgency=Urgency.URGENT,
        place="Told at registration",
        child_words="Somebody in the game wants to know my street.",
        people=[harmed(cast.years[5][7])],
    )
    yield cast.days.before(11, 9, 10)
    take(concern, cast.staff["daniel"])
    yield cast.days.before(11, 10)
    reasons = "A stranger asks a child of nine for the address. The family has kept the messages."
    police = "Referred to the police"
    decide(concern, cast.staff["daniel"], police, reasons)
    asked = "What he wrote, his name in the game, and where the messages are kept."
    police_told = refer(
        concern,
        cast.staff["daniel"],
        "The police",
        asked,
        reference="CAD 2291",
        person="PC Shah, 101",
    )
    yield cast.days.before(11, 15)
    services.answer(
        concern,
        by=cast.staff["daniel"],
        entry=police_told,
        result=policy.Result.ACCEPTED,
        text="They have seen the messages and visit the family on Thursday.",
    )
    yield cast.days.before(6, 14)
    services.ask_second(concern, by=cast.staff["daniel"])
    yield cast.days.before(6, 14, 30)
    services.read(concern, by=cast.staff["joan"])
    services.sign(concern, by=cast.staff["joan"])
    yield cast.days.before(6, 15)
    closing = "The police have spoken with the family and closed the account."
    services.close(concern, by=cast.staff["daniel"], reasons=closing)


def reopened(cast: Cast) -> Story:
    """Tell of one that was closed, and opened again when it came back."""
    yield cast.days.before(10, 10)
    concern = log(
        7,
        cast.staff["grace"],
        "Between children",
        place="Playground",
        seen="One took the other's bag and threw it over the fence. Both say it was a game.",
        people=[
            harmed(cast.years[6][8]),
            Named(part=Part.HARMING, pupil=cast.years[6][9]),
        ],
    )
    yield cast.days.before(10, 11)
    take(concern, cast.staff["priya"])
    yield cast.days.before(9, 9)
    reasons = "Spoke with both, and with both families."
    decide(concern, cast.staff["priya"], "Watch and review", reasons)
    yield cast.days.before(7, 9)
    services.close(concern, by=cast.staff["priya"], reasons="Quiet for two days.")
    yield cast.days.before(1, 12)
    reasons = "Three more children now say that it happens every day."
    services.reopen(concern, by=cast.staff["ruth"], reasons=reasons)


def about_staff(cast: Cast) -> Story:
    """Tell of one about a member of staff: the headteacher's alone (E1)."""
    yield cast.days.before(3, 15)
    concern = log(
        8,
        cast.staff["nina"],
        "Conduct of an adult at school",
        place="Sports hall",
        seen="He gave a pupil his own telephone number and asked for hers.",
        people=[
            Named(part=Part.SUBJECT, staff=cast.staff["steve"]),
            harmed(cast.years[6][10]),
        ],
    )
    yield cast.days.before(3, 15, 50)
    take(concern, cast.staff["margaret"])


def about_the_deputy(cast: Cast) -> Story:
    """Tell of one about a deputy lead: to him it does not exist (E3)."""
    yield cast.days.before(2, 9, 30)
    concern = log(
        9,
        cast.staff["laura"],
        "Conduct of an adult at school",
        place="Corridor, Year 2",
        seen="Daniel shut the door and shouted at a boy until he cried.",
        people=[
            Named(part=Part.SUBJECT, staff=cast.staff["daniel"]),
            harmed(cast.years[2][6]),
        ],
    )
    yield cast.days.before(2, 10, 15)
    take(concern, cast.staff["margaret"])
    yield cast.days.before(1, 9)
    reasons = "Spoke with both. The local authority's officer has been told."
    decide(concern, cast.staff["margaret"], "Referred to the LADO", reasons)
    refer(
        concern,
        cast.staff["margaret"],
        "LADO (local authority designated officer)",
        "What was seen, by whom, and that he works with Year 2. Asked for their advice.",
        reference="LADO 417",
        person="Duty officer",
    )


def from_a_call(cast: Cast) -> Story:
    """Tell of one that arose from a call; the call's page says nothing of it (E74)."""
    yield cast.days.before(4, 11, 10)
    meeting = Meeting.objects.get(title="Long division for pupils at home")
    pupil = cast.years[3][0]
    concern = log(
        10,
        cast.staff["carmen"],
        "Something seen on a video call",
        about=meeting.about,
        place="On the call",
        seen="The child was alone in the flat, with a toddler on the lap.",
        people=[harmed(pupil)],
    )
    yield cast.days.before(4, 12)
    take(concern, cast.staff["priya"])
    yield cast.days.before(3, 10)
    reasons = "Visited the family: the mother works nights and has nobody. She wants help."
    decide(concern, cast.staff["priya"], "Family Help", reasons)


STORIES: tuple[Callable[[Cast], Story], ...] = (
    urgent,
    from_home,
    fresh,
    acknowledged,
    decided,
    closed,
    reopened,
    about_staff,
    about_the_deputy,
    from_a_call,
)
