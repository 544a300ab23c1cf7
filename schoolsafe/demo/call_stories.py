"""The calls of the demo school, one story for each state in which a call can be."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from meetings import policy, services
from meetings.models import Incident, Meeting
from meetings.services import Ending
from schoolsafe.demo import calls
from schoolsafe.demo.cast import Cast
from schoolsafe.demo.telling import Story
from schoolsafe.lib import clock


def stories(cast: Cast) -> list[Callable[[], Story]]:
    """Return every story about a call."""
    return [partial(story, cast) for story in STORIES]


def draft(cast: Cast) -> Story:
    """Tell of a call that is planned, with nobody asked yet."""
    yield cast.days.before(1, 15, 40)
    calls.plan(
        cast,
        "Fractions, second try",
        purpose="lesson",
        host="helen",
        co_hosts=["peter"],
        pupils=cast.some(4, 0, 3),
        starts_at=cast.days.after(8, 10),
        why_not_recorded="Only three pupils, and nobody is missing.",
    )


def asked(cast: Cast) -> Story:
    """Tell of a call with some of its answers: here are most of the awkward families."""
    yield cast.days.before(2, 15, 10)
    meeting = calls.plan(
        cast,
        "Reading link-up with Hill View School",
        purpose="link",
        host="helen",
        co_hosts=["sam"],
        pupils=cast.named(
            "Maya Okafor",
            "Oliver Hartley",
            "Zara Ahmed",
            "Noah Baptiste",
            "Leo Turner",
            "Sofia Marin",
            "Ada Okonkwo",
            "Chidi Okonkwo",
            "Poppy Lewis",
            "Jayden Cole",
            "Isla Fraser",
        ),
        starts_at=cast.days.after(6, 13, 30),
        is_recorded=True,
    )
    services.ask(meeting, by=cast.staff["helen"])
    pupils = cast.pupils
    yield cast.days.before(2, 17, 5)
    calls.answer(meeting, pupils["Maya Okafor"])
    yield cast.days.before(2, 18, 20)
    calls.answer(meeting, pupils["Oliver Hartley"], name="Rachel Hartley")
    yield cast.days.before(2, 19, 45)
    calls.answer(meeting, pupils["Oliver Hartley"], name="Simon Hartley", takes_part=False)
    yield cast.days.before(2, 20, 10)
    calls.answer(meeting, pupils["Zara Ahmed"], name="Nadia Ahmed")
    yield cast.days.before(2, 20, 30)
    calls.answer(meeting, pupils["Noah Baptiste"], name="Errol Baptiste")
    yield cast.days.before(1, 8, 5)
    calls.answer(meeting, pupils["Ada Okonkwo"])
    yield cast.days.before(1, 11, 15)
    calls.answer_by_telephone(cast, meeting, pupils["Jayden Cole"])


def ready(cast: Cast) -> Story:
    """Tell of a call that is ready to be shared; one family has withdrawn its yes."""
    pupils = cast.some(5, 0, 3)
    yield cast.days.before(4, 14)
    meeting = calls.plan(
        cast,
        "Science club: bridges from paper",
        purpose="club",
        host="helen",
        co_hosts=["owen"],
        pupils=pupils,
        starts_at=cast.days.after(2, 15, 45),
    )
    yield from calls.ask_and_agree(cast, meeting, pupils, asked_at=cast.days.before(4, 14, 10))
    yield cast.days.before(2, 19)
    calls.withdraw(meeting, pupils[2])
    yield cast.days.before(1, 9, 30)
    services.set_link(meeting, by=cast.staff["helen"], text=calls.teams_link(meeting))


def soon(cast: Cast) -> Story:
    """Tell of a call that begins in ten minutes: one adult has confirmed, the other still has to."""
    pupils = cast.some(4, 3, 3)
    yield cast.days.before(5, 15)
    meeting = calls.plan(
        cast,
        "Reading together: The Iron Man",
        purpose="reading",
        host="helen",
        co_hosts=["sam"],
        reserve="ruth",
        pupils=pupils,
        starts_at=cast.days.started(-14),
        minutes=60,
    )
    yield from calls.ask_and_agree(cast, meeting, pupils, asked_at=cast.days.before(5, 15, 5))
    yield cast.days.before(4, 8, 10)
    calls.mean_all_year(meeting, pupils[0])
    yield cast.days.before(1, 14)
    calls.share(cast, meeting)
    yield cast.days.ago(4)
    calls.confirm(cast, meeting, "helen")


def running(cast: Cast) -> Story:
    """Tell of a call that is running, with a full register."""
    pupils = cast.some(6, 0, 4)
    yield cast.days.before(4, 9)
    meeting = calls.plan(
        cast,
        "Link-up with Escola do Rio, Lisbon",
        purpose="link",
        host="grace",
        co_hosts=["steve"],
        pupils=pupils,
        starts_at=cast.days.started(12),
        minutes=90,
        is_recorded=True,
    )
    yield from calls.ask_and_agree(cast, meeting, pupils, asked_at=cast.days.before(4, 9, 15))
    yield cast.days.before(2, 16)
    calls.share(cast, meeting)
    yield from calls.open_and_admit(cast, meeting, pupils[:3], adults=["grace", "steve"])
    grace = cast.staff["grace"]
    yield cast.days.ago(10)
    services.note_unknown_name(meeting, by=grace, name="iPad (2)")
    yield cast.days.ago(8)
    services.mark(meeting, by=grace, pupil_id=pupils[0].pk, kind=policy.EntryKind.PRESENTING)
    yield cast.days.ago(5)
    services.mark(meeting, by=grace, pupil_id=pupils[1].pk, kind=policy.EntryKind.MUTED)
    yield cast.days.ago(2)
    calls.knock(meeting, pupils[3])


def on_hold(cast: Cast) -> Story:
    """Tell of a call on hold: one of two adults has dropped out and nothing is recorded."""
    pupils = cast.some(2, 0, 2)
    yield cast.days.before(3, 10)
    meeting = calls.plan(
        cast,
        "Phonics for two who are at home",
        purpose="reading",
        host="laura",
        co_hosts=["nina"],
        pupils=pupils,
        starts_at=cast.days.started(15),
        minutes=75,
    )
    yield from calls.ask_and_agree(cast, meeting, pupils, asked_at=cast.days.before(3, 10, 5))
    yield cast.days.before(1, 16)
    calls.share(cast, meeting)
    yield from calls.open_and_admit(cast, meeting, pupils, adults=["laura", "nina"])
    yield cast.days.ago(3)
    services.drop_out(meeting, by=cast.staff["laura"], staff=cast.staff["nina"])


def ended(cast: Cast) -> Story:
    """Tell of a call that ended a moment ago; the closing form is still to come."""
    pupils = cast.some(5, 4, 2)
    yield cast.days.before(3, 11)
    meeting = calls.plan(
        cast,
        "Spelling before the test",
        purpose="lesson",
        host="owen",
        co_hosts=["tom"],
        pupils=pupils,
        starts_at=cast.days.started(35),
        minutes=30,
        why_not_recorded="A test is practised, nothing new is taught.",
    )
    yield from calls.ask_and_agree(cast, meeting, pupils, asked_at=cast.days.before(3, 11, 5))
    yield cast.days.before(1, 15)
    calls.share(cast, meeting)
    yield from calls.open_and_admit(cast, meeting, pupils, adults=["owen", "tom"])
    yield meeting.ends_at
    services.end(meeting, by=cast.staff["owen"])


def closed(cast: Cast) -> Story:
    """Tell of a call that was recorded and closed as it should be."""
    pupils = cast.some(3, 0, 2)
    yield cast.days.before(7, 9)
    meeting = calls.plan(
        cast,
        "Long division for pupils at home",
        purpose="lesson",
        host="carmen",
        co_hosts=[],
        pupils=pupils,
        starts_at=cast.days.before(4, 10),
        is_recorded=True,
    )
    yield from calls.ask_and_agree(cast, meeting, pupils, asked_at=cast.days.before(7, 9, 10))
    yield cast.days.before(5, 12)
    calls.share(cast, meeting)
    yield from calls.open_and_admit(cast, meeting, pupils, adults=["carmen"])
    how = Ending(
        was_recorded=True,
        recording_kept_at="SharePoint, Year 3, Lessons at home",
        destroy_by=clock.today() + timedelta(days=30),
    )
    yield from calls.end_and_close(meeting, how)


def cancelled(cast: Cast) -> Story:
    """Tell of a call that was called off, and of the families who were told."""
    pupils = cast.some(1, 2, 2)
    yield cast.days.before(3, 8, 40)
    meeting = calls.plan(
        cast,
        "Talk with the school counsellor",
        purpose="pastoral",
        host="joan",
        co_hosts=["ben"],
        pupils=pupils,
        starts_at=cast.days.after(3, 9),
    )
    yield from calls.ask_and_agree(cast, meeting, pupils[:1], asked_at=cast.days.before(3, 8, 45))
    yield cast.days.before(1, 10)
    services.cancel(meeting, by=cast.staff["joan"])


def hung_up(cast: Cast) -> Story:
    """Tell of a call that was left without 'End meeting': an incident, settled within hours."""
    pupils = cast.some(0, 0, 2)
    yield cast.days.before(5, 9)
    meeting = calls.plan(
        cast,
        "Show and tell",
        purpose="reading",
        host="aisha",
        co_hosts=["nina"],
        pupils=pupils,
        starts_at=cast.days.before(1, 11),
        minutes=30,
    )
    yield from calls.ask_and_agree(cast, meeting, pupils, asked_at=cast.days.before(5, 9, 10))
    yield cast.days.before(3, 9)
    calls.share(cast, meeting)
    yield from calls.open_and_admit(cast, meeting, pupils, adults=["aisha", "nina"])
    note = "The fire alarm rang and we both left the room."
    yield from calls.end_and_close(meeting, Ending(hung_up=True, note=note))
    yield meeting.ends_at + timedelta(hours=2)
    words = "Both children had left before the alarm, says the attendance report."
    settle(cast, meeting, "ruth", words)


def settle(cast: Cast, meeting: Meeting, by: str, note: str) -> None:
    """Settle the one incident of a call."""
    services.settle(Incident.objects.get(meeting=meeting), by=cast.staff[by], note=note)


def never_closed(cast: Cast) -> Story:
    """Tell of a call that nobody ended: by itself it has reached the safeguarding team."""
    pupils = cast.some(0, 2, 2)
    yield cast.days.before(4, 9, 40)
    meeting = calls.plan(
        cast,
        "Good morning from Reception",
        purpose="reading",
        host="aisha",
        co_hosts=["nina"],
        pupils=pupils,
        starts_at=cast.days.started(200),
        minutes=30,
    )
    yield from calls.ask_and_agree(cast, meeting, pupils, asked_at=cast.days.before(4, 9, 50))
    yield cast.days.before(2, 9)
    calls.share(cast, meeting)
    yield from calls.open_and_admit(cast, meeting, pupils, adults=["aisha", "nina"])


def mentors(cast: Cast) -> Story:
    """Tell of a reading mentor who has turned 18: he is asked, and not his mother (E41)."""
    marcus = cast.pupils["Marcus Bright"]
    younger = cast.some(2, 2, 2)
    yield cast.days.before(1, 12, 30)
    meeting = calls.plan(
        cast,
        "Reading mentors from the sixth form",
        purpose="reading",
        host="sam",
        co_hosts=["laura"],
        pupils=[marcus, *younger],
        starts_at=cast.days.after(5, 14, 15),
    )
    services.ask(meeting, by=cast.staff["sam"])
    yield cast.days.before(1, 18)
    calls.answer(meeting, marcus)


def weekly(cast: Cast) -> Story:
    """Tell of a call of every week, asked about in one letter: one family's yes is for the school year.

    One has said yes to all dates, one no to all of them with the wish to be rung.
    """
    pupils = cast.some(4, 3, 3)
    yield cast.days.before(3, 12, 40)
    series = calls.plan_weekly(
        cast,
        "Weekly reading group",
        purpose="reading",
        host="helen",
        co_hosts=["sam"],
        pupils=pupils,
        first=cast.days.after(4, 13, 15),
        minutes=30,
        times=4,
    )
    meetings = services.ask_series(series, by=cast.staff["helen"])
    yield cast.days.before(3, 18, 30)
    calls.answer_dates(meetings, pupils[1])
    yield cast.days.before(2, 20, 15)
    calls.answer_dates(meetings, pupils[2], takes_part=False, wants_call=True)


STORIES: tuple[Callable[[Cast], Story], ...] = (
    draft,
    asked,
    ready,
    soon,
    running,
    on_hold,
    ended,
    closed,
    cancelled,
    hung_up,
    never_closed,
    mentors,
    weekly,
)
