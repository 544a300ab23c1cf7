"""What this room holds about a guardian or a pupil, for the copy that they may have (G37, E35)."""

from collections.abc import Mapping

from django.db.models import QuerySet

from consent.models import Answer, Request, StandingConsent
from consent.policy import Channel
from schoolsafe.lib.holdings import Copy, Held, counted, day, moment, section


def held_about(copy: Copy) -> Held:
    """Return what somebody was asked and what they themselves said; never what anybody else said (E35)."""
    requests = _requests(copy)
    answers = Answer.objects.filter(request__in=requests).select_related(
        "request__question", "request__pupil", "invalidation", "check_made"
    )
    # What somebody else said through the link is theirs.
    own = list(answers.filter(is_by_someone_else=False).order_by("at", "pk"))
    standing = StandingConsent.objects.filter(
        guardian=copy.guardian_id, pupil__in=copy.open_ids
    ).select_related("pupil")
    sections = (
        *section(
            "asked", "What you were asked", map(_request, requests.order_by("asked_at", "pk"))
        ),
        *section("answers", "What you answered", map(_answer, own)),
        *section("standing", "Your yes for a school year", map(_standing, standing.order_by("pk"))),
    )
    return Held(
        sections=sections,
        left_out=(
            *counted(answers.count() - len(own), "Answers that somebody else gave by their link"),
            *counted(
                sum(_has_words_of_staff(one) for one in own),
                "Notes of the staff beside an answer: read them where the answer stands, and give them "
                "if they name nobody else",
            ),
        ),
    )


def _requests(copy: Copy) -> QuerySet[Request]:
    """Return what was put to this person; of a pupil who asks, what was put to them alone."""
    rows = Request.objects.filter(pupil__in=copy.open_ids).select_related("question", "pupil")
    if copy.guardian_id is None:
        return rows.filter(guardian=None, pupil__decides_from__isnull=False)
    return rows.filter(guardian=copy.guardian_id)


def _request(one: Request) -> Mapping[str, str]:
    asked = one.question.asked
    return {
        "Child": str(one.pupil),
        "Call": asked.title,
        "Begins": moment(asked.starts_at),
        "Recorded": "yes" if asked.is_recorded else "no",
        "Asked": moment(one.asked_at),
        "You said it was not meant for you": moment(one.disowned_at),
        "You asked for help": moment(one.help_asked_at),
    }


def _answer(one: Answer) -> Mapping[str, str]:
    recording = {True: "yes", False: "no", None: ""}[one.may_be_recorded]
    return {
        "Child": str(one.request.pupil),
        "Call": one.request.question.asked.title,
        "Answer": one.words(),
        "May be recorded": recording,
        "Given as": one.name,
        "Relationship": one.get_relationship_display(),
        "Way": one.channel.replace("_", " "),
        "Said": moment(one.at),
        "Written down": moment(one.recorded_at),
        "Why not": one.get_objection_display(),
        "You wanted a call": "yes" if one.wants_call else "",
        "Your words": str(one.note) if one.channel == Channel.LINK else "",
        "Taken back": moment(one.invalidation.at) if hasattr(one, "invalidation") else "",
    }


def _standing(one: StandingConsent) -> Mapping[str, str]:
    return {
        "Child": str(one.pupil),
        "For": one.kind_name,
        "With": one.adults,
        "Recorded": "yes" if one.is_recorded else "no",
        "Given": moment(one.given_at),
        "Until": day(one.until),
        "Ended": moment(one.ended_at),
    }


def _has_words_of_staff(one: Answer) -> bool:
    """Tell whether somebody of the staff wrote beside it: that may be about others."""
    written = [one.note] if one.channel != Channel.LINK else []
    written += [one.invalidation.reason] if hasattr(one, "invalidation") else []
    written += [one.check_made.note] if hasattr(one, "check_made") else []
    return any(str(text).strip() for text in written)
