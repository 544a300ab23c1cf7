"""The staff of the demo school: who each is, and what to try in their place."""

from dataclasses import dataclass

from school.roles import Role

DOMAIN = "elmfield.example"


@dataclass(frozen=True, kw_only=True)
class Person:
    """One member of staff, with one line for the page that offers to sign them in."""

    key: str
    name: str
    who: str
    roles: tuple[Role, ...] = (Role.STAFF,)
    try_: str = ""
    household: str = ""
    is_eligible: bool = True
    is_superuser: bool = False

    @property
    def email(self) -> str:
        """Return the address of the account."""
        return f"{self.name.lower().replace(' ', '.')}@{DOMAIN}"


TEAM = (Role.STAFF, Role.SAFEGUARDING)
PEOPLE: tuple[Person, ...] = (
    Person(
        key="helen",
        name="Helen Marsh",
        who="Teaches Year 4. Hosts most of the calls.",
        try_="Plan a call with one pupil. Share the one that is ready.",
    ),
    Person(
        key="sam",
        name="Sam Adeyemi",
        who="Teaches Year 4. Co-host beside Helen.",
        try_="A call starts in a few minutes: confirm the checklist and open the door.",
    ),
    Person(
        key="joan",
        name="Joan Whitfield",
        who="Designated safeguarding lead.",
        roles=(Role.STAFF, Role.DSL),
        try_="An urgent concern is waiting. Acknowledge it and decide. A second lead is proposed: approve her.",
    ),
    Person(
        key="daniel",
        name="Daniel Osei",
        who="Deputy safeguarding lead. One concern is about him: he finds no trace of it.",
        roles=TEAM,
        try_="Look for the concern about him.",
    ),
    Person(
        key="priya",
        name="Priya Raman",
        who="Deputy safeguarding lead, and mother of Anika in Year 3.",
        roles=TEAM,
        try_="Settle an incident of a call.",
    ),
    Person(
        key="ruth",
        name="Ruth Kellett",
        who="Deputy safeguarding lead. Teaches Year 6.",
        roles=TEAM,
        try_="See who is on duty, and acknowledge a concern.",
    ),
    Person(
        key="margaret",
        name="Margaret Oyelaran",
        who="Headteacher.",
        roles=(Role.STAFF, Role.HEADTEACHER),
        try_="Read the concerns about members of staff.",
    ),
    Person(
        key="graham",
        name="Graham Pell",
        who="Chair of governors.",
        roles=(Role.CHAIR,),
        is_eligible=False,
        try_="He hears of an allegation about the headteacher, and of nothing else.",
    ),
    Person(
        key="sylvia",
        name="Sylvia Banks",
        who="Governor.",
        roles=(Role.GOVERNOR,),
        is_eligible=False,
        try_="Log a concern. No pupil's name is shown to her.",
    ),
    Person(
        key="olive",
        name="Olive Martin",
        who="School office.",
        roles=(Role.OFFICE,),
        is_eligible=False,
        try_="Write down what a family said on the telephone.",
    ),
    Person(
        key="brenda",
        name="Brenda Clarke",
        who="School office.",
        roles=(Role.OFFICE,),
        is_eligible=False,
        try_="See which messages went and which failed.",
    ),
    Person(
        key="ian",
        name="Ian Foster",
        who="IT, with every technical right.",
        roles=(Role.IT,),
        is_eligible=False,
        is_superuser=True,
        try_="Try to find a concern. Look at the accounts.",
    ),
    Person(
        key="tom",
        name="Tom Bennett",
        who="Teaches Year 5. Married to Laura.",
        household="Bennett",
        try_="Plan a call with Laura: it warns of one household.",
    ),
    Person(
        key="laura",
        name="Laura Bennett",
        who="Teaches Year 2. Married to Tom.",
        household="Bennett",
        try_="A call of hers is on hold.",
    ),
    Person(
        key="kit",
        name="Kit Lawson",
        who="Trainee in Year 1. Does not count as an adult on a call.",
        is_eligible=False,
        try_="Log a concern from home.",
    ),
    Person(
        key="fiona",
        name="Fiona Grant",
        who="Teaches Year 3. Is on leave.",
        try_="She is passed over while she is away.",
    ),
    Person(
        key="aisha",
        name="Aisha Malik",
        who="Teaches Reception.",
        try_="A call of hers was never closed.",
    ),
    Person(
        key="ben",
        name="Ben Castle",
        who="Teaches Year 1.",
        try_="He logged a concern and follows what he wrote.",
    ),
    Person(
        key="carmen", name="Carmen Diaz", who="Teaches Year 3.", try_="One of her calls is closed."
    ),
    Person(
        key="owen",
        name="Owen Pryce",
        who="Teaches Year 5.",
        try_="A call of his ended a moment ago: close it.",
    ),
    Person(
        key="grace",
        name="Grace Lim",
        who="Teaches Year 6.",
        try_="A call of hers is running now: see its register.",
    ),
    Person(key="peter", name="Peter Hale", who="Teaching assistant in Year 4."),
    Person(key="nina", name="Nina Kowalska", who="Teaching assistant in Year 2."),
    Person(key="steve", name="Steve Barlow", who="Sports coach."),
)
BY_EMAIL = {person.email: person for person in PEOPLE}
