"""What the adults of a call and the safeguarding team are told: never a pupil's name."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from meetings import policy, selectors
from meetings.models import Closing, Incident, Meeting, TeamsEvent
from meetings.services import LOOKED
from notices import kinds
from notices.kinds import Kind, Letter, Unwanted, Urgency
from notices.models import Notice
from school.selectors import Contact, school
from schoolsafe.lib import links

TEMPLATE = "meetings/mail/to_staff"
Wanted = Callable[[Meeting], str]


@dataclass(frozen=True, kw_only=True)
class News:
    """One thing that the adults of a call are told, and when it is old news."""

    name: str
    label: str
    heading: str
    words: str
    button: str
    page: str
    unwanted: Wanted
    can_wait: bool = False


def always(meeting: Meeting) -> str:
    """Such news is always wanted."""
    return ""


def unless_over(meeting: Meeting) -> str:
    """News of a call that goes on is not wanted once it is over."""
    over = {policy.Status.CLOSED.value, policy.Status.CANCELLED.value, policy.Status.ENDED.value}
    return "the call is over" if meeting.status in over else ""


def if_on_hold(meeting: Meeting) -> str:
    """Tell of a hold only while it lasts."""
    return "" if meeting.on_hold_since else "the call is no longer on hold"


def if_clear(meeting: Meeting) -> str:
    """Tell that a hold is over only if it still is."""
    return "the call is on hold again" if meeting.on_hold_since else unless_over(meeting)


def if_unclosed(meeting: Meeting) -> str:
    """Remind only of a call that is not closed."""
    done = {policy.Status.CLOSED.value, policy.Status.CANCELLED.value}
    return "the call is closed" if meeting.status in done else ""


def unless_looked(meeting: Meeting) -> str:
    """Ask for a second look only while nobody has looked."""
    return "somebody has looked" if meeting.register.filter(kind__in=LOOKED).exists() else ""


def if_kept(meeting: Meeting) -> str:
    """Remind of a recording only while it is kept."""
    kept = Closing.objects.filter(meeting=meeting, destroy_by__isnull=False, destroyed_at=None)
    return "" if kept.exists() else "the recording is destroyed"


def if_teams_failed(meeting: Meeting) -> str:
    """Tell of what Microsoft would not do only while that stands."""
    failed = TeamsEvent.objects.filter(meeting=meeting, failed_at__isnull=False)
    return "" if failed.exists() else "somebody has seen to it"


def if_names_are_open(meeting: Meeting) -> str:
    """Ask for names only while somebody has none."""
    told = selectors.told(meeting)
    return "" if told is not None and told.open_names else "everybody has been named"


def if_without_link(meeting: Meeting) -> str:
    """Ask for a new Teams link only while there is none."""
    return "" if meeting.link_leaked_at else "the new link is in"


NEWS = (
    News(
        name="meeting_on_hold",
        label="Call on hold",
        heading="Your call is on hold",
        words="Something changed, and the call no longer keeps to the policy. The door is shut. "
        "The page says what mends it.",
        button="See what to do",
        page="meetings:detail",
        unwanted=if_on_hold,
    ),
    News(
        name="meeting_blocked_soon",
        label="Call blocked within the hour",
        heading="A call within the hour is on hold",
        words="It does not keep to the policy, and the door stays shut. The page says what mends it.",
        button="See what to do",
        page="meetings:detail",
        unwanted=if_on_hold,
    ),
    News(
        name="meeting_clear_again",
        label="Call clear again",
        heading="Your call may go on",
        words="It keeps to the policy again.",
        button="See the call",
        page="meetings:detail",
        unwanted=if_clear,
    ),
    News(
        name="meeting_answers_changed",
        label="A family's answer changed",
        heading="A family's answer changed",
        words="Who may take part has changed since the links went out.",
        button="See who may take part",
        page="meetings:detail",
        unwanted=unless_over,
    ),
    News(
        name="meeting_reserve_called",
        label="Reserve called",
        heading="You are needed on a call now",
        words="A colleague has dropped out. Confirm the checklist, then join the call in Teams.",
        button="Confirm and join",
        page="meetings:live",
        unwanted=unless_over,
    ),
    News(
        name="meeting_teams_failed",
        label="Call not made in Teams",
        heading="Microsoft has not done what was asked",
        words="Something about a call could not be made, changed or called off in Outlook and "
        "Teams. The page says what, and what to do.",
        button="See what to do",
        page="meetings:detail",
        unwanted=if_teams_failed,
    ),
    News(
        name="meeting_names_wanted",
        label="Names of an attendance report to tell",
        heading="Who was on your call?",
        words="Teams has given its attendance report, and somebody came in under a name that they "
        "typed. Say who it was. After a day whoever is not named is taken for the worst they "
        "could be, and the safeguarding team is told.",
        button="Say who it was",
        page="meetings:attendance",
        unwanted=if_names_are_open,
        can_wait=True,
    ),
    News(
        name="meeting_link_leaked",
        label="Link to a call leaked",
        heading="The link to your call has leaked",
        words="The door is shut, and no link that is out works any more. Cancel the Teams meeting in "
        "Outlook, schedule a new one, and put its link on the page of the call. If the call is "
        "running, choose 'End meeting' for everyone first. Families who had a link then get a new "
        "one by themselves.",
        button="Put in the new link",
        page="meetings:detail",
        unwanted=if_without_link,
    ),
    News(
        name="meeting_own_link_leaked",
        label="One family's link leaked",
        heading="One family's link to your call leaked",
        words="It no longer works, and the family gets a new one. Admit only pupils whom you know.",
        button="See the call",
        page="meetings:detail",
        unwanted=unless_over,
    ),
    News(
        name="meeting_cancelled",
        label="Call cancelled",
        heading="The call is cancelled",
        words="Its links are shut and the families have been told.",
        button="See the call",
        page="meetings:detail",
        unwanted=always,
        can_wait=True,
    ),
    News(
        name="meeting_unclosed",
        label="Call not closed",
        heading="Please close your call",
        words="The call should be over, and nobody has said how it ended. If pupils may still be "
        "in it, go back now and choose 'End meeting'.",
        button="Close the call",
        page="meetings:close",
        unwanted=if_unclosed,
    ),
    News(
        name="meeting_removal_note",
        label="Pupil removed from a call",
        heading="A pupil in your care was removed from a call",
        words="You teach this pupil, lead the year, or look after safeguarding. The host has noted "
        "why, and the family has been told. Please speak with the host.",
        button="Open schoolsafe",
        page="home",
        unwanted=always,
        can_wait=True,
    ),
    News(
        name="meeting_no_adult",
        label="No adult left on a call",
        heading="No adult is left on a call",
        words="Host and co-host have dropped out. Teams does not send out the pupils who are in the "
        "call already. If you are in reserve, call yourself in on the page and join; anybody who "
        "reads this can end the call for everyone.",
        button="Open the live register",
        page="meetings:live",
        unwanted=if_on_hold,
    ),
    News(
        name="meeting_look_again",
        label="Look whether an ended call is empty",
        heading="Is the call still empty?",
        words="It ended five minutes ago, and its link still works: somebody may have come back. "
        "Join it from Outlook, look, and say on the page what you found.",
        button="Say what you found",
        page="meetings:live",
        unwanted=unless_looked,
    ),
    News(
        name="meeting_recording",
        label="Recording due to be destroyed",
        heading="A recording is due to be destroyed",
        words="Delete it where it is kept, from the recycle bin too, and say so on the page. If it "
        "may still be needed, speak with the safeguarding team first.",
        button="Say that it is destroyed",
        page="meetings:detail",
        unwanted=if_kept,
        can_wait=True,
    ),
)


def composer(news: News) -> Callable[[Notice, Contact, datetime], Letter | Unwanted]:
    """Return the function that writes this news at the moment of sending."""

    def compose(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
        meeting = Meeting.objects.get(pk=int(notice.about.split(":")[1]))
        why = news.unwanted(meeting)
        if why:
            return Unwanted(why)
        path = (
            reverse("schoolsafe_home")
            if news.page == "home"
            else reverse(news.page, args=[meeting.pk])
        )
        return kinds.render(
            TEMPLATE,
            {
                "school": school(),
                "heading": news.heading,
                "words": news.words,
                "meeting": meeting,
                "button_url": links.absolute(path),
                "button_label": news.button,
            },
        )

    return compose


for one in NEWS:
    urgency = Urgency.TODAY if one.can_wait else Urgency.NOW
    kinds.register(
        Kind(
            name=one.name,
            urgency=urgency,
            template=TEMPLATE,
            compose=composer(one),
            label=one.label,
        )
    )


def compose_incident(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Tell the safeguarding team that something about a call needs settling."""
    incident = Incident.objects.select_related("meeting").get(pk=int(notice.about.split(":")[1]))
    if incident.settled_at is not None:
        return Unwanted("it is settled")
    return kinds.render(
        TEMPLATE,
        {
            "school": school(),
            "heading": "Something about a call needs you",
            "words": f"{incident.get_kind_display()}. Please look at it and write down what was "
            "done.",
            "meeting": incident.meeting,
            "button_url": links.absolute(reverse("meetings:incidents")),
            "button_label": "See the incident",
        },
    )


kinds.register(
    Kind(
        name="meeting_incident",
        urgency=Urgency.NOW,
        template=TEMPLATE,
        compose=compose_incident,
        label="Incident for the safeguarding team",
    )
)
