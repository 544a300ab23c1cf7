"""The evidence in words: the page and the paper show the same rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from consent import policy
from consent.models import Answer, Request, Wording
from consent.pages.letters import MessagePart, kind_words, message_part
from consent.pages.wording import agreed_text, call_text
from consent.pages.worth import worth
from consent.policy import Channel, Help, Objection, Status
from consent.selectors.evidence import AskedOne, Evidence
from notices.policy import State
from schoolsafe.lib import clock
from schoolsafe.lib.languages import language_name

Pairs = tuple[tuple[str, str], ...]
TONES = {Status.GIVEN: "clear", Status.REFUSED: "stop", Status.CONFLICT: "stop"}
HOW = {
    Channel.LINK: "by the link",
    Channel.TELEPHONE: "by telephone",
    Channel.PAPER: "on paper",
    Channel.IN_PERSON: "in person",
    Channel.STANDING: "by a yes for the school year",
}
MODES = {
    policy.Mode.ANY: "any one guardian's who counts",
    policy.Mode.NAMED: "the named guardian's alone",
    policy.Mode.ALL: "that of all guardians who count",
}
# The letters that bring a link with which an answer can be given.
WITH_LINK = {
    "consent_request",
    "consent_notice",
    "consent_reminder",
    "consent_changed",
    "consent_new_link",
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that happened."""

    at: datetime
    words: str


@dataclass(frozen=True, kw_only=True)
class AnswerPart:
    """One answer, with the text that was read before it."""

    heading: str
    facts: Pairs
    told: Pairs
    told_heading: str
    scan_of: int | None


@dataclass(frozen=True, kw_only=True)
class PersonPart:
    """One person who counts or was asked."""

    heading: str
    sentence: str
    facts: Pairs
    answers: tuple[AnswerPart, ...]
    messages: tuple[MessagePart, ...]
    happened: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class EvidencePage:
    """Everything about one pupil and one call."""

    pupil: str
    call: str
    starts_at: datetime
    tone: str
    sentence: str
    detail: str
    is_hidden: bool
    facts: Pairs
    versions: tuple[Line, ...]
    people: tuple[PersonPart, ...]


def evidence_page(found: Evidence) -> EvidencePage:
    """Tell the rows in words; where a safe address hides something from families, it is hidden here."""
    question, pupil = found.question, found.pupil
    is_hidden = pupil.is_address_confidential
    asked = question.asked
    consent = found.row.consent if found.row else None
    facts = [("Whose yes is enough", MODES[found.mode])]
    if consent and consent.is_given and question.asks_recording:
        facts.append(("May be recorded", "yes" if consent.may_be_recorded else "no"))
    facts.append(("Answers are taken until", clock.in_words(question.closes_at)))
    if question.closed_at:
        facts.append(("Question closed", clock.in_words(question.closed_at)))
    return EvidencePage(
        pupil=str(pupil) if is_hidden else pupil.full_label,
        call="A video call" if is_hidden else asked.title,
        starts_at=asked.starts_at,
        tone=TONES.get(consent.status, "care") if consent else "news",
        sentence=_comes_to(found),
        detail=consent.reason if consent else "",
        is_hidden=is_hidden,
        facts=tuple(facts),
        versions=tuple(_versions(found.wordings, is_hidden=is_hidden)),
        people=tuple(_person(found, one) for one in found.people),
    )


def _comes_to(found: Evidence) -> str:
    """Say in a sentence what it came to now."""
    name = found.pupil.given_name
    if found.row is None:
        return f"Nobody is asked about {name} any more: taken off this call."
    if found.row.consent.is_given:
        return f"{name} may take part."
    return f"{name} may not take part as things stand."


def _versions(wordings: Iterable[Wording], *, is_hidden: bool) -> Iterable[Line]:
    """Yield each version of the text with what changed in it."""
    before: Wording | None = None
    for wording in wordings:
        words = f"Version {wording.version}: the first text."
        if before is not None:
            found = changes_in_words(before, wording.asked, is_hidden=is_hidden)
            asks = "Families were asked again" if wording.is_material else "Families were told"
            words = f"Version {wording.version}: {found or 'nothing that a family reads'}. {asks}."
        yield Line(at=wording.created_at, words=words)
        before = wording


def changes_in_words(before: Wording, now: policy.Asked, *, is_hidden: bool) -> str:
    """Return what is no longer as a version told it, or nothing."""
    found = policy.changes_for_family(before.asked, now, is_hidden=is_hidden)
    return "; ".join(f"{one.label}: {_both(one)}" for one in found)


def _both(change: policy.Change) -> str:
    """Return what was told and what is told now."""
    before = f"{_told(change.before)} → " if change.before else ""
    return f"{before}{_told(change.after)}"


def _told(value: object) -> str:
    """Return one side of a change as a person reads it."""
    if isinstance(value, datetime):
        return clock.in_words(value)
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _person(found: Evidence, one: AskedOne) -> PersonPart:
    """Tell all about one person."""
    relationship = f", {one.relationship}" if one.relationship else ""
    request = one.request
    return PersonPart(
        heading=f"{one.name}{relationship}",
        sentence=_stands(one),
        facts=tuple(_asked(one, request)) if request else (),
        answers=tuple(_answer(found, one, request, said) for said in one.answers)
        if request
        else (),
        messages=tuple(
            message_part(notice, found.pupil, found.others, hidden=hidden_words(found))
            for notice in one.notices
        ),
        happened=tuple(sorted(_happened(found, one), key=lambda line: line.at)),
    )


def _stands(one: AskedOne) -> str:
    """Say whether this person counts, and what they said."""
    if one.heard is None:
        return "Was asked; does not count now."
    if one.request is None:
        return "Counts, and has not been asked yet."
    said = one.heard.standing
    if said is None:
        return "Counts; there is no answer that counts."
    outdated = " to an earlier plan" if one.heard.voice.is_outdated else ""
    return f"Counts; the answer that stands{outdated}: {said.words()}."


def _asked(one: AskedOne, request: Request) -> Iterable[tuple[str, str]]:
    """Yield when the person was asked, and how it stands with their link and letters."""
    yield "First asked", clock.in_words(request.created_at)
    if request.asked_at != request.created_at:
        yield "Asked anew", clock.in_words(request.asked_at)
    if request.ended_at:
        yield "Taken off", clock.in_words(request.ended_at)
    older = request.link_version - 1
    dead = f"; {older} earlier no longer open anything" if older else ""
    yield "Link", f"version {request.link_version}{dead}"
    reminders = [
        notice
        for notice in one.notices
        if notice.kind == "consent_reminder" and notice.state == State.SENT.value
    ]
    yield "Reminders sent", str(len(reminders)) if reminders else "none"
    if one.heard and one.heard.voice.unreachable:
        yield "Cannot be written to", one.heard.voice.unreachable
    if request.failed_at:
        yield "A message failed", clock.in_words(request.failed_at)
    if request.disowned_at:
        yield "Link in wrong hands", f"said on {clock.in_words(request.disowned_at)}"
    if request.help_asked_at:
        need = Help(request.help_needed).words
        yield "Help asked", f"{need}, {clock.in_words(request.help_asked_at)}"


def _answer(found: Evidence, one: AskedOne, request: Request, said: Answer) -> AnswerPart:
    """Tell one answer."""
    shown = said.text_shown
    # Of an answer by a yes for the school year: what was read when that was given.
    agreed = shown.get("agreed", {})
    call = shown.get("call", shown)
    version = f"version {said.wording.version}"
    if agreed:
        version = "the yes for the school year, then the call it answers"
    scan = found.scans.get(said.pk)
    facts = [
        *_said(said),
        ("Worth", worth(request, said)),
        *_from(one, said),
        *_found(said),
        *_changed_since(found, said),
    ]
    if scan:
        facts.append(("Scan of the paper", f"kept encrypted ({scan.words})"))
    return AnswerPart(
        heading=f"{said.words().capitalize()}, {clock.in_words(said.at)}",
        facts=tuple(facts),
        told=(
            *agreed_text(agreed, is_hidden=found.pupil.is_address_confidential),
            *call_text(call, is_hidden=found.pupil.is_address_confidential),
        ),
        told_heading=f"Exactly what was read: {version}, "
        f"in {language_name(str((agreed or call).get('language', 'en')))}",
        scan_of=said.pk if scan else None,
    )


def _said(said: Answer) -> Iterable[tuple[str, str]]:
    """Yield who said what, when and how."""
    who = (
        f"{said.name} ({said.get_relationship_display().lower()})"
        if said.relationship
        else said.name
    )
    yield "Given by", who or "whoever held the link"
    if said.is_by_someone_else:
        yield "Somebody else", "the name is not that of the person asked"
    if said.may_be_recorded is not None:
        yield "May be recorded", "yes" if said.may_be_recorded else "no"
    how = HOW[Channel(said.channel)]
    if said.recorded_by:
        how += f", written down by {said.recorded_by} on {clock.in_words(said.recorded_at)}"
    yield "How", how
    if said.objection:
        yield "Why not", f"because {Objection(said.objection).words}"
    if said.wants_call:
        yield "Wish", "a call about it"
    if said.note:
        yield "Note", said.note


def _from(one: AskedOne, said: Answer) -> Iterable[tuple[str, str]]:
    """Yield which message brought the link, or which form came back."""
    if said.form:
        yield "Form", f"number {said.form.pk}, printed on {clock.in_words(said.form.printed_at)}"
    if said.standing:
        yield (
            "Rests on",
            f"a yes for the school year, given on {clock.in_words(said.standing.given_at)}",
        )
        if said.standing.ended_at:
            yield "That yes ended", clock.in_words(said.standing.ended_at)
    if said.channel != Channel.LINK:
        return
    brought = [
        notice
        for notice in one.notices
        if notice.kind in WITH_LINK and notice.ended_at and notice.ended_at <= said.at
    ]
    sent = [notice for notice in brought if notice.state == State.SENT.value]
    if sent and sent[-1].ended_at:
        kind = kind_words(sent[-1])
        yield "Link last sent with", f"{kind}, {clock.in_words(sent[-1].ended_at)}"


def _found(said: Answer) -> Iterable[tuple[str, str]]:
    """Yield what staff found about it, and whether it was set aside."""
    check = getattr(said, "check_made", None)
    if check:
        verdict = "accepted" if check.is_accepted else "not accepted"
        who = f" by {check.checked_by}" if check.checked_by else ""
        when = clock.in_words(check.checked_at)
        yield "Checked", f"{verdict}{who}, {when}. {check.note}".strip()
    aside = getattr(said, "invalidation", None)
    if aside:
        who = f"by {aside.by_staff}" if aside.by_staff else "undone by whoever gave it"
        yield "Set aside", f"{who}, {clock.in_words(aside.at)}. {aside.reason}".strip()


def _changed_since(found: Evidence, said: Answer) -> Iterable[tuple[str, str]]:
    """Yield what has changed since the text that was answered."""
    words = changes_in_words(
        said.wording, found.question.asked, is_hidden=found.pupil.is_address_confidential
    )
    if words:
        yield "Changed since", words


def hidden_words(found: Evidence) -> list[str]:
    """Return what a safe address hides, in any version: it may have become one since (E33)."""
    if not found.pupil.is_address_confidential:
        return []
    told = [wording.asked for wording in found.wordings]
    words = {
        word
        for asked in told
        for word in (asked.title, asked.purpose, *asked.staff, *asked.reserves)
        if word
    }
    # The longer first: a title may begin with the words of a purpose.
    return sorted(words, key=len, reverse=True)


def _happened(found: Evidence, one: AskedOne) -> Iterable[Line]:
    """Yield what happened beside answers and letters: forms, new links, letters sent again."""
    # Whoever runs the call may have printed or sent again, and is not named (E33).
    is_hidden = found.pupil.is_address_confidential
    for form in one.forms:
        language = language_name(form.language)
        words = f"Form {form.pk} printed{'' if is_hidden else f' by {form.printed_by}'}: version {form.wording.version}, {language}."
        yield Line(at=form.printed_at, words=words)
    told = {
        "consent.new_link": "A new link was asked for; the one before opens nothing any more.",
        "consent.disown": "The link was said to be in wrong hands, and opens nothing any more.",
        "consent.resend": "The request was sent again",
        "consent.help": "Help was asked for with the link.",
    }
    for entry in one.entries:
        words = told[entry.verb]
        if entry.verb == "consent.resend":
            number = entry.actor.removeprefix("staff:")
            who = found.staff.get(int(number)) if number.isdigit() else None
            words = f"{words} by {who}." if who and not is_hidden else f"{words}."
        yield Line(at=entry.at, words=words)
