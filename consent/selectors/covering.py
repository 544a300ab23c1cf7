"""What a yes for the school year covers, which questions it answers, and which calls rest on it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from consent import links, policy
from consent.models import Answer, Request, StandingConsent
from consent.policy import Channel, Cover
from consent.selectors.answers import by_request
from consent.selectors.opened import DEADLY, Opened, shown_to
from consent.selectors.voices import Heard, hear
from school import terms
from school.calendar import school_year_end
from school.models import Pupil
from school.roles import Viewer
from school.selectors import answers_about, guardians_who_count, unsettled_until
from schoolsafe.lib import clock
from schoolsafe.lib.tokens import BadToken


def heard_of(request: Request) -> Heard:
    """Return what the person of a request last said."""
    answers = by_request(Answer.objects.filter(request=request)).get(request.pk, [])
    return hear(request, answers, name="", relationship="", unreachable="")


def is_overruled(answer: Answer) -> bool:
    """Tell whether the same person has said something later than this answer, which counts (E37)."""
    standing = heard_of(answer.request).standing
    return standing is not None and standing.pk != answer.pk


def may_offer(heard: Heard, now: datetime) -> bool:
    """Tell whether a receipt offers a yes for the school year after this answer.

    No address of which it is not sure whose it is brings a yes for a year: neither on the receipt of a
    yes that it brought itself, nor on that of one which came from another before (E34).
    """
    said, request = heard.standing, heard.request
    return (
        said is not None
        and request is not None
        # Behind the link of a child with a safe address no kind of call is named (E33).
        and not request.pupil.is_address_confidential
        and request.guardian is not None
        and unsettled_until(request.guardian, now) is None
        and (said.address_changed_at is None or hasattr(said, "check_made"))
        and policy.may_offer(
            says_yes=heard.voice.says_yes,
            by_link=said.channel == Channel.LINK.value,
            may_be_recorded=said.may_be_recorded,
            is_recorded=request.question.asked.is_recorded,
        )
    )


def cover_now(request: Request) -> Cover | None:
    """Return what a yes for the school year would cover after a yes to this request."""
    asked = request.question.asked
    if not asked.kind:
        return None
    on = clock.local(asked.starts_at).date()
    return policy.cover_of(asked, on=on, until=school_year_end(terms.calendar(), on))


def offer(opened: Opened, standings: Sequence[StandingConsent], now: datetime) -> Cover | None:
    """Return what a receipt offers; nothing where there is such a yes already."""
    if not may_offer(opened.heard, now):
        return None
    cover = cover_now(opened.request)
    if cover is None or any(one.ended_at is None and one.cover == cover for one in standings):
        return None
    return cover


def of_family(request: Request) -> list[StandingConsent]:
    """Return every yes for a school year of this guardian for this child, newest first."""
    if request.guardian_id is None:
        return []
    rows = StandingConsent.objects.filter(guardian=request.guardian_id, pupil=request.pupil_id)
    return list(rows.defer("shown", "ended_reason"))


def current(request: Request, now: datetime) -> QuerySet[StandingConsent]:
    """Return those that stand."""
    rows = StandingConsent.objects.current(on=clock.local(now).date())
    return rows.filter(guardian=request.guardian_id, pupil=request.pupil_id)


def gave_year(request: Request, now: datetime) -> bool:
    """Tell whether a yes for the school year was given on the receipt of an answer to this request."""
    return current(request, now).filter(answer__request=request).exists()


def shown_before(request: Request, cover: Cover) -> dict[str, Any]:
    """Return exactly what somebody reads before they say yes for a school year (E51)."""
    shown = shown_to(request)
    return {
        "version": policy.TERMS_VERSION,
        "question_version": shown["version"],
        "language": shown["language"],
        "pupil": shown["pupil"],
        "first_name": shown["first_name"],
        "kind": cover.kind_name,
        "adults": gettext(cover.adults),
        "platform": cover.platform,
        "is_recorded": cover.is_recorded,
        "until": cover.until.isoformat(),
        "terms": [gettext(line) for line in policy.TERMS],
    }


def fit(
    requests: Sequence[Request], standings: Sequence[StandingConsent], now: datetime
) -> list[tuple[Request, StandingConsent]]:
    """Return the requests that a yes for the school year answers, each with that yes."""
    by_tie: dict[tuple[int | None, int], list[StandingConsent]] = defaultdict(list)
    for standing in standings:
        by_tie[standing.guardian_id, standing.pupil_id].append(standing)
    reachable = _reachable([row.pupil_id for row in requests], now)
    guardians = {row.guardian_id for row in requests}
    astray = Request.objects.filter(guardian__in=guardians, disowned_at__isnull=False)
    last_astray = dict(astray.order_by("disowned_at").values_list("guardian_id", "disowned_at"))
    # What rested on such a yes and was set aside says that it is not meant for this call.
    said = Answer.objects.filter(
        ~Q(channel=Channel.STANDING.value) | Q(invalidation__isnull=False), request__in=requests
    )
    answered = set(said.values_list("request_id", flat=True))
    found = []
    for row in requests:
        asked = row.question.asked
        for standing in by_tie[row.guardian_id, row.pupil_id]:
            if policy.may_rest(
                standing.cover,
                asked,
                on=clock.local(asked.starts_at).date(),
                is_reachable=row.failed_at is None and (row.guardian_id, row.pupil_id) in reachable,
                is_doubted=_went_astray(standing, last_astray.get(row.guardian_id or 0)),
                has_answered=row.pk in answered,
            ):
                found.append((row, standing))
                break
    return found


def _went_astray(standing: StandingConsent, at: datetime | None) -> bool:
    """Tell whether a link of this person was in the wrong hands after they had given the yes."""
    return at is not None and standing.given_at <= at


def _reachable(pupil_ids: Sequence[int], now: datetime) -> set[tuple[int | None, int]]:
    """Return guardian and pupil of every tie about which somebody who counts may be written to."""
    counted = guardians_who_count(set(pupil_ids), on=clock.local(now).date())
    return {
        (tie.guardian_id, pupil_id)
        for pupil_id, ties in counted.items()
        for tie, refusal in ties
        if refusal is None
    }


def _alive(ids: Sequence[int], now: datetime) -> QuerySet[Answer]:
    """Return the answers resting on these yeses about calls that are not over."""
    return Answer.objects.filter(
        standing__in=list(ids),
        request__ended_at=None,
        request__question__closed_at=None,
        request__question__ends_at__gt=now,
    )


def questions_resting(ids: Sequence[int], now: datetime) -> set[int]:
    """Return the questions that these yeses answer, of calls that are not over."""
    return set(_alive(ids, now).values_list("request__question_id", flat=True))


def calls_of(ids: Sequence[int], now: datetime, *, for_call: bool = False) -> list[Heard]:
    """Return what was said last to each request that these yeses once answered, soonest call first."""
    requests = list(
        Request.objects.filter(pk__in=_alive(ids, now).values("request"))
        .select_related("question", "pupil", "guardian")
        .order_by("question__closes_at", "pk")
    )
    answers = by_request(Answer.objects.filter(request__in=requests))
    return [
        hear(
            row,
            answers.get(row.pk, []),
            name="",
            relationship="",
            unreachable="",
            for_call=for_call,
        )
        for row in requests
    ]


def resting(ids: Sequence[int], now: datetime) -> list[Request]:
    """Return the requests that these yeses answer, and nothing said later does that counts by now."""
    return [
        heard.request
        for heard in calls_of(ids, now, for_call=True)
        if heard.request and heard.standing and heard.standing.standing_id in set(ids)
    ]


def year_link(standing: StandingConsent) -> str:
    """Return the full address of the page of a yes for the school year."""
    return links.year_page(standing.pk, standing.link_version)


def opened_year(token: str, now: datetime) -> StandingConsent | None:
    """Return the yes behind its own link; None for every cause of a dead one."""
    try:
        pk, version = links.read_year(token)
    except BadToken:
        return None
    standing = (
        StandingConsent.objects.filter(pk=pk, link_version=version)
        .select_related("pupil", "guardian")
        .first()
    )
    today = clock.local(now).date()
    if standing is None or standing.until < today:
        return None
    counted = guardians_who_count([standing.pupil_id], on=today).get(standing.pupil_id, [])
    for tie, refusal in counted:
        if tie.guardian_id == standing.guardian_id and refusal not in DEADLY:
            return standing
    return None


def standing_rows(search: str, viewer: Viewer, now: datetime) -> QuerySet[StandingConsent]:
    """Return what one of the staff may look through: the yeses of this school year, by pupil."""
    today = clock.local(now).date()
    given = StandingConsent.objects.filter(until__gte=today)
    about = given.values_list("pupil_id", flat=True)
    kept_from = answers_about(about, seen_by=viewer.staff_id, on=today).kept_from
    pupils = Pupil.objects.on_roll(on=today)
    for word in search.split():
        pupils = pupils.filter(Q(given_name__icontains=word) | Q(family_name__icontains=word))
    return (
        given.filter(pupil__in=pupils)
        .exclude(pupil__in=kept_from)
        .select_related("pupil", "guardian", "ended_by")
        .defer("shown")
        .order_by("pupil__family_name", "pupil__given_name", "pupil_id", "-given_at", "-pk")
    )
