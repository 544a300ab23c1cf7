"""The records (the admin): each register's list and add page, and the addresses around them."""

from tests.access.table import CAST, Page, everybody

LEADERS = ("deputy", "lead", "head")
REVIEWERS = (*LEADERS, "office")
ENTER = (*REVIEWERS, "it_superuser")
ACCOUNTS = ("lead", "head", "it_superuser")


def inside(*names: str) -> str:
    """These get it; others who may enter are refused; the rest is led out."""
    answer = {name: "403" if name in ENTER else "302" for name in CAST}
    return " ".join("200" if name in names else answer[name] for name in CAST)


# Register: who sees its list, who may add to it.
REGISTERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "school_school": (ENTER, ()),
    "school_term": (ENTER, ()),
    "school_closedday": (ENTER, ()),
    "school_headingmapping": (REVIEWERS, ()),
    "school_teachinggroup": (REVIEWERS, REVIEWERS),
    "school_dutyslot": (ENTER, ()),
    "school_cover": (ENTER, ()),
    "school_yearlead": (ENTER, ("lead", "head")),
    "school_absence": (ENTER, ()),
    "school_pupil": (REVIEWERS, ()),
    "school_guardian": (REVIEWERS, ()),
    "school_guardianship": (REVIEWERS, ()),
    "school_ownconsent": (REVIEWERS, ()),
    "school_languageapproval": (REVIEWERS, ("lead", "head", "office")),
    "school_staffmember": (ENTER, ()),
    "school_roleheld": (ACCOUNTS, ()),
    "school_roleclaim": (ACCOUNTS, ()),
    "auth_user": (ACCOUNTS, ()),
    "mfa_authenticator": (ACCOUNTS, ()),
    "meetings_purpose": (ENTER, ACCOUNTS),
    "meetings_meeting": (LEADERS, ()),
    "meetings_share": (LEADERS, ()),
    "meetings_registerentry": (LEADERS, ()),
    "meetings_closing": (LEADERS, ()),
    "meetings_incident": (LEADERS, ()),
    "meetings_attendancereport": (LEADERS, ()),
    "meetings_participant": (LEADERS, ()),
    "meetings_presence": (LEADERS, ()),
    "meetings_recognition": (LEADERS, ()),
    "consent_question": (LEADERS, ()),
    "consent_request": (LEADERS, ()),
    "consent_answer": (LEADERS, ()),
    "consent_standingconsent": (LEADERS, ()),
    "notices_notice": (REVIEWERS, ()),
    "notices_delivery": (REVIEWERS, ()),
    "notices_ladder": (REVIEWERS, ()),
    "notices_heartbeat": (ENTER, ()),
    "notices_provider": (ENTER, ()),
    "concerns_concern": (LEADERS, ()),
    "concerns_category": (("lead", "head"), ("lead", "head")),
    "concerns_outcome": (("lead", "head"), ("lead", "head")),
    "concerns_agency": (("lead", "head"), ("lead", "head")),
}
# Of which registers a page tells what was removed.
REMOVED = (
    "school_term",
    "school_closedday",
    "school_headingmapping",
    "school_teachinggroup",
    "school_dutyslot",
    "school_cover",
    "school_yearlead",
    "school_roleclaim",
    "meetings_purpose",
)
AROUND = {
    **{f"admin:{one}_removed": Page(inside(*REGISTERS[one][0])) for one in REMOVED},
    "admin:index": Page(inside(*ENTER)),
    "admin:login": Page("302 403 403 302 302 302 403 302 403 302 302"),
    "admin:logout": Page(everybody(302)),
    "admin:password_change": Page(inside(*ENTER).replace("200", "302")),
    "admin:password_change_done": Page(inside(*ENTER).replace("200", "302")),
    "admin:jsi18n": Page(inside(*ENTER)),
    "admin:app_list": Page(inside(*ENTER), lambda facts: {"app_label": "school"}),
    "admin:school_languageapproval_texts": Page(inside(*REVIEWERS), lambda facts: {"code": "pl"}),
    "admin:autocomplete": Page(inside()),
    "admin:view_on_site": Page(everybody(404), lambda facts: {"row": "1/1"}),
}
