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

    @property
    def words(self) -> str:
        """Return it as people say it."""
        return {
            "staff": "Member of staff",
            "safeguarding": "Deputy safeguarding lead",
            "dsl": "Designated safeguarding lead",
            "headteacher": "Headteacher",
            "chair": "Chair of governors",
            "office": "School office",
            "governor": "Governor",
            "it": "IT",
        }[self.value]


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
    """Tell whether a person may see meetings that they are not on."""
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
    """Tell whether a person may see to whom messages go: IT sees kinds and counts only."""
    return viewer.holds(*LEADERS, Role.OFFICE)


def may_see_status(viewer: Viewer) -> bool:
    """Tell whether a person may know that a child has a plan, a social worker or the like: no more (A40)."""
    return viewer.holds(*LEADERS, Role.OFFICE)


def may_see_status_notes(viewer: Viewer) -> bool:
    """Tell whether a person may also read what is noted with the status of a child (A40)."""
    return viewer.holds(*LEADERS)


def may_set_status(viewer: Viewer) -> bool:
    """Tell whether a person may set and end the status of a child."""
    return viewer.holds(*LEADERS)


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


def may_keep_policy(viewer: Viewer) -> bool:
    """Tell whether a person may change whom staff are told to ring, and what the policy leaves to a school.

    Not IT: a number set by one person alone would stand on the next list of whom to ring at once.
    """
    return viewer.holds(Role.DSL, Role.HEADTEACHER)


def may_weaken_policy(viewer: Viewer) -> bool:
    """Tell whether a person may let a setting guard less than its clause asks for.

    The headteacher answers for the policy; a lead proposes it.
    """
    return viewer.holds(Role.HEADTEACHER)


# What opens concerns: only those who answer for safeguarding give it away, not IT.
OPENS_CONCERNS = SAFEGUARDING_TEAM | {Role.HEADTEACHER, Role.CHAIR}


def may_see_processing(viewer: Viewer) -> bool:
    """Tell whether a person may read what is kept, why and how long: rules, nobody's data.

    Those who are asked for it: who answers for the school, who speaks with families, and IT.
    """
    return viewer.holds(*LEADERS, Role.CHAIR, Role.OFFICE, Role.IT)


def may_approve_languages(viewer: Viewer) -> bool:
    """Tell whether a person may record that a speaker has approved the texts of a language."""
    return viewer.holds(Role.DSL, Role.HEADTEACHER, Role.OFFICE)


def opens_concerns(held: frozenset[Role]) -> bool:
    """Tell whether these roles open concerns: what guards such an account is watched by others."""
    return not held.isdisjoint(OPENS_CONCERNS)


def may_enter_records(viewer: Viewer) -> bool:
    """Tell whether a person may open the records at all."""
    return may_review_people(viewer) or may_manage_accounts(viewer)


def may_keep_calendar(viewer: Viewer) -> bool:
    """Tell whether a person may change the terms and the days on which the school is closed."""
    return may_manage_accounts(viewer)


def may_see_rota(viewer: Viewer) -> bool:
    """Tell whether a person may look at who is on duty and who of the safeguarding team is away."""
    return may_enter_records(viewer)


def may_manage_rota(viewer: Viewer) -> bool:
    """Tell whether a person may change who is on duty and who is away."""
    return viewer.holds(Role.DSL, Role.HEADTEACHER)


def may_engage_supply(viewer: Viewer) -> bool:
    """Tell whether a person may let supply staff in for some days: as staff, and as nothing else."""
    return viewer.holds(Role.DSL, Role.HEADTEACHER, Role.OFFICE)


def may_manage_account_of(viewer: Viewer, held: frozenset[Role]) -> bool:
    """Tell whether a person may keep the account of a colleague.

    By the roles that the colleague holds: IT could otherwise take over an account that reads concerns, by
    its address or its second factor.
    """
    if viewer.holds(Role.DSL, Role.HEADTEACHER):
        return True
    return viewer.holds(Role.IT) and not opens_concerns(held)


def may_tie_account_of(viewer: Viewer, held: frozenset[Role], *, staff_id: int) -> bool:
    """Tell whether a person may say which Microsoft account opens that of a colleague.

    Never their own: a session left open could tie a stranger's for good.
    """
    return viewer.staff_id != staff_id and may_manage_account_of(viewer, held)


def may_see_roles(viewer: Viewer) -> bool:
    """Tell whether a person may see who holds which role, and who can see what."""
    return viewer.holds(Role.IT, *OPENS_CONCERNS)


def may_change_role_of(viewer: Viewer, held: frozenset[Role], *, staff_id: int) -> bool:
    """Tell whether a person may give roles to a colleague, or end theirs.

    Nobody their own. One that opens concerns is ended by one person, and given by two.
    """
    return viewer.staff_id != staff_id and may_manage_account_of(viewer, held)


def may_propose_role_of(viewer: Viewer, *, staff_id: int) -> bool:
    """Tell whether a person may propose somebody else for a role that opens concerns.

    Also a deputy and the chair: where one person is lead and headteacher, that one can then approve.
    """
    return viewer.staff_id != staff_id and viewer.holds(*OPENS_CONCERNS)


def may_approve_role_of(viewer: Viewer, *, staff_id: int, proposed_by: int) -> bool:
    """Tell whether a person may approve a role that opens concerns, or decline it.

    The designated lead or the headteacher; never who proposed it, nor the person concerned.
    """
    is_third = viewer.staff_id not in {staff_id, proposed_by}
    return is_third and viewer.holds(Role.DSL, Role.HEADTEACHER)


def may_keep_team(viewer: Viewer) -> bool:
    """Tell whether a person may be told on their start page what the safeguarding team lacks."""
    return viewer.holds(Role.DSL, Role.HEADTEACHER)
