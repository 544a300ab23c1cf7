"""How each letter of this room is written, and whether it is still wanted at that moment."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from django.utils.translation import gettext_lazy as _

from consent import links, policy, services
from consent.models import Answer, Question, Request, StandingConsent
from consent.selectors import shown_to, year_link
from consent.selectors.answers import answers_to
from consent.selectors.last_told import versions_of
from consent.selectors.voices import Heard, asked_pupils, hear, is_missing, needs_answer
from consent.services import locks
from notices import kinds
from notices.enclosures import enclosed_in
from notices.kinds import Circular, Letter, NotYet, Unwanted
from notices.models import Notice
from school import selectors as school
from school.policy import Way
from school.selectors import Contact, Front
from schoolsafe.lib import clock, languages
from schoolsafe.lib.prepared import Prepared

ANSWERED = Unwanted("the family has answered")
OVER = Unwanted("the call is over or not taking place")
NOT_ASKED = Unwanted("nobody is asked about these pupils any more")
AT_LATEST = timedelta(days=1)
TOO_EARLY = "the school asks families shortly before the call"
ASKS = _("Read it and answer")
# The calls about which letters go out at one time, in a few languages each.
MOST_KEPT = 256

LIVE = Prepared(
    lambda request_ids, pupil_ids: (
        Request.objects.live()
        .filter(pk__in=request_ids, pupil__in=pupil_ids)
        .select_related("question", "pupil")
        .order_by("pupil__given_name", "pk")
    )
)


def live(notice: Notice, contact: Contact) -> list[Request]:
    """Return the requests of a letter about which this person may be written to now."""
    pupil_ids = contact.pupil_ids if notice.guardian_id else [notice.pupil_id or 0]
    return LIVE.rows(notice.detail["requests"], pupil_ids)


def said_to(requests: Sequence[Request]) -> dict[int, Heard]:
    """Return what was said to each of these requests."""
    answers = answers_to([row.pk for row in requests])
    return {
        row.pk: hear(row, answers.get(row.pk, []), name="", relationship="", unreachable="")
        for row in requests
    }


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The call as a letter tells it; what is hidden from the family is empty here already."""

    title: str
    staff: tuple[str, ...]
    reserves: tuple[str, ...]
    platform: str
    is_recorded: bool
    is_hidden: bool
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class Told:
    """What all letters about one call say alike: nothing in it is about one family."""

    school: Front | None
    plan: Plan
    is_own: bool

    def context(self, children: Sequence[Mapping[str, str]], **more: object) -> dict[str, object]:
        """Return what every letter needs: the plan, and the children, each with their own link."""
        context: dict[str, object] = {
            "school": self.school,
            "children": children,
            "child": children[0],
            "is_hidden": self.plan.is_hidden,
            "is_own": self.is_own,
            "plan": self.plan,
            "starts_at": self.plan.starts_at,
            "ends_at": self.plan.ends_at,
            "personal_link": True,
        }
        if len(children) == 1:
            context["button_url"] = children[0]["url"]
        return context | more


def told_of(request: Request) -> Told:
    """Return what is told of a call to a family that stands where this one stands."""
    asked, shown = request.question.asked, shown_to(request)
    return Told(
        school=school.front(),
        plan=Plan(
            title=shown["title"],
            staff=tuple(shown["staff"]),
            reserves=tuple(shown["reserves"]),
            platform=shown["platform"],
            is_recorded=shown["is_recorded"],
            is_hidden=request.pupil.is_address_confidential,
            starts_at=clock.local(asked.starts_at),
            ends_at=clock.local(asked.ends_at),
        ),
        is_own=request.guardian_id is None,
    )


def child_of(request: Request, keep: str = "") -> dict[str, str]:
    """Return what a letter says of one child: nothing else in it is about this family."""
    return {
        "name": shown_to(request)["pupil"],
        "first_name": request.pupil.given_name,
        "url": links.page(request.pk, request.link_version) + keep,
    }


def context_of(requests: Sequence[Request], keep: str = "", **more: object) -> dict[str, object]:
    """Return what a letter about these children needs: the first call, and the dates of all.

    Their links `keep` what is appended to them: a language that was chosen.
    """
    rows = sorted(requests, key=lambda row: (row.question.closes_at, row.pk))
    first = {row.pupil_id: row for row in reversed(rows)}
    children = [child_of(row, keep) for row in rows if first[row.pupil_id] is row]
    dates = {row.question.closes_at: row.question.asked for row in rows}
    if len(dates) > 1:
        more["dates"] = [
            (clock.local(asked.starts_at), clock.local(asked.ends_at)) for asked in dates.values()
        ]
    # Grouped by who read it when it was written: one child's address may have been made safe since (E33).
    hidden = [row for row in rows if row.pupil.is_address_confidential]
    return told_of((hidden or rows)[0]).context(children, **more)


@lru_cache(maxsize=MOST_KEPT)
def _circular(stem: str, told: Told, language: str) -> Circular:
    """Write once the letter that asks about one child: a school's worth of them differ in nothing else."""
    return kinds.circular(
        stem,
        lambda own: told.context([own], button_label=ASKS),
        "name",
        "first_name",
        "url",
        language=language,
    )


def waiting_for(
    notice: Notice, contact: Contact, now: datetime
) -> list[Request] | Unwanted | NotYet:
    """Return the requests of a letter that still want an answer, or why it is not wanted now."""
    requests = live(notice, contact)
    if not requests:
        return NOT_ASKED
    requests = [row for row in requests if row.question.is_open(now=now)]
    if not requests:
        return OVER
    heard = said_to(requests)
    # E47: the answer may have come after the letter was put in the outbox.
    waiting = [row for row in requests if needs_answer(heard[row.pk])]
    if not waiting:
        return ANSWERED
    asks_at = _asks_at(notice, waiting)
    if asks_at is None or now >= asks_at:
        return waiting
    # Asked again from time to time, whatever becomes of the moment when it should have been.
    return NotYet(until=min(asks_at, now + AT_LATEST), why=TOO_EARLY)


def _asks_at(notice: Notice, requests: Sequence[Request]) -> datetime | None:
    """Return before when a first letter does not leave; one about a series goes by its next call."""
    if not notice.detail.get("may_wait"):
        return None
    first = min(row.question.closes_at for row in requests)
    return policy.asks_at(first, pace=school.pace())


def compose_asking(stem: str) -> Callable[..., Letter | Unwanted | NotYet]:
    """Return how a letter that asks for an answer is written: only to those who have not given one."""

    def compose(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted | NotYet:
        waiting = waiting_for(notice, contact, now)
        if isinstance(waiting, Unwanted | NotYet):
            return waiting
        if len(waiting) == 1 and contact.way is Way.EMAIL:
            letter = _circular(stem, told_of(waiting[0]), contact.language)
            return replace(letter.to(child_of(waiting[0])), facts=versions_of(waiting))
        return written(stem, contact, context_of(waiting, button_label=ASKS), waiting)

    return compose


def written(
    stem: str, contact: Contact, context: dict[str, object], told: Sequence[Request] = ()
) -> Letter:
    """Write a letter in a person's language, for the way by which it goes.

    It notes of itself the version of the plans that are `told` in it as news.
    """
    letter = kinds.render(stem, context, contact.language, contact.way)
    return replace(letter, facts=versions_of(told))


def compose_notice(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Tell of a call that a yes for the school year covers, and how to say no to it.

    Where that yes has ended since the letter was put in the outbox, it asks instead.
    """
    requests = live(notice, contact)
    if not requests:
        return NOT_ASKED
    requests = [row for row in requests if row.question.is_open(now=now)]
    if not requests:
        return OVER
    heard = said_to(requests)
    waiting = [row for row in requests if needs_answer(heard[row.pk])]
    if waiting:
        context = context_of(waiting, button_label=ASKS)
        return written("consent/mail/request", contact, context, waiting)
    covered = [row for row in requests if heard[row.pk].voice.is_for_year]
    if not covered:
        return ANSWERED
    context = context_of(
        covered,
        opt_outs=[
            {
                "name": shown_to(row)["pupil"],
                "starts_at": clock.local(row.question.asked.starts_at),
                "url": links.opt_out(row.pk, row.link_version),
            }
            for row in covered
        ],
        button_label=_("See the call"),
    )
    return written("consent/mail/notice", contact, context, covered)


def compose_standing(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Tell what a yes for the school year covers and how to end it, or that it has ended."""
    standing = StandingConsent.objects.select_related("pupil").get(pk=notice.detail["standing"])
    pupil = standing.pupil
    if standing.pupil_id not in contact.pupil_ids:
        return NOT_ASKED
    is_hidden = pupil.is_address_confidential
    context: dict[str, object] = {
        "school": school.front(),
        "name": pupil.given_name if is_hidden else pupil.short_name,
        "first_name": pupil.given_name,
        "is_hidden": is_hidden,
        "standing": standing,
        "is_by_school": standing.ended_by_id is not None,
        "terms": policy.TERMS,
        "button_url": year_link(standing),
        "button_label": _("See or end it"),
        "personal_link": True,
    }
    if standing.ended_at is not None:
        context["button_label"] = _("See what this means")
        context["enclosed"] = enclosed_in(notice, contact, now)
    return written("consent/mail/standing", contact, context)


def compose_receipt(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Say what was recorded, and how to change it; each answer has its own receipt."""
    requests = live(notice, contact)
    if not requests:
        return NOT_ASKED
    answer = Answer.objects.get(pk=notice.detail["answer"])
    language = _read_in(answer) or contact.language
    context = context_of(
        requests,
        keep=languages.asking_for(language) if language != contact.language else "",
        answer=answer,
        at=clock.local(answer.at),
        enclosed=enclosed_in(notice, replace(contact, language=language), now),
        is_open=requests[0].question.is_open(now=now),
        button_label=_("See or change this answer"),
    )
    return written("consent/mail/receipt", replace(contact, language=language), context)


def _read_in(answer: Answer) -> str:
    """Return the language that a person chose on the page of their answer; nothing for other ways."""
    read: str = answer.text_shown.get("language", "")
    return read if answer.channel == policy.Channel.LINK.value else ""


def compose_answered_by_other(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Warn the person asked that another name answered with their link (E26)."""
    requests = live(notice, contact)
    if not requests:
        return NOT_ASKED
    answer = Answer.objects.get(pk=notice.detail["answer"])
    is_open = any(row.question.is_open(now=now) for row in requests)
    context = context_of(
        requests,
        answer=answer,
        at=clock.local(answer.at),
        button_label=_("Answer it yourself") if is_open else _("Open your page"),
    )
    return written("consent/mail/answered_by_other", contact, context)


def compose_undone(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Tell a person that their answer counts no more, and ask again: nobody undoes it unseen (E26)."""
    requests = live(notice, contact)
    if not requests:
        return NOT_ASKED
    answer = Answer.objects.select_related("invalidation").get(pk=notice.detail["answer"])
    heard = said_to(requests)
    is_asked = any(needs_answer(heard[row.pk]) for row in requests if row.question.is_open(now=now))
    language = _read_in(answer) or contact.language
    context = context_of(
        requests,
        keep=languages.asking_for(language) if language != contact.language else "",
        answer=answer,
        at=clock.local(answer.invalidation.at),
        is_by_school=answer.invalidation.by_staff_id is not None,
        enclosed=enclosed_in(notice, replace(contact, language=language), now),
        is_asked=is_asked,
        button_label=ASKS if is_asked else _("Open your page"),
    )
    return written("consent/mail/undone", replace(contact, language=language), context)


def compose_new_link(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Send the links that are live now, whether answered or not."""
    requests = [row for row in live(notice, contact) if row.question.is_alive(now=now)]
    if not requests:
        return NOT_ASKED
    context = context_of(requests, button_label=_("Open your page"))
    return written("consent/mail/new_link", contact, context)


def compose_unanswered(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Tell the person who asked how many pupils have no answer one day before the call."""
    question = Question.objects.get(about=notice.about)
    if not question.is_open(now=now):
        return OVER
    count = sum(1 for row in asked_pupils([question.pk], now) if is_missing(row))
    if not count:
        return ANSWERED
    context: dict[str, object] = {
        "school": school.front(),
        "count": count,
        "title": question.asked.title,
        "starts_at": clock.local(question.asked.starts_at),
    }
    return written("consent/mail/unanswered", contact, context)


def compose_help_wanted(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Tell staff that a family needs help; who it is stands on the page of the call."""
    question = Question.objects.get(about=notice.about)
    if not question.is_open(now=now):
        return OVER
    context: dict[str, object] = {
        "school": school.front(),
        "title": question.asked.title,
        "starts_at": clock.local(question.asked.starts_at),
    }
    return written("consent/mail/help_wanted", contact, context)


def hold_requests(notices: Iterable[Notice]) -> None:
    """Lock the requests on which `failed` and `revived` write, for several letters at once."""
    locks.hold_requests(
        Request.objects.filter(pk__in={pk for one in notices for pk in one.detail["requests"]})
    )


def failed(notice: Notice, now: datetime) -> None:
    """Raise a letter that cannot be sent to staff: the pupil's status says so."""
    services.mark_failed(notice.detail["requests"], because=notice.fate, now=now)


def revived(notice: Notice, now: datetime) -> None:
    """Take back that a letter could not be sent: it goes out again."""
    services.mark_tried_again(notice.detail["requests"])
