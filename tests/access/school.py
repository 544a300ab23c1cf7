"""The pages that run the school."""

from collections.abc import Callable
from datetime import date, timedelta

from school.models import Absence, Cover, StaffMember
from schoolsafe.lib import clock
from tests.access.table import STAFF, Facts, Page, only, staff
from tests.factories import make_closed_day, make_duty, make_term

KEEP_CALENDAR = ("lead", "head", "it_superuser")
SEE_ROTA = ("deputy", "lead", "head", "office", "it_superuser")
TEAM = ("deputy", "lead", "head")


def make(facts: Facts) -> Facts:
    StaffMember.objects.update(telephone="020 7946 0999")
    now = clock.now()
    stretch = {"starts_at": now, "ends_at": now + timedelta(days=1)}
    return {
        "duty": make_duty(facts["deputy"], 2),  # type: ignore[arg-type]
        "cover": Cover.objects.create(staff=facts["lead"], **stretch),  # type: ignore[misc]
        "absence": Absence.objects.create(staff=facts["host"], **stretch),  # type: ignore[misc]
        "term": make_term("Spring", date(2027, 1, 4), date(2027, 3, 26)),
        "closed_day": make_closed_day(date(2027, 1, 4)),
    }


def term(facts: Facts) -> dict[str, object]:
    return {"pk": facts["term"].pk}  # type: ignore[attr-defined]


def closed_day(facts: Facts) -> dict[str, object]:
    return {"pk": facts["closed_day"].pk}  # type: ignore[attr-defined]


def a_term(facts: Facts) -> dict[str, object]:
    return {"name": "Summer", "starts_on": "2027-04-12", "ends_on": "2027-07-21"}


def a_day(facts: Facts) -> dict[str, object]:
    return {"day": "2027-01-05", "reason": "Snow"}


def of(name: str) -> Callable[[Facts], dict[str, object]]:
    """The number of one of these rows."""
    return lambda facts: {"pk": facts[name].pk}  # type: ignore[attr-defined]


def a_duty(facts: Facts) -> dict[str, object]:
    staff = facts["deputy"]
    return {"staff": staff.pk, "weekday": 3, "starts_at": "08:00", "ends_at": "16:00"}  # type: ignore[attr-defined]


def knowing_duty(facts: Facts) -> dict[str, object]:
    """The same, when it is known that nobody is there in the hours that it leaves."""
    return a_duty(facts) | {"knowing": "on"}


def a_cover(facts: Facts) -> dict[str, object]:
    staff = facts["lead"]
    return {"staff": staff.pk, "starts_at": "2026-12-19T00:00", "ends_at": "2026-12-21T00:00"}  # type: ignore[attr-defined]


ACCESS = {
    "school:calendar": Page(staff()),
    "school:add_term": Page(only(*KEEP_CALENDAR)),
    "POST school:add_term": Page(only(*KEEP_CALENDAR, gets="302+"), data=a_term),
    "school:change_term": Page(only(*KEEP_CALENDAR), term),
    "POST school:change_term": Page(only(*KEEP_CALENDAR, gets="302+"), term, a_term),
    "POST school:remove_term": Page(only(*KEEP_CALENDAR, gets="302+"), term),
    "school:close_days": Page(only(*KEEP_CALENDAR)),
    "POST school:close_days": Page(only(*KEEP_CALENDAR, gets="302+"), data=a_day),
    "school:change_closed_day": Page(only(*KEEP_CALENDAR), closed_day),
    "POST school:change_closed_day": Page(only(*KEEP_CALENDAR, gets="302+"), closed_day, a_day),
    "POST school:remove_closed_day": Page(only(*KEEP_CALENDAR, gets="302+"), closed_day),
    "school:rota": Page(only(*SEE_ROTA)),
    "school:add_duty": Page(only("lead", "head")),
    "POST school:add_duty": Page(only("lead", "head", gets="302+"), data=a_duty),
    "school:change_duty": Page(only("lead", "head"), of("duty")),
    "POST school:change_duty": Page(only("lead", "head", gets="302+"), of("duty"), knowing_duty),
    "POST school:remove_duty": Page(only("lead", "head", gets="302+"), of("duty")),
    "school:answer_besides": Page(only(*TEAM)),
    # A deputy says it of themselves alone: the lead is no choice of theirs.
    "POST school:answer_besides": Page(
        "302 403 403 200 302+ 302+ 403 403 403 403 302", data=a_cover
    ),
    "POST school:remove_cover": Page(
        "302 403 403 403 302+ 302+ 403 403 403 403 302",
        of("cover"),
        lambda facts: {"knowing": "on"},
    ),
    "school:away": Page(staff()),
    "POST school:away": Page(
        only(*STAFF, gets="302+"), data=lambda facts: {"when": "days", "last": "2026-09-30"}
    ),
    # Of somebody else it is there only for who keeps the rota.
    "POST school:take_back_absence": Page(
        "302 302+ 404 404 302+ 302+ 404 404 404 404 302", of("absence")
    ),
}
