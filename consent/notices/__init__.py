"""The letters this room sends and its ladder, made known to the outbox."""

from consent.notices import ladder, letters, wishes
from consent.services import drafts
from notices import kinds
from notices.kinds import Kind, LadderKind, Urgency


def _register() -> None:
    """Make this room's letters and its ladder known to the outbox."""
    ask = letters.compose_asking("consent/mail/request")
    remind = letters.compose_asking("consent/mail/reminder")
    for name, urgency, stem, compose, label in (
        (drafts.REQUEST, Urgency.TODAY, "request", ask, "Question to a family"),
        (drafts.REMINDER, Urgency.BULK, "reminder", remind, "Reminder to a family"),
        (drafts.CHANGED, Urgency.TODAY, "changed", letters.compose_changed, "Change of plan"),
        (drafts.NOTICE, Urgency.TODAY, "notice", letters.compose_notice, "Call covered by a yes"),
        (drafts.NEW_LINK, Urgency.NOW, "new_link", letters.compose_new_link, "New link"),
    ):
        kinds.register(
            Kind(
                name=name,
                urgency=urgency,
                template=f"consent/mail/{stem}",
                compose=compose,
                on_failed=letters.failed,
                label=label,
            )
        )
    for name, stem, compose, label in (
        (drafts.RECEIPT, "receipt", letters.compose_receipt, "Receipt of an answer"),
        (drafts.STANDING, "standing", letters.compose_standing, "A yes for the school year"),
        (
            drafts.ANSWERED_BY_OTHER,
            "answered_by_other",
            letters.compose_answered_by_other,
            "Warning: another name answered",
        ),
        (drafts.HELP_WANTED, "help_wanted", letters.compose_help_wanted, "A family asks for help"),
        (
            drafts.ADDRESS_CHANGED,
            "address_changed",
            letters.compose_address_changed,
            "An address was changed, to the old one",
        ),
        (drafts.UNANSWERED, "unanswered", letters.compose_unanswered, "Families have not answered"),
    ):
        kinds.register(
            Kind(
                name=name,
                urgency=Urgency.TODAY,
                template=f"consent/mail/{stem}",
                compose=compose,
                label=label,
            )
        )
    kinds.register_ladder(wishes.QUESTIONS)
    kinds.register_ladder(
        LadderKind(name=drafts.LADDER, climb=ladder.climb, unladdered=ladder.unladdered)
    )


_register()
