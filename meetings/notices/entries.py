"""Which calendar entries go along with which letters to families (E40).

An entry of a child with a safe address goes nowhere: a calendar is shared in a family, and tells the
hour of the call to whoever looks into it (E33).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext

from consent import selectors as consent
from consent.models import Answer, Request
from consent.policy import Kind as AnswerKind
from meetings import links, policy, selectors
from meetings.entry import Entry, Standing, Told
from meetings.models import Meeting, Place, Share
from meetings.notices import calendars
from notices.enclosures import Enclosure, register_enclosure
from notices.models import Notice
from school.models import Pupil
from school.policy import Way
from school.selectors import Contact, school
from schoolsafe.lib import clock

OUT = {policy.Status.SHARED.value, policy.Status.OPEN.value}


def _always(last: Told | None) -> bool:
    """Take everybody."""
    return True


def _has_had(last: Told | None) -> bool:
    """Take those whom an entry has reached, be it out again."""
    return last is not None


def _has(last: Told | None) -> bool:
    """Take those in whose calendar the entry stands."""
    return last is not None and not last.is_out


def of_links(
    places: Iterable[Place], notice: Notice, contact: Contact, now: datetime
) -> tuple[Enclosure, ...]:
    """Return the entries that go with a family's own links: one for each child."""
    return _files(dict.fromkeys(places, Standing.CONFIRMED), _always, notice, contact, now)


def of_called_off(
    meetings: Iterable[Meeting], notice: Notice, contact: Contact, now: datetime
) -> tuple[Enclosure, ...]:
    """Return what takes calls out of the calendars of those who have them there."""
    places = _places(meetings, notice, contact)
    return _files(dict.fromkeys(places, Standing.CANCELLED), _has, notice, contact, now)


def of_change(notice: Notice, contact: Contact, now: datetime) -> tuple[Enclosure, ...]:
    """Return the entries that take the place of those that a change has made wrong.

    Where the family has to answer again, the entry has the new time and no link until they have (P5).
    """
    meetings = Meeting.objects.filter(question__about=notice.about, status__in=OUT)
    standing = {
        place: Standing.CONFIRMED if _may_join(place, notice, now) else Standing.TENTATIVE
        for place in _living(meetings, notice, contact)
    }
    return _files(standing, _has, notice, contact, now)


def of_receipt(notice: Notice, contact: Contact, now: datetime) -> tuple[Enclosure, ...]:
    """Return the entries, with their links again, of a family that says yes again; else what takes them out."""
    answer = Answer.objects.get(pk=notice.detail["answer"])
    if answer.kind != AnswerKind.YES.value:
        return of_undone(notice, contact, now)
    places = [
        place
        for place in _living(_asked(notice), notice, contact, before=answer.recorded_at)
        if _may_join(place, notice, now)
    ]
    return _files(dict.fromkeys(places, Standing.CONFIRMED), _has_had, notice, contact, now)


def of_undone(notice: Notice, contact: Contact, now: datetime) -> tuple[Enclosure, ...]:
    """Return what takes the calls of a letter about answers out of the calendar of who said no to them."""
    return of_gone(_asked(notice), notice, contact, now)


def of_standing(notice: Notice, contact: Contact, now: datetime) -> tuple[Enclosure, ...]:
    """Return what takes out the calls that rested on a yes for the school year, where it has ended."""
    meetings = Meeting.objects.filter(
        places__pupil__in=contact.pupil_ids, status__in=OUT, ends_at__gt=now
    )
    return of_gone(meetings.distinct(), notice, contact, now)


def of_gone(
    meetings: Iterable[Meeting], notice: Notice, contact: Contact, now: datetime
) -> tuple[Enclosure, ...]:
    """Return what takes calls out of the calendar of somebody whose own yes is gone, or whose child is."""
    return gone_from(meetings, notice, contact, now)[1]


def gone_from(
    meetings: Iterable[Meeting], notice: Notice, contact: Contact, now: datetime
) -> tuple[list[Pupil], tuple[Enclosure, ...]]:
    """Return the same, with the children whom it is about.

    What another guardian said takes nothing out: nobody learns it from their calendar (E30).
    """
    places = _places([one for one in meetings if one.status in OUT], notice, contact)
    yes = consent.relying([place.meeting.question_id or 0 for place in places], now)
    gone = [
        place
        for place in places
        if place.taken_off_at is not None
        or (place.meeting.question_id, notice.guardian_id, place.pupil_id) not in yes
    ]
    chosen = _chosen(gone, _has, notice, contact)
    files = _written(dict.fromkeys(chosen, Standing.CANCELLED), chosen, notice, contact, now)
    return list(dict.fromkeys(place.pupil for place in chosen)), files


def _asked(notice: Notice) -> Collection[Meeting]:
    """Return the calls about which a letter of consent speaks: of a series there may be several."""
    requests = Request.objects.filter(pk__in=notice.detail["requests"])
    questions = requests.values("question")
    return list(
        Meeting.objects.filter(question__in=questions, status__in=OUT).order_by("starts_at")
    )


def _living(
    meetings: Iterable[Meeting],
    notice: Notice,
    contact: Contact,
    before: datetime | None = None,
) -> list[Place]:
    """Return the children of a letter who are on a call, and whose living link this person has had.

    To an address that was changed lately goes no way into a call (E34).
    """
    if contact.unsettled_until is not None:
        return []
    places = _places(meetings, notice, contact)
    shares = Share.objects.filter(
        meeting__in={place.meeting_id for place in places},
        channel=Share.EMAIL,
        guardian=notice.guardian_id,
    )
    if before is not None:
        shares = shares.filter(shared_at__lt=before)
    had = set(shares.values_list("meeting_id", "pupil_id", "link_version"))
    return [
        place
        for place in places
        if place.taken_off_at is None
        and (place.meeting_id, place.pupil_id, place.link_version) in had
    ]


def _places(meetings: Iterable[Meeting], notice: Notice, contact: Contact) -> list[Place]:
    """Return the children of a letter who are, or were, on these calls."""
    pupil_ids = contact.pupil_ids if notice.guardian_id else [notice.pupil_id]
    return list(
        Place.objects.filter(meeting__in=list(meetings), pupil__in=pupil_ids)
        .select_related("pupil", "meeting")
        .order_by("meeting__starts_at", "pk")
    )


def _may_join(place: Place, notice: Notice, now: datetime) -> bool:
    """Tell whether this person may have the way in for this child at this second (P5)."""
    guardian_id = notice.guardian_id or 0
    return selectors.has_agreed(place, guardian_id, now) and selectors.may_hold_link(
        place, guardian_id, now
    )


def _files(
    standing: Mapping[Place, Standing],
    is_for: Callable[[Told | None], bool],
    notice: Notice,
    contact: Contact,
    now: datetime,
) -> tuple[Enclosure, ...]:
    """Return a file for each entry of those whose calendar asks for it."""
    chosen = _chosen(standing, is_for, notice, contact)
    return _written(standing, chosen, notice, contact, now)


def _chosen(
    places: Iterable[Place], is_for: Callable[[Told | None], bool], notice: Notice, contact: Contact
) -> dict[Place, Told | None]:
    """Return the children whose entry goes to this person, each with what they were told of it last."""
    shown = [place for place in places if not place.pupil.is_address_confidential]
    if contact.way is not Way.EMAIL or not shown:
        return {}
    last = calendars.told(shown, notice)
    return {place: last.get(place.pk) for place in shown if is_for(last.get(place.pk))}


def _written(
    standing: Mapping[Place, Standing],
    chosen: Mapping[Place, Told | None],
    notice: Notice,
    contact: Contact,
    now: datetime,
) -> tuple[Enclosure, ...]:
    """Return a file for each of these entries.

    One each, also where several calls are cancelled at one time: what takes entries out may hold those
    of one name only (RFC 5546, 3.2.5), and what publishes several opens as a new calendar in Outlook.
    """
    with translation.override(contact.language):
        entries = [
            _entry(place, standing[place], last, notice, now) for place, last in chosen.items()
        ]
    return tuple(_file(entry, name) for entry, name in zip(entries, _names(), strict=False))


def _names() -> Iterator[str]:
    """Yield names for files: they hold nobody's name."""
    yield "call.ics"
    number = 2
    while True:
        yield f"call-{number}.ics"
        number += 1


def _file(entry: Entry, name: str) -> Enclosure:
    params = {"method": entry.standing.method, "name": name}
    return Enclosure(name=name, content=entry.file, subtype="calendar", params=params)


def _entry(
    place: Place, standing: Standing, last: Told | None, notice: Notice, now: datetime
) -> Entry:
    """Return one person's entry for one child; its link stands in it only while they may join.

    Its number is higher than that of every file that left for them before.
    """
    meeting, guardian_id, front = place.meeting, notice.guardian_id or 0, school()
    url = ""
    if standing is Standing.CONFIRMED:
        url = links.personal(place.pk, guardian_id, place.link_version)
    return Entry(
        uid=calendars.uid_for(place, notice),
        number=max(meeting.calendar_number + place.link_version, last.number + 1 if last else 0),
        title=meeting.title,
        words=_words(place, standing, url=url, telephone=front.office_telephone),
        url=url,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        written_at=now,
        school=front.name,
        school_email=front.office_email,
        standing=standing,
    )


def _words(place: Place, standing: Standing, *, url: str, telephone: str) -> str:
    """Return what an entry says, in the language of the letter."""
    office = f"{gettext('Questions? Call the school office:')} {telephone}"
    if standing is Standing.CANCELLED:
        return "\n".join([_why_out(place), "", office])
    if standing is Standing.TENTATIVE:
        again = gettext("The plan has changed. Please answer again first: the letter says how.")
        return "\n".join([again, "", office])
    page = gettext("The page for %(name)s:") % {"name": place.pupil.given_name}
    how = gettext(
        "Open the page a few minutes before the call and press Join. "
        "Until the staff are ready it says so."
    )
    own = gettext("Please do not pass this entry on. The link is yours alone.")
    return "\n".join([page, url, "", how, own, "", office])


def _why_out(place: Place) -> str:
    """Say of an entry that is taken out that there is no call, or that this child is not on it."""
    when = clock.in_words(place.meeting.starts_at)
    if place.meeting.status == policy.Status.CANCELLED.value:
        return gettext("The video call on %(when)s will not take place.") % {"when": when}
    cannot = gettext("%(name)s cannot join the video call on %(when)s.")
    return cannot % {"name": place.pupil.given_name, "when": when}


register_enclosure("consent_changed", of_change)
register_enclosure("consent_receipt", of_receipt)
register_enclosure("consent_undone", of_undone)
register_enclosure("consent_standing", of_standing)
