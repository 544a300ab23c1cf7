"""The project's own addresses: start page, sign-in, demo people, mailbox, health."""

from typing import Any

from school.models import RoleHeld
from school.rights import Heard, Right
from school.roles import Role
from school.services import change_setting
from schoolsafe.families import asking
from schoolsafe.lib import clock
from tests import factories
from tests.access.records import ENTER, inside
from tests.access.table import Facts, Page, everybody, only, staff
from tests.school.appointing import propose

# Who sees roles, who gives and ends those that open no concerns, and who approves the others.
SEE_ROLES = ("deputy", "lead", "head", "chair", "it_superuser")
GIVE_ROLES = ("lead", "head", "it_superuser")
APPROVE_ROLES = ("lead", "head")


def make(facts: Facts) -> Facts:
    """A colleague is proposed for a role that opens concerns, and a weaker setting for the school."""
    known: Any = facts
    proposal = propose(known["colleague"], by=known["deputy"], role=Role.DSL)
    setting = change_setting("keep_recordings_days", 60, by=known["lead"], why="x", seen=0)
    role = RoleHeld.objects.get(staff=known["colleague"])
    return {"proposal": proposal, "setting": setting, "role": role, **asked(facts)}


def of_proposal(facts: Facts) -> dict[str, object]:
    return {"pk": facts["proposal"].pk}  # type: ignore[attr-defined]


def of_setting(facts: Facts) -> dict[str, object]:
    return {"pk": facts["setting"].pk}  # type: ignore[attr-defined]


def of_role(facts: Facts) -> dict[str, object]:
    return {"pk": facts["role"].pk}  # type: ignore[attr-defined]


def of_colleague(facts: Facts) -> dict[str, object]:
    return {"pk": facts["colleague"].pk}  # type: ignore[attr-defined]


def asked(facts: Facts) -> Facts:
    """Somebody of a family asks for a copy, and the office has noted it."""
    asks = factories.make_guardian(factories.make_pupil("Fay", "Fisher"), name="Fern Fisher")
    office: Any = facts["office"]
    row = asking.note(
        by=office,
        right=Right.ACCESS,
        pupil=None,
        guardian=asks,
        is_by_another=False,
        heard=Heard.SPOKEN,
        name="Fern Fisher",
        words="Everything.",
        received_on=clock.today(),
    )
    return {"family_request": row, "asks": asks}


def of_asking(facts: Facts) -> dict[str, object]:
    row: Any = facts["family_request"]
    return {"reference": row.reference}


def of_no_year(facts: Facts) -> dict[str, object]:
    return {"reference": "NOSUCHYR"}


def of_guardian(facts: Facts) -> dict[str, object]:
    return {"pk": facts["asks"].pk}  # type: ignore[attr-defined]


def of_child(facts: Facts) -> dict[str, object]:
    asks: Any = facts["asks"]
    return {"pk": asks.pupils.get().pk}


def of_host(facts: Facts) -> dict[str, object]:
    return {"pk": facts["host"].pk}  # type: ignore[attr-defined]


ANSWER = ("deputy", "lead", "head", "office")
ACCESS = {
    "schoolsafe_home": Page(staff()),
    # No sweep has run here.
    "health": Page(everybody(503)),
    # For browsers, which are nobody; a POST without a report says nothing and changes nothing.
    "POST csp_report": Page(everybody(204)),
    "people": Page(everybody(200)),
    "POST sign_in_as": Page(everybody(302), of_host),
    "mailbox:list": Page(everybody(200)),
    "mailbox:letter": Page(everybody(404), lambda facts: {"name": "no-such-letter"}),
    "mailbox:page": Page(everybody(404), lambda facts: {"name": "no-such-letter"}),
    # Signing in: whoever is signed in already is sent on.
    "account_login": Page("200 302 302 302 302 302 302 302 302 302 200"),
    "account_logout": Page("302 200 200 200 200 200 200 200 200 200 302"),
    # With Microsoft, which is off here: nobody is led there, and nobody can be tied.
    "entra_start": Page(everybody(404)),
    "entra_callback": Page(everybody(404)),
    "entra_ties": Page(only("lead", "head", "it_superuser")),
    "POST entra_untie": Page(only("lead", "head", "it_superuser", gets=404), of_host),
    # Which group gives which role: whoever gives roles; nothing stands in the table here.
    "entra_claims": Page(only(*GIVE_ROLES)),
    "POST entra_claim_remove": Page(only(*GIVE_ROLES, gets=404), of_host),
    # What families ask: whoever answers them.
    "family_requests": Page(only(*ANSWER)),
    "ask_about_pupil": Page(only(*ANSWER), of_child),
    "ask_about_guardian": Page(only(*ANSWER), of_guardian),
    "family_request": Page(only(*ANSWER), of_asking),
    "family_copy": Page(only(*ANSWER), of_asking),
    "family_request_act": Page(only(*ANSWER), lambda facts: of_asking(facts) | {"act": "identity"}),
    # What is due to go: nothing is proposed in this school.
    "disposals": Page(only("deputy", "lead", "head")),
    "disposal": Page(only("deputy", "lead", "head", gets=404), of_no_year),
    "POST disposal_agree": Page(only("deputy", "lead", "head", gets=404), of_no_year),
    "POST disposal_withdraw": Page(only("deputy", "lead", "head", gets=404), of_no_year),
    # What is kept and why: rules, nobody's data.
    "processing": Page(only("deputy", "lead", "head", "chair", "office", "it_superuser")),
    "processing_csv": Page(only("deputy", "lead", "head", "chair", "office", "it_superuser")),
    # A view of the records is kept by whoever enters them, and removed by its owner.
    "POST admin:save_view": Page(
        inside(*ENTER).replace("200", "302+"),
        data=lambda facts: {"register": "school_term", "name": "Mine", "query": "o=1"},
    ),
    "POST admin:drop_view": Page(inside(*ENTER).replace("200", "404"), of_host),
    # What happened, and whether it holds.
    "audit_reader": Page(only("lead", "head")),
    "POST audit_find": Page(only("lead", "head")),
    "POST audit_save": Page(only("lead", "head"), data=lambda facts: {"file": "csv"}),
    "audit_alarms": Page(only("lead", "head")),
    "audit_alarm": Page(only("lead", "head", gets=404), lambda facts: {"pk": 31337}),
    "POST audit_alarm": Page(only("lead", "head", gets=404), lambda facts: {"pk": 31337}),
    # Roles: what opens concerns is proposed by one and approved by another.
    "staffing:roles": Page(only(*SEE_ROLES)),
    "staffing:who_sees_what": Page(only(*SEE_ROLES)),
    "staffing:person": Page(only(*SEE_ROLES), of_colleague),
    "POST staffing:person": Page(
        "302 403 403 422 302+ 302+ 422 403 403 302+ 302",
        of_colleague,
        lambda facts: {"role": "office", "starts_on": "2026-09-15"},
    ),
    "staffing:end": Page(only(*GIVE_ROLES), of_role),
    "POST staffing:end": Page(
        only(*GIVE_ROLES, gets="302+"), of_role, lambda facts: {"when": "at_once"}
    ),
    "POST staffing:approve": Page(only(*APPROVE_ROLES, gets="302+"), of_proposal),
    "POST staffing:decline": Page(only(*APPROVE_ROLES, gets="302+"), of_proposal),
    "POST staffing:take_back": Page(only("deputy", gets="302+"), of_proposal),
    "school_logo": Page(only("lead", "head")),
    "school_logo_picture": Page(everybody(404), lambda facts: {"digest": "0" * 32}),
    # Of a colour that the school has not: it is asked by its own name.
    "school_colour": Page(everybody(404), lambda facts: {"digits": "0b5c63"}),
    # What the policy leaves to the school.
    "school_settings": Page(only("lead", "head")),
    "school_setting": Page(only("lead", "head"), lambda facts: {"name": "keep_recordings_days"}),
    "POST school_setting_approve": Page(only("head", gets="302+"), of_setting),
    "POST school_setting_drop": Page(only("lead", "head", gets="302+"), of_setting),
    "account_inactive": Page(everybody(200)),
    "account_signup": Page("200 302 302 302 302 302 302 302 302 302 200"),
    "account_reset_password": Page(everybody(200)),
    "account_reset_password_done": Page(everybody(200)),
    "account_reset_password_from_key": Page(
        everybody(200), lambda facts: {"uidb36": "1", "key": "no-such-key"}
    ),
    "account_reset_password_from_key_done": Page(everybody(200)),
    "account_reauthenticate": Page(staff()),
    "account_change_password": Page(staff()),
    "supply": Page(only("lead", "head", "office")),
    "supply_again": Page(only("lead", "head", "office", gets=404), of_host),
    "supply_extend": Page(only("lead", "head", "office", gets=404), of_host),
    "supply_end": Page(only("lead", "head", "office", gets=404), of_host),
    # Nothing is locked: whoever is signed in is led on.
    "account_unlock": Page(everybody(302)),
    "account_idle": Page(everybody(200)),
    "account_sessions": Page(staff()),
    "POST account_end_session": Page(staff(302), lambda facts: {"name": "no-such-browser"}),
    "POST account_end_others": Page(staff(302)),
    "account_everywhere": Page(only("lead", "head", "it_superuser"), of_host),
    "POST account_everywhere": Page(only("lead", "head", "it_superuser", gets="302+"), of_host),
    "unsent": Page(staff()),
    "POST unsent_send": Page(staff(404), lambda facts: {"pk": 1}),
    "POST unsent_throw_away": Page(staff(404), lambda facts: {"pk": 1}),
    "mfa_index": Page(staff()),
    # Each session of the cast has just confirmed its second factor.
    "mfa_authenticate": Page(everybody(302)),
    "mfa_reauthenticate": Page(staff(302)),
    "mfa_activate_totp": Page(staff()),
    "mfa_deactivate_totp": Page(staff(404)),
    "mfa_view_recovery_codes": Page(staff(404)),
    "mfa_generate_recovery_codes": Page(staff()),
    "mfa_download_recovery_codes": Page(staff(404)),
    "mfa_list_webauthn": Page(staff()),
    "mfa_add_webauthn": Page(staff()),
    "mfa_reauthenticate_webauthn": Page(staff(302)),
    "mfa_login_webauthn": Page(everybody(302)),
    "mfa_edit_webauthn": Page(staff(404), lambda facts: {"pk": 1}),
    "mfa_remove_webauthn": Page(staff(404), lambda facts: {"pk": 1}),
}
