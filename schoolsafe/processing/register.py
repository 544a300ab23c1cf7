"""The register of processing as a whole: what tests hold it to, and how it is written down."""

from collections.abc import Iterator, Sequence

from schoolsafe.processing import accounts, calls, concerns, consent, messages, people
from schoolsafe.processing.kinds import KIND_WORDS, PROTECTED, Activity

ACTIVITIES: tuple[Activity, ...] = (
    *people.ACTIVITIES,
    *consent.ACTIVITIES,
    *calls.ACTIVITIES,
    *concerns.ACTIVITIES,
    *messages.ACTIVITIES,
    *accounts.ACTIVITIES,
)
# What an activity says besides its fields, in the order of UK GDPR, Article 30(1).
FACTS = (
    ("Why", lambda one: one.purpose),
    ("About whom", lambda one: _sentence(one.whose)),
    ("Lawful basis", lambda one: one.basis),
    ("And for what is special", lambda one: one.condition),
    ("Who else receives it", lambda one: one.recipients),
    ("How long it is kept", lambda one: one.kept),
    ("Who may read it here", lambda one: one.readers_words),
)
HEADINGS = (
    "Activity", "Record", "Field", "Class", "About whom", "Why", "Lawful basis", "For what is special",
    "Who else receives it", "How long it is kept", "Who may read it here",
)  # fmt: skip
ABROAD = (
    "Nothing is sent outside the United Kingdom by this product itself. Where the mail service, GOV.UK Notify "
    "and Microsoft keep what they are given is in the school's contracts with them."
)
GUARDED = (
    "How it is guarded: free text of the special class, letters and files are encrypted with keys outside the "
    "database, roles and a second factor decide who reads, and an audit that nobody can change says who did."
)


def classes() -> dict[str, dict[str, str]]:
    """Return for each model the class of each of its fields."""
    found: dict[str, dict[str, str]] = {}
    for activity in ACTIVITIES:
        for field in activity.fields:
            found.setdefault(field.model, {})[field.name] = field.kind.value
    return found


def facts(activity: Activity) -> list[tuple[str, str]]:
    """Return what an activity says of itself, without what does not apply."""
    return [(name, words) for name, tell in FACTS if (words := tell(activity))]


def lines() -> Iterator[Sequence[str]]:
    """Yield the register as lines of a spreadsheet: one for each field."""
    yield HEADINGS
    for one in ACTIVITIES:
        told = (
            _sentence(one.whose),
            one.purpose,
            one.basis,
            one.condition,
            one.recipients,
            one.kept,
        )
        for field in one.fields:
            yield (one.name, field.model, field.name, field.kind.value, *told, one.readers_words)


def markdown() -> str:
    """Return the register as the page of the documentation; a test holds the page to it."""
    head = [
        "# The register of processing",
        "Written from the code by `manage.py processing`: every stored field stands in it, and a test fails "
        "for one that does not. The school puts its own name, its contact and its data protection officer in "
        "front of it; the page in the product does so by itself (UK GDPR, Article 30).",
        f"{ABROAD} {GUARDED}",
        "| class | what it means | what protects it |\n| --- | --- | --- |\n"
        + "\n".join(
            f"| {one.value} | {words} | {PROTECTED[one]} |" for one, words in KIND_WORDS.items()
        ),
    ]
    return "\n\n".join([*head, *(_chapter(one) for one in ACTIVITIES)]) + "\n"


def _chapter(one: Activity) -> str:
    told = "\n".join(f"- **{name}**: {words}." for name, words in facts(one))
    rows = [
        f"| {model} | " + " | ".join(classes.get(kind.value, "") for kind in KIND_WORDS) + " |"
        for model, classes in one.holds.items()
    ]
    names = " | ".join(kind.value for kind in KIND_WORDS)
    head = f"| record | {names} |\n| --- |{' --- |' * len(KIND_WORDS)}"
    return "\n\n".join([f"## {one.name}", told, "\n".join([head, *rows])])


def _sentence(parts: Sequence[str]) -> str:
    return ", ".join(parts)
