"""Whose yes is enough for a pupil, and how a guardian is written to."""

from dataclasses import replace

from audit import services as audit
from school import policy
from school.models import Guardian, Guardianship, Pupil, StaffMember
from school.roles import may_choose_who_is_asked
from school.selectors import choice_of
from school.services import revisions
from school.services.kin import check_no_kin
from school.services.locks import lock_row
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed, Overtaken


def check_may_choose(by: StaffMember) -> None:
    """Refuse a change by somebody who may not.

    Raises NotAllowed for others than the office, the safeguarding team and the headteacher.
    """
    if not may_choose_who_is_asked(by.viewer()):
        raise NotAllowed("Only the office and the safeguarding team can change this.")


@audit.atomic()
def choose_who_is_asked(
    pupil: Pupil, *, by: StaffMember, wanted: policy.Choice, seen: policy.Choice
) -> Pupil:
    """Say whose yes is enough for a pupil, which of the guardians count, and who is named.

    Blocks are not touched: they beat every choice (E30). Raises Overtaken when it is not the choice
    that was `seen` any more: whose yes is enough is decided for those who are seen to count. Raises
    NotAllowed when the person may not, or when nobody could be asked by a named choice.
    """
    mode, counting, named = wanted.mode, wanted.counting, wanted.named
    now = clock.now()
    check_may_choose(by)
    check_no_kin(pupil, by=by)
    pupil = lock_row(Pupil, pupil.pk)
    ties = list(
        Guardianship.objects.select_for_update(of=("self",))
        .filter(pupil=pupil)
        .select_related("guardian", "pupil")
        .order_by("pk")
    )
    if choice_of(pupil, ties) != seen:
        raise Overtaken(
            "Somebody has changed who is asked since you opened this page. Below it stands as it is "
            "now, with what you chose: look at it, and press again."
        )
    links = [
        replace(
            tie.facts(),
            counts_for_consent=tie.pk in counting,
            is_named=tie.pk == named,
            asks_named_only=mode == policy.NAMED,
        )
        for tie in ties
    ]
    fault = policy.naming_fault(mode, links, on=clock.local(now).date())
    if fault:
        raise NotAllowed(fault)
    changed = [(revisions.reference(pupil), revisions.changes(pupil, {"consent_mode": mode}))]
    pupil.consent_mode = mode
    pupil.save(update_fields=["consent_mode"])
    # One name at a time: the old one goes before the new one comes.
    for tie in sorted(ties, key=lambda row: row.pk == named):
        before = revisions.stands(tie, ["counts_for_consent", "is_named_for_consent"])
        tie.counts_for_consent, tie.is_named_for_consent = tie.pk in counting, tie.pk == named
        tie.save(update_fields=list(before))
        changed.append((revisions.reference(tie), revisions.since(tie, before)))
    revisions.note_many(changed, by=by)
    audit.record(
        at=now,
        actor=by.actor,
        verb="pupil.choose_who_is_asked",
        object=f"school.pupil:{pupil.pk}",
        mode=mode,
        counting=sorted(tie.pk for tie in ties if tie.pk in counting),
        named=named,
    )
    return pupil


@audit.atomic()
def change_language(guardian: Guardian, *, by: StaffMember, language: str) -> Guardian:
    """Note in which language a guardian is written to (E49). Raises NotAllowed for who may not."""
    check_may_choose(by)
    check_no_kin(guardian, by=by)
    guardian = lock_row(Guardian, guardian.pk)
    revisions.note(guardian, revisions.changes(guardian, {"language": language}), by=by)
    guardian.language = language
    guardian.save(update_fields=["language"])
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb="guardian.change_language",
        object=f"school.guardian:{guardian.pk}",
        language=language,
    )
    return guardian
