"""Who may do what: plain Python, one named function per capability."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """A part a person plays in the school; one person may hold several."""

    STAFF = "staff"
    SAFEGUARDING = "safeguarding"
    DSL = "dsl"
    HEADTEACHER = "headteacher"
    CHAIR = "chair"
    OFFICE = "office"
    GOVERNOR = "governor"
    IT = "it"


SAFEGUARDING_TEAM = frozenset({Role.SAFEGUARDING, Role.DSL})
LEADERS = SAFEGUARDING_TEAM | {Role.HEADTEACHER}
WORKS_HERE = frozenset(
    {Role.STAFF, Role.SAFEGUARDING, Role.DSL, Role.HEADTEACHER, Role.OFFICE, Role.IT}
)


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """A member of staff as the rules see them. An unknown person holds no role and sees nothing."""

    staff_id: int
    roles: frozenset[Role]

    def holds(self, *roles: Role) -> bool:
        """Tell whether the person holds any of these roles."""
        return not self.roles.isdisjoint(roles)


def may_plan_meetings(viewer: Viewer) -> bool:
    """Tell whether a person may plan a call with pupils."""
    return viewer.holds(Role.STAFF, *LEADERS)


def may_see_all_meetings(viewer: Viewer) -> bool:
    """Tell whether a person sees meetings that they are not on."""
    return viewer.holds(*LEADERS, Role.OFFICE)


def may_follow_consent(viewer: Viewer) -> bool:
    """Tell whether a person may see who has not answered: for all calls, or for their own."""
    return may_plan_meetings(viewer) or may_see_all_meetings(viewer)


def may_review_meetings(viewer: Viewer) -> bool:
    """Tell whether a person may look through meetings, consents and incidents in the admin."""
    return viewer.holds(*LEADERS)


def may_review_incidents(viewer: Viewer) -> bool:
    """Tell whether a person may see and settle incidents."""
    return viewer.holds(*LEADERS)


def may_see_figures(viewer: Viewer) -> bool:
    """Tell whether a person may see how many calls, answers and incidents there were: counts, no names."""
    return viewer.holds(*LEADERS, Role.CHAIR, Role.GOVERNOR)


def may_log_concern(viewer: Viewer) -> bool:
    """Tell whether a person may log a concern: everybody who works here, with or without a second factor (P14)."""
    return viewer.holds(*WORKS_HERE, Role.CHAIR, Role.GOVERNOR)


def may_find_pupils(viewer: Viewer) -> bool:
    """Tell whether a person may look for a pupil on the roll: governors name a child in words."""
    return viewer.holds(*WORKS_HERE)


def may_see_outbox(viewer: Viewer) -> bool:
    """Tell whether a person may see which messages wait, went or failed."""
    return viewer.holds(*LEADERS, Role.OFFICE, Role.IT)


def may_see_recipients(viewer: Viewer) -> bool:
    """Tell whether the outbox may name the people written to; IT sees kinds and counts only."""
    return viewer.holds(*LEADERS, Role.OFFICE)


def may_review_people(viewer: Viewer) -> bool:
    """Tell whether a person may look up pupils and their guardians."""
    return viewer.holds(*LEADERS, Role.OFFICE)


def may_choose_who_is_asked(viewer: Viewer) -> bool:
    """Tell whether a person may say whose yes is enough, and put a guardian's address right."""
    return viewer.holds(*LEADERS, Role.OFFICE)


def may_import_people(viewer: Viewer) -> bool:
    """Tell whether a person may take people from a file, and say what their ties mean."""
    return viewer.holds(*LEADERS, Role.OFFICE)


def may_approve_own_consent(viewer: Viewer, *, asked_by: Viewer) -> bool:
    """Tell whether a person may approve that a pupil of 16 or 17 decides themselves (E42).

    The designated lead; a deputy where a lead proposed it. Never who proposed it.
    """
    if viewer.staff_id == asked_by.staff_id:
        return False
    is_deputy = viewer.holds(Role.SAFEGUARDING) and asked_by.holds(Role.DSL)
    return viewer.holds(Role.DSL) or is_deputy


def may_end_own_consent(viewer: Viewer) -> bool:
    """Tell whether a person may hand the decision back to the guardians: they are asked at once."""
    return viewer.holds(*LEADERS)


def may_read_audit(viewer: Viewer) -> bool:
    """Tell whether a person may open the audit trail; opening it is audited too."""
    return viewer.holds(Role.DSL, Role.HEADTEACHER)


def may_manage_accounts(viewer: Viewer) -> bool:
    """Tell whether a person may look at accounts and edit reference data."""
    return viewer.holds(Role.IT, Role.DSL, Role.HEADTEACHER)


# What opens concerns: only those who answer for safeguarding give it away, not IT.
OPENS_CONCERNS = SAFEGUARDING_TEAM | {Role.HEADTEACHER, Role.CHAIR}


def may_approve_languages(viewer: Viewer) -> bool:
    """Tell whether a person may record that a speaker has approved the texts of a language."""
    return viewer.holds(Role.DSL, Role.HEADTEACHER, Role.OFFICE)


def opens_concerns(held: frozenset[Role]) -> bool:
    """Tell whether these roles open concerns: what guards such an account is watched by others."""
    return not held.isdisjoint(OPENS_CONCERNS)


def may_enter_records(viewer: Viewer) -> bool:
    """Tell whether a person finds anything in the records at all."""
    return may_review_people(viewer) or may_manage_accounts(viewer)


def may_manage_rota(viewer: Viewer) -> bool:
    """Tell whether a person may change who is on duty and who is away."""
    return viewer.holds(Role.DSL, Role.HEADTEACHER)


def may_manage_account_of(viewer: Viewer, held: frozenset[Role]) -> bool:
    """Tell whether a person may change the account and roles of somebody who holds these roles.

    IT could otherwise take over an account that reads concerns, by its address or its second factor.
    """
    if viewer.holds(Role.DSL, Role.HEADTEACHER):
        return True
    return viewer.holds(Role.IT) and not opens_concerns(held)
