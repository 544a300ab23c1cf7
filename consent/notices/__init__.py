"""The letters this room sends and its ladder, made known to the outbox."""

from consent.notices import addresses, changes, digests, ladder, letters, watches, wishes
from consent.services import drafts
from notices import kinds
from notices.kinds import Digest, Kind, LadderKind, Urgency


def _register_asking() -> None:
    """Make known the letters that ask for an answer, or bring the link to give it."""
    ask = letters.compose_asking("consent/mail/request")
    remind = letters.compose_asking("consent/mail/reminder")
    several = Digest(part=digests.part, join=digests.join)
    for name, urgency, stem, compose, label, digest in (
        (drafts.REQUEST, Urgency.TODAY, "request", ask, "Question to a family", several),
        (drafts.REMINDER, Urgency.BULK, "reminder", remind, "Reminder to a family", several),
        (drafts.CHANGED, Urgency.TODAY, "changed", changes.compose_changed, "Change of plan", None),
        (
            drafts.NOTICE,
            Urgency.TODAY,
            "notice",
            letters.compose_notice,
            "Call covered by a yes",
            None,
        ),
        (drafts.NEW_LINK, Urgency.NOW, "new_link", letters.compose_new_link, "New link", None),
        (drafts.UNDONE, Urgency.TODAY, "undone", letters.compose_undone, "Answer undone", None),
    ):
        kinds.register(
            Kind(
                name=name,
                urgency=urgency,
                template=f"consent/mail/{stem}",
                compose=compose,
                on_failed=letters.failed,
                on_revived=letters.revived,
                holds=letters.hold_requests,
                label=label,
                by_sms=True,
                # Who asked for a new link wants it now; who did not undo an answer must know it.
                waits=name not in {drafts.NEW_LINK, drafts.UNDONE},
                digest=digest,
            )
        )


def _register_telling() -> None:
    """Make known the letters that tell of an answer, or of what an answer needs."""
    for name, stem, compose, label, by_sms in (
        (drafts.RECEIPT, "receipt", letters.compose_receipt, "Receipt of an answer", True),
        (drafts.STANDING, "standing", letters.compose_standing, "A yes for the school year", True),
        (
            drafts.ANSWERED_BY_OTHER,
            "answered_by_other",
            letters.compose_answered_by_other,
            "Warning: another name answered",
            True,
        ),
        (
            drafts.UNANSWERED,
            "unanswered",
            letters.compose_unanswered,
            "Families have not answered",
            False,
        ),
        (
            drafts.HELP_WANTED,
            "help_wanted",
            letters.compose_help_wanted,
            "A family asks for help",
            False,
        ),
        (
            drafts.ADDRESS_CHANGED,
            "address_changed",
            addresses.compose_address_changed,
            "An address was changed, to the old one",
            False,
        ),
    ):
        kinds.register(
            Kind(
                name=name,
                urgency=Urgency.TODAY,
                template=f"consent/mail/{stem}",
                compose=compose,
                label=label,
                by_sms=by_sms,
            )
        )


_register_asking()
_register_telling()
kinds.register_ladder(wishes.QUESTIONS)
kinds.register_watch(watches.ADDRESSES)
kinds.register_ladder(
    LadderKind(name=drafts.LADDER, climb=ladder.climb, unladdered=ladder.unladdered)
)
