"""Getting the way in to families: never the Teams address, only a page of ours (P9)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Q

from audit import services as audit
from consent import selectors as consent
from consent.policy import Way
from consent.selectors import Family
from meetings import policy, selectors
from meetings.models import Meeting, Share
from meetings.services import change
from notices import services as notices
from notices.kinds import Draft
from school import services as school
from school.models import Guardian, Pupil, StaffMember
from school.policy import ask_again_after
from school.services import System
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

# A family that has lost its link may ask again, but not to flood a mailbox.
ASK_AGAIN_AFTER = timedelta(minutes=10)
# What somebody waits for: the link to one call, or to all that are out.
LOST_ONE, LOST_ALL = "meeting_lost_link", "meeting_lost_links"


@audit.atomic()
def share_by_email(meeting: Meeting, *, by: StaffMember) -> Meeting:
    """Queue one e-mail with personal links to each consenting family; pressed twice, one mail each.

    Raises NotAllowed while the call is not safe, and says what stands in the way.
    """
    now = clock.now()
    meeting = _share(meeting, by=by, now=now)
    families = email_new_families(meeting, by=by, now=now)
    change.record(meeting, "share", actor=by.actor, now=now, channel="email", families=families)
    return meeting


def email_new_families(meeting: Meeting, *, by: StaffMember, now: datetime) -> int:
    """Queue the personal links of those consenting families that have had none; say how many."""
    versions = _link_versions(meeting)
    shares = _personal(meeting)
    fresh = _not_emailed(shares, _families(meeting, now), versions)
    _email(meeting, fresh, versions, by=by, now=now)
    return len(fresh)


def _email(
    meeting: Meeting,
    families: Sequence[Family],
    versions: Mapping[int, int],
    *,
    by: StaffMember,
    now: datetime,
    is_renewal: bool = False,
) -> None:
    """Queue these families' personal links, and note that they went out."""
    notices.queue(
        [
            _letter(
                meeting,
                family,
                key=_key(meeting, family, versions),
                now=now,
                is_renewal=is_renewal,
            )
            for family in families
        ],
        now=now,
    )
    Share.objects.bulk_create(
        [
            Share(
                meeting=meeting,
                channel=Share.EMAIL,
                guardian_id=family.guardian_id,
                pupil_id=pupil_id,
                link_version=versions[pupil_id],
                is_renewal=is_renewal,
                shared_at=now,
                shared_by=by,
            )
            for family in families
            for pupil_id in family.pupil_ids
        ]
    )


@audit.atomic()
def direct_message(meeting: Meeting, *, by: StaffMember) -> Meeting:
    """Make the call shareable by hand: from now on families may hold links to copy (P9).

    Raises NotAllowed while the call is not safe.
    """
    now = clock.now()
    meeting = _share(meeting, by=by, now=now)
    change.record(meeting, "share", actor=by.actor, now=now, channel="by_hand")
    return meeting


@audit.atomic()
def record_direct_message(
    meeting: Meeting,
    *,
    by: StaffMember,
    channel: str,
    guardian: Guardian | None = None,
    pupil: Pupil | None = None,
) -> Share:
    """Note that somebody handed over a family's personal link as a direct message.

    Without a pupil it is the link of the only one that they have on the call, or all of them. Raises
    NotAllowed for a channel the policy does not name, a family that did not consent or may not be
    contacted, or one's own: whether the other parent agreed is nothing for this one (E35).
    """
    now = clock.now()
    for person in (guardian, pupil):
        if person is not None:
            school.check_no_kin(person, by=by)
    meeting = _share(meeting, by=by, now=now)
    guardian_id = guardian.pk if guardian else None
    ways = {
        family.way
        for family in consent.families_agreed(meeting.question_id or 0, now)
        if family.guardian_id == guardian_id and (pupil is None or pupil.pk in family.pupil_ids)
    }
    if guardian is None and pupil is None:
        ways = set()
    if ways <= {Way.NONE}:
        raise NotAllowed("That family has not consented, so no link goes to them.")
    policy.check_platform(channel)
    share = Share.objects.create(
        meeting=meeting,
        channel=channel,
        guardian=guardian,
        pupil=pupil,
        link_version=_link_versions(meeting).get(pupil.pk) if pupil else None,
        shared_at=now,
        shared_by=by,
    )
    change.record(meeting, "share", actor=by.actor, now=now, channel=channel)
    return share


@audit.atomic()
def record_class_message(meeting: Meeting, *, by: StaffMember, channel: str) -> Share:
    """Note that somebody posted the general text to a class; it holds nobody's own link (E72).

    Raises NotAllowed for a channel the policy does not name.
    """
    now = clock.now()
    policy.check_platform(channel)
    meeting = _share(meeting, by=by, now=now)
    share = Share.objects.create(
        meeting=meeting, channel=channel, is_for_class=True, shared_at=now, shared_by=by
    )
    change.record(meeting, "share", actor=by.actor, now=now, channel=channel, to="class")
    return share


def look_again(meeting: Meeting, *, actor: str, now: datetime) -> policy.Verdict:
    """Ask for the verdict after a change, and let go what a hold had held back."""
    verdict = change.look_again(meeting, actor=actor, now=now)
    _send_late_links(meeting, verdict, now)
    return verdict


def _send_late_links(meeting: Meeting, verdict: policy.Verdict, now: datetime) -> None:
    """Let families have by e-mail what they are due, unasked, and note it as from who shared first.

    A new link in place of one they had that no longer works (E71); their first, where they said yes
    after the links went out by e-mail. Not while the call is on hold: what was held back then goes
    out when it is clear again.
    """
    shares = [] if verdict.blocks else _personal(meeting)
    if not shares:
        return
    versions = _link_versions(meeting)
    dead = _dead(shares, versions)
    is_by_email = any(share.channel == Share.EMAIL and not share.is_renewal for share in shares)
    if not (dead or is_by_email):
        return
    families, by = _families(meeting, now), shares[0].shared_by
    anew = _only(families, dead)
    _email(meeting, anew, versions, by=by, now=now, is_renewal=True)
    if is_by_email:
        late = [pair for pair in _not_had(shares, families, versions) if pair not in dead]
        _email(meeting, _only(families, late), versions, by=by, now=now)


def send_personal_links(
    meeting: Meeting, *, by: System, address: str, is_crowded: bool, now: datetime
) -> None:
    """Send the personal links to an address on record, if it is a consenting family's (E27, E72).

    Once in ten minutes, and once a day when the sender asks for very many.
    """
    if meeting.status not in {policy.Status.SHARED.value, policy.Status.OPEN.value}:
        return
    families = _families(meeting, now)
    versions = _link_versions(meeting)
    guardians = Guardian.objects.filter(email__iexact=address.strip())
    pupils = Pupil.objects.filter(email__iexact=address.strip())
    known = {(pk, None) for pk in guardians.values_list("pk", flat=True)} | {
        (None, pk) for pk in pupils.values_list("pk", flat=True)
    }
    if not known:
        return
    once_in = ask_again_after(ASK_AGAIN_AFTER, is_crowded=is_crowded)
    window = int(now.timestamp() // once_in.total_seconds())
    notices.queue(
        [
            _letter(
                meeting,
                family,
                key=f"{_key(meeting, family, versions)}:again:{window}",
                now=now,
                # Who asked for it now waits neither for the morning nor for the day before.
                needed_by=now,
                is_asked_for=True,
            )
            for family in families
            if (family.guardian_id, family.pupil_id) in known
        ],
        now=now,
    )


def send_every_link(*, by: System, address: str, is_crowded: bool, now: datetime) -> None:
    """Send an address on record its links to every call that is out with families now (E27)."""
    pupils = Guardian.objects.filter(email__iexact=address.strip()).values("pupils")
    own = Pupil.objects.filter(email__iexact=address.strip())
    for meeting in Meeting.objects.filter(
        Q(places__pupil__in=pupils) | Q(places__pupil__in=own),
        status__in=[policy.Status.SHARED.value, policy.Status.OPEN.value],
        ends_at__gt=now,
    ).distinct():
        send_personal_links(meeting, by=by, address=address, is_crowded=is_crowded, now=now)


def _share(meeting: Meeting, *, by: StaffMember, now: datetime) -> Meeting:
    """Lock, make sure that it is safe to let links out, and take the step."""
    meeting = change.lock(meeting)
    facts = selectors.seen_by(selectors.facts(meeting, now), by.pk, now)
    policy.next_status(policy.Action.SHARE, by.viewer(), facts)
    verdict = policy.assess_sharing(facts, now)
    if verdict.blocks:
        first = verdict.blocking[0]
        raise NotAllowed(f"The link is held back. {first.words} {first.mend}")
    was_shared = facts.is_past_sharing
    change.move(meeting, policy.Action.SHARE, by=by, now=now)
    if not was_shared:
        due_at = meeting.ends_at + policy.REMIND_AFTER[0]
        notices.start_ladder("meeting_closing", meeting.about, due_at=due_at)
    return meeting


def _families(meeting: Meeting, now: datetime) -> list[Family]:
    return list(consent.families_consenting(meeting.question_id or 0, now))


def _link_versions(meeting: Meeting) -> dict[int, int]:
    """Return the version of each pupil's link: a link that died has to be sent anew."""
    return dict(meeting.places.values_list("pupil_id", "link_version"))


def _personal(meeting: Meeting) -> list[Share]:
    """Return where personal links went, the first one first."""
    return list(meeting.shares.filter(is_for_class=False).select_related("shared_by"))


# Somebody and a pupil whose link they hold.
Pair = tuple[int | None, int]


def _only(families: Sequence[Family], pairs: Collection[Pair]) -> list[Family]:
    """Return the families with those of their pupils that stand among the pairs (E44)."""
    found = []
    for family in families:
        pupil_ids = tuple(pk for pk in family.pupil_ids if (family.guardian_id, pk) in pairs)
        if pupil_ids:
            found.append(replace(family, pupil_ids=pupil_ids))
    return found


def _not_emailed(
    shares: Sequence[Share], families: Sequence[Family], versions: Mapping[int, int]
) -> list[Family]:
    """Return the families with those of their pupils whose living link no e-mail brought them."""
    return _only(families, _not_had(shares, families, versions))


def _not_had(
    shares: Sequence[Share], families: Sequence[Family], versions: Mapping[int, int]
) -> set[Pair]:
    """Return who has had no e-mail with the living link of which pupil."""
    reached = {
        (share.guardian_id, share.pupil_id, share.link_version)
        for share in shares
        if share.channel == Share.EMAIL
    }
    return {
        (family.guardian_id, pk)
        for family in families
        for pk in family.pupil_ids
        if (family.guardian_id, pk, versions[pk]) not in reached
    }


def _dead(shares: Sequence[Share], versions: Mapping[int, int]) -> set[Pair]:
    """Return who had a pupil's link, by whatever way, of which no living one has gone to them.

    Of a link handed over without a pupil's name nobody noted the version: it was the first.
    """
    had, living = set(), set()
    for share in shares:
        for pupil_id in [share.pupil_id] if share.pupil_id else versions:
            pair = (share.guardian_id, pupil_id)
            had.add(pair)
            if (share.link_version or 1) == versions.get(pupil_id):
                living.add(pair)
    return had - living


def _key(meeting: Meeting, family: Family, versions: Mapping[int, int]) -> str:
    """Return what a letter *is*: these pupils' links, in these versions, for this person."""
    who = f"g{family.guardian_id}" if family.guardian_id else f"p{family.pupil_id}"
    which = ",".join(f"{pk}v{versions[pk]}" for pk in family.pupil_ids)
    return f"meeting_join_link:{meeting.pk}:{who}:{which}"


def _letter(
    meeting: Meeting,
    family: Family,
    *,
    key: str,
    now: datetime,
    needed_by: datetime | None = None,
    is_renewal: bool = False,
    is_missing: bool = False,
    is_asked_for: bool = False,
) -> Draft:
    marks = {"is_new": is_renewal, "is_missing": is_missing, "is_asked_for": is_asked_for}
    return Draft(
        kind="meeting_join_link",
        key=key,
        due_at=now,
        about=meeting.about,
        guardian_id=family.guardian_id,
        pupil_ids=family.pupil_ids if family.guardian_id else (),
        pupil_id=family.pupil_id,
        needed_by=needed_by or meeting.starts_at,
        detail={mark: True for mark, is_set in marks.items() if is_set},
    )


def send_dropped_links(meeting: Meeting, pupil_ids: Collection[int], *, now: datetime) -> None:
    """Let families that say yes again have the links that no letter has brought them meanwhile (E38, E44).

    A letter leaves without the child whose yes is gone at that moment, or not at all. The new one is for
    all children of the person that it may be about: it leaves out what another has brought by then.
    """
    shares = [share for share in _personal(meeting) if share.channel == Share.EMAIL]
    versions = _link_versions(meeting)
    meant = {
        (share.guardian_id, share.pupil_id): share.is_renewal
        for share in shares
        if share.pupil_id and share.link_version == versions.get(share.pupil_id)
    }
    places = dict(meeting.places.values_list("pupil_id", "pk"))
    families = _only(_families(meeting, now), [pair for pair in meant if pair[1] in pupil_ids])
    letters = []
    for family in families:
        there = selectors.brought(meeting, guardian_id=family.guardian_id, pupil_id=family.pupil_id)
        missing = [pk for pk in family.pupil_ids if places[pk] not in there.places]
        if missing:
            own = tuple(sorted(pk for who, pk in meant if pk and who == family.guardian_id))
            letters.append(
                _letter(
                    meeting,
                    replace(family, pupil_ids=own if family.guardian_id else family.pupil_ids),
                    key=f"{_key(meeting, family, versions)}:missing:{there.letters}",
                    now=now,
                    is_renewal=any(meant[family.guardian_id, pk] for pk in missing),
                    is_missing=True,
                )
            )
    notices.queue(letters, now=now)
