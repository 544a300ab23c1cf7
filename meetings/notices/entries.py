"""Which calendar entries go along with which letters to families (E40).

An entry of a child with a safe address goes nowhere: a calendar is shared in a family, and tells the
hour of the call to whoever looks into it (E33).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext

from consent.models import Answer
from consent.policy import Kind as AnswerKind
from meetings import links, policy, selectors
from meetings.entry import Entry, Standing, uid_of
from meetings.models import Meeting, Place, Share
from notices.enclosures import Enclosure, register_enclosure
from notices.models import Notice
from school.policy import Way
from school.selectors import Contact, school
from schoolsafe.lib import clock

OUT = {policy.Status.SHARED.value, policy.Status.OPEN.value}


def of_links(
    places: Iterable[Place], notice: Notice, contact: Contact, now: datetime
) -> tuple[Enclosure, ...]:
    """Return the entries that go with a family's own links: one for each child."""
    return _files(places, Standing.CONFIRMED, notice, contact, now)


def of_called_off(
    meetings: Iterable[Meeting], notice: Notice, contact: Contact, now: datetime
) -> tuple[Enclosure, ...]:
    """Return what takes calls out of the calendars of those who have them there."""
    places = [place for meeting in meetings for place in _in_calendar(meeting, notice, contact)]
    return _files(places, Standing.CANCELLED, notice, contact, now)


def of_change(notice: Notice, contact: Contact, now: datetime) -> tuple[Enclosure, ...]:
    """Return the entries that take the place of those that a change has made wrong.

    Where the family has to answer again, the entry has the new time and no link until they have (P5).
    """
    standing = [
        (place, Standing.CONFIRMED if _may_join(place, notice, now) else Standing.TENTATIVE)
        for place in _living(notice, contact)
    ]
    return tuple(
        enclosure
        for place, how in standing
        for enclosure in _files([place], how, notice, contact, now)
    )


def of_receipt(notice: Notice, contact: Contact, now: datetime) -> tuple[Enclosure, ...]:
    """Return the entries, with their links again, of a family that has said yes to a changed plan."""
    answer = Answer.objects.get(pk=notice.detail["answer"])
    if answer.kind != AnswerKind.YES.value:
        return ()
    places = [
        place
        for place in _living(notice, contact, before=answer.recorded_at)
        if _may_join(place, notice, now)
    ]
    return _files(places, Standing.CONFIRMED, notice, contact, now)


def _living(notice: Notice, contact: Contact, before: datetime | None = None) -> list[Place]:
    """Return the children of a letter whose call is out with families and whose link still lives.

    To an address that was changed lately goes no way into a call (E34).
    """
    if contact.unsettled_until is not None:
        return []
    meetings = Meeting.objects.filter(question__about=notice.about, status__in=OUT)
    return [
        place
        for meeting in meetings
        for place in _in_calendar(meeting, notice, contact, before=before)
        if place.taken_off_at is None
    ]


def _in_calendar(
    meeting: Meeting, notice: Notice, contact: Contact, before: datetime | None = None
) -> list[Place]:
    """Return the children of a letter of whom this person has had an entry for this call."""
    pupil_ids = contact.pupil_ids if notice.guardian_id else [notice.pupil_id]
    shares = meeting.shares.filter(
        channel=Share.EMAIL, guardian=notice.guardian_id, pupil__in=pupil_ids
    )
    if before is not None:
        shares = shares.filter(shared_at__lt=before)
    had = set(shares.values_list("pupil_id", "link_version"))
    places = meeting.places.filter(pupil__in=pupil_ids).select_related("pupil", "meeting")
    is_over = meeting.status not in OUT
    return [
        place
        for place in places
        if (place.pupil_id, place.link_version) in had
        or (is_over and place.pupil_id in {pupil_id for pupil_id, _ in had})
    ]


def _may_join(place: Place, notice: Notice, now: datetime) -> bool:
    """Tell whether this person may have the way in for this child at this second (P5)."""
    guardian_id = notice.guardian_id or 0
    return selectors.has_agreed(place, guardian_id, now) and selectors.may_hold_link(
        place, guardian_id, now
    )


def _files(
    places: Iterable[Place], standing: Standing, notice: Notice, contact: Contact, now: datetime
) -> tuple[Enclosure, ...]:
    """Return a file for each entry: what holds several opens as a new calendar in Outlook."""
    if contact.way is not Way.EMAIL:
        return ()
    shown = [place for place in places if not place.pupil.is_address_confidential]
    with translation.override(contact.language):
        entries = [_entry(place, standing, notice, now) for place in shown]
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


def _entry(place: Place, standing: Standing, notice: Notice, now: datetime) -> Entry:
    """Return one person's entry for one child; its link stands in it only while they may join."""
    meeting, guardian_id, front = place.meeting, notice.guardian_id or 0, school()
    url = ""
    if standing is Standing.CONFIRMED:
        url = links.personal(place.pk, guardian_id, place.link_version)
    return Entry(
        uid=uid_of(meeting.calendar_id, "place", place.pk, guardian_id),
        # A link that died is taken out by a new one: both only ever rise.
        number=meeting.calendar_number + place.link_version,
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
        said = gettext("The video call on %(when)s will not take place.")
        return "\n".join([said % {"when": clock.in_words(place.meeting.starts_at)}, "", office])
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


register_enclosure("consent_changed", of_change)
register_enclosure("consent_receipt", of_receipt)
