"""The letters this room sends: to whom, whether they are still wanted, and the ladder of reminders."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from consent import links, policy, services
from consent.models import Answer, Question, Request, Wording
from consent.selectors import shown_to
from consent.selectors.voices import AskedPupil, Heard, asked_pupils, by_request, hear
from consent.services import drafts
from notices import kinds
from notices.kinds import Climb, Draft, Kind, LadderKind, Letter, Unwanted, Urgency
from notices.models import Ladder, Notice
from notices.policy import State
from school import selectors as school
from school.selectors import Contact
from schoolsafe.lib import clock

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

ANSWERED = Unwanted("the family has answered")
OVER = Unwanted("the call is over or not taking place")
NOT_ASKED = Unwanted("nobody is asked about these pupils any more")
# What counts as an automatic message to a family: asking, reminding, telling of a change.
COUNTED = (drafts.REQUEST, drafts.REMINDER, drafts.CHANGED)


def _live(notice: Notice, contact: Contact) -> list[Request]:
    """Return the requests of a letter about which this person may be written to now."""
    pupil_ids = contact.pupil_ids if notice.guardian_id else [notice.pupil_id]
    return list(
        Request.objects.live()
        .filter(pk__in=notice.detail["requests"], pupil__in=pupil_ids)
        .select_related("question", "pupil", "guardian")
        .order_by("pupil__given_name", "pk")
    )


def _said(requests: Sequence[Request]) -> dict[int, Heard]:
    """Return what was said to each of these requests."""
    answers = by_request(Answer.objects.filter(request__in=[row.pk for row in requests]))
    return {
        row.pk: hear(row, answers.get(row.pk, []), name="", relationship="", unreachable="")
        for row in requests
    }


def _context(requests: Sequence[Request], **more: object) -> dict[str, object]:
    """Return what every letter needs: the children, each with their own link, and the plan."""
    shown = shown_to(requests[0])
    asked = requests[0].question.asked
    children = [
        {
            "name": shown_to(row)["pupil"],
            "first_name": row.pupil.given_name,
            "url": links.page(row.pk, row.link_version),
        }
        for row in requests
    ]
    context: dict[str, object] = {
        "school": school.school(),
        "children": children,
        "child": children[0],
        "is_hidden": requests[0].pupil.is_address_confidential,
        "is_own": requests[0].guardian_id is None,
        "shown": shown,
        "starts_at": clock.local(asked.starts_at),
        "ends_at": clock.local(asked.ends_at),
        "personal_link": True,
    }
    if len(children) == 1:
        context["button_url"] = children[0]["url"]
    return context | more


def _compose_asking(stem: str, *, button: "StrPromise") -> Callable[..., Letter | Unwanted]:
    """Return how a letter that asks for an answer is written: only to those who have not given one."""

    def compose(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
        requests = _live(notice, contact)
        if not requests:
            return NOT_ASKED
        if not requests[0].question.is_open(now=now):
            return OVER
        heard = _said(requests)
        # E47: the answer may have come after the letter was put in the outbox.
        waiting = [row for row in requests if _needs_answer(heard[row.pk])]
        if not waiting:
            return ANSWERED
        return kinds.render(stem, _context(waiting, button_label=button), contact.language)

    return compose


def _needs_answer(heard: Heard) -> bool:
    """Tell whether an answer to the text as it stands is missing, even one waiting to be checked."""
    return heard.voice.is_open and heard.voice.unchecked is None


def _compose_changed(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Tell what changed since the version before; a later change makes this letter pointless."""
    requests = _live(notice, contact)
    if not requests:
        return NOT_ASKED
    question = requests[0].question
    if not question.is_open(now=now):
        return OVER
    version: Any = notice.detail["version"]
    if question.version != version:
        return Unwanted("the plan has changed again, and a newer letter tells of it")
    is_material = bool(notice.detail["material"])
    if is_material:
        heard = _said(requests)
        requests = [row for row in requests if _needs_answer(heard[row.pk])]
        if not requests:
            return ANSWERED
    before = Wording.objects.get(question=question, version=version - 1).asked
    is_hidden = requests[0].pupil.is_address_confidential
    context = _context(
        requests,
        changes=policy.changes_for_family(before, question.asked, is_hidden=is_hidden),
        is_material=is_material,
        button_label=_("Read it and answer") if is_material else _("See the plan"),
    )
    return kinds.render("consent/mail/changed", context, contact.language)


def _compose_receipt(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Say what was recorded, and how to change it; each answer has its own receipt."""
    requests = _live(notice, contact)
    if not requests:
        return NOT_ASKED
    answer = Answer.objects.get(pk=notice.detail["answer"])
    context = _context(
        requests,
        answer=answer,
        at=clock.local(answer.at),
        is_open=requests[0].question.is_open(now=now),
        button_label=_("See or change this answer"),
    )
    return kinds.render("consent/mail/receipt", context, contact.language)


def _compose_answered_by_other(
    notice: Notice, contact: Contact, now: datetime
) -> Letter | Unwanted:
    """Warn the person asked that another name answered with their link (E26)."""
    requests = _live(notice, contact)
    if not requests:
        return NOT_ASKED
    answer = Answer.objects.get(pk=notice.detail["answer"])
    context = _context(
        requests, answer=answer, at=clock.local(answer.at), button_label=_("Answer it yourself")
    )
    return kinds.render("consent/mail/answered_by_other", context, contact.language)


def _compose_new_link(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Send the links that are live now, whether answered or not."""
    requests = [row for row in _live(notice, contact) if row.question.is_alive(now=now)]
    if not requests:
        return NOT_ASKED
    context = _context(requests, button_label=_("Open your page"))
    return kinds.render("consent/mail/new_link", context, contact.language)


def _compose_unanswered(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Tell the person who asked how many pupils have no answer one day before the call."""
    question = Question.objects.get(about=notice.about)
    if not question.is_open(now=now):
        return OVER
    count = sum(1 for row in asked_pupils([question.pk], now) if _is_missing(row))
    if not count:
        return ANSWERED
    context: dict[str, object] = {
        "school": school.school(),
        "count": count,
        "title": question.asked.title,
        "starts_at": clock.local(question.asked.starts_at),
    }
    return kinds.render("consent/mail/unanswered", context, contact.language)


def _failed(notice: Notice, now: datetime) -> None:
    """Raise a letter that cannot be sent to staff: the pupil's status says so."""
    services.mark_failed(notice.detail["requests"], now=now)


def _is_missing(row: AskedPupil) -> bool:
    """Tell whether more answers could still turn this pupil's consent into a yes."""
    return row.consent.status in {
        policy.Status.WAITING,
        policy.Status.VOID,
        policy.Status.FAILED,
        policy.Status.NO_CONTACT,
    }


def climb(ladders: Sequence[Ladder], now: datetime) -> list[Climb]:
    """Remind those who have not answered, and at last tell the person who asked."""
    questions = {
        question.about: question
        for question in Question.objects.filter(about__in=[ladder.about for ladder in ladders])
    }
    live = [question.pk for question in questions.values() if question.is_open(now=now)]
    rows: dict[int, list[AskedPupil]] = {}
    for row in asked_pupils(live, now):
        rows.setdefault(row.question.pk, []).append(row)
    sent = _sent([questions[ladder.about].about for ladder in ladders if ladder.about in questions])
    return [_climb(ladder, questions.get(ladder.about), rows, sent, now=now) for ladder in ladders]


def _climb(
    ladder: Ladder,
    question: Question | None,
    rows: dict[int, list[AskedPupil]],
    sent: dict[tuple[str, int | None], int],
    *,
    now: datetime,
) -> Climb:
    """Return what one question's ladder does now: the rung of the present, once."""
    if question is None or not question.is_open(now=now):
        return Climb(ladder_id=ladder.pk, drafts=(), next_due=None)
    rungs = policy.rungs(asked_at=ladder.started_at, starts_at=question.closes_at)
    taken = [rung for rung in rungs if rung.at <= now]
    ahead = [rung for rung in rungs if rung.at > now]
    letters: list[Draft] = []
    missing = [row for row in rows.get(question.pk, []) if _is_missing(row)]
    if taken and missing:
        tells = taken[-1].tells_asker
        letters = _to_asker(question, now) if tells else _reminders(question, missing, sent, now)
    return Climb(
        ladder_id=ladder.pk, drafts=tuple(letters), next_due=ahead[0].at if ahead else None
    )


def _reminders(
    question: Question,
    missing: Sequence[AskedPupil],
    sent: dict[tuple[str, int | None], int],
    now: datetime,
) -> list[Draft]:
    """Return a reminder for each person who has not answered and can be written to."""
    requests = [
        heard.request
        for row in missing
        for heard in row.heard
        if heard.request
        and _needs_answer(heard)
        and not heard.voice.unreachable
        and not heard.voice.is_disowned
        and sent.get((question.about, heard.voice.guardian_id), 0) < policy.MOST_MESSAGES
    ]
    return [
        drafts.draft(
            drafts.REMINDER,
            group,
            question=question,
            # One a day for each person, whatever the ladder does (E47).
            key=f"{clock.local(now).date().isoformat()}",
            due_at=now,
        )
        for group in drafts.grouped(requests)
    ]


def _to_asker(question: Question, now: datetime) -> list[Draft]:
    """Return the letter to the member of staff who asked; a question without one has none."""
    if question.asked_by_id is None:
        return []
    return [
        Draft(
            kind=drafts.UNANSWERED,
            key=f"{drafts.UNANSWERED}:{question.pk}:{question.version}",
            due_at=now,
            about=question.about,
            staff_id=question.asked_by_id,
        )
    ]


def _sent(abouts: Sequence[str]) -> dict[tuple[str, int | None], int]:
    """Return how many automatic messages each guardian has had about each question."""
    rows = Notice.objects.filter(about__in=abouts, kind__in=COUNTED, guardian__isnull=False)
    counts: dict[tuple[str, int | None], int] = {}
    for about, guardian_id in rows.exclude(state=State.DROPPED.value).values_list(
        "about", "guardian_id"
    ):
        counts[about, guardian_id] = counts.get((about, guardian_id), 0) + 1
    return counts


def unladdered(now: datetime) -> Iterable[tuple[str, datetime]]:
    """Return the open questions whose ladder is lost while a rung still lies ahead."""
    held = Ladder.objects.open().filter(kind=drafts.LADDER).values("about")
    lost = Question.objects.open(now=now).exclude(about__in=held)
    for about, asked_at, closes_at in lost.values_list("about", "asked_at", "closes_at"):
        ahead = [r for r in policy.rungs(asked_at=asked_at, starts_at=closes_at) if r.at > now]
        if ahead:
            yield about, ahead[0].at


def _register() -> None:
    """Make this room's letters and its ladder known to the outbox."""
    ask = _compose_asking("consent/mail/request", button=_("Read it and answer"))
    remind = _compose_asking("consent/mail/reminder", button=_("Read it and answer"))
    for name, urgency, stem, compose, label in (
        (drafts.REQUEST, Urgency.TODAY, "request", ask, "Question to a family"),
        (drafts.REMINDER, Urgency.BULK, "reminder", remind, "Reminder to a family"),
        (drafts.CHANGED, Urgency.TODAY, "changed", _compose_changed, "Change of plan"),
        (drafts.NEW_LINK, Urgency.NOW, "new_link", _compose_new_link, "New link"),
    ):
        kinds.register(
            Kind(
                name=name,
                urgency=urgency,
                template=f"consent/mail/{stem}",
                compose=compose,
                on_failed=_failed,
                label=label,
            )
        )
    for name, stem, compose, label in (
        (drafts.RECEIPT, "receipt", _compose_receipt, "Receipt of an answer"),
        (
            drafts.ANSWERED_BY_OTHER,
            "answered_by_other",
            _compose_answered_by_other,
            "Warning: another name answered",
        ),
        (drafts.UNANSWERED, "unanswered", _compose_unanswered, "Families have not answered"),
    ):
        kinds.register(
            Kind(
                name=name,
                urgency=Urgency.TODAY,
                template=f"consent/mail/{stem}",
                compose=compose,
                label=label,
            )
        )
    kinds.register_ladder(LadderKind(name=drafts.LADDER, climb=climb, unladdered=unladdered))


_register()
