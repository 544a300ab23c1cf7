"""The form on paper: the same plan, rules and questions as behind the link, to be ticked and signed."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext, pgettext

from consent import links
from consent.models import PaperForm
from consent.selectors import shown_to
from school.selectors import Front, front, is_approved
from schoolsafe.lib import clock
from schoolsafe.lib.paper import (
    HEIGHT,
    INNER,
    LEFT_TO_RIGHT,
    MARGIN,
    QUIET,
    Paper,
    isolated,
)

# A form is one page. What does not fit is written smaller, down to what can still be read.
SCALES = (1.0, 0.92, 0.85, 0.78, 0.7)
CODE_SIDE = 26.0
FOOT = HEIGHT - MARGIN - CODE_SIDE - 4


@dataclass(frozen=True, kw_only=True)
class Words:
    """All that stands on one form, in its language."""

    language: str
    school: str
    drafted: str
    question: str
    addressee: str
    plan: tuple[tuple[str, str], ...]
    rules_of: str
    rules: tuple[str, ...]
    part: tuple[str, str]
    recording: tuple[str, str, str] | None
    blanks: tuple[str, ...]
    back: str
    office: str
    number: str
    for_office: str
    address: str

    @property
    def kind(self) -> Hashable:
        """Return all that forms of one call in one language have alike."""
        return self.language, self.plan[1:], self.rules, self.recording, self.blanks

    @property
    def length(self) -> int:
        """Return how long the names on it are."""
        return len(self.question) + len(self.addressee)


def form_paper(forms: Sequence[PaperForm], *, now: datetime) -> bytes:
    """Draw forms as one document, one page for each."""
    school = front()
    texts = [form_words(form, school, now=now) for form in forms]
    scales = _scales(texts, now=now)
    with Paper(title=f"Consent forms {forms[0].pk}-{forms[-1].pk}", at=now) as paper:
        for words in texts:
            paper.begin(words.language, scale=scales[words.kind])
            _draw(paper, words)
        return paper.file()


def form_words(form: PaperForm, school: Front | None, *, now: datetime) -> Words:
    """Return what stands on a form; a safe address hides what the family's page hides (E33)."""
    with translation.override(form.language):
        shown = shown_to(form.request, form.wording)
        return _words(form, shown, school, now=now)


def _words(form: PaperForm, shown: dict[str, Any], school: Front | None, *, now: datetime) -> Words:
    """Put the texts of one form together, in the language that is spoken now."""
    request = form.request
    name = isolated(shown["pupil"], form.language)
    is_own = request.guardian_id is None and request.pupil.answers_alone(on=clock.local(now).date())
    telephone = isolated(school.office_telephone if school else "", form.language, LEFT_TO_RIGHT)
    by = clock.in_words(form.wording.asked.starts_at)
    part = (
        gettext("Yes, %(name)s may take part") % {"name": name},
        gettext("No, %(name)s may not take part") % {"name": name},
    )
    question = gettext("May %(name)s take part in this call?") % {"name": name}
    blanks = [gettext("Your full name"), gettext("You are the child's"), gettext("Signature")]
    if is_own:
        question = gettext("Will you take part in this call?")
        part = gettext("Yes, I will take part"), gettext("No, I will not take part")
        del blanks[1]
    person = isolated(request.guardian.name, form.language) if request.guardian else ""
    return Words(
        language=form.language,
        school=school.name if school else "",
        drafted=_drafted(school, form.language),
        question=question,
        addressee=gettext("For %(name)s") % {"name": person} if person else "",
        plan=tuple(
            (label, isolated(value, form.language))
            for label, value in _plan(
                shown, is_own=is_own, is_hidden=request.pupil.is_address_confidential
            )
        ),
        rules_of=gettext("The rules of the call"),
        rules=tuple(gettext(line) for line in shown["conduct"] if line),
        part=part,
        recording=_recording(shown),
        blanks=(*blanks, gettext("Date")),
        back=gettext("Please give this form back to the school office before %(when)s.")
        % {"when": by},
        office=f"{gettext('Questions? Call the school office:')} {telephone}",
        number=gettext("Form %(number)s") % {"number": form.pk},
        for_office=gettext("For the school office"),
        address=links.form_page(form.pk),
    )


def _plan(shown: dict[str, Any], *, is_own: bool, is_hidden: bool) -> Iterable[tuple[str, str]]:
    """Yield who, when, with whom, recorded or not, as the family's page says it."""
    yield (gettext("You") if is_own else gettext("Child")), shown["pupil"]
    if not is_hidden:
        told = [shown["title"], shown["purpose"]]
        yield gettext("What"), ". ".join(dict.fromkeys(part for part in told if part))
    begins, ends = (datetime.fromisoformat(shown[key]) for key in ("starts_at", "ends_at"))
    to = pgettext("2:00 pm to 2:45 pm", "to")
    yield gettext("When"), f"{clock.in_words(begins)} {to} {clock.time_in_words(ends)}"
    staff = ", ".join(shown["staff"])
    yield gettext("With"), gettext("Ask the school office") if is_hidden else staff
    if shown["reserves"]:
        yield gettext("Or in their place"), ", ".join(shown["reserves"])
    yield gettext("On"), shown["platform"]
    yield (
        gettext("Recorded"),
        gettext("Yes, by the school") if shown["is_recorded"] else gettext("No"),
    )


def _drafted(school: Front | None, language: str) -> str:
    """Say that nobody has read the translation over yet, where that is so."""
    if is_approved(school, language):
        return ""
    return gettext("This translation was made by a machine. If in doubt, call the school office.")


def _recording(shown: dict[str, Any]) -> tuple[str, str, str] | None:
    """Return the second question with its two answers, where the call is to be recorded."""
    if not shown["is_recorded"]:
        return None
    return (
        gettext("May the call be recorded?"),
        gettext("Yes, it may be recorded"),
        gettext("No, it may not be recorded"),
    )


def _scales(texts: Sequence[Words], *, now: datetime) -> dict[Hashable, float]:
    """Return at which scale forms are written, so that those that differ in names alone look alike.

    Tried out for the longest name of each kind: to try each form would take as long as to draw it.
    """
    longest: dict[Hashable, Words] = {}
    for words in texts:
        known = longest.setdefault(words.kind, words)
        if words.length > known.length:
            longest[words.kind] = words
    with Paper(title="", at=now) as trial:
        return {
            kind: next((scale for scale in SCALES if _fits(trial, words, scale)), SCALES[-1])
            for kind, words in longest.items()
        }


def _fits(trial: Paper, words: Words, scale: float) -> bool:
    """Tell whether a form written at this scale leaves room for its foot."""
    trial.begin(words.language, scale=scale)
    page = trial.page
    _draw_body(trial, words)
    return trial.page == page and trial.y <= FOOT


def _draw(paper: Paper, words: Words) -> None:
    """Draw one form."""
    _draw_body(paper, words)
    if paper.y > FOOT:
        paper.begin(words.language, scale=paper.scale)
    paper.set_auto_page_break(False)
    paper.set_y(FOOT)
    paper.rule()
    top = paper.y
    room = INNER - CODE_SIDE - 8
    paper.words(words.back, bold=True, width=room, after=1)
    paper.words(words.office, width=room, after=1)
    paper.words(f"{words.for_office}: {words.number}", size=9, color=QUIET, width=room)
    paper.code(words.address, top=top, side=CODE_SIDE)
    paper.set_auto_page_break(True, margin=MARGIN)


def _draw_body(paper: Paper, words: Words) -> None:
    """Draw what is read, ticked and signed."""
    paper.words(words.school, size=11, bold=True, color=QUIET)
    if words.drafted:
        paper.words(words.drafted, size=9, color=QUIET)
    if words.addressee:
        paper.words(words.addressee, size=10, color=QUIET)
    paper.ln(2)
    paper.words(words.question, size=19, bold=True, after=3)
    for name, value in words.plan:
        paper.pair(name, value)
    paper.ln(2)
    paper.words(words.rules_of, bold=True, after=1)
    paper.points(words.rules, size=10.5)
    paper.ln(3)
    paper.rule()
    paper.words(words.question, bold=True, size=12)
    paper.boxes(words.part)
    if words.recording:
        question, *choices = words.recording
        paper.ln(2 * paper.scale)
        paper.words(question, bold=True, size=12)
        paper.boxes(choices)
    paper.blanks(words.blanks)
