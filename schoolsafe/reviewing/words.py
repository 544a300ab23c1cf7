"""What the words of the code in an audit entry mean to a person: who did what to which record."""

from collections.abc import Iterable

from audit.coded import in_words
from schoolsafe.reviewing.verbs import VERBS

RECORDS = {
    "meetings.meeting": "Call",
    "meetings.incident": "Incident",
    "meetings.purpose": "Purpose of calls",
    "meetings.figures": "Figures of calls",
    "school.pupil": "Pupil",
    "school.guardian": "Guardian",
    "school.guardianship": "Tie of a guardian to a pupil",
    "school.staffmember": "Member of staff",
    "school.school": "The school",
    "school.teachinggroup": "Class",
    "school.ownconsent": "Pupil who decides",
    "school.importrun": "Import of people",
    "school.headingmapping": "Mapping of a file",
    "school.languageapproval": "Texts of a language",
    "school.settingchange": "Setting",
    "school.logo": "Logo",
    "school.roleheld": "Role",
    "school.roleproposal": "Proposal of a role",
    "school.roleclaim": "Group of Microsoft that gives a role",
    "school.dutyslot": "Duty",
    "school.cover": "Who answers besides the rota",
    "school.absence": "Absence",
    "school.term": "Term",
    "school.closedday": "Closed day",
    "school.savedview": "View of the records",
    "school.unsent": "What was sent while locked",
    "school.familyrequest": "Request of a family",
    "school.disposal": "Destruction of a school year",
    "school.untiedsignin": "Microsoft account tied to nobody",
    "consent.question": "Question to guardians",
    "consent.request": "Question to one guardian",
    "consent.answer": "Answer",
    "consent.standing": "Yes for a school year",
    "consent.list": "Consent list",
    "concerns.concern": "Concern",
    "concerns.draft": "Draft of a concern",
    "concerns.opening": "Emergency opening",
    "concerns.request": "Request to see a file",
    "concerns.transfer": "File that goes to another school",
    "concerns.task": "Task of a concern",
    "concerns.certificate": "Certificate of what was destroyed",
    "concerns.register": "Register of concerns",
    "concerns.inspection": "List for an inspection",
    "concerns.statusflag": "Status of children",
    "notices.notice": "Letter",
    "school.yearlead": "Who leads a year",
    "audit.entry": "The audit",
    "audit.alarm": "Alarm about the audit",
    "audit.canary": "Keys",
    "auth.user": "Account",
}
ACTORS = {
    "system": "The system",
    "guardian": "A guardian",
    "pupil": "A pupil",
    "user": "An account",
}
_TOLD = {verb: words for part in VERBS.values() for verb, words in part.items()}


def told(verb: str) -> str:
    """Return a verb as it goes on after a name; one that nobody has put in words is written out."""
    return _TOLD.get(verb) or in_words(verb).lower()


def record_words(kind: str) -> str:
    """Return what a kind of record is called."""
    return RECORDS.get(kind) or in_words(kind.partition(".")[2])


def verb_choices(occurring: Iterable[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return every verb to choose from by part, in words; what only occurs comes last."""
    parts = [
        (part, [(verb, in_sentence(words)) for verb, words in verbs.items()])
        for part, verbs in VERBS.items()
    ]
    others = [(verb, in_sentence(told(verb))) for verb in sorted(set(occurring) - set(_TOLD))]
    return [*parts, ("Other", others)] if others else parts


def in_sentence(words: str) -> str:
    """Return words with a capital letter in front."""
    return words[:1].upper() + words[1:]
